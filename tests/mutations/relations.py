"""Faults between lines: additions, judgements, bundles, limits, diseases that acts ask for."""

from tests.mutations.planted import Catalogue, Planted, planted
from tests.mutations.scenes import DISEASE, FIRST, MANAGEMENT, RETURN, WARD, Stage, disease, drug
from tests.support.mutator import faults as plant
from tests.support.mutator.raw import restated
from tests.support.valid_receipts.units import UnitDraft, act

RELATIONS = Catalogue()
BLOOD_COUNT, JUDGEMENT_OF_BLOOD = "160008010", "160061810"
JUDGEMENT_OF_CHEMISTRY = "160061910"
COMPRESS, SUCTION = "140002210", "140003810"
ULTRASOUND, TAPER = "160072110", "160000190"
AFTER_HOURS_1, AFTER_HOURS_2, STATEMENT = "112016070", "112708370", "112015770"
SURGERY, OF_INFANTS = "150010210", "150000290"
ITEMS = 11
SCAN, SCAN_AGAIN = "170011710", "170022290"
CLOSURE, SHORT_STAY = "150415010", "190872810"
MANAGED, LONG = "150279110", "150371170"
PLAIN_SHOT, PLAIN_SHOT_POINTS = "620000237", 28
"""生理食塩液, 279 yen."""


@RELATIONS.found_by("limit.refused")
def more_often_in_the_month_than_the_limit(stage: Stage) -> Planted:
    """上限回数エラー処理 0: the limit is to be looked at."""
    scene = stage.outpatient(stage.visit(7, 14), stage.once("112021970"), days=2)
    return planted(scene, plant.counted(scene.receipt, "112021970", {7: 1, 14: 1}), "112021970")


@RELATIONS.found_by("limit.capped", "D")
def more_often_than_the_limit_that_is_paid(stage: Stage) -> Planted:
    """上限回数エラー処理 1: the limit is paid."""
    scene = stage.outpatient(stage.visit(7, 14), stage.once("113001310"), days=2)
    return planted(scene, plant.counted(scene.receipt, "113001310", {7: 1, 14: 1}), "113001310")


@RELATIONS.found_by("days.act")
def act_more_often_than_days_attended(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(7), stage.once(SUCTION))
    return planted(scene, plant.counted(scene.receipt, SUCTION, {7: 2}), SUCTION)


@RELATIONS.found_by("days.twice")
def act_twice_on_one_day(stage: Stage) -> Planted:
    """Within the days of treatment, but not once a day."""
    scene = stage.outpatient(stage.visit(7, 14), stage.once(SUCTION), days=2)
    return planted(scene, plant.counted(scene.receipt, SUCTION, {7: 2}), SUCTION)


@RELATIONS.found_by("days.consultations")
def more_consultations_than_days(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.once(FIRST), stage.visit(14), days=2)
    return planted(scene, plant.counted(scene.receipt, RETURN, {14: 1, 21: 1}), RETURN)


@RELATIONS.found_by("days.consultations")
def first_consultation_twice(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.once(FIRST))
    return planted(scene, plant.counted(scene.receipt, FIRST, {7: 1, 8: 1}), FIRST)


@RELATIONS.found_by("days.stay")
def more_days_in_a_ward_than_days(stage: Stage) -> Planted:
    scene = stage.inpatient()
    return planted(scene, plant.counted(scene.receipt, WARD, {7: 1, 8: 1, 9: 1, 10: 1}), WARD)


@RELATIONS.found_by("note.without-base", "D")
def note_without_its_base(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.unit(stage.points(RETURN) + stage.points(STATEMENT), act(RETURN), act(STATEMENT)))
    faulty = plant.coded(scene.receipt, RETURN, FIRST)
    faulty = plant.pointed(faulty, STATEMENT, stage.points(FIRST) + stage.points(STATEMENT))
    return planted(scene, faulty.put(faulty.line_of(FIRST), 1, "11"), STATEMENT)


@RELATIONS.found_by("note.without-base", "D")
def note_alone_that_states_the_points_of_both(stage: Stage) -> Planted:
    """Its line falls and leaves the unit without any; nothing else may stumble over that."""
    scene = stage.outpatient(stage.unit(stage.points(RETURN) + stage.points(STATEMENT), act(RETURN), act(STATEMENT)))
    return planted(scene, plant.beheaded(scene.receipt, RETURN, STATEMENT), STATEMENT)


