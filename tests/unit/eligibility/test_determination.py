from datetime import date

from seikyu.eligibility.v1 import coverage_pb2

from services.eligibility.domain.coverage import (
    CopayClass,
    CoveragePeriod,
    CoverReason,
    LimitCategory,
    Sex,
    span_of_day,
    span_of_month,
)
from services.eligibility.domain.determination import Cover, Question, determine_cover
from services.shared.kernel.months import Month
from tests.unit.eligibility.builders import PAYER, period, question

SEPTEMBER = span_of_month(Month(2025, 9))


def answer(*periods: CoveragePeriod, asked: Question | None = None) -> CoverReason:
    return determine_cover(asked or question(), periods, SEPTEMBER).reason


def test_a_covered_member_gets_ratio_category_and_branch() -> None:
    cover = determine_cover(question(branch=""), [period()], SEPTEMBER)

    assert cover == Cover(
        payer_number=PAYER,
        reason=CoverReason.COVERED,
        copay_tenths=3,
        limit_category=LimitCategory.U,
        branch="01",
        is_programme=False,
    )


def test_nobody_under_the_number_is_an_unknown_member() -> None:
    assert answer() is CoverReason.UNKNOWN_MEMBER


def test_a_branch_that_nobody_has_is_wrong() -> None:
    assert answer(period(branch="02")) is CoverReason.BRANCH_WRONG


def test_a_payer_that_records_no_branch_is_asked_by_birth_and_sex() -> None:
    assert answer(period(branch="")) is CoverReason.COVERED


def test_another_birth_date_under_the_branch_differs() -> None:
    assert answer(period(birth_digest="born-1981")) is CoverReason.BIRTH_DATE_DIFFERS


def test_a_birth_date_that_was_not_told_is_not_compared() -> None:
    assert answer(period(), asked=question(birth_digest="")) is CoverReason.COVERED


def test_another_sex_under_the_branch_differs() -> None:
    assert answer(period(sex=Sex.MALE)) is CoverReason.SEX_DIFFERS


def test_birth_is_judged_before_sex() -> None:
    assert answer(period(sex=Sex.MALE, birth_digest="born-1981")) is CoverReason.BIRTH_DATE_DIFFERS


def test_a_missing_branch_is_resolved_in_the_family() -> None:
    family = [period(branch="00", birth_digest="born-1950"), period(branch="03"), period(branch="04", sex=Sex.MALE)]

    assert determine_cover(question(branch=""), family, SEPTEMBER).branch == "03"


def test_twins_of_one_sex_need_their_branch() -> None:
    twins = [period(branch="03"), period(branch="04")]

    assert answer(*twins, asked=question(branch="")) is CoverReason.BRANCH_WRONG
    assert answer(*twins, asked=question(branch="04")) is CoverReason.COVERED


def test_cover_that_ended_without_a_successor_has_ended() -> None:
    assert answer(period(valid_to=date(2025, 8, 31))) is CoverReason.ENDED


def test_cover_that_another_payer_took_over_says_so() -> None:
    assert answer(period(valid_to=date(2025, 8, 31), next_payer="138057")) is CoverReason.ANOTHER_PAYER_SINCE


def test_cover_that_begins_later_is_not_yet() -> None:
    assert answer(period(valid_from=date(2025, 10, 1))) is CoverReason.NOT_YET


def test_another_payer_goes_before_not_yet_and_not_yet_before_ended() -> None:
    later = period(valid_from=date(2025, 10, 1))
    earlier = period(valid_to=date(2025, 8, 31))

    assert answer(earlier, later) is CoverReason.NOT_YET
    assert answer(period(valid_to=date(2025, 8, 31), next_payer="138057"), later) is CoverReason.ANOTHER_PAYER_SINCE


def test_one_covered_day_covers_the_month() -> None:
    assert answer(period(valid_to=date(2025, 9, 1))) is CoverReason.COVERED
    assert answer(period(valid_from=date(2025, 9, 30))) is CoverReason.COVERED


def test_a_day_is_judged_by_itself() -> None:
    ended = [period(valid_to=date(2025, 9, 1))]

    assert determine_cover(question(), ended, span_of_day(date(2025, 9, 1))).reason is CoverReason.COVERED
    assert determine_cover(question(), ended, span_of_day(date(2025, 9, 2))).reason is CoverReason.ENDED


def test_the_latest_of_two_periods_in_the_month_decides_the_ratio() -> None:
    early = period(valid_to=date(2025, 9, 10), copay_class=CopayClass.STANDARD, limit_category=LimitCategory.A)
    late = period(valid_from=date(2025, 9, 11), limit_category=LimitCategory.O)

    assert determine_cover(question(), [late, early], SEPTEMBER).limit_category is LimitCategory.O


def test_a_programme_asks_nothing_by_ratio() -> None:
    cover = determine_cover(question(payer_number="21130010", is_programme=True), [period()], SEPTEMBER)

    assert (cover.copay_tenths, cover.is_programme) == (0, True)


def test_what_is_not_covered_has_no_ratio_and_no_category() -> None:
    cover = determine_cover(question(), [period(valid_to=date(2025, 8, 31))], SEPTEMBER)

    assert (cover.copay_tenths, cover.limit_category, cover.branch) == (0, LimitCategory.NONE, "")


def test_the_numbers_of_the_domain_are_those_of_the_wire() -> None:
    reasons = {f"COVER_REASON_{reason.name}": reason.value for reason in CoverReason}
    classes = {f"COPAY_CLASS_{each.name}": each.value for each in CopayClass}
    limits = {f"LIMIT_CATEGORY_{each.name}": each.value for each in LimitCategory if each is not LimitCategory.NONE}

    assert reasons | {"COVER_REASON_UNSPECIFIED": 0} == dict(coverage_pb2.CoverReason.items())
    assert classes | {"COPAY_CLASS_UNSPECIFIED": 0} == dict(coverage_pb2.CopayClass.items())
    assert limits | {"LIMIT_CATEGORY_UNSPECIFIED": 0} == dict(coverage_pb2.LimitCategory.items())
