"""The access log of receipts: who asked for which one, when and why. A row is written before anything is shown.

Rows are never changed or deleted; Postgres refuses it to the tables' owner as well. It holds ids and codes alone.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from services.settlement.adapters.queries import PAYERS
from services.shared.chassis.postgres import Database

LABEL: Final = "settlement.receipt-read"
LATEST: Final = 2**63 - 1
"""A place after every row."""
RANDOM_BYTES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRead:
    """A row. `read_by` is the principal, `reader` the payer's own opaque id of the person, `reason` an enum's name."""

    read_id: str
    payer_number: str
    read_by: str
    reader: str
    claim_id: str
    reason: str
    given: bool
    read_at: datetime
    trace_id: str


def new_read_id() -> str:
    """An id that sorts by time."""
    return f"rrd_{time.time_ns():016x}{secrets.token_hex(RANDOM_BYTES)}"


async def record(database: Database, read: ReceiptRead) -> None:
    """Keep the row; returns once it is committed."""
    async with database.transaction(label=LABEL) as tx:
        await tx.execute(
            PAYERS["record_receipt_read"],
            read.read_id,
            read.payer_number,
            read.read_by,
            read.reader,
            read.claim_id,
            read.reason,
            read.given,
            read.read_at,
            read.trace_id,
        )


async def page(database: Database, payer_number: str, before: int, limit: int) -> Sequence[asyncpg.Record]:
    """At most `limit` rows before a place, the latest first; of all payers where none is named."""
    return await database.fetch(PAYERS["receipt_reads"], payer_number, before, limit)
