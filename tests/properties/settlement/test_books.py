"""Random lives of the ledger beside a plain model: post, hold, complete, release, reverse, repeated and contradicted.

The model is written from the terms: what stands under an id, sums per account, and what an account may not pass. It
knows nothing of versions, batches or statements. Beside every answer, all balances and pending sums are compared after
each step; at the end everything is sealed and replayed.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from typing_extensions import override

from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.adapters.ledger.sealer import Sealer
from services.settlement.domain.transfers import (
    MOST_YEN,
    AlreadyResolved,
    ContradictoryTransfer,
    LimitExceeded,
    Order,
    TransferKind,
    UnknownPending,
    order_id,
    reversal_of_order,
)
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.postgres import Database, open_pool
from services.shared.kernel.double_entry import Movement
from services.shared.kernel.ids import EventId
from services.shared.kernel.money import Yen
from tests.support.settlement import INSURER, NOW, decision, part, post
from tests.support.stack import PostgresCluster

Answer = TypeVar("Answer")
Outcome = str | int
PAYERS: Final = [f"payer:{INSURER}", "payer:06130001"]
HOSPITALS: Final = ["hospital:1310000001", "hospital:1310000002"]
BANK, SUSPENSE, FEE = "bank:999900110000001", "suspense:999900110000001", "fee:1"
ACCOUNTS: Final = [*PAYERS, *HOSPITALS, BANK, SUSPENSE, FEE]
WAYS: Final = [
    *[(TransferKind.INCOMING, BANK, to) for to in (*PAYERS, SUSPENSE)],
    *[(TransferKind.ALLOCATION, SUSPENSE, payer) for payer in PAYERS],
    *[(TransferKind.FEE, payer, FEE) for payer in PAYERS],
    *[(TransferKind.PAYMENT, hospital, BANK) for hospital in HOSPITALS],
    *[(TransferKind.REFUND, giver, BANK) for giver in (PAYERS[0], SUSPENSE)],
]
CAUSE: Final = EventId("evt_cause")
TRACE: Final = "00-" + "a" * 32 + "-" + "b" * 16 + "-00"
NAMES: Final = 6
amounts = st.one_of(st.integers(1, 120), st.sampled_from([10**10, MOST_YEN]))
hostile = st.sampled_from([0, -1, -(10**10), MOST_YEN + 1, 2**63, 2**64])
POSTED, HELD, DONE, VOID = "posted", "held", "done", "void"


def order(way: int, name: int, yen: int) -> Order:
    """The same way and name have the same id, whatever the amount."""
    kind, giver, taker = WAYS[way]
    return Order(
        transfer_id=order_id(kind, giver, taker, str(name)),
        movement=Movement(from_account=giver, to_account=taker, amount_yen=Yen(yen)),
        kind=kind,
        cause_event_id=CAUSE,
        traceparent=TRACE,
        period="202604",
    )


orders = st.builds(order, st.integers(0, len(WAYS) - 1), st.integers(0, NAMES), amounts)
batches = st.lists(orders, min_size=1, max_size=3)


class Model:
    """What stands, by id; sums by account."""

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.states: dict[str, str] = {}
        self.balance: Counter[str] = Counter()
        self.coming: Counter[str] = Counter()
        self.going: Counter[str] = Counter()

    def write(self, batch: Sequence[Order], state: str) -> Outcome:
        """Post or hold; what the ledger must answer."""
        distinct: dict[str, Order] = {}
        for each in batch:
            if distinct.setdefault(each.transfer_id, each).movement != each.movement:
                return "contradictory"
        fresh = [each for each in distinct.values() if each.transfer_id not in self.states]
        same = {POSTED: {POSTED, DONE}, HELD: {HELD, DONE, VOID}}[state]
        for each in distinct.values():
            standing = self.states.get(each.transfer_id)
            if standing is None:
                continue
            if standing not in same or self.orders[each.transfer_id].movement != each.movement:
                return "contradictory"
        after = self.copy()
        for each in fresh:
            after.move(each) if state == POSTED else after.pend(each, 1)
            if after.is_beyond(each):
                return "limit"
        self.balance, self.coming, self.going = after.balance, after.coming, after.going
        for each in fresh:
            self.orders[each.transfer_id], self.states[each.transfer_id] = each, state
        return len(fresh)

    def resolve(self, batch: Sequence[Order], state: str) -> Outcome:
        """Complete or release; what the ledger must answer."""
        ids = dict.fromkeys(each.transfer_id for each in batch)
        if any(self.states.get(each, POSTED) == POSTED for each in ids):
            return "unknown"
        if any(self.states[each] not in {HELD, state} for each in ids):
            return "resolved"
        open_now = [each for each in ids if self.states[each] == HELD]
        for each in open_now:
            self.pend(self.orders[each], -1)
            if state == DONE:
                self.move(self.orders[each])
            self.states[each] = state
        return len(open_now)

    def copy(self) -> "Model":
        other = Model()
        other.balance, other.coming, other.going = self.balance.copy(), self.coming.copy(), self.going.copy()
        return other

    def move(self, each: Order) -> None:
        self.balance[each.movement.from_account] -= each.movement.amount_yen
        self.balance[each.movement.to_account] += each.movement.amount_yen

    def pend(self, each: Order, sign: int) -> None:
        self.going[each.movement.from_account] += sign * each.movement.amount_yen
        self.coming[each.movement.to_account] += sign * each.movement.amount_yen

    def is_beyond(self, each: Order) -> bool:
        sides = {each.movement.from_account, each.movement.to_account}
        short = {account for account in sides if self.balance[account] < self.going[account]}
        return (
            (BANK in sides and self.balance[BANK] + self.coming[BANK] > 0)
            or bool(short & {SUSPENSE, FEE})
            or (each.kind is TransferKind.PAYMENT and bool(short & set(HOSPITALS)))
        )


class Ledger(RuleBasedStateMachine):
    """The real ledger beside the model."""

    def __init__(self, cluster: PostgresCluster) -> None:
        super().__init__()
        self.model = Model()
        self.claims = 0
        self.opened = ExitStack()
        self.runner = self.opened.enter_context(asyncio.Runner())
        fresh = cluster.create_migrated_database("settlement")
        self.pool = self.run(open_pool(fresh.dsn, application_name="property"))
        self.database = Database(self.pool)

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return self.runner.run(work)

    async def asked(self, method: str, *args: object, **named: object) -> Outcome:
        """What the ledger answers."""
        async with self.database.transaction(label="property") as tx:
            try:
                found: int = await getattr(PostgresBooks(tx), method)(*args, **named)
            except ContradictoryTransfer:
                return "contradictory"
            except LimitExceeded:
                return "limit"
            except AlreadyResolved:
                return "resolved"
            except UnknownPending:
                return "unknown"
        return found

    @initialize(batch=st.lists(amounts, min_size=2, max_size=2))
    def begin(self, batch: list[int]) -> None:
        """Some money in the bank and in suspense."""
        self.post([order(0, 0, batch[0]), order(2, 0, batch[1])])

    @rule(batch=batches)
    def post(self, batch: list[Order]) -> None:
        assert self.run(self.asked("post", batch, NOW)) == self.model.write(batch, POSTED)

    @rule(batch=batches)
    def hold(self, batch: list[Order]) -> None:
        assert self.run(self.asked("hold", batch, NOW)) == self.model.write(batch, HELD)

    @rule(batch=batches, state=st.sampled_from([DONE, VOID]))
    def resolve(self, batch: list[Order], state: str) -> None:
        ids = [each.transfer_id for each in batch]
        method = "complete" if state == DONE else "release"
        answer = self.run(self.asked(method, ids, cause_event_id=CAUSE, at=NOW))
        assert answer == self.model.resolve(batch, state)

    @rule(one=orders)
    def reverse(self, one: Order) -> None:
        """What is posted comes back once; what is not cannot."""
        if self.model.states.get(one.transfer_id) not in {POSTED, DONE}:
            return
        standing = self.model.orders[one.transfer_id]
        back = reversal_of_order(standing, cause_event_id=CAUSE, traceparent=TRACE, period="202605")
        assert self.run(self.asked("post", [back], NOW)) == self.model.write([back], POSTED)

    @rule(hospital=st.integers(0, 1), payer=st.integers(0, 1), yen=st.integers(1, 150))
    def owe(self, hospital: int, payer: int, yen: int) -> None:
        """A claim."""
        self.claims += 1
        code, number = HOSPITALS[hospital].partition(":")[2], PAYERS[payer].partition(":")[2]
        self.run(post(self.database, [decision(self.claims, part(number, yen=yen), hospital=code)]))
        self.model.balance[PAYERS[payer]] -= yen
        self.model.balance[HOSPITALS[hospital]] += yen

    @rule(one=orders, yen=hostile)
    def refuse(self, one: Order, yen: int) -> None:
        """No such transfer can be built, let alone written."""
        movement = one.movement
        with pytest.raises(ValueError, match="a transfer moves"):
            replace(
                one,
                movement=Movement(
                    from_account=movement.from_account, to_account=movement.to_account, amount_yen=Yen(yen)
                ),
            )

    @invariant()
    def is_equal(self) -> None:
        async def read() -> dict[str, tuple[int, int, int]]:
            async with self.database.transaction(label="property") as tx:
                found = await PostgresBooks(tx).balances(ACCOUNTS)
            return {
                each: (found[each].balance_yen, found[each].pending_in_yen, found[each].pending_out_yen)
                for each in ACCOUNTS
            }

        model = self.model
        assert self.run(read()) == {
            each: (model.balance[each], model.coming[each], model.going[each]) for each in ACCOUNTS
        }

    @override
    def teardown(self) -> None:
        async def told() -> tuple[int, tuple[str, ...]]:
            await Sealer(self.database, SystemClock()).round()
            last = [progress async for progress in replayed(self.database)][-1]
            return last.unsealed_rows, last.faults

        try:
            assert self.run(told()) == (0, ())
        finally:
            self.run(self.pool.close())
            self.opened.close()


def test_the_ledger_says_what_a_plain_model_says_whatever_happens(postgres_cluster: PostgresCluster) -> None:
    class Here(Ledger):
        def __init__(self) -> None:
            super().__init__(postgres_cluster)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=12, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
