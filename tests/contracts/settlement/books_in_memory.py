"""The Books in memory; they pass the suite that the real ones pass."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.settlement.domain.transfers import (
    NO_BALANCE,
    AlreadyResolved,
    Balance,
    ContradictoryTransfer,
    LimitExceeded,
    Order,
    TransferKind,
    UnknownPending,
    differing_field,
    one_of_each,
)
from services.shared.chassis.postgres import ConstraintViolated
from services.shared.kernel.ids import EventId, TransferId


@dataclass(slots=True)
class BooksInMemory:
    """What is posted, held and resolved. `transaction` takes everything back when its block raises."""

    posted: dict[TransferId, Order] = field(default_factory=dict)
    held: dict[TransferId, Order] = field(default_factory=dict)
    resolved: dict[TransferId, bool] = field(default_factory=dict)
    """Whether it was posted."""
    accounts: dict[str, Balance] = field(default_factory=dict)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["BooksInMemory"]:
        before = (copy(self.posted), copy(self.held), copy(self.resolved), copy(self.accounts))
        try:
            yield self
        except BaseException:
            self.posted, self.held, self.resolved, self.accounts = before
            raise

    async def owe(self, hospital: str, yen: int) -> None:
        self.accounts[hospital] = _moved(self.accounts.get(hospital, NO_BALANCE), yen)

    async def lock(self, accounts: Collection[str]) -> None: ...

    async def post(self, orders: Sequence[Order], posted_at: datetime) -> int:
        new = self._new(orders, self.posted, self.held)
        accounts = copy(self.accounts)
        for each in new:
            _move(accounts, each)
            _refuse_beyond(accounts, each)
        for each in new:
            if each.reverses is not None and not self._mirrors(each):
                raise ConstraintViolated("reversal_mirrors")
        self.accounts = accounts
        self.posted |= {each.transfer_id: each for each in new}
        return len(new)

    async def hold(self, orders: Sequence[Order], posted_at: datetime) -> int:
        new = self._new(orders, self.held, self.posted)
        accounts = copy(self.accounts)
        for each in new:
            _pend(accounts, each, 1)
            _refuse_beyond(accounts, each)
        self.accounts = accounts
        self.held |= {each.transfer_id: each for each in new}
        return len(new)

    async def complete(self, ids: Sequence[TransferId], *, cause_event_id: EventId, at: datetime) -> int:
        new = self._open(ids, is_posted=True)
        for each in new:
            _pend(self.accounts, each, -1)
            _move(self.accounts, each)
            self.posted[each.transfer_id] = each
        return len(new)

    async def release(self, ids: Sequence[TransferId], *, cause_event_id: EventId, at: datetime) -> int:
        new = self._open(ids, is_posted=False)
        for each in new:
            _pend(self.accounts, each, -1)
        return len(new)

    async def hold_again(self, orders: Mapping[TransferId, Order], held_at: datetime) -> int:
        reversed_ids = {each.reverses for each in self.posted.values()}
        for former in orders:
            if self.resolved.get(former) is not True or former not in reversed_ids:
                raise UnknownPending(former)
        new = self._new(orders.values(), self.held, self.posted)
        for each in new:
            _pend(self.accounts, each, 1)
        self.held |= {each.transfer_id: each for each in new}
        return len(new)

    async def balances(self, accounts: Collection[str]) -> Mapping[str, Balance]:
        return {each: self.accounts.get(each, NO_BALANCE) for each in accounts}

    def _new(
        self, orders: Iterable[Order], standing: Mapping[TransferId, Order], elsewhere: Mapping[TransferId, Order]
    ) -> list[Order]:
        distinct = one_of_each(orders)
        for each in distinct:
            first = standing.get(each.transfer_id)
            if first is not None and first.payload_sha256 != each.payload_sha256:
                raise ContradictoryTransfer(each.transfer_id, differing_field(first, each))
            if first is None and each.transfer_id in elsewhere:
                raise ContradictoryTransfer(each.transfer_id, "pending")
        return [each for each in distinct if each.transfer_id not in standing]

    def _open(self, ids: Iterable[TransferId], *, is_posted: bool) -> list[Order]:
        asked = list(dict.fromkeys(ids))
        for each in asked:
            if each not in self.held:
                raise UnknownPending(each)
            if self.resolved.get(each, is_posted) != is_posted:
                raise AlreadyResolved(each)
        found = [self.held[each] for each in asked if each not in self.resolved]
        self.resolved |= dict.fromkeys(asked, is_posted)
        return found

    def _mirrors(self, reversal: Order) -> bool:
        taken = self.posted.get(reversal.reverses) if reversal.reverses is not None else None
        there, back = reversal.movement, taken.movement if taken is not None else None
        return (
            taken is not None
            and back is not None
            and (there.from_account, there.to_account, there.amount_yen, reversal.payer_number)
            == (back.to_account, back.from_account, back.amount_yen, taken.payer_number)
        )


def _moved(balance: Balance, yen: int) -> Balance:
    return replace(balance, balance_yen=balance.balance_yen + yen, version=balance.version + 1)


def _move(accounts: dict[str, Balance], order: Order) -> None:
    for leg in order.movement.legs:
        accounts[leg.account_id] = _moved(accounts.get(leg.account_id, NO_BALANCE), leg.amount_yen)


def _pend(accounts: dict[str, Balance], order: Order, sign: int) -> None:
    yen = sign * order.movement.amount_yen
    giver = accounts.get(order.movement.from_account, NO_BALANCE)
    accounts[order.movement.from_account] = replace(giver, pending_out_yen=giver.pending_out_yen + yen)
    taker = accounts.get(order.movement.to_account, NO_BALANCE)
    accounts[order.movement.to_account] = replace(taker, pending_in_yen=taker.pending_in_yen + yen)


def _refuse_beyond(accounts: Mapping[str, Balance], order: Order) -> None:
    for account_id in (order.movement.from_account, order.movement.to_account):
        balance = accounts[account_id]
        kind = account_id.partition(":")[0]
        left = balance.balance_yen - balance.pending_out_yen
        is_beyond = {
            "bank": balance.balance_yen + balance.pending_in_yen > 0,
            "hospital": order.kind is TransferKind.PAYMENT and left < 0,
            "payer": False,
            "own": False,
        }.get(kind, left < 0)
        if is_beyond:
            raise LimitExceeded(account_id)
