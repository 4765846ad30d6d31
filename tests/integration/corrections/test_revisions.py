"""Revisions of codes from claims through settlement to the yen, on real databases."""

import asyncio

import pytest

from services.claims.adapters.consumed import ClaimEvents
from services.claims.adapters.messages import coded_of
from services.claims.application.correcting import Corrected, Correcting
from services.claims.application.intake import Assessed
from services.claims.application.late_codes import TakingCodes
from services.claims.application.model import Coded
from services.claims.domain.correction import Refusal, State
from services.claims.domain.found_codes import FoundCode
from services.shared.chassis.messages import DeadLetterReason, Event, PoisonEvent, Received
from services.shared.kernel.ids import ClaimId
from tests.contracts.claims.builders import coded
from tests.integration.claims.test_ledger import KEY, NOW, TRACES, covered
from tests.integration.corrections.test_late_codes import LATE_CODE, Codes
from tests.integration.corrections.test_to_the_yen import NOTHING, WHOLE, sound
from tests.integration.corrections.world import LATER, OPERATOR, World
from tests.support.chassis_fakes import SetClock
from tests.support.coded_visits import CONTRADICTS, EPILEPSY, NAMED, OTHER

DOUBT = "8002"


class Revised(Codes):
    """A claim whose codes are revised."""

    async def decided_with(self, *codes: FoundCode) -> ClaimId:
        """It was decided with the coder's first answer."""
        claim, receipt = await self.accepted()
        await self.revise(claim, 0, *codes)
        await self.decide(claim, receipt)
        return claim

    async def decide(self, claim: ClaimId, receipt: Assessed) -> None:
        """Eligibility answers."""
        async with self.ledger() as ledger:
            await self.deciding.eligibility_determined(ledger, [covered(claim, receipt)], now=NOW)

    async def revise(self, claim: ClaimId, number: int, *codes: FoundCode) -> None:
        await self.take(coded(claim, *codes, at=LATER, revision=number))

    async def take(self, *answers: Coded) -> None:
        """As the consumer does."""
        events = ClaimEvents(deciding=self.deciding, clock=SetClock(LATER), platform_key=KEY)
        async with self.world.claims.transaction(label="test") as tx:
            await events.coded([received(each) for each in answers], tx)

    async def review(self, claim: ClaimId) -> None:
        async with self.ledger() as ledger:
            await Correcting(traces=TRACES).request_review(ledger, claim, OPERATOR, "OTHER", now=LATER)

    async def uphold(self, claim: ClaimId) -> Corrected | Refusal | None:
        taking = TakingCodes(deciding=self.deciding)
        async with self.ledger() as ledger:
            return await taking.upheld(Correcting(traces=TRACES), ledger, claim, OPERATOR, now=LATER)


def received(answer: Coded) -> Received[Coded]:
    event = Event("coding.completed", 0, 0, answer.claim_id, answer.content, ())
    return Received(event, coded_of(event))


@pytest.mark.parametrize("seed", [None, 1, 2])
async def test_a_reviewer_s_code_brings_the_share_and_its_withdrawal_takes_it_back(
    world: World, seed: int | None
) -> None:
    codes = Revised(world, demands=True)
    claim = await codes.decided_with()
    await codes.revise(claim, 1, NAMED)
    await world.settle(shuffled=seed)
    paid = await world.balances()

    await codes.revise(claim, 2)
    await world.settle(shuffled=seed)

    assert (await codes.causes())[1:] == [LATE_CODE, LATE_CODE]
    assert (paid, await world.balances()) == (WHOLE, NOTHING)
    await sound(world)


async def test_revisions_in_any_order_and_again_come_to_the_highest_and_to_its_yen(world: World) -> None:
    codes = Revised(world, demands=True)
    claim = await codes.decided_with()

    for number, found in ((3, NAMED), (1, CONTRADICTS), (2, OTHER), (3, NAMED), (1, CONTRADICTS)):
        await codes.revise(claim, number, found)
    await world.settle(shuffled=1)

    assert len(await codes.causes()) == 2
    assert await world.balances() == WHOLE
    await sound(world)


async def test_a_claim_tells_what_its_codes_were_and_which_revision_each_decision_saw(world: World) -> None:
    codes = Revised(world, demands=True)
    claim = await codes.decided_with()
    await codes.revise(claim, 1, NAMED)
    await codes.revise(claim, 2, NAMED._replace(modifiers=(DOUBT,)))

    told = await codes.told(claim)

    [line, _] = told.coded_diagnoses
    assert (line.disease_code, list(line.modifier_codes), line.revision, line.late) == (EPILEPSY, [DOUBT], 2, True)
    assert [(each.revision, each.disease_code) for each in line.earlier] == [(1, EPILEPSY)]
    assert (told.decision.number, told.decision.coding_revision) == (2, 1)
    assert [each.disease_code for each in told.decision.explanation.found_diagnoses] == [EPILEPSY]


async def test_other_lines_under_a_number_that_was_given_are_poison_and_change_nothing(world: World) -> None:
    codes = Revised(world, demands=True)
    claim = await codes.decided_with(NAMED)
    await codes.revise(claim, 1, NAMED)

    with pytest.raises(PoisonEvent) as poison:
        await codes.revise(claim, 1, CONTRADICTS)

    assert poison.value.reason is DeadLetterReason.CONTRADICTORY
    assert len(await codes.causes()) == 1


async def test_two_revisions_at_once_come_to_the_higher_one(world: World) -> None:
    codes = Revised(world, demands=True)
    claim = await codes.decided_with()

    await asyncio.gather(codes.revise(claim, 1, CONTRADICTS), codes.revise(claim, 2, NAMED))
    await world.settle(shuffled=1)

    assert await world.balances() == WHOLE
    await sound(world)


@pytest.mark.parametrize("number", [0, 1])
async def test_a_revision_and_the_first_decision_at_once_come_to_what_the_revision_says(
    world: World, number: int
) -> None:
    codes = Revised(world, demands=True)
    claim, receipt = await codes.accepted()
    await codes.revise(claim, 1 - number, *(() if number else (NAMED,)))

    await asyncio.gather(codes.decide(claim, receipt), codes.revise(claim, number, NAMED))
    await world.settle(shuffled=1)

    assert len(await codes.causes()) <= 2
    assert await world.balances() == WHOLE
    await sound(world)


async def test_codes_that_came_during_a_review_take_the_share_back_once_it_is_upheld(world: World) -> None:
    codes = Revised(world, demands=False)
    claim = await codes.decided_with()
    await codes.review(claim)
    await codes.revise(claim, 1, CONTRADICTS)
    await world.settle()
    meanwhile = await world.balances()

    done = await codes.uphold(claim)
    await world.settle()

    assert isinstance(done, Corrected)
    assert (done.state, (await codes.causes())[1:]) == (State.PENDED, [LATE_CODE])
    assert (meanwhile, await world.balances()) == (WHOLE, NOTHING)
    await sound(world)


async def test_a_revision_and_the_end_of_a_review_at_once_leave_no_code_unlooked_at(world: World) -> None:
    codes = Revised(world, demands=False)
    claim = await codes.decided_with()
    await codes.review(claim)

    await asyncio.gather(codes.uphold(claim), codes.revise(claim, 1, CONTRADICTS))
    await world.settle()

    assert (await codes.causes())[1:] == [LATE_CODE]
    assert await world.balances() == NOTHING
