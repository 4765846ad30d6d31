"""Reading a submission set: its frame judged, its volumes' heads and ends and its receipts given out one by one.

A set is one or more volumes, fed one after another: IR, receipts, GO and the end-of-file byte, which may be missing. A
receipt's own form is `assess`'s business; this module refuses what breaks the set.
"""

from dataclasses import dataclass

from services.claims.domain.uke.blocks import HEAD_BYTES, Block, BlockSplitter
from services.claims.domain.uke.characters import ENCODING, is_digits
from services.claims.domain.uke.findings import Finding, FindingLog, Place, Profile, Rule
from services.claims.domain.uke.header import (
    FIRST_VOLUME,
    LAST_VOLUME,
    VolumeHeader,
    VolumeTotals,
    header_of,
    totals_of,
)
from services.claims.domain.uke.order import LETTERS
from services.claims.domain.uke.wire import CRLF, END_OF_FILE, MAX_RECEIPT_BYTES, sound_text, wire_faults


@dataclass(frozen=True, slots=True)
class RawReceipt:
    """One receipt's own bytes, RE to the CR LF of its last line, their text, and the line of RE in the set (from 1)."""

    first_line: int
    content: bytes
    text: str


SetPart = VolumeHeader | RawReceipt | VolumeTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameReport:
    """What was found about the frame of a set that has been read to its end.

    `findings` are in line order, at most MOST_FINDINGS; `finding_count` counts all. Of a set that is `rejected` no
    receipt is accepted.
    """

    findings: tuple[Finding, ...]
    finding_count: int
    rejected: bool
    lines: int
    receipts: int
    volumes: int


