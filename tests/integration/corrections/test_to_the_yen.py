"""Corrections from claims through settlement to the yen: whatever is asked for, and in whatever order it arrives."""

import pytest

from services.claims.application.correcting import Corrected, Redecision, redecide
from services.claims.application.reported_errors import Reported, ReportedErrors
from services.claims.domain.correction import Cause, Cut, PayerCut, Refusal, State, withdrawn
from services.claims.domain.outcome import ReasonCode
from services.shared.kernel.ids import decision_id
from tests.integration.claims.test_ledger import HOSPITAL, TRACES
from tests.integration.corrections.world import (
    BEARER,
    LATER,
    OPERATOR,
    OWN,
    PAYER,
    PAYER_YEN,
    World,
)

NOTHING = {f"hospital:{HOSPITAL}": 0, f"payer:{PAYER}": 0}
WHOLE = {f"hospital:{HOSPITAL}": PAYER_YEN, f"payer:{PAYER}": -PAYER_YEN}
CUT = Cut(official_code="B", points=10, payers=(PayerCut(payer_number=PAYER, points=10, yen=70),))


async def sound(world: World) -> None:
    """Ledger, streams and totals agree with each other and with claims."""
    assert await world.faults() == ()
    assert await world.control_differences() == {}
    balances = await world.balances()
    assert await world.statements() == {
        account.removeprefix("payer:"): -yen for account, yen in balances.items() if account.startswith("payer:")
    }


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
async def test_after_a_withdrawal_nobody_owes_anything_for_the_claim(world: World, seed: int | None) -> None:
    [claim] = await world.decided()
    done = await world.withdraw(claim)
    await world.settle(shuffled=seed)

    assert isinstance(done, Corrected)
    assert done.state is State.WITHDRAWN
    assert done.decided is not None
    assert (done.decided.number, done.decided.replaces) == (2, decision_id(claim, 1))
    assert await world.balances() == NOTHING
    await sound(world)


async def test_a_claim_on_its_way_ends_without_money_and_is_decided_by_nobody_else(world: World) -> None:
    [claim] = await world.submitted()
    done = await world.withdraw(claim)
    await world.decided()  # eligibility's answer comes after all
    await world.settle()

    assert isinstance(done, Corrected)
    assert done.decided is not None
    assert (done.decided.number, done.decided.replaces) == (1, None)
    assert len(await world.announced()) == 1
    assert await world.balances() == {}
    await sound(world)


async def review(world: World, seed: int | None, cut: Cut | None) -> Corrected:
    [claim] = await world.decided()
    async with world.correcting() as (use, ledger):
        await use.request_review(ledger, claim, BEARER, "TREATMENT", now=LATER)
    await world.settle()
    assert await world.balances() == WHOLE, "asking moves no money"
    async with world.correcting() as (use, ledger):
        done = await use.decide_review(ledger, claim, OPERATOR, cut, now=LATER)
    await world.settle(shuffled=seed)
    assert isinstance(done, Corrected)
    return done


@pytest.mark.parametrize("seed", [None, 1, 2])
async def test_after_a_review_that_cuts_the_claim_s_sum_is_the_new_decision_s(world: World, seed: int | None) -> None:
    done = await review(world, seed, CUT)

    assert done.state is State.REDUCED
    assert done.decided is not None
    assert done.decided.cause is Cause.PAYER_REVIEW
    assert await world.balances() == {f"hospital:{HOSPITAL}": PAYER_YEN - 70, f"payer:{PAYER}": -(PAYER_YEN - 70)}
    await sound(world)


async def test_after_a_review_that_returns_nobody_owes_anything(world: World) -> None:
    done = await review(world, None, None)

    assert done.state is State.RETURNED
    assert await world.balances() == NOTHING
    await sound(world)


async def test_a_review_that_upholds_moves_nothing_and_may_be_asked_for_again(world: World) -> None:
    [claim] = await world.decided()
    async with world.correcting() as (use, ledger):
        await use.request_review(ledger, claim, OWN, "REDUCTION_CONTESTED", now=LATER)
        upheld = await use.uphold(ledger, claim, OPERATOR, now=LATER)
        again = await use.request_review(ledger, claim, OWN, "OTHER", now=LATER)
    await world.settle()

    assert upheld == Corrected(claim_id=claim, state=State.APPROVED)
    assert again == Corrected(claim_id=claim, state=State.UNDER_REVIEW)
    assert await world.balances() == WHOLE
    await sound(world)


async def test_an_error_takes_everything_back_with_its_cause(world: World) -> None:
    [claim] = await world.decided()
    async with world.correcting() as (use, ledger):
        errors = ReportedErrors(traces=use.traces)
        asked = await errors.report(ledger, claim, BEARER, Reported(reason="NOT_OUR_MEMBER"), now=LATER)
        await world.settle()
        assert asked == Corrected(claim_id=claim, state=State.APPROVED)
        assert await world.balances() == WHOLE, "a report moves no money"
        done = await errors.agree(ledger, claim, OWN, "", now=LATER)
    await world.settle()

    assert isinstance(done, Corrected)
    assert done.state is State.RETURNED
    assert done.decided is not None
    assert done.decided.cause is Cause.ERROR_REPORTED
    assert [reason.code for reason in done.decided.decision.reasons] == [ReasonCode.ERROR_REPORTED]
    assert await world.balances() == NOTHING
    await sound(world)


@pytest.mark.parametrize("seed", [None, 5, 6, 7, 8])
async def test_many_decisions_on_many_claims_end_at_the_latest_of_each(world: World, seed: int | None) -> None:
    """A month adjudicated again is this: `redecide` on each of its claims."""
    claims = await world.decided(3)
    async with world.correcting() as (use, ledger):
        await use.request_review(ledger, claims[0], OWN, "POINTS", now=LATER)
        await use.decide_review(ledger, claims[0], OPERATOR, CUT, now=LATER)
        standing = await ledger.stand(claims[:2])
        redecisions = [Redecision(standing=each, decision=withdrawn(), cause=Cause.READJUDICATED) for each in standing]
        decided = await redecide(ledger, redecisions, traces=TRACES, now=LATER)
    await world.settle(shuffled=seed)

    assert {each.claim.claim_id: each.number for each in decided} == {claims[0]: 3, claims[1]: 2}
    assert await world.balances() == WHOLE
    await sound(world)


async def test_a_correction_that_settlement_does_not_have_is_a_difference_of_the_totals(world: World) -> None:
    [claim] = await world.decided()
    await world.settle()
    await world.withdraw(claim)

    assert await world.control_differences(now=LATER) == {}, "it is still on its way"
    assert await world.control_differences() == {
        "replaced_reversed/parts": 1.0,
        "replaced_reversed/points": 73.0,
        "replaced_reversed/yen": 511.0,
    }
    await world.settle()
    await sound(world)


async def test_what_a_state_does_not_allow_is_refused_and_changes_nothing(world: World) -> None:
    [claim] = await world.decided()
    await world.withdraw(claim)
    before = len(await world.announced())

    assert await world.withdraw(claim) is Refusal.ALREADY_WITHDRAWN
    async with world.correcting() as (use, ledger):
        assert await use.request_review(ledger, claim, OWN, "OTHER", now=LATER) is Refusal.ALREADY_WITHDRAWN
        assert await use.decide_review(ledger, claim, OPERATOR, None, now=LATER) is Refusal.NO_REVIEW_ASKED
        assert await use.uphold(ledger, claim, OPERATOR, now=LATER) is Refusal.NO_REVIEW_ASKED
    assert len(await world.announced()) == before
