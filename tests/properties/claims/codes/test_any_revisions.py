"""Revisions of codes in any order, each any number of times, before or after the decision: one end, to the yen."""

import asyncio
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from services.claims.application.deciding import Deciding
from services.claims.application.intake import Intake
from services.claims.application.late_codes import TakingCodes
from services.claims.application.model import Coded, Decided
from services.claims.application.readjudicating import Past, Readjudicating
from services.claims.application.recent import RecentReceipts
from services.claims.domain.found_codes import FoundCode
from services.claims.domain.outcome import Outcome
from services.claims.domain.readjudication import terms_of
from services.shared.kernel.ids import ClaimId, decision_id
from services.shared.kernel.months import Month
from tests.contracts.claims.builders import DEADLINE, HOSPITAL, NOW, SENDER, NoTraces, coded, determined
from tests.contracts.claims.coded_in_memory import CodedInMemory
from tests.properties.claims.codes.test_any_order import wanted
from tests.support.coded_visits import CONTRADICTS, NAMED, OTHER, PATIENT_YEN, PAYER_YEN, UNKNOWN, VisitMasters, visits
from tests.usecases.claims.readjudication.masters import NothingRegistered

codes = st.sampled_from([(NAMED,), (OTHER,), (CONTRADICTS,), (UNKNOWN,), ()])
revisions = st.lists(codes, min_size=1, max_size=4)


class Kept(CodedInMemory):
    """The ledger in memory with every decision that was saved."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[Decided] = []

    @override
    def announce_adjudicated(self, decided: Sequence[Decided]) -> None:
        super().announce_adjudicated(decided)
        self.made += decided


class Life:
    """One claim, and coding's answers for it."""

    def __init__(self, answers: list[tuple[FoundCode, ...]], *, demands: bool) -> None:
        self.ledger, self.masters, self.traces = Kept(), VisitMasters(demands=demands), NoTraces()
        self.answers = answers
        self.intake = Intake(recent=RecentReceipts(), coding_wait=DEADLINE - NOW)
        self.deciding = Deciding(recent=self.intake.recent, traces=self.traces, schedules=self.masters)

    async def lived(self, order: list[int], covered_before: int) -> None:
        """Answers come in an order, eligibility's answer before one of them or after all; then the deadline passes."""
        taken = await self.intake.accept(self.ledger, self.traces, SENDER, visits(HOSPITAL), now=NOW)
        [claim] = [each.claim_id for each in taken if each.claim_id is not None]
        for place, number in enumerate(order):
            if place == covered_before:
                await self.covered(claim)
            await TakingCodes(deciding=self.deciding).coding_completed(
                self.ledger, [self.answer(claim, number)], now=NOW
            )
        await self.covered(claim)

    async def covered(self, claim: ClaimId) -> None:
        """Eligibility answers, and codes that are not there by now come late."""
        await self.deciding.eligibility_determined(self.ledger, [determined(claim)], now=DEADLINE)

    def answer(self, claim: ClaimId, number: int) -> Coded:
        return coded(claim, *self.answers[number], revision=number)


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[tuple[FoundCode, ...]], list[int], int]:
    """Answers by their numbers; every number at least once, in any order; before which of them the claim is decided."""
    answers = draw(revisions)
    numbers = list(range(len(answers)))
    again = draw(st.lists(st.sampled_from(numbers), max_size=3))
    order = draw(st.permutations([*numbers, *again]))
    return answers, list(order), draw(st.integers(0, len(order)))


@settings(deadline=None, max_examples=200)
@given(life=lives(), demands=st.booleans())
def test_a_claim_ends_as_the_highest_revision_says_and_each_decision_takes_back_the_one_before(
    life: tuple[list[tuple[FoundCode, ...]], list[int], int], demands: bool
) -> None:
    answers, order, covered_before = life
    lived = Life(answers, demands=demands)

    asyncio.run(lived.lived(order, covered_before))

    made = lived.ledger.made
    claim = made[0].claim.claim_id
    outcome = wanted(answers[-1], demands=demands)
    assert made[-1].decision.outcome is outcome
    paid = ([PAYER_YEN], PATIENT_YEN) if outcome is Outcome.APPROVED else ([], 0)
    assert ([each.share_yen for each in made[-1].decision.parts], made[-1].decision.patient_yen) == paid
    assert [each.decision_id for each in made] == [decision_id(claim, number + 1) for number in range(len(made))]
    assert all(later.replaces == earlier.decision_id for earlier, later in pairwise(made))
    assert all(terms_of(later.decision) != terms_of(earlier.decision) for earlier, later in pairwise(made))
    assert len(made) <= 1 + len(answers)


@settings(deadline=None, max_examples=100)
@given(life=lives(), demands=st.booleans())
def test_who_adjudicates_the_month_again_after_all_revisions_finds_nothing_to_change(
    life: tuple[list[tuple[FoundCode, ...]], list[int], int], demands: bool
) -> None:
    answers, order, covered_before = life
    lived = Life(answers, demands=demands)
    again = Readjudicating(schedules=lived.masters, registrations=NothingRegistered(), traces=lived.traces)

    async def looked_at() -> tuple[int, int]:
        await lived.lived(order, covered_before)
        batch = await again.look(lived.ledger, Past(month=Month(2024, 5), as_of=date(2026, 4, 11)), None)
        return batch.claims, batch.unchanged

    assert asyncio.run(looked_at()) == (1, 1)
