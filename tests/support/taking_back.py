"""Matches taken back by another person, and what `ledger verify` finds of that."""

from collections.abc import Sequence
from dataclasses import replace

from services.settlement.adapters.bank.bank_check import bank_faults
from services.settlement.adapters.bank.till import till_of
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.adapters.payments.payment_check import payment_faults
from services.settlement.adapters.queries import QUERIES
from services.settlement.application.reconciling import undo
from services.settlement.domain.reconciliation.placed import Act, Match
from services.shared.chassis.postgres import Database
from tests.support.payments import PAY_DAY, payments_of
from tests.support.reconciling import ACT, standing

OTHER = replace(ACT, by="operator:other")


async def taken_back(database: Database, line_id: str, act: Act = OTHER) -> Sequence[Match]:
    async with database.transaction(label="test.undo") as tx:
        return await undo(till_of(tx), line_id, reason="the other hospital's", act=act)


async def lines(database: Database) -> list[str]:
    return [row["line_id"] for row in await database.pool.fetch("SELECT line_id FROM bank_line ORDER BY position")]


async def states(database: Database) -> list[str]:
    return [state for _, _, state, _ in await payments_of(database)]


async def in_order(database: Database) -> None:
    """Bank and ledger agree, and the ledger is what it says."""
    assert (await standing(database, PAY_DAY)).unproved == []
    assert await faults(database) == []


async def faults(database: Database) -> list[str]:
    """What `ledger verify` finds of the ledger, of payments and of what banks said."""
    found = [*[one async for one in replayed(database)][-1].faults]
    async with database.transaction(label="test.verify") as tx:
        await tx.execute(QUERIES["begin_replay"])
        found += [each async for each in payment_faults(tx)]
        found += [each async for each in bank_faults(tx)]
    return found
