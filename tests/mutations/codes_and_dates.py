"""Faults of codes and dates: what no master has, what it had no longer or not yet, and when it is claimed."""

from dataclasses import replace

from tests.mutations.planted import Catalogue, Planted, planted
from tests.mutations.scenes import DISEASE, FIRST, JULY, RETURN, Stage, disease, drug, material
from tests.support.mutator import faults as plant
from tests.support.valid_receipts.units import UnitDraft, act

CODES = Catalogue()
INFORMATION, INFORMATION_POINTS = "111703170", 3
"""医療情報取得加算１（初診), abolished with 30 November 2024."""
ANTIBODY, ANTIBODY_POINTS = "160241650", 390
"""アスペルギルスＩｇＧ抗体, new on 1 August 2024."""
NO_LONGER_SOLD = "629700301"
"""A drug that could be used until 31 July 2024."""
NEW_IN_MID_MONTH = "622954701"
NO_LONGER_PAID = "710010894"
"""A material that could be used until 31 August 2024."""
OLD_DISEASE = "7338012"
"""尺骨骨折偽関節, abolished on 28 February 2009 and moved to 8844645 (マスターファイル仕様説明書 別紙1-2)."""
BLOOD_COUNT = "160008010"
DILATOR = "705040000"
ABOLISHING = {"s": (150, 87, 88), "t": (38, 28, 30)}
"""Columns of a master, and those of 変更年月日 and 廃止年月日."""
COMMENTS_TOLD = "202309"
"""The full comment master at hand is of August 2023, for the fees of 2022 to 2024."""
MODIFIERS_TOLD = "202507"
"""The modifier master at hand is of June 2025."""


@CODES.found_by("act.unknown")
def act_abolished_before_the_day(stage: Stage) -> Planted:
    points = stage.points(FIRST) + INFORMATION_POINTS
    scene = stage.outpatient(UnitDraft("11", (act(FIRST), act(INFORMATION)), points, {7: 1}), month="202411")
    late = plant.in_month(scene.receipt, "202412")
    return Planted(scene, replace(scene, receipt=late, claim_month="202501"), late.line_of(INFORMATION))


@CODES.found_by("act.unknown")
def act_not_yet_valid_on_the_day(stage: Stage) -> Planted:
    test = UnitDraft("60", (act(ANTIBODY),), ANTIBODY_POINTS, {7: 1})
    scene = stage.outpatient(stage.visit(), test, stage.once("160062110"), month="202408")
    early = plant.in_month(scene.receipt, JULY)
    return Planted(scene, replace(scene, receipt=early, claim_month="202408"), early.line_of(ANTIBODY))


@CODES.found_by("act.unknown")
def act_code_unknown(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), stage.once(BLOOD_COUNT))
    return planted(scene, plant.coded(scene.receipt, BLOOD_COUNT, "169999999"), "169999999")


@CODES.found_by("act.not-live")
def act_abolished_in_mid_month(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(7, 20), stage.once(BLOOD_COUNT), days=2)
    scene = replace(scene, published=(abolished("s", BLOOD_COUNT),))
    return planted(scene, plant.moved(scene.receipt, BLOOD_COUNT, 20), BLOOD_COUNT)


@CODES.found_by("material.not-live")
def material_abolished_in_mid_month(stage: Stage) -> Planted:
    unit = UnitDraft("40", (material(DILATOR),), 249, {7: 1})
    scene = replace(stage.outpatient(stage.visit(7, 20), unit, days=2), published=(abolished("t", DILATOR),))
    return planted(scene, plant.moved(scene.receipt, DILATOR, 20), DILATOR)


def abolished(kind: str, code: str) -> tuple[str, bytes]:
    """A differential master file that abolishes a code with 15 July 2024 (変更区分 9), its other columns blank."""
    width, starts, ends = ABOLISHING[kind]
    row = [""] * width
    row[0], row[1], row[2] = "9", kind.upper(), code
    row[starts - 1], row[ends - 1] = "20240716", "20240715"
    line = ",".join(f'"{text}"' for text in row)
    return f"{kind}_20240710.csv", f"{line}\r\n".encode("cp932")


@CODES.found_by("drug.unknown")
def drug_abolished_before_the_day(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), UnitDraft("23", (drug(NO_LONGER_SOLD, "1"),), 61_148, {7: 1}))
    late = plant.in_month(scene.receipt, "202408")
    return Planted(scene, replace(scene, receipt=late, claim_month="202409"), late.line_of(NO_LONGER_SOLD))


@CODES.found_by("drug.not-live")
def drug_not_yet_sold_on_the_day(stage: Stage) -> Planted:
    """622954701: sold from 15 August 2024 on, 373.30 yen."""
    unit = UnitDraft("21", (drug(NEW_IN_MID_MONTH, "1"),), 37, {20: 1})
    scene = stage.outpatient(stage.visit(8, 20), unit, month="202408", days=2)
    return planted(scene, plant.moved(scene.receipt, NEW_IN_MID_MONTH, 8), NEW_IN_MID_MONTH)


