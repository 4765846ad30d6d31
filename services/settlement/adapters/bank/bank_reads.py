"""What reconciliation reads without changing anything: the queue, returned payments, positions."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

import asyncpg

from services.settlement.adapters.bank.bank_queries import BANK
from services.settlement.adapters.bank.bank_records import PostgresBankRecords
from services.settlement.adapters.bank.bank_rows import waiting_of
from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.application.bank_records import Waiting
from services.settlement.domain.reconciliation.candidates import Candidate, candidates
from services.settlement.domain.reconciliation.moves import bank_account, own_account, suspense_account
from services.settlement.domain.reconciliation.positions import (
    NOTICE_SHOWN_WITHIN,
    QUEUE_ANSWER_WITHIN,
    Due,
    DueKind,
    Positions,
    Sums,
    short_of_own,
)
from services.shared.chassis.postgres import Transaction
from services.shared.chassis.queries import Statement

FROM_LEDGER = {"bank_yen", "pending_yen", "suspense_yen", "own_ledger_yen", "own_in_suspense_yen"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A page of waiting lines with their candidates, and how many wait in all."""

    lines: Sequence[tuple[Waiting, Sequence[Candidate]]]
    total: int


async def queue_page(tx: Transaction, after: tuple[str, int], size: int, at: datetime) -> Queue:
    """Lines behind a place (account and position), at most `size`."""
    rows = await tx.fetch(BANK["waiting_lines"], *after, size)
    total: int = await tx.fetchval(BANK["count_waiting_lines"])
    waiting = [waiting_of(row) for row in rows]
    expected = await PostgresBankRecords(tx).expected([each.placed.line for each in waiting], at)
    told = [(each, candidates(each.placed.line, each.placed.account, expected)) for each in waiting]
    return Queue(lines=told, total=total)


async def positions(tx: Transaction, as_of: date) -> Positions:
    """All accounts, and all that is due, in one snapshot: the caller's transaction has begun one."""
    accounts = await sums_of(tx, BANK["sums_of_accounts"])
    short = [due for due in map(short_of_own, accounts) if due is not None]
    return Positions(as_of=as_of, accounts=tuple(accounts), due=(*await _due(tx), *short))


async def sums_of(tx: Transaction, statement: Statement) -> list[Sums]:
    """All accounts with their sums, kept or walked, and what the ledger holds."""
    rows = await tx.fetch(statement)
    former = {row["account"]: row["yen"] for row in await tx.fetch(BANK["own_in_suspense"])}
    names = [name(row["account"]) for row in rows for name in (bank_account, suspense_account, own_account)]
    balances = await PostgresBooks(tx).balances(names)
    accounts: list[Sums] = []
    for row in rows:
        bank, suspense, own = (balances[name(row["account"])] for name in (bank_account, suspense_account, own_account))
        accounts.append(
            Sums(
                **{each.name: row[each.name] for each in fields(Sums) if each.name not in FROM_LEDGER},
                bank_yen=-bank.balance_yen,
                pending_yen=bank.pending_in_yen,
                suspense_yen=suspense.balance_yen,
                own_ledger_yen=own.balance_yen,
                own_in_suspense_yen=former.get(row["account"], 0),
            )
        )
    return accounts


async def _due(tx: Transaction) -> list[Due]:
    rows = await tx.fetch(BANK["due_positions"], QUEUE_ANSWER_WITHIN.days)
    notices = await tx.fetch(BANK["notices_not_shown"], NOTICE_SHOWN_WITHIN.days)
    return [
        *(Due(kind=DueKind(row["kind"]), subject=row["id"], yen=row["yen"], due_on=row["due_on"]) for row in rows),
        *(_notice(row) for row in notices),
    ]


def _notice(row: asyncpg.Record) -> Due:
    return Due(
        kind=DueKind.NOTICE,
        subject=f"{row['account']} {row['booked'].isoformat()}",
        yen=row["yen"] * row["missing"],
        due_on=row["due_on"],
    )
