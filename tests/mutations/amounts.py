"""Faults of amounts: points, quantities, prices, yen, sums."""

from dataclasses import replace

from tests.mutations.planted import Catalogue, Planted, planted
from tests.mutations.scenes import MANAGEMENT, MEAL, Stage, drug, material
from tests.support.mutator import faults as plant
from tests.support.valid_receipts.prices import half_up, stepped_points
from tests.support.valid_receipts.units import UnitDraft, act

AMOUNTS = Catalogue()
BLOOD_COUNT, ULTRASOUND, TAPER = "160008010", "160072110", "160000190"
SUCTION_CPR, OXYGEN, VENTILATION, HOME_TIME = "140010210", "140057510", "140009310", "114000970"
SURGERY, OF_INFANTS = "150010210", "150000290"
RETURN, STATEMENT = "112007410", "112015770"
OINTMENT, DILATOR, FILM = "610406079", "705040000", "700590000"


def _stepped(stage: Stage, code: str, quantity: int) -> UnitDraft:
    row = stage.masters.acts[code]
    assert row.steps is not None
    return stage.once(code, quantity=quantity, points=half_up(stepped_points(row.points, row.steps, quantity)))


@AMOUNTS.found_by("points.above-price", "F")
def plain_points_too_high(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), stage.once(BLOOD_COUNT))
    return planted(scene, plant.pointed(scene.receipt, BLOOD_COUNT, 25), BLOOD_COUNT)


@AMOUNTS.found_by("points.below-price")
def plain_points_too_low(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), stage.once(BLOOD_COUNT))
    return planted(scene, plant.pointed(scene.receipt, BLOOD_COUNT, 20), BLOOD_COUNT)


@AMOUNTS.found_by("points.above-sum", "G")
def a_step_too_many(stage: Stage) -> Planted:
    """140010210: 250 points up to 30 minutes, 40 for each 30 more; 50 minutes are one step, not two."""
    scene = stage.outpatient(stage.visit(), _stepped(stage, SUCTION_CPR, 50))
    return planted(scene, plant.pointed(scene.receipt, SUCTION_CPR, 330), SUCTION_CPR)


@AMOUNTS.found_by("points.above-sum", "G")
def steps_beyond_the_upper_limit(stage: Stage) -> Planted:
    """140057510: errors 1, so 600 minutes are paid as 480."""
    scene = stage.outpatient(stage.visit(), _stepped(stage, OXYGEN, 600))
    return planted(scene, plant.pointed(scene.receipt, OXYGEN, 10_000), OXYGEN)


@AMOUNTS.found_by("quantity.above-upper")
def quantity_above_the_upper_limit_to_be_looked_at(stage: Stage) -> Planted:
    """140009310: errors 0, priced by formula 1 with a warning beyond 300 minutes."""
    scene = stage.outpatient(stage.visit(), _stepped(stage, VENTILATION, 300))
    guilty = stage.outpatient(stage.visit(), _stepped(stage, VENTILATION, 420))
    return planted(scene, guilty.receipt, VENTILATION)


@AMOUNTS.found_by("quantity.below-lower")
def quantity_too_low_to_be_billed(stage: Stage) -> Planted:
    """114000970: errors 2, nothing is billed up to 60 minutes."""
    scene = stage.outpatient(stage.visit(), stage.once("114000110"), _stepped(stage, HOME_TIME, 90))
    return planted(scene, plant.quantified(scene.receipt, HOME_TIME, "60"), HOME_TIME)


@AMOUNTS.found_by("quantity.missing")
def step_quantity_missing(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), _stepped(stage, SUCTION_CPR, 30))
    return planted(scene, plant.quantified(scene.receipt, SUCTION_CPR, ""), SUCTION_CPR)


@AMOUNTS.found_by("quantity.zero")
def step_quantity_of_nothing(stage: Stage) -> Planted:
    """別紙7-5: errors 0 or 1 and the quantity 0 is returned."""
    scene = stage.outpatient(stage.visit(), _stepped(stage, SUCTION_CPR, 30))
    return planted(scene, plant.quantified(scene.receipt, SUCTION_CPR, "0"), SUCTION_CPR)


@AMOUNTS.found_by("quantity.unasked")
def quantity_on_an_act_without_a_unit(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), stage.once(BLOOD_COUNT))
    return planted(scene, plant.quantified(scene.receipt, BLOOD_COUNT, "3"), BLOOD_COUNT)


@AMOUNTS.found_by("points.above-sum", "G")
def percentage_worked_out_too_high(stage: Stage) -> Planted:
    """150000290: 100 % of the surgery's points."""
    points = stage.points(SURGERY)
    scene = stage.outpatient(stage.visit(), stage.unit(points * 2, act(SURGERY), act(OF_INFANTS)), birth="20220310")
    return planted(scene, plant.pointed(scene.receipt, OF_INFANTS, points * 3), OF_INFANTS)


@AMOUNTS.found_by("points.above-sum", "G")
def unit_of_two_acts_too_high(stage: Stage) -> Planted:
    points = stage.points(RETURN) + stage.points(STATEMENT)
    scene = stage.outpatient(stage.unit(points, act(RETURN), act(STATEMENT)))
    return planted(scene, plant.pointed(scene.receipt, STATEMENT, points + 10), STATEMENT)


