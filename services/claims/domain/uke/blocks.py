"""A stream of bytes cut into blocks of lines: a volume's head, a receipt, a volume's end. Memory is bounded.

A block begins with an IR, RE or GO record or with the end-of-file byte, at the beginning of a line, and reaches to the
next. Where the stream is cut into chunks changes nothing.
"""

import re
from dataclasses import dataclass

from services.claims.domain.uke.wire import MAX_RECEIPT_BYTES

_border = re.compile(rb"\n(?=RE,|GO,|IR,|\x1a)").search
_BORDER_BYTES = len(b"\nRE,")
HEAD_BYTES = len(b"RE,")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines from one border to the next: their first line's number (from 1), first bytes, and bytes.

    `content` is None for a block above MAX_RECEIPT_BYTES, which is not kept.
    """

    first_line: int
    head: bytes
    content: bytes | None


class BlockSplitter:
    """Cuts a stream into blocks. It holds at most one unfinished block and the chunk."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._line = 1
        self._oversized: Block | None = None

    @property
    def lines(self) -> int:
        """Lines in the blocks given out so far, and in what was dropped."""
        return self._line - 1

    def feed(self, chunk: bytes) -> list[Block]:
        """The blocks that this chunk completes."""
        buffer = self._buffer
        buffer += chunk
        blocks: list[Block] = []
        start = 0
        border = _border(buffer, self._searched)
        while border is not None:
            blocks.append(self._take(bytes(buffer[start : border.end()])))
            start = border.end()
            border = _border(buffer, start)
        del buffer[:start]
        self._bound()
        self._searched = max(0, len(buffer) - _BORDER_BYTES + 1)
        return blocks

    def finish(self) -> list[Block]:
        """The block that the end of the stream completes, if any bytes are left."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return [self._take(rest)] if rest or self._oversized else []

    def _take(self, content: bytes) -> Block:
        first_line = self._line
        self._line += content.count(b"\n") + (0 if content.endswith(b"\n") else 1)
        if self._oversized is not None:
            block, self._oversized = self._oversized, None
            return block
        if len(content) > MAX_RECEIPT_BYTES:
            return Block(first_line, content[:HEAD_BYTES], None)
        return Block(first_line, content[:HEAD_BYTES], content)

    def _bound(self) -> None:
        """Drop what was read of a block that is too large already; its end is still looked for."""
        buffer = self._buffer
        if self._oversized is None:
            if len(buffer) <= MAX_RECEIPT_BYTES + _BORDER_BYTES:
                return
            self._oversized = Block(self._line, bytes(buffer[:HEAD_BYTES]), None)
        dropped = max(0, len(buffer) - _BORDER_BYTES)
        self._line += buffer.count(b"\n", 0, dropped)
        del buffer[:dropped]
