"""What use cases of settlement need of the ledger for money that is no claim's, in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.settlement.domain.transfers import Balance, Order
from services.shared.kernel.ids import EventId, TransferId


class Books(Protocol):
    """The ledger, written. Every method works in the one transaction, and writes all of its batch or nothing.

    An id names one transfer for ever: the same content again is left, other content raises ContradictoryTransfer. A
    refusal leaves the transaction usable. Accounts are locked until the transaction ends: whoever tells payers of it in
    the same one locks or tells their streams first, as posting of claims does.
    """

    async def lock(self, accounts: Collection[str]) -> None:
        """Lock these accounts, all at once and in order of their ids, before a transaction asks for some of them twice.

        Whoever writes transfers locks in this order; one that takes some first and others later may be in its way.
        """
        ...

    async def post(self, orders: Sequence[Order], posted_at: datetime) -> int:
        """Post the orders; how many are new. Raises ContradictoryTransfer, LimitExceeded."""
        ...

    async def hold(self, orders: Sequence[Order], posted_at: datetime) -> int:
        """Keep the orders as pending; how many are new. Raises ContradictoryTransfer, LimitExceeded."""
        ...

    async def complete(self, ids: Sequence[TransferId], *, cause_event_id: EventId, at: datetime) -> int:
        """Post pending transfers under their own ids; how many were open. No limit refuses: the bank has done it.

        Raises AlreadyResolved for one that was released, UnknownPending.
        """
        ...

    async def release(self, ids: Sequence[TransferId], *, cause_event_id: EventId, at: datetime) -> int:
        """Void pending transfers; how many were open.

        Raises AlreadyResolved for one that was posted, UnknownPending.
        """
        ...

    async def hold_again(self, orders: Mapping[TransferId, Order], held_at: datetime) -> int:
        """Keep orders as pending in the place of transfers that were posted and reversed; how many are new.

        No limit refuses: they were promised before. Raises UnknownPending for one of which that is not so.
        """
        ...

    async def balances(self, accounts: Collection[str]) -> Mapping[str, Balance]:
        """Every account asked for; one that nothing was posted or held on has NO_BALANCE."""
        ...