@AMOUNTS.found_by("points.above-sum", "G")
def taper_not_taken_off(stage: Stage) -> Planted:
    points = stage.points(ULTRASOUND)
    second = stage.unit(points - points // 10, act(ULTRASOUND), act(TAPER), day=14)
    scene = stage.outpatient(stage.visit(7, 14), stage.once(ULTRASOUND), second, days=2)
    return planted(scene, plant.pointed(scene.receipt, TAPER, points), TAPER)


@AMOUNTS.found_by("points.above-sum", "G")
def bundle_too_dear(stage: Stage) -> Planted:
    """血液化学検査: five items are 93 points, not 99."""
    items = ("160017410", "160018910", "160019010", "160019210", "160022410")
    unit = UnitDraft("60", tuple(act(code) for code in items), 93, {7: 1})
    scene = stage.outpatient(stage.visit(), unit, stage.once("160061910"))
    return planted(scene, plant.pointed(scene.receipt, items[-1], 99), items[-1])


@AMOUNTS.found_by("points.above-sum", "G")
def drug_rounded_up(stage: Stage) -> Planted:
    """五捨五超入: half a point is dropped, so a price that ends in five yen is not rounded up."""
    code, yen = stage.drug_ending_in_five_yen()
    points = yen // 10
    scene = stage.outpatient(stage.visit(), UnitDraft("21", (drug(code, "10"),), points, {7: 1}))
    return planted(scene, plant.pointed(scene.receipt, code, points + 1), code)


@AMOUNTS.found_by("drug.quantity-missing")
def drug_without_a_quantity(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), UnitDraft("21", (drug("620000237", "1"),), 28, {7: 1}))
    return planted(scene, plant.quantified(scene.receipt, "620000237", ""), "620000237")


@AMOUNTS.found_by("points.above-sum", "G")
def material_points_too_high(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), UnitDraft("40", (material(DILATOR),), 249, {7: 1}))
    return planted(scene, plant.pointed(scene.receipt, DILATOR, 260), DILATOR)


@AMOUNTS.found_by("material.price-above")
def material_price_above_the_official_one(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), UnitDraft("40", (material(DILATOR),), 249, {7: 1}))
    return planted(scene, plant.priced(scene.receipt, DILATOR, "2600", 260), DILATOR)


@AMOUNTS.found_by("material.price-missing")
def purchase_price_missing(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), UnitDraft("60", (material(FILM, "2", "150"),), 30, {7: 1}))
    return planted(scene, plant.priced(scene.receipt, FILM, "", 30), FILM)


@AMOUNTS.found_by("material.unit-wrong")
def material_in_another_unit(stage: Stage) -> Planted:
    """700590000 is counted in sheets (枚, 006)."""
    scene = stage.outpatient(stage.visit(), UnitDraft("60", (material(FILM, "2", "150"),), 30, {7: 1}))
    line = scene.receipt.line_of(FILM)
    return planted(scene, scene.receipt.put(line, 7, "037"), FILM)


@AMOUNTS.found_by("meals.yen")
def meal_yen_wrong(stage: Stage) -> Planted:
    meals = UnitDraft("97", (act(MEAL, 3),), 2_010, {7: 1, 8: 1, 9: 1})
    scene = stage.inpatient(meals)
    return planted(scene, plant.pointed(scene.receipt, MEAL, 2_310), MEAL)


@AMOUNTS.found_by("sum.points-above-lines")
def declared_above_the_lines(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), stage.once(BLOOD_COUNT))
    return planted(scene, plant.declared(scene.receipt, 10))


@AMOUNTS.found_by("sum.points-below-lines")
def declared_below_the_lines(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), stage.once(BLOOD_COUNT))
    return planted(scene, plant.declared(scene.receipt, -10))


@AMOUNTS.found_by("payment.not-divisible")
def large_receipt_without_its_window_payment(stage: Stage) -> Planted:
    """窓口負担額レコード note 1: without MF a receipt above 11,800 points cannot be moved or divided."""
    scene = stage.outpatient(stage.visit(), stage.once("150397210", quantity=1))
    return planted(scene, plant.without(scene.receipt, "MF"))


@AMOUNTS.found_by("comment.text-form")
def date_in_a_comment_that_is_none(stage: Stage) -> Planted:
    """850100013: pattern 50, a date as ＧＹＹＭＭＤＤ."""
    scene = stage.outpatient(stage.visit(), month="202309")
    sound = replace(scene, receipt=plant.remarked(scene.receipt, RETURN, "850100013", "５０５０８３１"))
    return planted(sound, plant.remarked(scene.receipt, RETURN, "850100013", "５０５０８３２"), RETURN)


@AMOUNTS.found_by("comment.text-form")
def text_behind_a_fixed_comment(stage: Stage) -> Planted:
    """820100001: pattern 20, nothing is recorded."""
    scene = stage.outpatient(stage.visit(), month="202309")
    sound = replace(scene, receipt=plant.remarked(scene.receipt, RETURN, "820100001", ""))
    return planted(sound, plant.remarked(scene.receipt, RETURN, "820100001", "経過良好"), RETURN)


@AMOUNTS.found_by("comment.text-missing")
def free_comment_without_text(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), stage.once(MANAGEMENT), month="202309")
    sound = replace(scene, receipt=plant.remarked(scene.receipt, MANAGEMENT, "810000001", "経過良好"))
    return planted(sound, plant.remarked(scene.receipt, MANAGEMENT, "810000001", ""), MANAGEMENT)
