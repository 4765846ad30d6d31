"""Reads the whole ledger in one snapshot, by server-side cursors, and replays it: bounded memory, nothing locked.

Entries are told again account by account, events stream by stream, sealed blocks chain by chain; the rest are
comparisons of tables with each other. A part of settlement with tables of its own adds a Check.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import asyncpg
from google.protobuf.message import DecodeError

from services.settlement.adapters.ledger.cursors import rows_of
from services.settlement.adapters.ledger.replaying_chains import replayed_chain
from services.settlement.adapters.messages import read_settled
from services.settlement.adapters.queries import QUERIES, SEALING
from services.settlement.domain.chain import Chain, ChainReplay
from services.settlement.domain.replay import Replay, ReplayedEntry, ReplayedEvent
from services.shared.chassis.postgres import Database, Transaction

PROGRESS_ROWS: Final = 20_000
COMPARISONS: Final = {
    QUERIES["transfers_without_legs"]: "transfer {} does not have both of its entries",
    QUERIES["events_without_transfer"]: "event {} announces a share that no transfer moves",
    QUERIES["transfers_without_event"]: "transfer {} is announced by no event",
    QUERIES["reversals_of_something_else"]: "transfer {} is not the whole of what it takes back",
    QUERIES["shares_left_standing"]: "transfer {} stands though a later decision replaced its own",
    QUERIES["streams_in_disorder"]: "stream {} does not go on after its last event",
    SEALING["accounts_with_other_pendings"]: "account {} does not have the pending sums of its pending transfers",
    SEALING["accounts_ahead"]: "account {} has an entry that is posted in the future",
    SEALING["accounts_of_other_kind"]: "account {} is of another kind than its id says, or beyond its limit",
    SEALING["pendings_in_disorder"]: "pending transfer {} was not posted as it was held and resolved",
    SEALING["resolutions_of_nothing"]: "transfer {} was resolved and never held",
    SEALING["files_out_of_chain"]: "file {} stands in no block",
    SEALING["streams_out_of_chain"]: "stream {} was sealed in a block that does not stand",
    SEALING["blocks_of_no_chain"]: "block {} is of no chain",
    SEALING["decisions_unlike_their_events"]: "decision {} is posted with other parts than were announced",
    SEALING["later_decisions_of_nothing"]: "decision {} replaced another and is not posted on its claim",
    SEALING["statements_out_of_chain"]: "statement {} is not among the sealed ones, or only there",
    SEALING["statements_unlike_the_ledger"]: "statement {} does not say what the ledger says",
    SEALING["files_unlike_their_seal"]: "file {} is not the one that was sealed",
    SEALING["heads_rewritten"]: "statement {} bears another head than its chain",
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
    blocks_checked: int = 0
    unsealed_rows: int = 0
    """Rows about transfers, records and events that stand in no block yet: the chains do not cover them."""
    heads: Mapping[Chain, str] = field(default_factory=dict)
    """Of the chains, hexadecimal; empty without a block."""


class Check(Protocol):
    """What a part of settlement knows must be so of its own tables."""

    def __call__(self, tx: Transaction) -> AsyncIterator[str]:
        """A sentence for each fault, in the snapshot of the replay."""
        ...


@dataclass(slots=True)
class _Chains:
    """What the chains came to."""

    blocks: int = 0
    heads: dict[Chain, str] = field(default_factory=dict)
    sealed_to: dict[Chain, int] = field(default_factory=dict)
    """The last number that each chain covers."""


async def replayed(database: Database, checks: Sequence[Check] = ()) -> AsyncIterator[Progress]:
    """Replay everything; gives progress each PROGRESS_ROWS rows and at the end. Raises TransientFault."""
    async with database.transaction(label="settlement.verify") as tx:
        await tx.execute(QUERIES["begin_replay"])
        counts = await tx.fetchrow(QUERIES["count_postings"])
        total = counts["transfers"] if counts is not None else 0
        replay, chains = Replay(), _Chains()
        async for _ in _replay_rows(tx, replay):
            yield _progress(replay, total)
        async for _ in _replay_chains(tx, replay, chains):
            yield _progress(replay, total)
        await _compare(tx, replay, checks)
        sealed_to = chains.sealed_to
        unsealed = (await tx.fetch(SEALING["unsealed"], sealed_to[Chain.TRANSFERS], sealed_to[Chain.RECORDS]))[0]
    yield replace(
        _progress(replay, total, is_finished=True),
        blocks_checked=chains.blocks,
        unsealed_rows=sum(unsealed.values()),
        heads=chains.heads,
    )


async def _replay_rows(tx: Transaction, replay: Replay) -> AsyncIterator[None]:
    """Tell accounts and streams again; gives control back each PROGRESS_ROWS rows."""
    async for row in rows_of(tx, QUERIES["replay_entries"]):
        replay.entry(_entry(row))
        if replay.entries % PROGRESS_ROWS == 0:
            yield
    async for row in rows_of(tx, QUERIES["list_accounts"]):
        replay.account(row["account_id"], row["balance_yen"], row["version"], row["last_posted_at"])
    async for row in rows_of(tx, QUERIES["replay_events"]):
        replay.event(_event(row))
        if replay.events % PROGRESS_ROWS == 0:
            yield
    replay.close()


async def _replay_chains(tx: Transaction, replay: Replay, chains: _Chains) -> AsyncIterator[None]:
    """Tell all chains again; gives control back after each block."""
    for chain in Chain:
        told = ChainReplay(chain=chain)
        async for _ in replayed_chain(tx, told):
            yield
        for fault in told.faults:
            replay.fault(fault)
        chains.blocks += told.blocks
        chains.heads[chain] = told.head.hex()
        chains.sealed_to[chain] = told.last_number


async def _compare(tx: Transaction, replay: Replay, checks: Sequence[Check]) -> None:
    for statement, sentence in COMPARISONS.items():
        for row in await tx.fetch(statement):
            replay.fault(sentence.format(row[0]))
    for check in checks:
        async for fault in check(tx):
            replay.fault(fault)


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
        posted_at=row["posted_at"],
        is_ordered=bool(row["is_ordered"]),
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
