"""Decisions and a ledger for settlement's tests."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.ledger import PostgresLedger
from services.settlement.adapters.messages import write_settled
from services.settlement.application.post_decisions import Told, post_decisions
from services.settlement.domain.decision import SUBMITTED, Decision, Outcome, Part
from services.shared.chassis.postgres import Database, open_pool
from services.shared.kernel.ids import ClaimId, EventId, decision_id
from services.shared.kernel.money import Points, Yen

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
HOSPITAL = "1310000001"
INSURER = "06132013"
PROGRAMME = "21136015"


def part(payer: str = INSURER, *, points: int = 100, yen: int = 700) -> Part:
    return Part(payer_number=payer, payer_member_key="", points=Points(points), share_yen=Yen(yen))


def decision(
    number: int,
    *parts: Part,
    hospital: str = HOSPITAL,
    outcome: Outcome = Outcome.APPROVED,
    patient_yen: int = 300,
    reduced_yen: int = 0,
    nth: int = 1,
) -> Decision:
    """The nth decision on the claim of that number; billed is what conserves."""
    claim = ClaimId(f"clm_{number:032x}")
    return Decision(
        decision_id=decision_id(claim, nth),
        claim_id=claim,
        hospital_code=hospital,
        claim_month="202604",
        treatment_month="202603",
        receipt_kind="1112",
        outcome=outcome,
        billed_yen=Yen(sum(each.share_yen for each in parts) + patient_yen + reduced_yen),
        patient_yen=Yen(patient_yen),
        reduced_yen=Yen(reduced_yen),
        parts=parts,
        cause_event_id=EventId(f"evt_{number:030x}{nth:02x}"),
        traceparent=f"00-{number + 1:032x}-{number + 1:016x}-00",
        number=nth,
        cause=SUBMITTED if nth == 1 else "READJUDICATED",
    )


async def post(database: Database, decisions: Sequence[Decision], at: datetime = NOW) -> Sequence[Told]:
    """Post a batch as the consumer does."""
    async with database.transaction(label="test.post") as tx:
        return await post_decisions(decisions, PostgresLedger(tx), write_event=write_settled, now=at)


@asynccontextmanager
async def opened(database: ServiceDatabase) -> AsyncIterator[Database]:
    """The database as the service's own role."""
    pool = await open_pool(database.dsn, application_name="settlement-test")
    try:
        yield Database(pool)
    finally:
        await pool.close()
