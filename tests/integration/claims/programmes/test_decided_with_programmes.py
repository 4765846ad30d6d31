"""The whole way in Postgres: decided before and after a table is told, explained by it, and the month again."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from seikyu.claims.v1 import claim_pb2

from services.claims.adapters.postgres_ledger import PostgresLedger
from services.claims.adapters.postgres_programmes import PostgresProgrammes
from services.claims.adapters.postgres_readjudication import PostgresReadjudication
from services.claims.adapters.postgres_reads import ClaimReads
from services.claims.application.deciding import Deciding
from services.claims.application.intake import assess_all
from services.claims.application.model import Agency, Submitted
from services.claims.application.programmes import ProgrammeKeeper, import_programmes
from services.claims.application.readjudicating import Past, Readjudicating
from services.claims.application.registrations import NOTHING_REGISTERED
from services.claims.domain.readjudication import Batch
from services.claims.domain.uke.findings import Profile
from services.claims.entrypoints.explained import explain
from services.claims.entrypoints.forms import claim_of
from services.shared.chassis.postgres import Database
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.months import Month
from tests.integration.claims.test_ledger import HOSPITAL, KEY, NOW, TRACES, accept, claim_ids, covered, new_intake
from tests.support.kept_masters import Kept, kept_return_visit
from tests.support.programmes import programme_file
from tests.usecases.claims.programmes.test_deciding import LOCAL, receipt

A_DAY = timedelta(days=1)
TEN_PERCENT = programme_file("8313,子ども医療,10,,50,,,2024-04,,条例")


@pytest.fixture
def masters(tmp_path: Path) -> Kept:
    return kept_return_visit(tmp_path)


async def told(database: Database, file: bytes, at: datetime) -> None:
    async with database.transaction(label="test") as tx:
        await import_programmes(PostgresProgrammes(tx), file, now=at)


async def decided(database: Database, masters: Kept, number: int, now: datetime) -> ClaimId:
    """A claim that is shared with the local programme."""
    submitted = Submitted(place=0, agency=Agency.SSK, claim_month="202406", receipt=receipt(number))
    assessed, intake = assess_all(HOSPITAL, [submitted], Profile.LENIENT), new_intake()
    (claim,) = claim_ids(await accept(database, assessed, intake))
    async with database.transaction(label="test") as tx:
        deciding = Deciding(recent=intake.recent, traces=TRACES, schedules=masters, programmes=ProgrammeKeeper())
        await deciding.eligibility_determined(PostgresLedger(tx, KEY), [covered(claim, assessed[0])], now=now)
    return claim


async def explained(database: Database, masters: Kept, claim: ClaimId) -> claim_pb2.Decision:
    row = await ClaimReads(database).get(claim, None)
    assert row is not None
    return (await explain(claim_of(row), database, masters, programmes=ProgrammeKeeper())).decision


def yen(decision: claim_pb2.Decision) -> tuple[dict[str, int], int]:
    """Each payer's, and the patient's."""
    return {each.payer_number: each.share_yen for each in decision.payers}, decision.patient_yen


def steps(decision: claim_pb2.Decision) -> str:
    assert list(decision.explanation.notes) == []
    return " ".join(each.text for each in decision.explanation.share_steps)


async def again(database: Database, masters: Kept, as_of: date) -> Batch:
    readjudicating = Readjudicating(
        schedules=masters,
        registrations=NOTHING_REGISTERED,
        traces=TRACES,
        programmes=ProgrammeKeeper(),
    )
    async with database.transaction(label="test") as tx:
        past = Past(month=Month(2024, 5), as_of=as_of)
        return await readjudicating.decide(PostgresReadjudication(tx, KEY), past, None, now=NOW + 2 * A_DAY)


async def test_decisions_and_explanations_follow_the_table_that_was_known_at_the_decision(
    database: Database, masters: Kept
) -> None:
    one = await decided(database, masters, 1, NOW)
    await told(database, TEN_PERCENT, NOW + A_DAY)
    other = await decided(database, masters, 2, NOW + 2 * A_DAY)

    before, after = [await explained(database, masters, claim) for claim in (one, other)]

    assert yen(before) == ({"01130012": 511, LOCAL: 219}, 0)
    assert yen(after) == ({"01130012": 511, LOCAL: 169}, 50)
    assert "not listed" in steps(before)
    assert "子ども医療" in steps(after)


async def test_a_month_again_uses_the_tables_known_when_its_day_ended(database: Database, masters: Kept) -> None:
    claim = await decided(database, masters, 1, NOW)
    await told(database, TEN_PERCENT, NOW + A_DAY)

    same = await again(database, masters, NOW.date())
    changed = await again(database, masters, (NOW + A_DAY).date())
    back = await again(database, masters, NOW.date())

    assert (same.unchanged, same.differences) == (1, ())
    assert [(each.before.patient_yen, each.after.patient_yen) for each in changed.differences] == [(0, 50)]
    assert [(each.before.patient_yen, each.after.patient_yen) for each in back.differences] == [(50, 0)]
    assert "not listed" in steps(await explained(database, masters, claim))
