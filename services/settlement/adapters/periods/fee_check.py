"""The ledger's check of review fees: what each payer's cut says is what was announced, priced and charged.

Receipts are counted again in the payer's events, their price is the one that was in force when the payer was cut, and
the fee is what was moved, to the payer's authority. Nothing is locked, and one cut is in memory at a time.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from services.settlement.adapters.ledger.cursors import rows_of
from services.settlement.adapters.periods.calendars import fee_of
from services.settlement.adapters.queries import SEALING
from services.settlement.adapters.statements.statement_entries import FIRST_CAUSES
from services.settlement.domain.review_authority import fee_account, review_authority
from services.settlement.domain.tariff import LoadedFee, charge, fee_in_force, loaded_until
from services.settlement.domain.transfers import TransferKind, order_id
from services.shared.chassis.postgres import Transaction

BEING_LOADED: Final = timedelta(minutes=1)
"""A price that was loaded so shortly before a cut may have been committed after it: then the one before it held."""


async def fee_faults(tx: Transaction) -> AsyncIterator[str]:
    """A sentence for each fault, in the snapshot of the caller."""
    loaded = [_loaded(row) for row in await tx.fetch(SEALING["prices_as_loaded"])]
    async for cut in rows_of(tx, SEALING["cuts_of_payers"], FIRST_CAUSES):
        for fault in _of_cut(cut, loaded):
            yield f"cut of {cut['account_id']} for {cut['period']}: {fault}"
    for row in await tx.fetch(SEALING["fees_of_no_cut"]):
        yield f"transfer {row['transfer_id']} charges a fee that no close did"


def _of_cut(cut: asyncpg.Record, loaded: Sequence[LoadedFee]) -> Iterator[str]:
    if cut["receipts"] != cut["told_receipts"]:
        yield "it counts other receipts than the payer was told of"
    said = (cut["receipts"], cut["price_sen"], cut["fee_yen"])
    if said not in {_charged(cut, loaded, at) for at in (cut["cut_at"], cut["cut_at"] - BEING_LOADED)}:
        yield "its fee is not its receipts at the price that was in force"
    if (cut["moved_yen"] or 0) != cut["fee_yen"] or (cut["fee_yen"] and not _is_its_fee(cut)):
        yield "another fee was charged than it says"


def _charged(cut: asyncpg.Record, loaded: Sequence[LoadedFee], at: datetime) -> tuple[int, int, int] | None:
    """Receipts, price and fee as they were to be charged at a moment; none where there was no price."""
    fee = fee_in_force(loaded_until(loaded, at), review_authority(_payer(cut)), cut["period"])
    if fee is None:
        return None
    owed = charge(cut["receipts"], fee)
    return owed.receipts, owed.price_sen, owed.fee_yen


def _is_its_fee(cut: asyncpg.Record) -> bool:
    named = order_id(TransferKind.FEE, cut["period"], _payer(cut))
    authority = fee_account(review_authority(_payer(cut)))
    place = (cut["transfer_id"], cut["to_account"])
    return place == (named, authority) and cut["from_version"] <= cut["cut_version"]


def _payer(cut: asyncpg.Record) -> str:
    return str(cut["account_id"]).partition(":")[2]


def _loaded(row: asyncpg.Record) -> LoadedFee:
    return LoadedFee(fee=fee_of(row), version=row["version"], loaded_at=row["loaded_at"])
