"""Payments walked by Hypothesis over books in memory, beside two plain sums: what is held, and what the bank paid."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.settlement.application import paying
from services.settlement.application.paying import ForbiddenStep, SamePersonAbandons
from services.settlement.application.payment_book import Cause
from services.settlement.application.proposing_payments import reinstruct
from services.settlement.application.releasing import Released, approve
from services.settlement.domain.bank.checking import checked
from services.settlement.domain.payments.batches import Batch, Refusal, Refused, bank_account_id
from services.settlement.domain.payments.states import PaymentState
from services.settlement.domain.transfers import AlreadyResolved
from tests.contracts.settlement.desks import DeskInMemory
from tests.contracts.settlement.payments import proposed, ready, released
from tests.support.payments import AT, CHECKER, FUNDED_YEN, HOSPITALS, OTHER, PAY_DAY, PLATFORM, TERMS, cause

T = TypeVar("T")
ACTS: Final = ("accept", "refuse", "settle", "give_back", "abandon")
HELD: Final = {PaymentState.INSTRUCTED, PaymentState.ACCEPTED}
PICKS: Final = st.integers(0, 10**6)


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


class Payments(RuleBasedStateMachine):
    """`approved` are batches that wait for their file; files are remembered by their batches."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = DeskInMemory()
        self.waiting: list[Batch] = []
        self.sent: list[tuple[Batch, bytes]] = []
        self.repeated: list[tuple[str, str, Cause]] = []

    @initialize()
    def begin(self) -> None:
        """Everything is on its way to the bank."""
        run(ready(self.desk))
        self.propose(set())
        self.release(0)

    def states(self) -> dict[str, PaymentState]:
        return {payment: steps[-1].state for payment, steps in self.desk.payments.steps.items()}

    def yen(self, *wanted: PaymentState) -> int:
        payments = self.desk.payments.payments
        return sum(payments[each][1].yen for each, state in self.states().items() if state in wanted)

    @rule(left_out=st.sets(st.sampled_from(sorted(HOSPITALS)), max_size=2))
    def propose(self, left_out: set[str]) -> None:
        live = {
            payment.hospital_code
            for name, (_, payment) in self.desk.payments.payments.items()
            if self.states()[name] not in {PaymentState.ABANDONED, PaymentState.REINSTRUCTED}
        }
        done = run(proposed(self.desk, sorted(left_out)))
        open_hospitals = set(HOSPITALS) - live - left_out
        if open_hospitals:
            assert isinstance(done, Batch)
            assert done.payments == len(open_hospitals)
            run(self.approve(done))
        else:
            assert done == [Refused(why=Refusal.NOTHING_TO_PAY)]

    async def approve(self, batch: Batch) -> None:
        async with self.desk.transaction() as (book, _):
            await approve(book, batch.batch_id, CHECKER if batch.proposed_by != CHECKER else "operator:third", now=AT)
        self.waiting.append(batch)

    @precondition(lambda self: self.waiting)
    @rule(pick=PICKS)
    def release(self, pick: int) -> None:
        batch = self.waiting.pop(pick % len(self.waiting))
        ids = [name for name, (owner, _) in self.desk.payments.payments.items() if owner == batch.batch_id]
        is_open = all(self.states()[each] is PaymentState.PROPOSED for each in ids)
        done = run(released(self.desk, batch))
        assert isinstance(done, Released) == is_open
        if isinstance(done, Released):
            assert checked(done.file.content).violations == []
            self.sent.append((batch, done.file.content))

    @precondition(lambda self: self.sent)
    @rule(pick=PICKS)
    def release_again(self, pick: int) -> None:
        batch, content = self.sent[pick % len(self.sent)]
        done = run(released(self.desk, batch))
        assert isinstance(done, Released)
        assert (done.is_new, done.file.content) == (False, content)

    @precondition(lambda self: self.desk.payments.payments)
    @rule(pick=PICKS, act=st.sampled_from(ACTS), number=st.integers(1, 10**6), by=st.sampled_from([CHECKER, OTHER]))
    def move(self, pick: int, act: str, number: int, by: str) -> None:
        names = sorted(self.desk.payments.payments)
        self.repeated.append((act, names[pick % len(names)], cause(number, by=by)))
        run(self.moved(*self.repeated[-1]))

    @precondition(lambda self: self.repeated)
    @rule(pick=PICKS)
    def move_again(self, pick: int) -> None:
        run(self.moved(*self.repeated[pick % len(self.repeated)]))

    async def moved(self, act: str, payment: str, why: Cause) -> None:
        before = self.states()[payment]
        try:
            async with self.desk.transaction() as (book, books):
                done = await getattr(paying, act)(book, books, [payment], why, at=AT)
        except SamePersonAbandons:
            assert (act, why.by, before in HELD) == ("abandon", CHECKER, True)
        except (ForbiddenStep, AlreadyResolved):
            return
        else:
            assert not done or (act, why.by, before in HELD) != ("abandon", CHECKER, True)

    @precondition(lambda self: self.desk.payments.payments)
    @rule(pick=PICKS, number=st.integers(10**6 + 1, 2 * 10**6))
    def instruct_again(self, pick: int, number: int) -> None:
        names = sorted(self.desk.payments.payments)
        run(self.reinstructed(names[pick % len(names)], cause(number)))

    async def reinstructed(self, payment: str, why: Cause) -> None:
        before = self.states()[payment]
        async with self.desk.transaction() as (book, _):
            done = await reinstruct(book, TERMS, [payment], why, pays_on=PAY_DAY, now=AT)
        is_open = before in {PaymentState.RETURNED, PaymentState.REFUSED}
        assert isinstance(done, Batch) == is_open or before is PaymentState.REINSTRUCTED
        if isinstance(done, Batch) and is_open:
            await self.approve(done)

    @invariant()
    def the_ledger_agrees_with_the_states(self) -> None:
        if not self.desk.books.accounts:
            return
        bank = self.desk.books.accounts[bank_account_id(PLATFORM)]
        assert bank.balance_yen == self.yen(PaymentState.SETTLED) - FUNDED_YEN
        assert bank.pending_in_yen == self.yen(*HELD)

    @invariant()
    def no_statement_is_paid_twice(self) -> None:
        over = {PaymentState.ABANDONED, PaymentState.REINSTRUCTED}
        live = [
            payment.statement_id
            for name, (_, payment) in self.desk.payments.payments.items()
            if self.states()[name] not in over
        ]
        assert len(live) == len(set(live))


TestPayments = Payments.TestCase
TestPayments.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