class UkeReader:
    """An incremental reader of one submission set, holding at most one unfinished receipt and the chunk.

    Feed it chunks of any size and take the parts that have become whole; finish it after the last chunk.
    """

    def __init__(self, profile: Profile) -> None:
        self._blocks = BlockSplitter()
        self._log = FindingLog(profile)
        self._first_header: VolumeHeader | None = None
        self._volume = FIRST_VOLUME
        self._is_open = False
        self._is_complete = False
        self._has_end = False
        self._receipts_in_volume = 0
        self._receipts = 0
        self._volumes = 0

    def feed(self, chunk: bytes) -> list[SetPart]:
        """The parts of the set that this chunk completes, in order."""
        return [part for block in self._blocks.feed(chunk) if (part := self._part(block)) is not None]

    def finish(self) -> tuple[list[SetPart], FrameReport]:
        """The parts that the end of the stream completes, and the report on the frame. Call it once, last."""
        parts = [part for block in self._blocks.finish() if (part := self._part(block)) is not None]
        self._judge_end()
        report = FrameReport(
            findings=self._log.findings,
            finding_count=self._log.count,
            rejected=self._log.rejects,
            lines=self._blocks.lines,
            receipts=self._receipts,
            volumes=self._volumes,
        )
        return parts, report

    def _part(self, block: Block) -> SetPart | None:
        content, head = block.content, block.head
        if content is not None and content.startswith(END_OF_FILE):
            content = self._after_end(content[len(END_OF_FILE) :], block.first_line)
            head = content[:HEAD_BYTES]
            if not content:
                return None
        self._has_end = False
        self._enter(head, block.first_line)
        if content is None:
            self._log.add(Rule.RECEIPT_TOO_LARGE, Place(block.first_line), f"at most {MAX_RECEIPT_BYTES} bytes")
            return None
        text = sound_text(content)
        if text is None:
            broken = list(wire_faults(content, block.first_line))
            for fault in broken:
                self._log.add(*fault)
            if broken:
                return None
            text = content.decode(ENCODING)
        return (
            RawReceipt(block.first_line, content, text)
            if head == b"RE,"
            else self._part_of_frame(head, text, block.first_line)
        )

    def _after_end(self, content: bytes, line: int) -> bytes:
        """What follows the end-of-file byte: nothing, or the next volume."""
        self._has_end = True
        if content and (self._is_complete or not content.startswith(b"IR,")):
            self._log.add(Rule.AFTER_END, Place(line))
            return b""
        return content

    def _enter(self, head: bytes, line: int) -> None:
        """Whether a block may stand here, by the record it begins with."""
        match head:
            case b"IR,":
                self._enter_volume(line)
            case b"RE,":
                self._require_open(line, "RE")
                self._receipts += 1
                self._receipts_in_volume += 1
            case b"GO,":
                self._require_open(line, "GO")
                if self._is_open and not self._receipts_in_volume:
                    self._log.add(Rule.NO_RECEIPT, Place(line, "GO"))
                self._is_open = False
            case _:
                self._require_open(line, "")

    def _enter_volume(self, line: int) -> None:
        if self._is_open:
            self._log.add(Rule.HEADER_REPEATED, Place(line, "IR"))
        elif self._is_complete:
            self._log.add(Rule.TRAILER_NOT_LAST, Place(line, "IR"))
        self._is_open = True
        self._receipts_in_volume = 0
        self._volumes += 1

    def _require_open(self, line: int, record: str) -> None:
        if not self._is_open:
            self._log.add(Rule.TRAILER_NOT_LAST if self._volumes else Rule.NO_HEADER, Place(line, record))
            self._is_open = self._volumes == 0
            self._volumes = max(self._volumes, 1)

    def _part_of_frame(self, head: bytes, text: str, first_line: int) -> SetPart | None:
        first, *others = text.removesuffix(CRLF).split(CRLF)
        stray = Rule.TRAILER_NOT_LAST if head == b"GO," else Rule.OUTSIDE_RECEIPT
        for number, other in enumerate(others, first_line + 1):
            self._log.add(stray, Place(number, other[:2] if other[:2] in LETTERS else ""))
        match head:
            case b"IR,":
                return self._header(first, first_line)
            case b"GO,":
                return self._totals(first, first_line)
            case _:
                self._log.add(Rule.OUTSIDE_RECEIPT, Place(first_line))
                return None

    def _header(self, line: str, number: int) -> VolumeHeader:
        header, faults = header_of(line, number)
        for fault in faults:
            self._log.add(*fault)
        if header.volume != self._volume:
            self._log.add(Rule.VOLUME_ORDER, Place(number, "IR", "volume"), f"expected {self._volume}")
        first = self._first_header = self._first_header or header
        if (header.hospital_code, header.agency, header.claim_month) != (
            first.hospital_code,
            first.agency,
            first.claim_month,
        ):
            self._log.add(Rule.VOLUME_DIFFERS, Place(number, "IR"))
        self._volume = _volume_number(header.volume)
        return header

    def _totals(self, line: str, number: int) -> VolumeTotals:
        totals, faults = totals_of(line, number)
        for fault in faults:
            self._log.add(*fault)
        following = f"{int(self._volume) + 1:02d}"
        if totals.volume not in {following, LAST_VOLUME}:
            self._log.add(Rule.VOLUME_ORDER, Place(number, "GO", "volume"), f"expected {following} or {LAST_VOLUME}")
        self._volume = _volume_number(totals.volume)
        self._is_complete = totals.is_last
        return totals

    def _judge_end(self) -> None:
        if not self._volumes:
            self._log.add(Rule.NO_HEADER, Place(0, "IR"))
        if self._is_open or not self._volumes:
            self._log.add(Rule.NO_TRAILER, Place(0, "GO"))
        elif not self._is_complete:
            self._log.add(Rule.VOLUME_ORDER, Place(0, "GO", "volume"), "the last volume, 99, is missing")
        if not self._has_end:
            self._log.add(Rule.END_MISSING, Place(0))


def _volume_number(text: str) -> str:
    """The volume's two digits; those of the first where the field holds no number, which is refused elsewhere."""
    return text if is_digits(text) and len(text) == len(FIRST_VOLUME) else FIRST_VOLUME
