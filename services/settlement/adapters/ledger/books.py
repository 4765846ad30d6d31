"""The Books of one transaction in PostgreSQL. Every write is one call of a function that the owner role defined."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, NoReturn

import asyncpg

from services.settlement.adapters.queries import QUERIES
from services.settlement.domain.transfers import (
    NO_BALANCE,
    AlreadyResolved,
    Balance,
    ContradictoryTransfer,
    LimitExceeded,
    Order,
    TransferKind,
    UnknownPending,
    one_of_each,
)
from services.shared.chassis.postgres import ConstraintViolated, Transaction, TransientFault
from services.shared.chassis.queries import Statement
from services.shared.chassis.traceparent import trace_id_of
from services.shared.kernel.ids import EventId, TransferId

POSTED: Final = "posted"
VOIDED: Final = "voided"
WRITTEN_MEANWHILE: Final = frozenset({"transfer_once", "pending_transfer_pk"})
"""What two transactions run into that write one id between other accounts at the same moment."""


class PostgresBooks:
    """See Books."""

    def __init__(self, tx: Transaction) -> None:
        """Works in `tx` only."""
        self._tx = tx

    async def lock(self, accounts: Collection[str]) -> None:
        """See Books."""
        if accounts:
            await self._tx.execute(QUERIES["lock_ledger"], sorted(accounts))

    async def post(self, orders: Sequence[Order], posted_at: datetime) -> int:
        """See Books."""
        distinct = one_of_each(orders)
        reverses = [each.reverses for each in distinct]
        return await self._write(QUERIES["post_orders"], *_columns(distinct), reverses, posted_at) if distinct else 0

    async def hold(self, orders: Sequence[Order], posted_at: datetime) -> int:
        """See Books. ValueError for a reversal: what came back has happened."""
        distinct = one_of_each(orders)
        if any(each.kind is TransferKind.REVERSAL for each in distinct):
            raise ValueError("a reversal is posted, not held")
        return await self._write(QUERIES["hold_orders"], *_columns(distinct), posted_at) if distinct else 0

    async def complete(self, ids: Sequence[TransferId], *, cause_event_id: EventId, at: datetime) -> int:
        """See Books."""
        return await self._resolve(ids, POSTED, cause_event_id, at)

    async def release(self, ids: Sequence[TransferId], *, cause_event_id: EventId, at: datetime) -> int:
        """See Books."""
        return await self._resolve(ids, VOIDED, cause_event_id, at)

    async def hold_again(self, orders: Mapping[TransferId, Order], held_at: datetime) -> int:
        """See Books."""
        columns = (
            list(orders),
            [each.transfer_id for each in orders.values()],
            [each.cause_event_id for each in orders.values()],
            [trace_id_of(each.traceparent) for each in orders.values()],
            [each.payload_sha256 for each in orders.values()],
        )
        return await self._write(QUERIES["hold_again"], *columns, held_at) if orders else 0

    async def balances(self, accounts: Collection[str]) -> Mapping[str, Balance]:
        """See Books."""
        rows = await self._tx.fetch(QUERIES["balances_of"], list(accounts))
        return dict.fromkeys(accounts, NO_BALANCE) | {row["account_id"]: _balance(row) for row in rows}

    async def _resolve(self, ids: Sequence[TransferId], outcome: str, cause: EventId, at: datetime) -> int:
        return await self._write(QUERIES["resolve_orders"], list(dict.fromkeys(ids)), outcome, cause, at) if ids else 0

    async def _write(self, statement: Statement, *args: object) -> int:
        try:
            row = await self._tx.fetchrow(statement, *args)
        except ConstraintViolated as violated:
            if violated.constraint in WRITTEN_MEANWHILE:
                raise TransientFault("WrittenMeanwhile") from violated
            raise
        assert row is not None  # noqa: S101 - a function with OUT parameters gives one row
        if row["refusal"] is not None:
            _refuse(row)
        written: int = row["written"]
        return written


def _refuse(row: asyncpg.Record) -> NoReturn:
    match row["refusal"]:
        case "contradictory":
            raise ContradictoryTransfer(row["refused"], row["field"])
        case "limit":
            raise LimitExceeded(row["refused"])
        case "resolved":
            raise AlreadyResolved(row["refused"])
        case _:
            raise UnknownPending(row["refused"])


def _columns(orders: Sequence[Order]) -> tuple[list[object], ...]:
    return (
        [each.transfer_id for each in orders],
        [each.movement.from_account for each in orders],
        [each.movement.to_account for each in orders],
        [each.movement.amount_yen for each in orders],
        [each.kind.value for each in orders],
        [each.cause_event_id for each in orders],
        [trace_id_of(each.traceparent) for each in orders],
        [each.payload_sha256 for each in orders],
        [each.period for each in orders],
        [each.payer_number for each in orders],
    )


def _balance(row: asyncpg.Record) -> Balance:
    return Balance(
        balance_yen=row["balance_yen"],
        version=row["version"],
        pending_in_yen=row["pending_in_yen"],
        pending_out_yen=row["pending_out_yen"],
    )
