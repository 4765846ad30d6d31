"""A claim's life in the real ledger: accepted once, decided once, announced with the same ids."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.claims.adapters.measures import ClaimMeasures
from services.claims.adapters.postgres_ledger import QUERIES, PostgresLedger
from services.claims.adapters.postgres_reads import ClaimFilter, ClaimReads, FeedPosition
from services.claims.adapters.postgres_staging import PostgresStaging
from services.claims.adapters.sweeps import ClaimSweeps
from services.claims.application import release
from services.claims.application.deciding import Deciding
from services.claims.application.intake import Assessed, Intake, assess_all
from services.claims.application.model import (
    Agency,
    Answer,
    Decided,
    Determined,
    Ending,
    Sender,
    Staged,
    Submitted,
)
from services.claims.application.recent import RecentReceipts
from services.claims.application.release import Release
from services.claims.application.turns import IntakeTurns
from services.claims.domain.adjudication import Cover
from services.claims.domain.uke.findings import Profile
from services.claims.entrypoints.forms import claim_of
from services.shared.chassis.postgres import Database
from services.shared.kernel.ids import ClaimId
from tests.contracts.claims.builders import covers_content, refused, twins
from tests.support.chassis_fakes import SetClock
from tests.support.edge import MemoryTelemetry
from tests.support.examined import NoMasters
from tests.support.uke import plain_receipt

NOW = datetime(2026, 4, 10, 3, 0, tzinfo=UTC)
HOSPITAL = "1312345670"
OTHER_HOSPITAL = "1312345688"
KEY = b"k" * 32
SENDER = Sender(hospital_code=HOSPITAL, origin=None)
BEGINNING = FeedPosition(0, 0)


class NoTraces:
    """Traceparents that are never raised; remembers what was finished."""

    def __init__(self) -> None:
        self.finished: list[str] = []

    def begin(self, count: int) -> Sequence[str]:
        return [f"00-{number:032x}-{number:016x}-00" for number in range(1, count + 1)]

    def raised(self, traceparent: str) -> str:
        return traceparent[:-2] + "01"

    def answered(self, answers: Sequence[Answer]) -> None:
        """Nothing is counted."""

    def finish(self, decided: Sequence[Decided]) -> None:
        self.finished += [each.claim.claim_id for each in decided]


TRACES = NoTraces()


class KilledHere(Exception):
    """Stands for the end of the process in the middle of a transaction."""


def assessed(count: int) -> list[Assessed]:
    submitted = [
        Submitted(place=place, agency=Agency.SSK, claim_month="202406", receipt=plain_receipt(place + 1))
        for place in range(count)
    ]
    return assess_all(HOSPITAL, submitted, Profile.LENIENT)


async def accept(database: Database, receipts: Sequence[Assessed], intake: Intake) -> list[Answer]:
    async with database.transaction(label="test") as tx:
        return await intake.accept(PostgresLedger(tx, KEY), TRACES, SENDER, receipts, now=NOW)


def new_intake() -> Intake:
    return Intake(recent=RecentReceipts(), coding_wait=timedelta(seconds=2))


def covered(claim_id: ClaimId, receipt: Assessed) -> Determined:
    assert receipt.facts is not None
    covers = tuple(
        Cover(payer_number=each.number, covered=True, reason="COVERED", copay_tenths=3, public_programme=False)
        for each in receipt.facts.payers
    )
    return Determined(claim_id=claim_id, covers=covers, content=covers_content(covers), determined_at=NOW)


def sweeps(database: Database, now: datetime = NOW) -> ClaimSweeps:
    """The sweeps of a process that has just started."""
    intake = new_intake()
    return ClaimSweeps(
        database=database,
        clock=SetClock(now),
        deciding=Deciding(recent=intake.recent, traces=TRACES, schedules=NoMasters()),
        release=Release(intake=intake),
        turns=IntakeTurns(recent=intake.recent),
        traces=TRACES,
        measures=ClaimMeasures(MemoryTelemetry().build("claims").metrics),
        platform_key=KEY,
        unmoved_after=timedelta(seconds=60),
    )


async def release_and_die(database: Database, submission_id: str) -> None:
    """A batch of a release whose process ends before the commit."""
    async with database.transaction(label="test") as tx:
        await Release(intake=new_intake()).next_batch(PostgresStaging(tx, KEY), TRACES, submission_id, now=NOW)
        raise KilledHere


async def decide(database: Database, determined: Sequence[Determined], recent: RecentReceipts) -> set[ClaimId]:
    async with database.transaction(label="test") as tx:
        deciding = Deciding(recent=recent, traces=TRACES, schedules=NoMasters())
        return await deciding.eligibility_determined(PostgresLedger(tx, KEY), determined, now=NOW)


async def announced(dsn: str, topic: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return [row[0] for row in await connection.fetch("SELECT event_id FROM outbox WHERE topic = $1", topic)]
    finally:
        await connection.close()


def claim_ids(answers: Sequence[Answer]) -> list[ClaimId]:
    return [each.claim_id for each in answers if each.claim_id is not None]


async def test_the_same_batch_again_gets_the_first_answers_and_announces_nothing(
    database: Database, migrated: ServiceDatabase
) -> None:
    first = await accept(database, assessed(3), new_intake())
    second = await accept(database, assessed(3), new_intake())

    assert claim_ids(first) == claim_ids(second)
    assert [each.repeated for each in first] == [False] * 3
    assert [each.repeated for each in second] == [True] * 3
    assert len(await announced(migrated.dsn, "claims.received")) == 3


async def test_a_covered_claim_is_decided_once_however_often_eligibility_answers(
    database: Database, migrated: ServiceDatabase
) -> None:
    intake, receipts = new_intake(), assessed(2)
    ids = claim_ids(await accept(database, receipts, intake))
    answers = [covered(each, receipt) for each, receipt in zip(ids, receipts, strict=True)]

    await decide(database, answers, intake.recent)
    await decide(database, answers, intake.recent)

    assert len(await announced(migrated.dsn, "claims.adjudicated")) == 2
    claim = claim_of((await ClaimReads(database).page(ClaimFilter(hospital_code=HOSPITAL), BEGINNING, 10))[0])
    decision = claim.decision
    paid = sum(each.share_yen for each in decision.payers)
    assert decision.billed_yen > 0
    assert decision.billed_yen == paid + decision.patient_yen + decision.reduced_yen


async def test_a_receipt_that_was_forgotten_is_read_again_and_decided_alike(database: Database) -> None:
    intake, receipts = new_intake(), assessed(2)
    ids = claim_ids(await accept(database, receipts, intake))

    await decide(database, [covered(ids[0], receipts[0])], intake.recent)
    await decide(database, [covered(ids[1], receipts[1])], RecentReceipts())

    rows = await ClaimReads(database).page(ClaimFilter(hospital_code=HOSPITAL), BEGINNING, 10)
    assert {claim_of(row).decision.billed_yen for row in rows} == {claim_of(rows[0]).decision.billed_yen}


async def test_an_answer_about_a_claim_that_nobody_submitted_is_named(database: Database) -> None:
    stranger = ClaimId("clm_" + "0" * 32)

    assert await decide(database, [covered(stranger, assessed(1)[0])], RecentReceipts()) == {stranger}


async def test_another_hospital_sees_nothing_of_a_claim(database: Database) -> None:
    (known,) = claim_ids(await accept(database, assessed(1), new_intake()))
    reads = ClaimReads(database)

    assert await reads.get(known, HOSPITAL) is not None
    assert await reads.get(known, OTHER_HOSPITAL) is None
    assert await reads.page(ClaimFilter(hospital_code=OTHER_HOSPITAL), BEGINNING, 10) == []
    assert await reads.changes(OTHER_HOSPITAL, "", BEGINNING, 10) == []


async def test_the_feed_tells_each_change_once_and_resumes(database: Database) -> None:
    intake, receipts = new_intake(), assessed(2)
    ids = claim_ids(await accept(database, receipts, intake))
    reads = ClaimReads(database)
    received = await reads.changes(HOSPITAL, "", BEGINNING, 10)
    await decide(database, [covered(ids[0], receipts[0])], intake.recent)

    later = await reads.changes(HOSPITAL, "", received[-1].position, 10)

    assert sorted(each.claim_id for each in received) == sorted(ids)
    assert [each.claim_id for each in later] == [ids[0]]


async def test_a_claim_that_does_not_move_is_announced_again_with_the_same_id(
    database: Database, migrated: ServiceDatabase
) -> None:
    intake = new_intake()
    await accept(database, assessed(1), intake)
    deciding = Deciding(recent=intake.recent, traces=TRACES, schedules=NoMasters())

    async with database.transaction(label="test") as tx:
        ledger = PostgresLedger(tx, KEY)
        later = NOW + timedelta(seconds=61)
        unmoved = await deciding.announce_unmoved(ledger, unmoved_for=timedelta(seconds=60), now=later)

    ids = await announced(migrated.dsn, "claims.received")
    assert unmoved == (1, 0)
    assert len(ids) == 2
    assert len(set(ids)) == 1


@pytest.mark.parametrize("released", [True, False])
async def test_staged_receipts_become_claims_only_when_the_set_is_released(
    database: Database, migrated: ServiceDatabase, released: bool
) -> None:
    staged = [Staged(submitted=each.submitted, findings=each.findings) for each in assessed(3)]
    ending = Ending(submission_id="sub_1", released=released, content_sha256="x", receipts=3)
    async with database.transaction(label="test") as tx:
        ledger = PostgresStaging(tx, KEY)
        await ledger.begin("sub_1", SENDER, NOW)
        await ledger.stage("sub_1", staged)
        await ledger.end(ending)

    for _ in range(2):
        async with database.transaction(label="test") as tx:
            await Release(intake=new_intake()).next_batch(PostgresStaging(tx, KEY), TRACES, "sub_1", now=NOW)

    assert len(await announced(migrated.dsn, "claims.received")) == (3 if released else 0)


async def test_a_release_that_broke_off_goes_on_where_it_stopped(
    database: Database, migrated: ServiceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "RECEIPTS_PER_BATCH", 2)
    staged = [Staged(submitted=each.submitted, findings=each.findings) for each in assessed(5)]
    async with database.transaction(label="test") as tx:
        ledger = PostgresStaging(tx, KEY)
        await ledger.begin("sub_1", SENDER, NOW)
        await ledger.stage("sub_1", staged)
        await ledger.end(Ending(submission_id="sub_1", released=True, content_sha256="x", receipts=5))
    async with database.transaction(label="test") as tx:
        await Release(intake=new_intake()).next_batch(PostgresStaging(tx, KEY), TRACES, "sub_1", now=NOW)
    with pytest.raises(KilledHere):
        await release_and_die(database, "sub_1")
    before = await announced(migrated.dsn, "claims.received")

    await sweeps(database).releases()
    await sweeps(database).releases()

    after = await announced(migrated.dsn, "claims.received")
    assert len(before) == 2
    assert (len(after), len(set(after))) == (5, 5)
    assert await database.fetch(QUERIES["unfinished_submissions"], 10) == []


async def test_the_service_cannot_change_what_was_decided(migrated: ServiceDatabase) -> None:
    connection = await asyncpg.connect(migrated.dsn)
    try:
        for table in ("claim", "decision"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"DELETE FROM {table}")
    finally:
        await connection.close()


async def test_decisions_that_move_money_are_swept_in_order_after_a_position(database: Database) -> None:
    intake, receipts = new_intake(), assessed(2)
    ids = claim_ids(await accept(database, receipts, intake))
    answers = [covered(each, receipt) for each, receipt in zip(ids, receipts, strict=True)]
    await decide(database, answers, intake.recent)

    found = await database.fetch(QUERIES["decisions_after"], "0", 0, NOW, 10)
    rest = await database.fetch(QUERIES["decisions_after"], found[0]["recorded_xid"], found[0]["seq"], NOW, 10)

    assert sorted(row["claim_id"] for row in found) == sorted(ids)
    assert [row["claim_id"] for row in rest] == [found[1]["claim_id"]]


async def test_a_decision_that_is_rolled_back_leaves_no_claim_span(database: Database) -> None:
    intake, (receipt,) = new_intake(), assessed(1)
    (claim,) = claim_ids(await accept(database, [receipt], intake))
    traces = NoTraces()
    deciding = Deciding(recent=intake.recent, traces=traces, schedules=NoMasters())
    answers = [covered(claim, receipt)]

    async def broken_off() -> None:
        async with database.transaction(label="test") as tx:
            await deciding.eligibility_determined(PostgresLedger(tx, KEY), answers, now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await broken_off()
    rolled_back = list(traces.finished)
    async with database.transaction(label="test") as tx:
        await deciding.eligibility_determined(PostgresLedger(tx, KEY), answers, now=NOW)
        uncommitted = list(traces.finished)

    assert rolled_back == uncommitted == []
    assert len(traces.finished) == 1


async def test_a_persons_second_receipt_is_a_duplicate_until_the_first_went_back(database: Database) -> None:
    one, other = twins()
    ids = [answer.claim_id for answer in await accept(database, [one, other], new_intake())]
    first, second = [each for each in ids if each is not None]
    standing = await _twins_of(database, [first, second])
    gone = refused(first)
    await decide(database, [gone], RecentReceipts())

    assert standing == {second}
    assert await _twins_of(database, [first, second]) == set()


async def _twins_of(database: Database, claim_ids: list[ClaimId]) -> set[ClaimId]:
    async with database.transaction(label="test") as tx:
        return await PostgresLedger(tx, KEY).with_twins(claim_ids)
