"""Codes, eligibility's answer and the deadline in any order, each any number of times: one final state, to the yen."""

import asyncio
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from services.claims.application.deciding import Deciding
from services.claims.application.intake import Intake
from services.claims.application.late_codes import TakingCodes
from services.claims.application.readjudicating import Past, Readjudicating
from services.claims.application.recent import RecentReceipts
from services.claims.domain.found_codes import FoundCode
from services.claims.domain.outcome import Outcome
from services.claims.domain.readjudication import Batch
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.months import Month
from tests.contracts.claims.builders import DEADLINE, HOSPITAL, NOW, SENDER, NoTraces, coded, determined
from tests.contracts.claims.coded_in_memory import CodedInMemory
from tests.support.coded_visits import CONTRADICTS, NAMED, OTHER, PATIENT_YEN, PAYER_YEN, UNKNOWN, VisitMasters, visits
from tests.usecases.claims.readjudication.masters import NothingRegistered

TODAY: Final = Past(month=Month(2024, 5), as_of=date(2026, 4, 11))


class Step(Enum):
    """What may happen to a claim, at a time of its own."""

    COVERED = 1
    CODED = 2
    SWEPT = 3


steps = st.lists(
    st.tuples(st.sampled_from(Step), st.integers(0, 4).map(lambda seconds: NOW + timedelta(seconds=seconds))),
    max_size=6,
)
codes = st.sampled_from([(NAMED,), (OTHER,), (CONTRADICTS,), (UNKNOWN,), ()])


def wanted(found: tuple[FoundCode, ...], *, demands: bool) -> Outcome:
    """By hand: whoever names the other sex is looked at, and so is a visit whose disease nobody names."""
    if found == (CONTRADICTS,):
        return Outcome.PENDED
    return Outcome.PENDED if demands and found != (NAMED,) else Outcome.APPROVED


class Life:
    """One claim, and what happens to it."""

    def __init__(self, found: tuple[FoundCode, ...], *, demands: bool) -> None:
        self.found, self.ledger, self.masters = found, CodedInMemory(), VisitMasters(demands=demands)
        self.traces = NoTraces()
        self.intake = Intake(recent=RecentReceipts(), coding_wait=DEADLINE - NOW)
        self.deciding = Deciding(recent=self.intake.recent, traces=self.traces, schedules=self.masters)

    async def lived(self, happened: list[tuple[Step, datetime]]) -> ClaimId:
        """The claim after these steps, and after all answers came at last."""
        answers = await self.intake.accept(self.ledger, self.traces, SENDER, visits(HOSPITAL), now=NOW)
        [claim] = [each.claim_id for each in answers if each.claim_id is not None]
        for step, at in [*happened, (Step.COVERED, DEADLINE), (Step.CODED, DEADLINE)]:
            await self._happens(claim, step, at)
        return claim

    async def _happens(self, claim: ClaimId, step: Step, at: datetime) -> None:
        if step is Step.COVERED:
            await self.deciding.eligibility_determined(self.ledger, [determined(claim)], now=at)
        elif step is Step.CODED:
            taking = TakingCodes(deciding=self.deciding)
            await taking.coding_completed(self.ledger, [coded(claim, *self.found)], now=at)
        else:
            await self.deciding.coding_overdue(self.ledger, now=at)

    async def again(self) -> Batch:
        """The month adjudicated again, to see what would change."""
        asking = Readjudicating(schedules=self.masters, registrations=NothingRegistered(), traces=self.traces)
        return await asking.look(self.ledger, TODAY, None)


@settings(deadline=None, max_examples=150)
@given(happened=steps, found=codes, demands=st.booleans())
def test_in_whatever_order_a_claim_ends_as_its_code_and_its_covers_say(
    happened: list[tuple[Step, datetime]], found: tuple[FoundCode, ...], demands: bool
) -> None:
    life = Life(found, demands=demands)

    claim = asyncio.run(life.lived(happened))

    made = life.ledger.kept.decisions[claim]
    outcome = wanted(found, demands=demands)
    assert made.decision.outcome is outcome
    shares = [each.share_yen for each in made.decision.parts]
    paid = ([PAYER_YEN], PATIENT_YEN) if outcome is Outcome.APPROVED else ([], 0)
    assert (shares, made.decision.patient_yen) == paid
    assert made.number <= 2
    assert len(life.ledger.kept.adjudicated) == len(set(life.ledger.kept.adjudicated)) == made.number


@settings(deadline=None, max_examples=80)
@given(happened=steps, found=codes, demands=st.booleans())
def test_who_adjudicates_the_month_again_finds_nothing_to_change(
    happened: list[tuple[Step, datetime]], found: tuple[FoundCode, ...], demands: bool
) -> None:
    life = Life(found, demands=demands)

    async def looked_at() -> Batch:
        await life.lived(happened)
        return await life.again()

    batch = asyncio.run(looked_at())
    assert (batch.claims, batch.unchanged) == (1, 1)
