"""繰入 at the cut of hospitals: unpaid statements that a hospital's balance does not cover go into its next statement.

The rows stand before the statement that takes up, so that it is drawn up from them now and whenever it is asked.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

import asyncpg

from services.settlement.adapters.payments.payment_queries import QUERIES as PAYMENTS
from services.settlement.adapters.periods.period_queries import QUERIES
from services.settlement.domain.netting import UnpaidStatement, taken_up
from services.shared.chassis.postgres import Transaction
from services.shared.kernel.money import Yen


async def take_up(tx: Transaction, period: str, accounts: Sequence[str]) -> None:
    """Take up what these hospitals' balances do not cover, with the cuts of a month that stand already.

    Looked at twice: where there is something, whoever proposes payments waits until the commit, and the second look is
    the one that counts.
    """
    if await _to_take_up(tx, period, accounts):
        await tx.execute(PAYMENTS["lock_proposing"])
        found = await _to_take_up(tx, period, accounts)
        await tx.execute(
            QUERIES["insert_taken_up"],
            period,
            [account for account, _ in found],
            [each.statement_id for _, each in found],
            [each.yen for _, each in found],
        )


async def _to_take_up(tx: Transaction, period: str, accounts: Sequence[str]) -> list[tuple[str, UnpaidStatement]]:
    """With their accounts."""
    rows = await tx.fetch(QUERIES["unsettled_statements"], accounts, period)
    return [(account, each) for account, own in groupby(rows, itemgetter("account_id")) for each in _of_one(list(own))]


def _of_one(rows: Sequence[asyncpg.Record]) -> Sequence[UnpaidStatement]:
    return taken_up(
        balance_yen=rows[0]["balance_yen"],
        under_way_yen=sum(row["yen"] for row in rows if row["is_under_way"]),
        unpaid=[
            UnpaidStatement(statement_id=row["statement_id"], period=row["period"], yen=Yen(row["yen"]))
            for row in rows
            if not row["is_under_way"]
        ],
    )