@RELATIONS.found_by("note.together")
def two_notes_that_exclude_each_other(stage: Stage) -> Planted:
    """別紙7-7: 時間外対応加算１ and ２ have one 注加算通番."""
    points = stage.points(RETURN) + stage.points(AFTER_HOURS_1) + stage.points(STATEMENT)
    scene = stage.outpatient(stage.unit(points, act(RETURN), act(AFTER_HOURS_1), act(STATEMENT)))
    faulty = plant.coded(scene.receipt, STATEMENT, AFTER_HOURS_2)
    points = stage.points(RETURN) + stage.points(AFTER_HOURS_1) + stage.points(AFTER_HOURS_2)
    return planted(scene, plant.pointed(faulty, AFTER_HOURS_2, points), AFTER_HOURS_2)


@RELATIONS.found_by("rule.without-act", "D")
def rule_addition_without_an_act(stage: Stage) -> Planted:
    points = stage.points(SURGERY)
    unit = stage.unit(points * 2, act(SURGERY), act(OF_INFANTS))
    scene = stage.outpatient(stage.visit(), unit, birth="20220310")
    return planted(scene, plant.beheaded(scene.receipt, SURGERY, OF_INFANTS), OF_INFANTS)


@RELATIONS.found_by("judgement.twice", "D")
def judgement_twice(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), stage.once(BLOOD_COUNT), stage.once(JUDGEMENT_OF_BLOOD))
    return planted(scene, plant.repeated(scene.receipt, JUDGEMENT_OF_BLOOD), JUDGEMENT_OF_BLOOD, nth=2)


@RELATIONS.found_by("judgement.twice", "D")
def pathology_judged_beside_one_of_its_parts(stage: Stage) -> Planted:
    """項番51: 病理判断料 (40) beside 組織診断料 (41)."""
    tissue, of_tissue, of_all = "160060010", "160155110", "160062310"
    scene = stage.outpatient(stage.visit(), stage.once(tissue, quantity=1), stage.once(of_tissue))
    faulty = plant.coded(plant.repeated(scene.receipt, of_tissue), of_tissue, of_all)
    return planted(scene, plant.pointed(faulty, of_all, stage.points(of_all)), of_all)


@RELATIONS.found_by("bundle.month-limit", "D")
def load_tests_above_their_points_of_the_month(stage: Stage) -> Planted:
    """内分泌負荷試験 (項番16: 8): three of 1,200 points, and one of them of 1,600."""
    loads = {7: "160086710", 14: "160086810", 21: "160086910"}
    scene = stage.outpatient(
        stage.visit(*loads), *(stage.once(code, day=day) for day, code in loads.items()), days=len(loads)
    )
    faulty = plant.coded(scene.receipt, loads[7], "160119810")
    return planted(scene, plant.pointed(faulty, "160119810", 1600), loads[21])


@RELATIONS.found_by("judgement.without-test")
def judgement_without_its_test(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), stage.once(BLOOD_COUNT), stage.once(JUDGEMENT_OF_BLOOD))
    return planted(scene, plant.removed(scene.receipt, BLOOD_COUNT), JUDGEMENT_OF_BLOOD)


@RELATIONS.found_by("bundle.torn")
def bundle_billed_item_by_item(stage: Stage) -> Planted:
    """血液化学検査 (包括対象検査 1): ten items and more of one sample cost 103 points."""
    found = [each for each in stage.masters.acts.values() if each.bundle == "1"]
    items = [each.code for each in sorted(found, key=lambda each: (-each.points, each.code))][:ITEMS]
    unit = UnitDraft("60", tuple(act(code) for code in items), 103, {7: 1})
    scene = stage.outpatient(stage.visit(), unit, stage.once(JUDGEMENT_OF_CHEMISTRY))
    return planted(scene, plant.torn(scene.receipt, {code: stage.points(code) for code in items}))


@RELATIONS.found_by("disease.asked-for", "D")
def care_without_the_disease_it_asks_for(stage: Stage) -> Planted:
    """113001810 特定疾患療養管理料（診療所): 傷病名関連区分 5."""
    scene = stage.outpatient(stage.visit(), stage.once("113001810"), diseases=[disease("8848310")])
    return planted(scene, plant.ill(scene.receipt, "8848310", DISEASE), "113001810")


