from collections.abc import Sequence
from dataclasses import replace

import pytest
from typing_extensions import override

from services.coding.domain.candidates import Candidate
from services.coding.domain.coding import Coding, Route
from services.coding.domain.master import DiseaseMaster, ModifierClass
from services.coding.domain.ranked import Asked, code_many, coder_version
from services.coding.domain.verify import Patient, Sex
from services.shared.kernel.months import Month
from tests.support.fixed_ranking import BY_CODE, FixedRanking
from tests.unit.coding.builders import MASTER, MODIFIERS, disease

OCTOBER = Month(2024, 10)


def coded(text: str, *listed: tuple[str, float], patient: Patient | None = None) -> Coding:
    ranking = FixedRanking(listed={text: listed})
    asked = Asked(text=text, month=OCTOBER, patient=patient or Patient())
    return code_many([asked], MASTER, ranking)[0]


def test_a_first_candidate_above_the_threshold_is_automatic() -> None:
    coding = coded("白内障ラシイ", ("3669004", 0.95), ("5359011", 0.02))

    assert (coding.route, coding.disease, coding.p) == (Route.RANKED, BY_CODE["3669004"], 0.95)
    assert [each.disease.code for each in coding.candidates] == ["3669004", "5359011"]


def test_a_first_candidate_below_the_threshold_is_for_a_person() -> None:
    assert coded("白内障ラシイ", ("3669004", 0.89)).route is Route.REVIEW


def test_a_first_candidate_of_hardly_any_probability_names_no_code() -> None:
    coding = coded("白内障ラシイ", ("3669004", 0.09))

    assert (coding.route, coding.disease, len(coding.candidates)) == (Route.UNRESOLVED, None, 1)


@pytest.mark.parametrize(
    ("text", "route", "modifiers"),
    [
        ("左ヘンナ白内障", Route.RANKED, ("2049",)),
        ("ヘンナ白内障ノ疑イ", Route.RANKED, ("8002",)),
        ("ヘンナ白内障再発ノ疑イ", Route.RANKED, ("8065", "8002")),
        ("疑イノアル白内障", Route.REVIEW, ()),
        ("術後ヘンナ白内障", Route.REVIEW, ()),
    ],
)
def test_doubt_and_other_times_are_said_by_modifiers_or_by_a_person(
    text: str, route: Route, modifiers: tuple[str, ...]
) -> None:
    coding = coded(text, ("3669004", 0.99))

    assert (coding.route, coding.modifier_codes) == (route, modifiers)


def test_a_side_that_is_written_again_and_again_is_one_modifier() -> None:
    """More than 20 would be no diagnosis of the record format; the text came from anybody."""
    coding = coded("左" * 30 + "ヘンナ白内障ノ疑イ", ("3669004", 0.99))

    assert coding.modifier_codes == ("2049", "8002")


def test_no_more_modifiers_are_kept_than_the_record_holds_and_a_doubt_behind_them_is_for_a_person() -> None:
    marks = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌"
    positions = [
        replace(MODIFIERS[0], code=f"{2_500 + place}", name=mark, kind=ModifierClass.POSITION)
        for place, mark in enumerate(marks)
    ]
    master = DiseaseMaster("test", MASTER.rows, [*MODIFIERS, *positions])
    text = f"{marks}ヘンナ白内障ノ疑イ"
    ranking = FixedRanking(listed={text: (("3669004", 0.99),)})
    [coding] = code_many([Asked(text=text, month=OCTOBER)], master, ranking)

    assert (coding.route, len(coding.modifier_codes)) == (Route.REVIEW, 20)


def test_the_modifiers_of_the_text_s_own_reading_are_kept() -> None:
    coding = coded("慢性胃炎", ("5359011", 0.97))

    assert (coding.route, coding.modifier_codes) == (Route.RANKED, ("4043",))


def test_what_verification_refuses_is_never_automatic() -> None:
    alone = coded("骨折ラシイ", ("8290001", 0.99))
    row = disease("8836591", "前立腺肥大症", icd10="N40")
    listed = [Candidate(disease=row, p=0.99, found_by="近い")]

    class OfMen(FixedRanking):
        @override
        def rank(self, mentions: Sequence[str], month: Month) -> list[list[Candidate]]:
            return [listed for _ in mentions]

    asked = Asked(text="前立腺ガ大キイ", month=OCTOBER, patient=Patient(sex=Sex.FEMALE))
    [other] = code_many([asked], DiseaseMaster("test", [row], MODIFIERS), OfMen(listed={}))

    assert (alone.route, alone.reason) == (Route.REVIEW, "not-alone")
    assert (other.route, other.reason) == (Route.REVIEW, "sex")


def test_exact_names_are_not_ranked_and_sure_readings_stay_what_they_are() -> None:
    ranking = FixedRanking(listed={"左白内障": (("5359011", 0.99),), "白内障ナシ": (("3669004", 0.99),)})
    texts = ["白内障", "左白内障", "白内障ナシ", ""]
    codings = code_many([Asked(text=text, month=OCTOBER) for text in texts], MASTER, ranking)

    assert [each.route for each in codings] == [
        Route.EXACT,
        Route.DECOMPOSED,
        Route.NOT_A_DIAGNOSIS,
        Route.UNRESOLVED,
    ]
    assert codings[1].disease == BY_CODE["3669004"]
    assert [len(each.candidates) for each in codings] == [0, 1, 1, 0]


def test_a_batch_is_ranked_once_for_each_month() -> None:
    ranking = FixedRanking(listed={})
    months = [OCTOBER, Month(2024, 9), OCTOBER]
    code_many([Asked(text=f"謎{at}", month=month) for at, month in enumerate(months)], MASTER, ranking)

    assert ranking.asked == [(OCTOBER, ("謎0", "謎2")), (Month(2024, 9), ("謎1",))]


def test_without_a_ranker_the_rules_stand_alone() -> None:
    [coding] = code_many([Asked(text="謎", month=OCTOBER)], MASTER)

    assert (coding.route, coding.candidates) == (Route.UNRESOLVED, ())


def test_an_answer_names_the_coder_the_edition_of_the_master_and_the_model() -> None:
    master = DiseaseMaster("b_20240601", [])

    assert coder_version(master) == "rules-4/b_20240601"
    assert coder_version(master, FixedRanking(listed={})) == "rules-4/b_20240601/ranked-test"
