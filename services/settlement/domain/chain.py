"""Chains of sealed blocks: what a block's digest is of, and whether a chain told again is the one that was sealed.

A block covers rows that only grow. Its content is the SHA-256 of its rows' forms in order; its head is the SHA-256 of
everything the block says and the head before it. Whoever kept one head can tell whether anything before it was changed.

The form of a row is that in which PostgreSQL sends an array of texts (array_send): number of dimensions, whether there
are nulls, the type's number, length and lower bound, then each text by length and bytes, -1 for none. No two rows have
the same form. Times are microseconds since 1970, digests hexadecimal, numbers decimal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from struct import pack
from typing import Final, Protocol

TEXT_TYPE: Final = 25
"""The number of type text in PostgreSQL."""


class Chain(Enum):
    """What is chained."""

    TRANSFERS = "transfers"
    EVENTS = "events"
    FILES = "files"
    STATEMENTS = "statements"
    RECORDS = "records"
    """Whatever else is written once: decisions, payees, approvals, closes, prices, bank lines, who read a receipt."""


def form(texts: Sequence[str | None]) -> bytes:
    """The bytes that a digest is made of; see the module."""
    parts = [pack("!iiIii", 1, int(None in texts), TEXT_TYPE, len(texts), 1)]
    for text in texts:
        if text is None:
            parts.append(pack("!i", -1))
        else:
            encoded = text.encode()
            parts += [pack("!i", len(encoded)), encoded]
    return b"".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A sealed block as it stands: it covers the places from `first_number` to `last_number` and has `rows` rows."""

    chain: Chain
    number: int
    first_number: int
    last_number: int
    rows: int
    content_sha256: bytes
    head_sha256: bytes
    sealed_at_us: int


def head_of(block: Block, previous: bytes) -> bytes:
    """The head that the block must have after the head `previous`, which is empty for the first."""
    return sha256(
        form(
            (
                block.chain.value,
                str(block.number),
                str(block.first_number),
                str(block.last_number),
                str(block.rows),
                str(block.sealed_at_us),
                block.content_sha256.hex(),
                previous.hex(),
            )
        )
    ).digest()


class RunningDigest(Protocol):
    """What hashlib makes."""

    def update(self, data: bytes, /) -> None:
        """Add these bytes."""
        ...

    def digest(self) -> bytes:
        """Of all bytes so far."""
        ...


@dataclass(slots=True)
class ChainReplay:
    """One chain told again, block after block: `open`, its rows, `close`. Keeps one running digest, and the faults."""

    chain: Chain
    faults: list[str] = field(default_factory=list)
    blocks: int = 0
    head: bytes = b""
    last_number: int = 0
    _block: Block | None = None
    _rows: int = 0
    _content: RunningDigest = field(default_factory=sha256)

    def open(self, block: Block) -> None:
        """The next block: it goes on where the one before ended."""
        self.blocks += 1
        if block.number != self.blocks:
            self._fault(f"block {block.number} stands where block {self.blocks} follows")
            self.blocks = block.number
        if block.first_number != self.last_number + 1:
            self._fault(f"block {block.number} does not begin where the one before it ends")
        self._block, self._rows, self._content = block, 0, sha256()

    def row(self, row_form: bytes) -> None:
        """The next row of the block that is open."""
        self._rows += 1
        self._content.update(row_form)

    def close(self) -> None:
        """The rows are those that were sealed, and the head follows from them and the head before."""
        block = self._block
        if block is None:
            return
        if (self._rows, self._content.digest()) != (block.rows, block.content_sha256):
            self._fault(f"block {block.number} was sealed over other rows than those from {block.first_number} on")
        if head_of(block, self.head) != block.head_sha256:
            self._fault(f"block {block.number} does not have the head that follows from it")
        self.head, self.last_number, self._block = block.head_sha256, block.last_number, None

    def _fault(self, sentence: str) -> None:
        self.faults.append(f"chain of {self.chain.value}: {sentence}")


def streams_in_disorder(ranges: Sequence[tuple[str, int, int]], reached: dict[str, int]) -> list[str]:
    """The payers whose range (payer, first, last) does not follow on to what was sealed; `reached` is moved on."""
    wrong = [payer for payer, first, _ in ranges if first != reached.get(payer, 0) + 1]
    reached.update({payer: last for payer, _, last in ranges})
    return wrong