@RELATIONS.found_by("disease.asked-for-uncoded")
def care_with_its_disease_perhaps_in_free_text(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), stage.once("113001810"), diseases=[disease("8848310")])
    faulty = plant.ill(scene.receipt, "8848310", "0000999")
    return planted(scene, faulty.put(faulty.line_of("0000999"), 5, "架空の病"), "113001810")


@RELATIONS.found_by("disease.asked-for", "D")
def skin_care_without_the_disease(stage: Stage) -> Planted:
    """113000910 皮膚科特定疾患指導管理料（１）: 傷病名関連区分 3."""
    scene = stage.outpatient(stage.visit(), stage.once("113000910"), diseases=[disease("8848438")])
    return planted(scene, plant.ill(scene.receipt, "8848438", DISEASE), "113000910")


@RELATIONS.found_by("disease.asked-for", "D")
def second_skin_care_without_the_disease(stage: Stage) -> Planted:
    """113002310 皮膚科特定疾患指導管理料（２）: 傷病名関連区分 4; a disease of 3 does not do."""
    scene = stage.outpatient(stage.visit(), stage.once("113002310"), diseases=[disease("6918001")])
    return planted(scene, plant.ill(scene.receipt, "6918001", "8848438"), "113002310")


@RELATIONS.found_by("disease.asked-for", "D")
def epilepsy_care_without_the_disease(stage: Stage) -> Planted:
    """113002850 てんかん指導料: 傷病名関連区分 7."""
    scene = stage.outpatient(stage.visit(), stage.once("113002850"), diseases=[disease("8849519")])
    return planted(scene, plant.ill(scene.receipt, "8849519", DISEASE), "113002850")


@RELATIONS.found_by("disease.asked-for", "D")
def care_of_intractable_disease_without_it(stage: Stage) -> Planted:
    """113002910 難病外来指導管理料: 傷病名関連区分 9, diseases by 難病外来対象区分."""
    scene = stage.outpatient(stage.visit(), stage.once("113002910"), diseases=[disease("2273021")])
    return planted(scene, plant.ill(scene.receipt, "2273021", DISEASE), "113002910")


@RELATIONS.found_by("management.excluded", "D")
def outpatient_management_beside_a_treatment(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(7, 14), stage.once(MANAGEMENT, day=7), stage.once(COMPRESS, day=14), days=2)
    return planted(scene, plant.moved(scene.receipt, COMPRESS, 7), MANAGEMENT)


