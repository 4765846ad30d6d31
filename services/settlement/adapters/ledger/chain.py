"""The chains of sealed blocks in PostgreSQL: their heads, files as they come, and the sealer of transfers and events.

The blocks' form is that of domain/chain.py; the database makes them, the check of the ledger makes them again.
"""

from dataclasses import dataclass

from services.settlement.adapters.queries import QUERIES
from services.shared.chassis.postgres import Transaction


class ContradictoryFile(Exception):
    """A file was sealed under the same id with another `field`."""

    def __init__(self, file_id: str, field: str) -> None:
        super().__init__(f"{file_id} was sealed with another {field}")
        self.file_id = file_id
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last block of a chain: its number (0: none yet) and its head, 64 hexadecimal digits (empty: none yet)."""

    number: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHeads:
    """The heads of all chains. Whoever holds them can tell later whether what they cover was changed."""

    transfers: Head
    events: Head
    files: Head
    records: Head


async def chain_heads(tx: Transaction) -> ChainHeads:
    """What is sealed by now."""
    rows = await tx.fetch(QUERIES["chain_heads"])
    heads = {row["chain"]: Head(number=row["number"], sha256=row["head_sha256"].hex()) for row in rows}
    none = Head()
    return ChainHeads(
        transfers=heads.get("transfers", none),
        events=heads.get("events", none),
        files=heads.get("files", none),
        records=heads.get("records", none),
    )


async def append_file(tx: Transaction, *, file_id: str, kind: str, sha256: bytes, size: int) -> None:
    """Seal a bank file by its fingerprint, as a block of its own; the same again is left.

    Raises ContradictoryFile. Others that seal a file wait until `tx` ends.
    """
    field = await tx.fetchval(QUERIES["seal_file"], file_id, kind, sha256, size)
    if field is not None:
        raise ContradictoryFile(file_id, field)
