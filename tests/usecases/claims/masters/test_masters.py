"""The masters as a set of files: what a month's schedule is, as known on a day."""

from itertools import permutations

from services.claims.application.masters import Masters
from services.claims.domain.masters.kinds import MasterKind
from services.shared.kernel.months import Month
from tests.support.published_masters import NEVER, REVISIONS, changes, day, full

EMPTY = dict.fromkeys(MasterKind, ())
ALL_REVISIONS = {**EMPTY, **REVISIONS}
BASE = full("2020-03-20", ("0", "A", "20200401", NEVER, "a"))
NEW = changes("2020-09-01", ("3", "N", "20201001", NEVER, "n"))
NEWER = changes("2020-09-10", ("3", "O", "20201101", NEVER, "o"))


def codes(masters: Masters, month: Month, as_of: str | None = None) -> set[str]:
    return set(masters.schedule(month, None if as_of is None else day(as_of)).comments.whole)


def test_a_month_knows_the_files_published_by_the_day_asked_for() -> None:
    masters = Masters.of([BASE, NEW], ALL_REVISIONS)
    october = Month(2020, 10)

    assert codes(masters, october) == {"A", "N"}
    assert codes(masters, october, "2020-08-31") == {"A"}
    assert codes(masters, october, "2020-03-19") == set()
    assert not masters.schedule(october, day("2020-03-19")).loaded(MasterKind.COMMENT)


def test_files_may_come_in_any_order_and_one_by_one() -> None:
    whole = Masters.of([BASE, NEW, NEWER], ALL_REVISIONS)
    for order in permutations([BASE, NEW, NEWER]):
        masters = Masters.of([], ALL_REVISIONS)
        for file in order:
            masters.schedule(Month(2020, 11))
            masters = masters.with_files([file])

        assert codes(masters, Month(2020, 11)) == codes(whole, Month(2020, 11)) == {"A", "N", "O"}


def test_months_between_two_turns_share_one_table() -> None:
    masters = Masters.of([BASE, NEW], ALL_REVISIONS)
    tables = [masters.schedule(Month(2020, month)).comments for month in (8, 9, 10, 11)]

    assert tables[0] is tables[1]
    assert tables[1] is not tables[2]
    assert tables[2] is tables[3]


def test_a_new_file_of_one_kind_leaves_the_tables_of_the_others() -> None:
    masters = Masters.of([BASE], ALL_REVISIONS)
    before = masters.schedule(Month(2020, 8))
    after = masters.with_files([NEW]).schedule(Month(2020, 8))

    assert after.acts is before.acts
    assert after.comments.whole == before.comments.whole
