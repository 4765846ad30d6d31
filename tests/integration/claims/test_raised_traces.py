"""A claim's trace that was raised on the way is never lowered again: on the real ledger, by what is announced."""

from dataclasses import replace
from datetime import timedelta

import asyncpg

from infra.local.databases import ServiceDatabase
from services.claims.adapters.postgres_ledger import PostgresLedger
from services.claims.application.deciding import Deciding
from services.claims.application.intake import assess_all
from services.claims.application.model import Agency, Coded, Submitted
from services.claims.domain.uke.findings import Profile
from services.shared.chassis.postgres import Database
from tests.integration.claims.test_ledger import (
    HOSPITAL,
    KEY,
    NOW,
    TRACES,
    accept,
    assessed,
    claim_ids,
    covered,
    decide,
    new_intake,
)
from tests.support.examined import NoMasters
from tests.support.uke import act, disease, head, insurer, receipt


async def flags_announced(dsn: str, topic: str) -> list[str]:
    """The flags of the events of a topic, in order."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT traceparent FROM outbox WHERE topic = $1 ORDER BY seq", topic)
        return [row[0][-2:] for row in rows]
    finally:
        await connection.close()


async def test_a_trace_that_was_raised_on_the_way_is_not_lowered_by_the_decision(
    database: Database, migrated: ServiceDatabase
) -> None:
    intake, receipts = new_intake(), assessed(2)
    ids = claim_ids(await accept(database, receipts, intake))
    plain, tried_again = (covered(*each) for each in zip(ids, receipts, strict=True))

    await decide(database, [plain], intake.recent)
    await decide(database, [replace(tried_again, is_raised=True)], intake.recent)

    assert await flags_announced(migrated.dsn, "claims.adjudicated") == ["00", "01"]


async def test_a_claim_that_is_announced_again_is_raised(database: Database, migrated: ServiceDatabase) -> None:
    intake = new_intake()
    await accept(database, assessed(1), intake)
    deciding = Deciding(recent=intake.recent, traces=TRACES, schedules=NoMasters())

    async with database.transaction(label="test") as tx:
        again = await deciding.announce_unmoved(PostgresLedger(tx, KEY), unmoved_for=timedelta(0), now=NOW)

    assert again.announced == 1
    assert await flags_announced(migrated.dsn, "claims.received") == ["00", "01"]


async def test_a_trace_that_was_raised_stays_raised_while_the_claim_waits_for_codes(
    database: Database, migrated: ServiceDatabase
) -> None:
    submitted = Submitted(place=0, agency=Agency.SSK, claim_month="202406", receipt=uncoded_receipt())
    intake, receipts = new_intake(), assess_all(HOSPITAL, [submitted], Profile.LENIENT)
    (claim,) = claim_ids(await accept(database, receipts, intake))

    await decide(database, [replace(covered(claim, receipts[0]), is_raised=True)], intake.recent)
    before = await flags_announced(migrated.dsn, "claims.adjudicated")
    async with database.transaction(label="test") as tx:
        deciding = Deciding(recent=intake.recent, traces=TRACES, schedules=NoMasters())
        coded = Coded(claim_id=claim, content=b"", completed_at=NOW)
        await deciding.coding_completed(PostgresLedger(tx, KEY), [coded], now=NOW)

    assert before == []
    assert await flags_announced(migrated.dsn, "claims.adjudicated") == ["01"]


def uncoded_receipt() -> bytes:
    return receipt(head(), insurer(), disease(disease_code="0000999", name="季節の不調"), act())