@CODES.found_by("drug.unknown")
def drug_code_unknown(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), UnitDraft("23", (drug("610406079", "1"),), 2, {7: 1}))
    return planted(scene, plant.coded(scene.receipt, "610406079", "699999999"), "699999999")


@CODES.found_by("drug.unknown")
def drug_past_its_transition(stage: Stage) -> Planted:
    """617110010: 経過措置 until 30 September 2024; 1.63 yen a gram."""
    scene = stage.outpatient(stage.visit(), UnitDraft("21", (drug("617110010", "10"),), 2, {7: 1}), month="202409")
    late = plant.in_month(scene.receipt, "202410")
    return Planted(scene, replace(scene, receipt=late, claim_month="202411"), late.line_of("617110010"))


@CODES.found_by("code.untold")
def code_that_a_later_master_lacks(stage: Stage) -> Planted:
    """The acts of October 2021 are told by a file of February 2022, in which 113033370 is no longer."""
    scene = stage.earlier(RETURN, 73)
    return planted(scene, plant.coded(scene.receipt, RETURN, "113033370"), "113033370")


@CODES.found_by("material.unknown")
def material_abolished_before_the_day(stage: Stage) -> Planted:
    unit = UnitDraft("40", (material(NO_LONGER_PAID),), 648_000, {7: 1})
    scene = stage.outpatient(stage.visit(), unit)
    scene = replace(scene, receipt=plant.in_month(scene.receipt, "202408"), claim_month="202409")
    late = plant.in_month(scene.receipt, "202409")
    return Planted(scene, replace(scene, receipt=late, claim_month="202410"), late.line_of(NO_LONGER_PAID))


@CODES.found_by("material.unknown")
def material_code_unknown(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), UnitDraft("40", (material(DILATOR),), 249, {7: 1}))
    return planted(scene, plant.coded(scene.receipt, DILATOR, "799999999"), "799999999")


@CODES.found_by("comment.unknown")
def comment_code_unknown(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), month=COMMENTS_TOLD)
    sound = replace(scene, receipt=plant.said(scene.receipt, "1", "810000001", "経過良好"))
    return planted(sound, plant.coded(sound.receipt, "810000001", "819999999"), "819999999")


@CODES.found_by("disease.unknown")
def disease_code_unknown(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit())
    return planted(scene, plant.ill(scene.receipt, DISEASE, "9999999"), "9999999")


@CODES.found_by("disease.abolished")
def disease_abolished_and_moved(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), diseases=[disease("8844645")])
    scene = replace(scene, moved=((OLD_DISEASE, "8844645"),))
    return planted(scene, plant.ill(scene.receipt, "8844645", OLD_DISEASE), OLD_DISEASE)


@CODES.found_by("modifier.unknown")
def modifier_unknown(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), month=MODIFIERS_TOLD, diseases=[disease(DISEASE, "8002")])
    return planted(scene, plant.modified(scene.receipt, DISEASE, "8002" + "9999"), DISEASE)


@CODES.found_by("disease.needs-modifier")
def disease_that_may_not_stand_alone(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), diseases=[disease("8830057", "2056")])
    return planted(scene, plant.modified(scene.receipt, "8830057", ""), "8830057")


@CODES.found_by("disease.not-insured")
def disease_that_is_not_billed(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), diseases=[disease(DISEASE)])
    return planted(scene, plant.ill(scene.receipt, DISEASE, "8850703"), "8850703")


@CODES.found_by("disease.other-sex")
def disease_of_the_other_sex(stage: Stage) -> Planted:
    """8836591 前立腺肥大症 (N40), 2189001 巨大子宮筋腫 (D25.9); the patient is a man."""
    scene = stage.outpatient(stage.visit(), diseases=[disease("8836591")])
    return planted(scene, plant.ill(scene.receipt, "8836591", "2189001"), "2189001")


@CODES.found_by("claim.too-early")
def claimed_before_the_month_ended(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit())
    return Planted(scene, replace(scene, claim_month=JULY))


@CODES.found_by("claim.late")
def claimed_months_late(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit())
    return Planted(scene, replace(scene, claim_month="202411"))


@CODES.found_by("claim.time-barred")
def claimed_beyond_the_limitation(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit())
    return Planted(replace(scene, claim_month="202907"), replace(scene, claim_month="202908"))


@CODES.found_by("claim.duplicate")
def same_person_month_and_kind_twice(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit())
    other = stage.outpatient(stage.visit(), stage.once(BLOOD_COUNT)).receipt
    return Planted(replace(scene, before=(plant.in_month(other, "202406"),)), replace(scene, before=(other,)))
