"""Codes that come after the decision, from claims through settlement to the yen, on real databases."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from seikyu.claims.v1 import claim_pb2
from seikyu.claims.v1.events_pb2 import ClaimAdjudicated

from services.claims.adapters.postgres_readjudication import PostgresReadjudication
from services.claims.adapters.postgres_reads import ClaimReads
from services.claims.application.correcting import Corrected
from services.claims.application.deciding import Deciding
from services.claims.application.intake import Assessed
from services.claims.application.late_codes import TakingCodes
from services.claims.application.pended import DecidingPended
from services.claims.application.readjudicating import Past, Readjudicating
from services.claims.domain.correction import Refusal, State
from services.claims.domain.found_codes import FoundCode
from services.claims.entrypoints.explained import explain
from services.claims.entrypoints.forms import claim_of
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.months import Month, business_day
from tests.contracts.claims.builders import coded
from tests.integration.claims.test_ledger import HOSPITAL, KEY, NOW, TRACES, accept, claim_ids, covered, new_intake
from tests.integration.corrections.test_to_the_yen import NOTHING, WHOLE, sound
from tests.integration.corrections.world import LATER, OPERATOR, World
from tests.support.coded_visits import CONTRADICTS, EPILEPSY, LINE, NAMED, OTHER, PATIENT_YEN, VisitMasters, visits
from tests.usecases.claims.readjudication.masters import NothingRegistered

CLAIMS = 40
TODAY = Past(month=Month(2024, 5), as_of=business_day(LATER))
DEADLINE = NOW + timedelta(seconds=2)
LATE_CODE = claim_pb2.DECISION_CAUSE_LATE_CODE
PERSON = claim_pb2.DECISION_CAUSE_PERSON_DECIDED


class Codes:
    """A claim decided without the code of its free text, and what comes of it."""

    def __init__(self, world: World, *, demands: bool) -> None:
        self.world, self.masters, self.intake = world, VisitMasters(demands=demands), new_intake()
        self.deciding = Deciding(recent=self.intake.recent, traces=TRACES, schedules=self.masters)
        self.pended = DecidingPended(schedules=self.masters, registrations=NothingRegistered(), traces=TRACES)

    @asynccontextmanager
    async def ledger(self) -> AsyncIterator[PostgresReadjudication]:
        async with self.world.claims.transaction(label="test") as tx:
            yield PostgresReadjudication(tx, KEY)

    async def accepted(self) -> tuple[ClaimId, Assessed]:
        """It is on its way."""
        [receipt] = visits(HOSPITAL)
        [claim] = claim_ids(await accept(self.world.claims, [receipt], self.intake))
        return claim, receipt

    async def overdue(self) -> ClaimId:
        """It was decided at its deadline."""
        claim, receipt = await self.accepted()
        async with self.ledger() as ledger:
            await self.deciding.eligibility_determined(ledger, [covered(claim, receipt)], now=NOW)
            await self.deciding.coding_overdue(ledger, now=DEADLINE)
        return claim

    async def many(self) -> tuple[list[ClaimId], list[ClaimId]]:
        """Claims that were decided at their deadline, and as many that still wait for their codes."""
        receipts = visits(HOSPITAL, CLAIMS)
        claims = claim_ids(await accept(self.world.claims, receipts, self.intake))
        late = claims[: CLAIMS // 2]
        for some, at in ((claims[: CLAIMS // 2], DEADLINE), (claims[CLAIMS // 2 :], NOW)):
            async with self.ledger() as ledger:
                answers = [covered(*each) for each in zip(claims, receipts, strict=True) if each[0] in some]
                await self.deciding.eligibility_determined(ledger, answers, now=at)
        return late, claims[CLAIMS // 2 :]

    async def code_all(self, claims: Sequence[ClaimId]) -> None:
        async with self.ledger() as ledger:
            answers = [coded(each, NAMED) for each in claims]
            await TakingCodes(deciding=self.deciding).coding_completed(ledger, answers, now=LATER)

    async def sweep(self) -> None:
        async with self.ledger() as ledger:
            await self.deciding.coding_overdue(ledger, now=LATER)

    async def code(self, claim: ClaimId, *codes: FoundCode) -> None:
        async with self.ledger() as ledger:
            await TakingCodes(deciding=self.deciding).coding_completed(ledger, [coded(claim, *codes)], now=LATER)

    async def code_and_break_off(self, claim: ClaimId, *codes: FoundCode) -> None:
        async with self.ledger() as ledger:
            await TakingCodes(deciding=self.deciding).coding_completed(ledger, [coded(claim, *codes)], now=LATER)
            raise BrokenOff

    async def accept(self, claim: ClaimId) -> Corrected | Refusal | None:
        async with self.ledger() as ledger:
            return await self.pended.accept(ledger, claim, OPERATOR, now=LATER)

    async def told(self, claim: ClaimId) -> claim_pb2.Claim:
        """As GetClaim tells it."""
        row = await ClaimReads(self.world.claims).get(claim, HOSPITAL)
        assert row is not None
        return await explain(claim_of(row), self.world.claims, self.masters)

    async def causes(self) -> list[int]:
        """Of the decisions that were announced, in order."""
        return [ClaimAdjudicated.FromString(event.value).cause for event in await self.world.announced()]


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
async def test_a_late_code_that_names_the_disease_brings_the_whole_share_once(world: World, seed: int | None) -> None:
    codes = Codes(world, demands=True)
    claim = await codes.overdue()
    await world.settle()
    before = await world.balances()

    await codes.code(claim, NAMED)
    await codes.code(claim, NAMED)
    await world.settle(shuffled=seed)

    assert before == {}
    assert (await codes.causes())[1:] == [LATE_CODE]
    assert await world.balances() == WHOLE
    await sound(world)


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
async def test_a_late_code_that_contradicts_takes_the_share_back_and_a_person_brings_it_again(
    world: World, seed: int | None
) -> None:
    codes = Codes(world, demands=False)
    claim = await codes.overdue()
    await world.settle()
    paid = await world.balances()

    await codes.code(claim, CONTRADICTS)
    await world.settle(shuffled=seed)
    held = await world.balances()
    await codes.accept(claim)
    await world.settle(shuffled=seed)

    assert (await codes.causes())[1:] == [LATE_CODE, PERSON]
    assert (paid, held) == (WHOLE, NOTHING)
    assert await world.balances() == WHOLE
    await sound(world)


async def test_a_late_code_on_which_nothing_depends_moves_no_yen_and_announces_nothing(world: World) -> None:
    codes = Codes(world, demands=False)
    claim = await codes.overdue()

    await codes.code(claim, OTHER)
    await world.settle()

    assert len(await codes.causes()) == 1
    assert await world.balances() == WHOLE
    await sound(world)


async def test_a_claim_is_told_with_the_late_code_that_its_new_decision_saw(world: World) -> None:
    codes = Codes(world, demands=True)
    claim = await codes.overdue()
    before = await codes.told(claim)
    await codes.code(claim, NAMED)

    told = await codes.told(claim)

    explained = told.decision.explanation
    assert (told.decision.number, told.decision.cause, told.decision.patient_yen) == (2, LATE_CODE, PATIENT_YEN)
    assert [(each.line, each.disease_code) for each in explained.found_diagnoses] == [(LINE, EPILEPSY)]
    assert [each.rule for each in explained.findings] == ["coding.names-disease"]
    assert [(each.route, each.late) for each in told.coded_diagnoses] == [("exact", True), ("unresolved", True)]
    assert not before.decision.explanation.found_diagnoses


async def test_a_late_code_that_the_decision_did_not_see_is_told_beside_it(world: World) -> None:
    codes = Codes(world, demands=False)
    claim = await codes.overdue()
    await codes.code(claim, OTHER)

    told = await codes.told(claim)

    assert [each.disease_code for each in told.coded_diagnoses] == [OTHER.code, ""]
    assert (told.decision.number, len(told.decision.explanation.found_diagnoses)) == (1, 0)


async def test_a_late_code_and_a_person_who_accepts_at_once_pay_the_claim_once(world: World) -> None:
    codes = Codes(world, demands=True)
    claim = await codes.overdue()

    _, accepted = await asyncio.gather(codes.code(claim, NAMED), codes.accept(claim))
    await world.settle(shuffled=1)

    [_, *later] = await codes.causes()
    if isinstance(accepted, Corrected):
        assert (accepted.state, later) == (State.APPROVED, [PERSON])
    else:
        assert (accepted, later) == (Refusal.NOT_PENDED, [LATE_CODE])
    assert await world.balances() == WHOLE
    await sound(world)


@pytest.mark.parametrize("demands", [True, False])
async def test_a_late_code_and_a_withdrawal_at_once_leave_nothing_owed(world: World, demands: bool) -> None:
    codes = Codes(world, demands=demands)
    claim = await codes.overdue()

    code = codes.code(claim, NAMED if demands else CONTRADICTS)
    _, done = await asyncio.gather(code, world.withdraw(claim))
    await world.settle(shuffled=1)

    assert isinstance(done, Corrected)
    assert (await codes.causes())[-1] == claim_pb2.DECISION_CAUSE_WITHDRAWN
    assert set((await world.balances()).values()) <= {0}
    await sound(world)


async def test_a_batch_that_breaks_off_after_the_new_decision_leaves_nothing_and_comes_again(world: World) -> None:
    codes = Codes(world, demands=True)
    claim = await codes.overdue()

    with pytest.raises(BrokenOff):
        await codes.code_and_break_off(claim, NAMED)
    between = await codes.causes()
    await codes.code(claim, NAMED)

    assert len(between) == 1
    assert (await codes.causes())[1:] == [LATE_CODE]


async def test_codes_in_time_and_late_beside_readjudication_and_sweeps_neither_wait_for_each_other_nor_pay_twice(
    world: World,
) -> None:
    codes = Codes(world, demands=True)
    late, waiting = await codes.many()
    again = Readjudicating(schedules=codes.masters, registrations=NothingRegistered(), traces=TRACES)

    async def readjudicated() -> None:
        async with codes.ledger() as ledger:
            await again.decide(ledger, TODAY, None, now=LATER)

    batches = [[*late[half::2], *waiting[half::2]] for half in (0, 1)]
    await asyncio.gather(*(codes.code_all(batch) for batch in batches), readjudicated(), codes.sweep(), readjudicated())
    await world.settle(shuffled=1)

    assert await world.balances() == {account: yen * CLAIMS for account, yen in WHOLE.items()}
    await sound(world)


class BrokenOff(Exception):
    """Stands for the end of the process before the commit."""
