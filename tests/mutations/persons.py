"""Faults of whom and where: ages, settings, schemes, institutions, beds, standards."""

from dataclasses import replace

from tests.mutations.planted import Catalogue, Planted, planted
from tests.mutations.scenes import FIRST, RETURN, Stage, material
from tests.support.mutator import faults as plant
from tests.support.mutator.raw import RawReceipt
from tests.support.valid_receipts.units import UnitDraft, act

PERSONS = Catalogue()
DRIP = "130003810"
CHEST_TUBE_FEEDING = "140024250"
ULTRASOUND = "160072110"


@PERSONS.found_by("act.inpatient-only")
def inpatient_act_on_an_outpatient_receipt(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), stage.once("113001310"))
    return planted(
        scene, plant.pointed(plant.coded(scene.receipt, "113001310", "113006910"), "113006910", 305), "113006910"
    )


@PERSONS.found_by("act.outpatient-only")
def outpatient_act_on_an_inpatient_receipt(stage: Stage) -> Planted:
    scene = stage.inpatient(stage.once("113001310"))
    faulty = plant.coded(scene.receipt, "113001310", "113004910")
    return planted(scene, plant.pointed(faulty, "113004910", stage.points("113004910")), "113004910")


@PERSONS.found_by("act.age-low", "D")
def younger_than_the_act_allows_in_years(stage: Stage) -> Planted:
    """130003810 点滴注射: from 6 years on."""
    scene = stage.outpatient(stage.visit(), stage.once(DRIP), birth="20150310")
    return planted(scene, of_a_small_child(scene.receipt, "20210310"), DRIP)


def of_a_small_child(receipt: RawReceipt, birth: str) -> RawReceipt:
    return plant.born(receipt, birth).put(1, 2, "1114")


@PERSONS.found_by("act.age-high", "D")
def older_than_the_act_allows_in_years(stage: Stage) -> Planted:
    """111000370 乳幼児加算（初診）: below 6 years."""
    unit = stage.unit(stage.points(FIRST) + stage.points("111000370"), act(FIRST), act("111000370"))
    scene = stage.outpatient(unit, birth="20210310")
    return planted(scene, plant.born(scene.receipt, "20160310").put(1, 2, "1112"), "111000370")


@PERSONS.found_by("addition.age", "D")
def addition_for_infants_at_an_age_that_its_act_does_not_take(stage: Stage) -> Planted:
    """140049470, below 3 years: 140007510 takes it from 28 days on (項番100 to 102)."""
    hernia, infant = "140007510", "140049470"
    unit = stage.unit(stage.points(hernia) + stage.points(infant), act(hernia), act(infant), day=20)
    scene = stage.outpatient(stage.visit(), unit, birth="20230510")
    return planted(scene, plant.born(scene.receipt, "20240705"), infant)


@PERSONS.found_by("act.age-high", "D")
def past_28_days(stage: Stage) -> Planted:
    """140024250 ＣＰＡＰ: below 28 days (ＡＡ)."""
    scene = stage.outpatient(stage.visit(), stage.once(CHEST_TUBE_FEEDING, day=20), birth="20240705", kind="1114")
    return planted(scene, plant.born(scene.receipt, "20240510"), CHEST_TUBE_FEEDING)


@PERSONS.found_by("act.age-low", "D")
def within_28_days(stage: Stage) -> Planted:
    """160155390 乳幼児加算（生体検査）（３歳未満）: from 28 days on, 70 %."""
    points = stage.points(ULTRASOUND)
    unit = stage.unit(points + points * 70 // 100, act(ULTRASOUND), act("160155390"), day=20)
    scene = stage.outpatient(stage.visit(), unit, birth="20230310", kind="1114")
    return planted(scene, plant.born(scene.receipt, "20240705"), "160155390")


@PERSONS.found_by("act.age-high", "D")
def past_90_days(stage: Stage) -> Planted:
    """150286690 未熟児加算（麻酔）: below 90 days (ＡＥ), 200 %."""
    points = stage.points("150232110")
    unit = stage.unit(points * 3, act("150232110"), act("150286690"), day=20)
    scene = stage.outpatient(stage.visit(), unit, birth="20240520", kind="1114")
    return planted(scene, plant.born(scene.receipt, "20240310"), "150286690")


@PERSONS.found_by("act.age-high", "D")
def past_the_month_of_the_sixth_birthday(stage: Stage) -> Planted:
    """113003510 小児科外来診療料: until the month after the day on which six is reached (Ｂ６)."""
    scene = stage.outpatient(stage.once("113003510", day=20), birth="20180710", kind="1114")
    return planted(scene, plant.born(scene.receipt, "20180610"), "113003510")


@PERSONS.found_by("act.age-high", "D")
def past_the_month_of_the_twentieth_birthday(stage: Stage) -> Planted:
    """190075810 小児入院医療管理料５: Ｂ Ｋ."""
    stay = stage.once("190075810")._replace(days={7: 1, 8: 1, 9: 1}, section="92")
    scene = stage.inpatient(stay, birth="20040710", ward=False)
    return planted(scene, plant.born(scene.receipt, "20040610"), "190075810")


@PERSONS.found_by("act.age-high", "D")
def already_at_school(stage: Stage) -> Planted:
    """113026670 時間外加算（初診）（小児かかりつけ診療料）: 6 years and not yet at school (ＭＧ)."""
    scene = stage.outpatient(stage.visit(), stage.once("113026670"), birth="20180510", kind="1114")
    return planted(scene, plant.born(scene.receipt, "20180310"), "113026670")


@PERSONS.found_by("material.age-low", "D")
def younger_than_the_material_allows(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), UnitDraft("40", (material("710010856"),), 32_900, {7: 1}))
    return planted(scene, plant.born(scene.receipt, "20100310"), "710010856")


