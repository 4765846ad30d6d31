"""A household's year made of its months' statements, and versions of a statement."""

from services.claims.domain.households.doubts import Doubt
from services.claims.domain.households.statement import Household
from services.claims.domain.households.versions import Span, id_of, next_version
from services.claims.domain.households.year import StatedMonth, year_statement
from services.claims.domain.share.case import LimitCategory
from services.claims.domain.share.household import Place
from services.shared.kernel.months import Month

C = LimitCategory
HOME = Household(key="h" * 32, payer_number="01130012")
YEAR = Month(2023, 8)
VISITS = Place("p1", inpatient=False, elderly=True)


def month(
    at: Month,
    yen: int,
    *,
    elderly: LimitCategory | None = C.ELDERLY_GENERAL,
    under_70: LimitCategory | None = None,
    doubts: frozenset[Doubt] = frozenset(),
) -> StatedMonth:
    return StatedMonth(
        household=HOME,
        month=at,
        under_70=under_70,
        elderly=elderly,
        doubts=doubts,
        left_by_place={VISITS: yen},
        branches={"p1": "01"},
        payer_member_key="" if at.month == 7 else "m" * 32,
        version_id=f"hsv_{at}",
    )


def year(
    yen: int,
    since: Month = YEAR,
    *,
    elderly: LimitCategory | None = C.ELDERLY_GENERAL,
    under_70: LimitCategory | None = None,
) -> list[StatedMonth]:
    return [month(since.plus(number), yen, elderly=elderly, under_70=under_70) for number in range(12)]


def test_a_year_of_outpatient_care_at_70_and_over_comes_under_144000_yen() -> None:
    statement = year_statement(year(15_000))

    assert statement.result.outpatient_refunds_yen == {"p1": 12 * 15_000 - 144_000}
    assert statement.result.left_yen == 144_000
    assert statement.category is C.ELDERLY_GENERAL
    assert statement.branches == {"p1": "01"}
    assert statement.payer_member_key == "m" * 32
    assert statement.doubts == ()


def test_months_in_any_order_give_one_statement() -> None:
    months = year(15_000)

    assert year_statement(months[::-1]) == year_statement(months)


def test_the_class_is_that_of_july() -> None:
    months = [*year(15_000, elderly=C.ELDERLY_ACTIVE_1)[:-1], month(Month(2024, 7), 15_000)]

    assert year_statement(months).category is C.ELDERLY_GENERAL


def test_without_july_the_class_on_which_all_months_agree_is_taken_and_that_is_said() -> None:
    statement = year_statement(year(15_000)[:-1])

    assert statement.result.outpatient_refunds_yen == {"p1": 21_000}
    assert statement.doubts == (Doubt.CLASS_FROM_OTHER_MONTHS,)


def test_without_july_classes_that_differ_are_not_decided_between() -> None:
    months = [*year(15_000)[:10], month(Month(2024, 6), 15_000, elderly=C.ELDERLY_LOW_2)]

    statement = year_statement(months)

    assert statement.doubts == (Doubt.CLASS_CONTRADICTED,)
    assert statement.result.left_yen == 165_000


def test_a_year_whose_class_nothing_tells_gives_nothing_back() -> None:
    statement = year_statement(year(15_000, elderly=None))

    assert statement.doubts == (Doubt.CLASS_UNKNOWN,)
    assert statement.result.left_yen == 180_000


def test_a_class_by_the_card_alone_stays_a_doubt_of_the_year() -> None:
    months = [*year(15_000)[:-1], month(Month(2024, 7), 15_000, doubts=frozenset({Doubt.CLASS_BY_CARD}))]

    assert year_statement(months).doubts == (Doubt.CLASS_BY_CARD,)


def test_a_july_that_contradicts_itself_is_not_made_up_for_by_other_months() -> None:
    july = month(Month(2024, 7), 15_000, elderly=None, doubts=frozenset({Doubt.CLASS_CONTRADICTED}))

    assert year_statement([*year(15_000)[:-1], july]).doubts == (Doubt.CLASS_CONTRADICTED,)


def test_two_ages_whose_yearly_limits_differ_are_not_decided_between() -> None:
    since = Month(2026, 8)

    # from 2026-08: ウ and 一般 have 530,000 yen both, エ and 低所得Ⅱ 530,000 and 290,000
    assert year_statement(year(15_000, since, under_70=C.U)).category is C.ELDERLY_GENERAL
    differing = year_statement(year(15_000, since, under_70=C.E, elderly=C.ELDERLY_LOW_2))
    assert differing.doubts == (Doubt.CLASS_CONTRADICTED,)


def test_the_same_content_makes_no_version_and_another_one_is_linked() -> None:
    statement = id_of(HOME.key, Span.MONTH, Month(2024, 5))
    first = next_version(statement, None, b"one")
    assert first is not None
    second = next_version(statement, first, b"two")
    assert second is not None
    third = next_version(statement, second, b"one")
    assert third is not None

    assert next_version(statement, first, b"one") is None
    assert (first.number, first.replaces) == (1, None)
    assert (second.number, second.replaces) == (2, first.version_id)
    assert len({first.version_id, second.version_id, third.version_id}) == 3
    assert next_version(statement, None, b"one") == first


def test_a_month_and_a_year_of_a_household_are_two_statements() -> None:
    august = Month(2024, 8)

    assert id_of(HOME.key, Span.MONTH, august) != id_of(HOME.key, Span.YEAR, august)
