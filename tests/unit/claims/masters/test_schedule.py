"""What a month's schedule answers, and what it refuses to answer."""

from services.claims.domain.masters.comments import MasterComment
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.schedule import MonthSchedule, month_table
from services.claims.domain.masters.versions import Version
from services.shared.kernel.months import Month
from tests.support.published_masters import NEVER, day, typed

OCTOBER = Month(2021, 10)


def comment(code: str, starts: str, ends: str = NEVER, text: str = "") -> MasterComment:
    row = typed(("0", code, starts, ends, text))
    assert row is not None
    return row


def test_a_code_in_force_all_month_is_found_on_every_day() -> None:
    row = comment("820000001", "20200401")
    schedule = MonthSchedule.of(OCTOBER, comments=[row])

    assert [schedule.comment("820000001", day) for day in (1, 31)] == [row, row]


def test_a_code_is_not_found_before_its_first_day_nor_after_its_last() -> None:
    row = comment("820000001", "20211010", "20211020")
    schedule = MonthSchedule.of(OCTOBER, comments=[row])

    assert [schedule.comment("820000001", day) for day in (9, 10, 20, 21)] == [None, row, row, None]


def test_a_change_within_the_month_gives_each_day_its_own_row() -> None:
    before, after = comment("820000001", "20200401"), comment("820000001", "20211016")
    schedule = MonthSchedule.of(OCTOBER, comments=[after, before])

    assert [schedule.comment("820000001", day) for day in (15, 16)] == [before, after]


def test_a_row_of_a_later_month_is_not_found() -> None:
    schedule = MonthSchedule.of(OCTOBER, comments=[comment("820000001", "20211101")])

    assert schedule.comment("820000001", 31) is None


def test_a_kind_that_was_not_given_is_not_loaded() -> None:
    schedule = MonthSchedule.of(OCTOBER, comments=[])

    assert schedule.loaded(MasterKind.COMMENT)
    assert schedule.exhaustive(MasterKind.COMMENT)
    assert not schedule.loaded(MasterKind.ACT)
    assert schedule.act("111000110", 1) is None


def test_a_table_keeps_only_what_is_in_force_in_the_month() -> None:
    old, new = comment("820000001", "20200401"), comment("820000001", "20220401")
    versions = {
        "820000001": (
            Version(day("2020-04-01"), day("2022-03-31"), old),
            Version(day("2022-04-01"), day("2024-03-31"), new),
        )
    }

    assert month_table(versions, OCTOBER).whole == {"820000001": old}
    assert month_table(versions, Month(2022, 4)).whole == {"820000001": new}
    assert month_table(versions, Month(2024, 4)).whole == {}


def test_every_kind_is_asked_for_by_its_own_name() -> None:
    schedule = MonthSchedule.of(OCTOBER)

    asked = (schedule.act, schedule.drug, schedule.material, schedule.comment, schedule.disease, schedule.modifier)
    assert [ask("820000001", 1) for ask in asked] == [None] * 6