@RELATIONS.found_by("taper.without-act")
def taper_without_an_act_that_tapers(stage: Stage) -> Planted:
    points = stage.points(ULTRASOUND)
    scene = stage.outpatient(
        stage.visit(7, 14),
        stage.once(ULTRASOUND),
        stage.unit(points - points // 10, act(ULTRASOUND), act(TAPER), day=14),
        days=2,
    )
    line = scene.receipt.line_of(ULTRASOUND, 2)
    faulty = plant.pointed(scene.receipt.put(line, 3, BLOOD_COUNT), TAPER, round(stage.points(BLOOD_COUNT) * 0.9))
    return planted(scene, faulty, TAPER)


@RELATIONS.found_by("taper.missing", "D")
def second_examination_at_full_points(stage: Stage) -> Planted:
    points = stage.points(ULTRASOUND)
    tapered = stage.unit(points - points // 10, act(ULTRASOUND), act(TAPER), day=14)
    scene = stage.outpatient(stage.visit(7, 14), stage.once(ULTRASOUND), tapered, days=2)
    faulty = scene.receipt.exchange(scene.receipt.line_of(TAPER))
    faulty = faulty.put(faulty.line_of(ULTRASOUND, 2), 5, str(points))
    return planted(scene, restated(faulty), ULTRASOUND, nth=2)


@RELATIONS.found_by("taper.missing", "D")
def second_scan_at_full_points(stage: Stage) -> Planted:
    """Computed tomography twice in the month: ２回目以降減算（ＣＴ、ＭＲＩ）, 包括逓減区分 201."""
    points = stage.points(SCAN)
    again = stage.unit(points * 80 // 100, act(SCAN), act(SCAN_AGAIN), day=14)
    scene = stage.outpatient(stage.visit(7, 14), stage.once(SCAN), again, stage.once("170015410"), days=2)
    faulty = scene.receipt.exchange(scene.receipt.line_of(SCAN_AGAIN))
    return planted(scene, restated(faulty.put(faulty.line_of(SCAN, 2), 5, str(points))), SCAN, nth=2)


@RELATIONS.found_by("surgery.companion-missing", "D")
def appendage_closed_without_another_surgery(stage: Stage) -> Planted:
    """150415010 不整脈手術（左心耳閉鎖術）（開胸手術）: beside one of 項番123 ２ only."""
    scene = stage.inpatient(stage.once("150141010"), stage.once(CLOSURE))
    faulty = plant.coded(scene.receipt, "150141010", SURGERY)
    return planted(scene, plant.pointed(faulty, SURGERY, stage.points(SURGERY)), CLOSURE)


@RELATIONS.found_by("surgery.companion-missing", "D")
def short_stay_fee_without_its_surgery(stage: Stage) -> Planted:
    """190872810 短期滞在手術等基本料１ beside 150004510 腋臭症手術（皮弁法） (項番83), and beside another surgery."""
    scene = stage.outpatient(stage.visit(), stage.once(SHORT_STAY), stage.once("150004510"))
    faulty = plant.coded(scene.receipt, "150004510", SURGERY)
    return planted(scene, plant.pointed(faulty, SURGERY, stage.points(SURGERY)), SHORT_STAY)


@RELATIONS.found_by("surgery.companion-missing", "D")
def long_anaesthesia_without_a_surgery_that_takes_it(stage: Stage) -> Planted:
    """150371170 長時間麻酔管理加算 beside 150107910 喉頭悪性腫瘍手術 (項番116: 2), and beside another surgery."""
    managed = stage.unit(stage.points(MANAGED) + stage.points(LONG), act(MANAGED), act(LONG))
    scene = stage.outpatient(stage.visit(), stage.once("150107910"), managed)
    faulty = plant.coded(scene.receipt, "150107910", SURGERY)
    return planted(scene, plant.pointed(faulty, SURGERY, stage.points(SURGERY)), LONG)


@RELATIONS.found_by("stay.outside-without-stay")
def night_out_without_a_stay(stage: Stage) -> Planted:
    """190107290 外泊: beside 入院基本料 only (実日数 4)."""
    unit = UnitDraft("90", (act(WARD), act("190107290")), round(stage.points(WARD) * 0.15), {9: 1})
    stay = UnitDraft("90", (act(WARD),), stage.points(WARD), {7: 1, 8: 1})
    scene = stage.inpatient(stay, unit, ward=False)
    receipt = scene.receipt
    return planted(scene, restated(receipt.put(receipt.line_of(WARD, 2), 3, SUCTION)), "190107290")


@RELATIONS.found_by("line.section")
def examination_in_the_section_of_treatments(stage: Stage) -> Planted:
    """160008010 is added up under 60."""
    scene = stage.outpatient(stage.visit(), stage.once(BLOOD_COUNT))
    return planted(scene, scene.receipt.put(scene.receipt.line_of(BLOOD_COUNT), 1, "40"), BLOOD_COUNT)


@RELATIONS.found_by("drug.asked-for", "D")
def narcotic_addition_without_a_narcotic(stage: Stage) -> Planted:
    """130000310 麻薬注射加算: 医薬品関連区分 1."""
    return _drug_addition(stage, "130000310", "620001373", 472)


@RELATIONS.found_by("drug.asked-for", "D")
def biological_addition_without_a_biological(stage: Stage) -> Planted:
    """130000110 生物学的製剤注射加算: 医薬品関連区分 4."""
    return _drug_addition(stage, "130000110", "620001343", 90_636)


def _drug_addition(stage: Stage, addition: str, wanted: str, points: int) -> Planted:
    shot = UnitDraft("31", (act("130000510"),), stage.points("130000510"), {7: 1})
    injected = UnitDraft("31", (drug(wanted, "1"),), points, {7: 1})
    more = UnitDraft("31", (act(addition),), stage.points(addition), {7: 1})
    scene = stage.outpatient(stage.visit(), shot, injected, more)
    faulty = plant.coded(scene.receipt, wanted, PLAIN_SHOT)
    return planted(scene, plant.pointed(faulty, PLAIN_SHOT, PLAIN_SHOT_POINTS), addition)
