"""Faults of additions that a column of their own ties to their acts (別紙7-6), and of codes for other schemes."""

from tests.mutations.planted import Catalogue, Planted, planted
from tests.mutations.scenes import ADULT, Stage, drug
from tests.support.mutator import faults as plant
from tests.support.valid_receipts.prices import with_percent
from tests.support.valid_receipts.units import UnitDraft, act

ADDITIONS = Catalogue()
OTHER_SURGERY = "150010210"
BLOOD_COUNT = "160008010"


def _on_another_act(stage: Stage, base: str, addition: str, other: str, *, birth: str = ADULT) -> Planted:
    """An addition in one unit with an act that allows it; then the same with an act that does not."""
    points = stage.points(addition)
    scene = stage.outpatient(
        stage.visit(), stage.unit(stage.points(base) + points, act(base), act(addition)), birth=birth
    )
    faulty = plant.coded(scene.receipt, base, other)
    return planted(scene, plant.pointed(faulty, addition, stage.points(other) + points), addition)


@ADDITIONS.found_by("addition.tied", "D")
def infant_addition_on_a_treatment_without_it(stage: Stage) -> Planted:
    """項番46: 140057170 is for treatments with ５; 140002450 肛門処置 has none."""
    return _on_another_act(stage, "140001010", "140057170", "140002450", birth="20210310")


@ADDITIONS.found_by("addition.tied", "D")
def ear_nose_throat_addition_on_another_treatment(stage: Stage) -> Planted:
    """項番125."""
    return _on_another_act(stage, "140019310", "140061990", "140002450", birth="20210310")


@ADDITIONS.found_by("addition.tied", "D")
def neck_dissection_on_another_surgery(stage: Stage) -> Planted:
    """項番54."""
    return _on_another_act(stage, "150092710", "150244470", OTHER_SURGERY)


@ADDITIONS.found_by("addition.tied", "D")
def coagulation_device_on_another_surgery(stage: Stage) -> Planted:
    """項番82."""
    return _on_another_act(stage, "150011510", "150286990", OTHER_SURGERY)


@ADDITIONS.found_by("addition.tied", "D")
def sinus_endoscope_on_another_surgery(stage: Stage) -> Planted:
    """項番114."""
    return _on_another_act(stage, "150100710", "150279470", OTHER_SURGERY)


@ADDITIONS.found_by("addition.tied", "D")
def external_fixator_on_another_surgery(stage: Stage) -> Planted:
    """項番121."""
    return _on_another_act(stage, "150019010", "150266970", OTHER_SURGERY)


@ADDITIONS.found_by("addition.tied", "D")
def evoked_potential_on_another_surgery(stage: Stage) -> Planted:
    """項番53."""
    return _on_another_act(stage, "150059310", "150423170", OTHER_SURGERY)


@ADDITIONS.found_by("addition.time", "D")
def after_hours_on_an_act_without_hours(stage: Stage) -> Planted:
    """項番43: 150000490 時間外加算２（手術） 40 % beside an act whose 時間加算区分 is 0."""
    points = with_percent(stage.masters.acts[OTHER_SURGERY].points, stage.percent("150000490"))
    scene = stage.outpatient(stage.visit(), stage.unit(points, act(OTHER_SURGERY), act("150000490")))
    faulty = plant.coded(scene.receipt, OTHER_SURGERY, "150327410")
    return planted(scene, plant.pointed(faulty, "150000490", 56_000), "150000490")


@ADDITIONS.found_by("act.dpc-only")
def act_of_diagnosis_groups_on_a_receipt_by_acts(stage: Stage) -> Planted:
    """項番18: 193000310, ２ ＤＰＣ専用（特定機能病院）."""
    stay = stage.once("193000310")._replace(days={7: 1, 8: 1, 9: 1})
    scene = stage.inpatient()
    guilty = stage.inpatient(stay, ward=False)
    return planted(scene, guilty.receipt, "193000310")


@ADDITIONS.found_by("act.forensic")
def act_of_the_committal_act(stage: Stage) -> Planted:
    """項番21: 188000110, ４ 医療観察診療報酬点数表に規定する診療行為."""
    scene = stage.inpatient()
    stay = stage.once("188000110")._replace(days={7: 1, 8: 1, 9: 1})
    return planted(scene, stage.inpatient(stay, ward=False).receipt, "188000110")


@ADDITIONS.found_by("drug.dental")
def drug_of_dentists(stage: Stage) -> Planted:
    """金額種別 3: 薬剤使用量省略（歯科に限る。）."""
    scene = stage.outpatient(stage.visit(), UnitDraft("40", (drug("620000237", "1"),), 28, {7: 1}))
    faulty = plant.coded(scene.receipt, "620000237", "630010021")
    return planted(scene, plant.pointed(faulty, "630010021", 2), "630010021")


@ADDITIONS.found_by("specimen.without-test")
def specimen_without_a_test(stage: Stage) -> Planted:
    """項番61: 160138910 〈尿〉 names the specimen of a test in its unit."""
    points = stage.points(BLOOD_COUNT)
    scene = stage.outpatient(stage.visit(), stage.unit(points, act("160138910"), act(BLOOD_COUNT)))
    return planted(
        scene, plant.pointed(plant.coded(scene.receipt, BLOOD_COUNT, "140002450"), "140002450", 24), "160138910"
    )
