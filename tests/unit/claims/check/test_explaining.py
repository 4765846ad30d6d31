"""A decision explained again: by the masters of its day, and told where it no longer comes to the decision's points."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.claims.adapters.master_files import schedules_from
from services.claims.application.explaining import KeptDecision, comes_to, examined_again, known_by, treatment_again
from services.claims.application.masters import Masters
from services.claims.application.registrations import NOTHING_REGISTERED
from services.claims.domain.examination import Examination, examine
from services.shared.kernel.months import Month
from tests.support import uke
from tests.support.kept_masters import Kept, return_visit_master

HOSPITAL = "1310000003"


@pytest.fixture
def masters(tmp_path: Path) -> Masters:
    """The return visit at 73 points, as published on 2024-04-01."""
    return schedules_from([return_visit_master(tmp_path)])


def _examined(masters: Masters, points: str, as_of: date | None = None) -> Examination:
    receipt = uke.receipt(uke.head(), uke.insurer(points=points), uke.disease(), uke.act(points=points))
    treatment = treatment_again(receipt, HOSPITAL, "202406")
    assert (treatment.hospital_code, treatment.claim_month) == (HOSPITAL, Month(2024, 6))
    return examine(treatment, masters.schedule(treatment.month, as_of))


def test_lines_count_from_the_receipts_first_record(masters: Masters) -> None:
    (unit,) = _examined(masters, "73").units

    assert [line.number for line in unit.unit.lines] == [4]


@pytest.mark.parametrize(
    ("declared", "billed_points", "reduced_yen", "agrees"),
    [("73", 73, 0, True), ("80", 80, 70, True), ("80", 80, 0, False), ("73", 0, 0, True)],
    ids=["approved", "reduced", "approved before the master came", "returned"],
)
def test_an_explanation_says_whether_it_comes_to_the_decision(
    masters: Masters, declared: str, billed_points: int, reduced_yen: int, *, agrees: bool
) -> None:
    found = _examined(masters, declared)

    assert comes_to(found, billed_points=billed_points, reduced_yen=reduced_yen) is agrees


def _kept(*reasons: str, billed_points: int = 0) -> KeptDecision:
    """A decision of 2024-07-10 on a receipt of 73 points."""
    return KeptDecision(
        receipt=uke.receipt(uke.head(), uke.insurer(points="73"), uke.disease(), uke.act(points="73")),
        hospital_code=HOSPITAL,
        claim_month="202406",
        decided_at=datetime(2024, 7, 10, tzinfo=UTC),
        notes=(),
        reasons=reasons,
        billed_points=billed_points,
        reduced_yen=0,
    )


async def test_a_decision_had_a_twin_where_it_says_so_and_nowhere_else(masters: Masters) -> None:
    beside_a_twin = await examined_again(_kept("DUPLICATE"), Kept(masters), NOTHING_REGISTERED)
    alone = await examined_again(_kept("NOT_COVERED"), Kept(masters), NOTHING_REGISTERED)

    assert beside_a_twin is not None
    assert alone is not None
    assert "claim.duplicate" in {each.edit.id for each in beside_a_twin.examination.findings}
    assert "claim.duplicate" not in {each.edit.id for each in alone.examination.findings}


async def test_a_decision_is_examined_by_its_day_and_says_whether_it_comes_out_the_same(masters: Masters) -> None:
    again = await examined_again(_kept(billed_points=73), Kept(masters), NOTHING_REGISTERED)
    other = await examined_again(_kept(billed_points=80), Kept(masters), NOTHING_REGISTERED)

    assert again is not None
    assert other is not None
    assert (again.as_of, again.schedule.month) == (date(2024, 7, 10), Month(2024, 5))
    assert (again.agrees, other.agrees) == (True, False)


def test_a_master_published_after_the_decision_is_not_known_to_its_explanation(masters: Masters) -> None:
    (unit,) = _examined(masters, "80", as_of=date(2024, 3, 31)).units

    assert (unit.price.points, unit.allowed_points) == (None, 80)


def test_the_day_of_a_decision_is_that_of_tokyo() -> None:
    assert known_by(datetime(2024, 3, 31, 15, 0, tzinfo=UTC)) == date(2024, 4, 1)


async def test_a_kept_receipt_that_is_read_no_longer_is_examined_no_more(masters: Masters) -> None:
    kept = replace(_kept(billed_points=73), receipt=b"RE,broken\r\n")

    assert await examined_again(kept, Kept(masters), NOTHING_REGISTERED) is None
