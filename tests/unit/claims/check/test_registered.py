"""What a hospital has registered stands beside its receipts when they are checked and when a decision is explained."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from typing import TypeVar

from seikyu.claims.v1 import claim_service_pb2

from services.claims.application.explaining import told_by
from services.claims.application.masters import Masters
from services.claims.domain.edits.standards import FacilityStandards
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.entrypoints.uke_check import checked_file
from services.shared.kernel.months import Month
from tests.support import uke
from tests.unit.claims.edits.builders import registered
from tests.unit.claims.pricing.builders import act

HOSPITAL = "1310000003"
Answer = TypeVar("Answer")


class OneAct:
    """Masters of one act, which demands a standard."""

    async def schedule(self, month: Month, as_of: date | None = None) -> MonthSchedule:
        """The same in every month."""
        return MonthSchedule.of(month, acts=[act("112007410", "73.00", {72: "236"})])

    async def ask(self, question: Callable[[Masters], Answer]) -> Answer:
        """The answer of masters without files."""
        return question(Masters.of([]))


async def _requests() -> AsyncIterator[claim_service_pb2.CheckUkeFileRequest]:
    header = claim_service_pb2.CheckHeader(profile=claim_service_pb2.PROFILE_STRICT)
    yield claim_service_pb2.CheckUkeFileRequest(header=header)
    yield claim_service_pb2.CheckUkeFileRequest(chunk=uke.plain_file())


async def reduced_with(standards: FacilityStandards | None) -> int:
    """How many receipts of the plain file would be reduced."""
    summary = claim_service_pb2.CheckSummary()

    async def told(hospital_code: str) -> FacilityStandards | None:
        assert hospital_code == HOSPITAL
        return standards

    async for response in checked_file(HOSPITAL, OneAct(), _requests(), told):
        summary = response.summary
    return summary.receipts_reduced


async def test_a_file_is_checked_against_what_its_hospital_has_registered() -> None:
    assert await reduced_with(registered("236")) == 0
    assert await reduced_with(registered("999")) == 1
    assert await reduced_with(None) == 0


def test_a_decision_rests_on_what_was_told_when_it_was_made() -> None:
    decided = datetime(2024, 6, 10, 1, 0, tzinfo=UTC)

    assert told_by(decided) == decided
    assert told_by(decided, ["as_known_on:2024-05-31"]).isoformat() == "2024-05-31T23:59:59.999999+09:00"
