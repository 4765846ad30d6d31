"""Reads the whole ledger in one snapshot, by server-side cursors, and replays it: bounded memory."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import asyncpg
from google.protobuf.message import DecodeError

from services.settlement.adapters.messages import read_settled
from services.settlement.adapters.queries import QUERIES
from services.settlement.domain.replay import Replay, ReplayedEntry, ReplayedEvent
from services.shared.chassis.postgres import Database, Transaction, translated

PREFETCH_ROWS: Final = 1_000
PROGRESS_ROWS: Final = 20_000
COMPARISONS: Final = {
    "transfers_without_legs": "transfer {} does not have both of its entries",
    "events_without_transfer": "event {} announces a share that no transfer moves",
    "transfers_without_event": "transfer {} is announced by no event",
    "reversals_of_something_else": "transfer {} is not the whole of what it takes back",
    "shares_left_standing": "transfer {} stands though a later decision replaced its own",
    "streams_in_disorder": "stream {} does not go on after its last event",
}
"""Statement that finds rows in disorder, and the sentence for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the replay has come; the last one carries the verdict."""

    transfers_checked: int
    transfers_total: int
    events_checked: int
    is_finished: bool
    faults: tuple[str, ...]


async def replayed(database: Database) -> AsyncIterator[Progress]:
    """Replay everything; gives progress each PROGRESS_ROWS rows and at the end. Raises TransientFault."""
    async with database.transaction(label="settlement.verify") as tx:
        await tx.execute(QUERIES["begin_replay"])
        counts = await tx.fetchrow(QUERIES["count_postings"])
        total = counts["transfers"] if counts is not None else 0
        replay = Replay()
        async for row in _rows(tx, "replay_entries"):
            replay.entry(_entry(row))
            if replay.entries % PROGRESS_ROWS == 0:
                yield _progress(replay, total)
        async for row in _rows(tx, "list_accounts"):
            replay.account(row["account_id"], row["balance_yen"], row["version"])
        async for row in _rows(tx, "replay_events"):
            replay.event(_event(row))
            if replay.events % PROGRESS_ROWS == 0:
                yield _progress(replay, total)
        replay.close()
        for name, sentence in COMPARISONS.items():
            for row in await tx.fetch(QUERIES[name]):
                replay.fault(sentence.format(row[0]))
    yield _progress(replay, total, is_finished=True)


async def _rows(tx: Transaction, name: str) -> AsyncIterator[asyncpg.Record]:
    with translated():
        async for row in tx.connection.cursor(QUERIES[name].sql, prefetch=PREFETCH_ROWS):
            yield row


def _progress(replay: Replay, total: int, *, is_finished: bool = False) -> Progress:
    return Progress(
        transfers_checked=replay.entries // 2,
        transfers_total=total,
        events_checked=replay.events,
        is_finished=is_finished,
        faults=tuple(replay.faults) if is_finished else (),
    )


def _entry(row: asyncpg.Record) -> ReplayedEntry:
    return ReplayedEntry(
        account_id=row["account_id"],
        version=row["version"],
        transfer_id=row["transfer_id"],
        amount_yen=row["amount_yen"],
        balance_before=row["balance_before"],
        balance_after=row["balance_after"],
        transfer_yen=row["transfer_yen"],
        from_place=(row["from_account"], row["from_version"]),
        to_place=(row["to_account"], row["to_version"]),
    )


def _event(row: asyncpg.Record) -> ReplayedEvent:
    stated = (row["event_id"], row["payer_number"], row["sequence"], row["points"], row["yen"])
    return ReplayedEvent(
        payer_number=row["payer_number"],
        sequence=row["sequence"],
        event_id=row["event_id"],
        value=row["value"],
        sha256=row["sha256"],
        stated=stated,
        written=_written(row["value"]),
    )


def _written(value: bytes) -> tuple[str, str, int, int, int] | None:
    try:
        said = read_settled(value)
    except DecodeError:
        return None
    return said.event_id, said.payer_number, said.sequence, said.points, said.share_yen
