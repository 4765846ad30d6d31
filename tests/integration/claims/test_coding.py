"""Codes for free text as claims takes them in: in time, late, never, and of nobody's claim. On the real ledger."""

from datetime import datetime, timedelta

import pytest
from seikyu.claims.v1 import claim_pb2
from seikyu.coding.v1 import coding_service_pb2, events_pb2

from infra.local.databases import ServiceDatabase
from services.claims.adapters.consumed import CODING_TOPIC, ClaimEvents
from services.claims.adapters.measures import ClaimMeasures
from services.claims.adapters.messages import coded_of
from services.claims.adapters.postgres_reads import ClaimReads
from services.claims.adapters.sweeps import ClaimSweeps
from services.claims.application.deciding import Deciding
from services.claims.application.intake import Assessed, Intake, assess_all
from services.claims.application.model import Agency, Coded, Submitted
from services.claims.application.release import Release
from services.claims.application.turns import IntakeTurns
from services.claims.domain.uke.findings import Profile
from services.claims.entrypoints.forms import claim_of
from services.shared.chassis.messages import DeadLetterReason, Event, PoisonEvent, Received
from services.shared.chassis.postgres import Database
from services.shared.kernel.ids import ClaimId
from tests.integration.claims.test_ledger import (
    HOSPITAL,
    KEY,
    NOW,
    NoTraces,
    accept,
    announced,
    claim_ids,
    covered,
    decide,
    new_intake,
)
from tests.support import uke
from tests.support.chassis_fakes import SetClock
from tests.support.edge import MemoryTelemetry
from tests.support.examined import NoMasters

CODE = "8833421"
IN_TIME, TOO_LATE = timedelta(seconds=1), timedelta(seconds=3)
"""On both sides of the coding deadline, two seconds after the claim was accepted."""


def receipt_with(*texts: str) -> Assessed:
    uncoded = [uke.disease(disease_code="0000999", name=text, main="") for text in texts]
    receipt = uke.receipt(uke.head(), uke.insurer(), uke.disease(), *uncoded, uke.act())
    submitted = Submitted(place=0, agency=Agency.SSK, claim_month="202406", receipt=receipt)
    return assess_all(HOSPITAL, [submitted], Profile.LENIENT)[0]


UNCODED = receipt_with("高血圧症")
LINE = 4


def completed(claim: str) -> Received[Coded]:
    """coding.completed as the consumer hands it on."""
    message = events_pb2.CodingCompleted(claim_id=claim)
    message.codings.add(line=LINE, route=coding_service_pb2.CODING_ROUTE_EXACT, disease_code=CODE)
    message.completed_time.FromDatetime(NOW)
    event = Event(CODING_TOPIC, 0, 0, claim, message.SerializeToString(), ())
    return Received(event, coded_of(event))


