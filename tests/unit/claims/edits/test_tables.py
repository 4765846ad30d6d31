"""Dated tables of the edits: in order, each row with its source, and nothing decided where no row holds."""

from collections.abc import Sequence
from datetime import date

import pytest

from services.claims.domain.edits.reducing import reducing_codes
from services.claims.domain.edits.standards import FacilityStandards, Period, Registered
from services.claims.domain.edits.tables import (
    LIMITATIONS,
    NAME_GROUPS,
    ONE_SEX,
    TRANSFERABLE,
    Dated,
    name_groups_in,
    one_sex_in,
    row_in,
    transferable_in,
)
from services.claims.domain.uke.codes import PatientClass
from services.shared.kernel.months import Month
from tests.unit.claims.edits.builders import TEST, Rows
from tests.unit.claims.pricing.builders import act


@pytest.mark.parametrize("rows", [LIMITATIONS, NAME_GROUPS, ONE_SEX, TRANSFERABLE])
def test_rows_are_in_order_and_name_their_source(rows: Sequence[Dated]) -> None:
    begins = [row.since for row in rows]

    assert begins == sorted(set(begins))
    assert all(row.source for row in rows)


def test_a_month_picks_the_latest_row_that_has_begun() -> None:
    assert row_in(TRANSFERABLE, Month(2023, 2)) is TRANSFERABLE[0]
    assert row_in(TRANSFERABLE, Month(2023, 3)) is TRANSFERABLE[1]
    assert all(transferable_in(Month(2026, 11)).points[each] for each in PatientClass)  # type: ignore[union-attr]


def test_before_the_first_row_nothing_is_known() -> None:
    assert transferable_in(Month(2021, 8)) is None
    assert one_sex_in(Month(2015, 12)) is None
    assert name_groups_in(Month(2018, 3)) is None


def test_a_standard_of_a_month_without_known_groups_is_not_decided() -> None:
    standards = FacilityStandards(registered=(Registered("236", Period(date(2000, 1, 1), None)),))

    assert standards.meets("236", date(2018, 3, 31)) is None
    assert standards.meets("236", date(2018, 4, 1)) is True


def test_a_chapters_reducing_code_is_the_one_that_the_months_master_names() -> None:
    """項番52 逓減対象区分 and 項番44 適合区分 1, of additions."""
    fall = act("160000190", "10.00", {11: "6", 52: "1", 68: "7", 69: "7"})
    lack = act("160174470", "20.00", {11: "6", 44: "1", 68: "7", 69: "7"})
    codes = reducing_codes(Rows(acts=[act(TEST, "100.00", {52: "1", 44: "2"}), fall, lack]).schedule())

    assert codes.falling == {"D": "160000190"}
    assert codes.lacking == {"D": "160174470"}


def test_of_two_reducing_codes_of_a_chapter_none_is_chosen() -> None:
    falls = [act(code, "10.00", {11: "6", 52: "1", 68: "7", 69: "7"}) for code in ("160000190", "160000191")]

    assert reducing_codes(Rows(acts=falls).schedule()).falling == {}