@PERSONS.found_by("material.age-high", "D")
def older_than_the_addition_to_films_allows(stage: Stage) -> Planted:
    """799990070 フィルム料（乳幼児）加算: below 6 years, 10 % of the film's 120 yen."""
    film = UnitDraft("70", (material("700010000"), material("799990070")), 13, {7: 1})
    scene = stage.outpatient(stage.visit(), film, birth="20210310")
    return planted(scene, plant.born(scene.receipt, "19800310").put(1, 2, "1112"), "799990070")


@PERSONS.found_by("act.insurance-only", "D")
def act_of_health_insurance_for_the_late_elderly(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), stage.once("140002210"), birth="19400310")
    faulty = plant.coded(scene.receipt, "140002210", "140028410")
    return planted(scene, plant.pointed(faulty, "140028410", stage.points("140028410")), "140028410")


@PERSONS.found_by("act.late-elderly-only", "D")
def charge_of_the_late_elderly_for_somebody_younger(stage: Stage) -> Planted:
    """197002510 生活療養食事療養標準負担額（後期高齢者低１（老福））: 項番14 ２."""
    charge = UnitDraft("97", (act("197002510", 3),), 330, {7: 1, 8: 1, 9: 1})
    scene = stage.inpatient(charge, birth="19400310")
    guilty = stage.inpatient(charge)
    return Planted(scene, guilty, guilty.receipt.line_of("197002510"))


@PERSONS.found_by("hospital.not-known")
def registration_never_told(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.once("111014210"))
    return Planted(scene, replace(scene, standards=None), scene.receipt.line_of("111014210"))


@PERSONS.found_by("act.standard-at-full", "D")
def graded_act_at_full_points(stage: Stage) -> Planted:
    """150171610 胃瘻造設術: without standard 3424 at 80 % (項番44, 45), by 150382490."""
    scene = stage.outpatient(stage.visit(), stage.once("150171610"))
    sound = replace(scene, standards=frozenset({"3424"}))
    return Planted(sound, scene, scene.receipt.line_of("150171610"))


@PERSONS.found_by("act.hospital-only", "D")
def act_of_hospitals_at_a_clinic(stage: Stage) -> Planted:
    scene = replace(stage.outpatient(stage.once("111012610")), hospital=True, beds=150)
    return Planted(scene, replace(scene, hospital=False, beds=0), scene.receipt.line_of("111012610"))


@PERSONS.found_by("act.clinic-only", "D")
def act_of_clinics_at_a_hospital(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), stage.once("113006510"))
    return Planted(scene, replace(scene, hospital=True, beds=150), scene.receipt.line_of("113006510"))


@PERSONS.found_by("act.beds", "D")
def return_visit_at_a_large_hospital(stage: Stage) -> Planted:
    """112007410 再診料: general wards below 200 beds (病床数区分 5)."""
    scene = replace(stage.outpatient(stage.visit()), hospital=True, beds=150)
    return Planted(scene, replace(scene, beds=320), scene.receipt.line_of(RETURN))


@PERSONS.found_by("act.standard-missing", "D")
def standard_not_registered(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.once("111014210"))
    return Planted(scene, replace(scene, standards=frozenset()), scene.receipt.line_of("111014210"))


@PERSONS.found_by("receipt.kind-age")
def receipt_of_an_adults_kind_for_a_small_child(stage: Stage) -> Planted:
    """Born on 2018-04-02, so at school from April 2025 on: 1114 in July 2024."""
    scene = stage.outpatient(stage.visit(), birth="20180401")
    return planted(scene, plant.born(scene.receipt, "20180402"))


@PERSONS.found_by("receipt.kind-age")
def receipt_of_an_adults_kind_in_the_month_after_the_seventieth_birthday(stage: Stage) -> Planted:
    """Seventy on 2024-07-01, attained the day before: 1118 in July 2024."""
    scene = stage.outpatient(stage.visit(), birth="19540702")
    return planted(scene, plant.born(scene.receipt, "19540701"))