class Site:
    """The consumer of codes and the sweep of those that do not come, at a time that the test moves."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = SetClock(NOW)
        self.intake: Intake = new_intake()
        deciding = Deciding(recent=self.intake.recent, traces=NoTraces(), schedules=NoMasters())
        self._events = ClaimEvents(deciding=deciding, clock=self.clock, platform_key=KEY)
        self.sweeps = ClaimSweeps(
            database=database,
            clock=self.clock,
            deciding=deciding,
            release=Release(intake=self.intake),
            turns=IntakeTurns(recent=self.intake.recent),
            traces=NoTraces(),
            measures=ClaimMeasures(MemoryTelemetry().build("claims").metrics),
            platform_key=KEY,
            unmoved_after=timedelta(seconds=60),
        )

    def at(self, now: datetime) -> "Site":
        self.clock.advance((now - self.clock.now()).total_seconds())
        return self

    async def accept(self, receipt: Assessed = UNCODED) -> ClaimId:
        (claim,) = claim_ids(await accept(self.database, [receipt], self.intake))
        return claim

    async def cover(self, claim: ClaimId) -> None:
        await decide(self.database, [covered(claim, UNCODED)], self.intake.recent)

    async def code(self, *events: Received[Coded]) -> None:
        async with self.database.transaction(label="test") as tx:
            await self._events.coded(events, tx)

    async def claim(self, claim: ClaimId) -> claim_pb2.Claim:
        row = await ClaimReads(self.database).get(claim, HOSPITAL)
        assert row is not None
        return claim_of(row)

    async def state(self, claim: ClaimId) -> claim_pb2.ClaimState.ValueType:
        return (await self.claim(claim)).state


@pytest.fixture
def site(database: Database) -> Site:
    return Site(database)


@pytest.mark.parametrize("codes_first", [True, False])
async def test_a_claim_is_decided_with_the_second_of_both_answers_whichever_it_is(
    site: Site, codes_first: bool
) -> None:
    claim = await site.accept()
    first, second = (site.code(completed(claim)), site.cover(claim))[:: 1 if codes_first else -1]

    await first
    after_one = await site.state(claim)
    await second

    assert after_one == claim_pb2.CLAIM_STATE_RECEIVED
    decided = await site.claim(claim)
    assert decided.state == claim_pb2.CLAIM_STATE_APPROVED
    assert [(each.line, each.disease_code, each.route) for each in decided.coded_diagnoses] == [(LINE, CODE, "exact")]


async def test_a_code_that_a_person_has_to_look_at_is_neither_shown_nor_used(site: Site) -> None:
    claim = await site.accept()
    message = events_pb2.CodingCompleted(claim_id=claim)
    review = coding_service_pb2.CODING_ROUTE_REVIEW
    message.codings.add(line=LINE, route=review, disease_code=CODE, modifier_codes=["1640"])
    event = Event(CODING_TOPIC, 0, 0, claim, message.SerializeToString(), ())
    await site.code(Received(event, coded_of(event)))
    await site.cover(claim)

    assert coded_of(event).codes == ()
    [shown] = (await site.claim(claim)).coded_diagnoses
    assert (shown.line, shown.disease_code, list(shown.modifier_codes), shown.route) == (LINE, "", [], "review")


async def test_the_sweep_decides_a_covered_claim_once_its_coding_deadline_has_passed(site: Site) -> None:
    claim, uncovered = await site.accept(), await site.accept(receipt_with("糖尿病"))
    await site.cover(claim)

    await site.at(NOW + IN_TIME).sweeps.coding_overdue()
    before = await site.state(claim)
    await site.at(NOW + TOO_LATE).sweeps.coding_overdue()

    assert before == claim_pb2.CLAIM_STATE_RECEIVED
    assert await site.state(claim) == claim_pb2.CLAIM_STATE_APPROVED
    assert await site.state(uncovered) == claim_pb2.CLAIM_STATE_RECEIVED


async def test_a_code_after_the_decision_is_attached_as_late_and_decides_nothing(
    site: Site, migrated: ServiceDatabase
) -> None:
    claim = await site.accept()
    await site.cover(claim)
    await site.at(NOW + TOO_LATE).sweeps.coding_overdue()
    decision = (await site.claim(claim)).decision

    await site.code(completed(claim))

    late = await site.claim(claim)
    assert [(each.disease_code, each.route, each.late) for each in late.coded_diagnoses] == [(CODE, "exact", True)]
    assert late.decision == decision
    assert len(await announced(migrated.dsn, "claims.adjudicated")) == 1


async def test_codes_that_come_again_change_nothing(site: Site, migrated: ServiceDatabase) -> None:
    claim = await site.accept()
    await site.cover(claim)
    await site.code(completed(claim))
    first = await site.claim(claim)

    await site.at(NOW + TOO_LATE).code(completed(claim), completed(claim))

    assert await site.claim(claim) == first
    assert len(await announced(migrated.dsn, "claims.adjudicated")) == 1


async def test_codes_for_a_claim_that_nobody_submitted_are_poison(site: Site) -> None:
    with pytest.raises(PoisonEvent) as poison:
        await site.code(completed("clm_" + "0" * 32))

    assert poison.value.reason is DeadLetterReason.CONTRADICTORY


async def test_a_text_that_names_the_patient_is_told_by_its_line_only_and_never_asked_about(
    site: Site, migrated: ServiceDatabase
) -> None:
    claim = await site.accept(receipt_with("見本太郎さんの発疹"))

    found = await site.claim(claim)
    assert [(each.line, each.disease_code, each.route) for each in found.coded_diagnoses] == [(LINE, "", "withheld")]
    assert "見本太郎" not in str(found)
    assert await announced(migrated.dsn, "coding.requested") == []


async def test_a_claim_is_counted_as_on_its_way_unless_it_waits_for_codes_alone(database: Database) -> None:
    site, reads = Site(database), ClaimReads(database)
    claim = await site.accept()
    before = await reads.undecided()
    await site.cover(claim)
    waiting = await reads.undecided()

    assert (before, waiting) == (1, 0)
