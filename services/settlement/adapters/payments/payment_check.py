"""The ledger's check of payments: every batch is what was approved, every file is made again, byte for byte.

One file in memory at a time, and nothing locked. An account that was changed beneath a payment gives other bytes than
the bank got, and another digest than was approved. Of accounts that no batch pays to only who proposed and who
confirmed them can be told.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import asyncpg

from services.settlement.adapters.payments.payment_queries import QUERIES
from services.settlement.adapters.payments.payments import PostgresPayments, batch_of
from services.settlement.domain.bank.furikomi import CannotBeFiled
from services.settlement.domain.payments.files import FileForm, NotSound, file_content, is_as_approved
from services.shared.chassis.postgres import Transaction

PAGE: Final = 20_000
"""Payments that one statement compares."""
STATEMENTS: Final = 500
"""Hospitals' statements of which one statement counts the claims."""
COMPARISONS: Final = {
    "payments_without_ground": "payment {} pays no statement, or to an account that nobody confirmed",
    "payments_unlike_the_ledger": "payment {} stands otherwise than its transfer",
    "payments_taken_back_in_disorder": "payment {} was taken back otherwise than a second person did with its match",
    "payments_out_of_step": "payment {} has a step that does not follow",
    "statements_paid_twice": "statement {} is paid more than once",
    "transits_in_disorder": "payment {} is kept as in transit and is not, or is and is not kept",
}
"""Statement that finds rows in disorder among the payments after one up to another, and the sentence for each."""


async def payment_faults(tx: Transaction) -> AsyncIterator[str]:
    """A sentence for each fault, in the snapshot of the caller."""
    for part in (_batch_faults, _row_faults, _claims_faults, _file_faults):
        async for fault in part(tx):
            yield fault


async def _batch_faults(tx: Transaction) -> AsyncIterator[str]:
    after = ""
    while (batch := await tx.fetchrow(QUERIES["next_batch_in_order"], after)) is not None:
        after = batch["batch_id"]
        if not batch["is_in_order"]:
            yield f"batch {after} is not what its payments and its approval say"
    book = PostgresPayments(tx)
    for row in await tx.fetch(QUERIES["batches_without_file"]):
        if not is_as_approved(await book.filed(batch_of(row), FileForm.ZENGIN)):
            yield f"batch {row['batch_id']} holds other payments or accounts than were proposed"


async def _row_faults(tx: Transaction) -> AsyncIterator[str]:
    async for page in _pages(tx):
        for name, sentence in COMPARISONS.items():
            for found in await tx.fetch(QUERIES[name], *page):
                yield sentence.format(found[0])


async def _file_faults(tx: Transaction) -> AsyncIterator[str]:
    after = ""
    while (file := await tx.fetchrow(QUERIES["next_bank_file"], after)) is not None:
        after = file["file_id"]
        if not await _is_made_again(tx, file):
            yield f"file {after} is not what its batches and their payees give"


async def _pages(tx: Transaction) -> AsyncIterator[tuple[str, str | None]]:
    """After which payment and up to which one; the last page has no end, for what is kept of payments that are not."""
    after = ""
    while (last := await tx.fetchval(QUERIES["payment_after"], after, PAGE)) is not None:
        yield after, last
        after = last
    yield after, None


async def _claims_faults(tx: Transaction) -> AsyncIterator[str]:
    after = ""
    while rows := await tx.fetch(QUERIES["next_claims_counted"], after, STATEMENTS):
        after = rows[-1]["statement_id"]
        for row in rows:
            if not row["is_in_order"]:
                yield f"statement {row['statement_id']} is kept with other payers or claims than it holds"


async def _is_made_again(tx: Transaction, row: asyncpg.Record) -> bool:
    rows = {each["batch_id"]: each for each in await tx.fetch(QUERIES["batches"], row["batch_ids"])}
    batches = [batch_of(rows[each]) for each in row["batch_ids"] if each in rows]
    if (sum(each.payments for each in batches), sum(each.total_yen for each in batches)) != (
        row["payments"],
        row["total_yen"],
    ):
        return False
    form, book = FileForm(row["form"]), PostgresPayments(tx)
    filed = [await book.filed(each, form) for each in batches]
    try:
        made = await asyncio.to_thread(file_content, row["file_id"], form, filed, row["released_at"])
    except (NotSound, CannotBeFiled):
        return False
    return made == bytes(row["content"])
