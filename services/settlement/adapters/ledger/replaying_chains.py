"""Tells the chains again out of the tables that they seal, block after block: one block in memory at most."""

from collections.abc import AsyncIterator
from typing import Final

import asyncpg

from services.settlement.adapters.ledger.cursors import rows_of
from services.settlement.adapters.queries import SEALING
from services.settlement.domain.chain import Block, Chain, ChainReplay, streams_in_disorder
from services.shared.chassis.postgres import Transaction

NUMBERED: Final = {
    Chain.TRANSFERS: SEALING["replay_sealed_transfers"],
    Chain.RECORDS: SEALING["replay_sealed_records"],
}
"""The rows of a block that covers numbers, by the first and the last of them."""
LOWEST: Final = -(2**63)
HIGHEST: Final = 2**63 - 1
"""Of what a number's column can hold."""
ROWS: Final = {
    Chain.EVENTS: SEALING["replay_sealed_events"],
    Chain.FILES: SEALING["replay_sealed_files"],
    Chain.STATEMENTS: SEALING["replay_sealed_statements"],
}
"""The rows of a block by its own number."""


async def replayed_chain(tx: Transaction, replay: ChainReplay) -> AsyncIterator[None]:
    """Tell one chain again; gives control back after each block."""
    reached: dict[str, int] = {}
    async for row in rows_of(tx, SEALING["replay_blocks"], replay.chain.value):
        block = _block(replay.chain, row)
        replay.open(block)
        if replay.chain is Chain.EVENTS:
            await _follow_streams(tx, replay, block, reached)
        await _tell(tx, replay, block)
        replay.close()
        yield
    if replay.chain in NUMBERED:
        await _refuse_strays(tx, replay)


async def _refuse_strays(tx: Transaction, replay: ChainReplay) -> None:
    """No block will ever cover a number that the sequence did not give."""
    given = (await tx.fetch(SEALING["highest_number"]))[0]["last_value"]
    for first, last in ((LOWEST, 0), (given + 1, HIGHEST)):
        async for row in rows_of(tx, NUMBERED[replay.chain], first, last):
            replay.faults.append(f"chain of {replay.chain.value}: number {row['number']} was never given")


async def _tell(tx: Transaction, replay: ChainReplay, block: Block) -> None:
    if replay.chain in NUMBERED:
        async for row in rows_of(tx, NUMBERED[replay.chain], block.first_number, block.last_number):
            replay.row(row["form"])
    else:
        async for row in rows_of(tx, ROWS[replay.chain], block.number):
            replay.row(row["form"])


async def _follow_streams(tx: Transaction, replay: ChainReplay, block: Block, reached: dict[str, int]) -> None:
    rows = await tx.fetch(SEALING["replay_sealed_streams"], block.number)
    ranges = [(row["payer_number"], row["first_sequence"], row["last_sequence"]) for row in rows]
    if sum(last - first + 1 for _, first, last in ranges) != block.rows:
        replay.faults.append(f"chain of events: block {block.number} has other streams than it was sealed over")
    for payer in streams_in_disorder(ranges, reached):
        replay.faults.append(f"chain of events: block {block.number} does not go on in the stream of {payer}")


def _block(chain: Chain, row: asyncpg.Record) -> Block:
    return Block(
        chain=chain,
        number=row["number"],
        first_number=row["first_number"],
        last_number=row["last_number"],
        rows=row["row_count"],
        content_sha256=row["content_sha256"],
        head_sha256=row["head_sha256"],
        sealed_at_us=row["sealed_at_us"],
    )
