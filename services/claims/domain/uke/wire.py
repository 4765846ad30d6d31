"""The bytes under the records: line ends, encoding, the forbidden quotation mark, and the bounds of this reader."""

from collections.abc import Iterator

from services.claims.domain.uke.characters import ENCODING
from services.claims.domain.uke.findings import Place, Rule
from services.claims.domain.uke.form import Fault

CRLF = "\r\n"
END_OF_FILE = b"\x1a"
MAX_LINE_BYTES = 8_192
"""The longest record of the specification (SJ) takes about 2,420 bytes; over-long text is given room."""
MAX_RECEIPT_BYTES = 1_048_576
"""One receipt; the specification sets no bound, and a long inpatient stay stays well below this."""


def sound_text(block: bytes) -> str | None:
    """The text of a block of whole lines in which nothing is wrong at a glance; None sends it to `wire_faults`."""
    ends = block.count(b"\r\n")
    if (
        (len(block) > MAX_LINE_BYTES and not _is_in_bounds(block))
        or ends != block.count(b"\n")
        or ends != block.count(b"\r")
        or not block.endswith(b"\r\n")
        or b'"' in block
        or b"\r\n\r\n" in block
    ):
        return None
    try:
        return block.decode(ENCODING)
    except UnicodeDecodeError:
        return None


def _is_in_bounds(block: bytes) -> bool:
    return len(block) <= MAX_RECEIPT_BYTES and max(map(len, block.split(b"\n"))) <= MAX_LINE_BYTES


def wire_faults(block: bytes, first_line: int) -> Iterator[Fault]:
    """What keeps this block of whole lines from being read as text, line by line."""
    if len(block) > MAX_RECEIPT_BYTES:
        yield Fault(Rule.RECEIPT_TOO_LARGE, Place(first_line), f"at most {MAX_RECEIPT_BYTES} bytes")
        return
    yield from _faults_by_line(block, first_line)
    if not is_decodable(block):
        yield from _undecodable_lines(block, first_line)


def is_decodable(block: bytes) -> bool:
    """Whether the bytes are text in cp932."""
    try:
        block.decode(ENCODING)
    except UnicodeDecodeError:
        return False
    return True


def _lines(block: bytes, first_line: int) -> Iterator[tuple[int, bytes]]:
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return enumerate(lines, first_line)


def _faults_by_line(block: bytes, first_line: int) -> Iterator[Fault]:
    last = first_line + block.count(b"\n")
    for number, line in _lines(block, first_line):
        if number == last or not line.endswith(b"\r") or b"\r" in line[:-1]:
            yield Fault(Rule.LINE_END, Place(number))
        if b'"' in line:
            yield Fault(Rule.QUOTE, Place(number))
        if len(line) > MAX_LINE_BYTES:
            yield Fault(Rule.LINE_TOO_LONG, Place(number), f"at most {MAX_LINE_BYTES} bytes")
        if line in {b"\r", b""}:
            yield Fault(Rule.BLANK_LINE, Place(number))


def _undecodable_lines(block: bytes, first_line: int) -> Iterator[Fault]:
    for number, line in _lines(block, first_line):
        if not is_decodable(line):
            yield Fault(Rule.UNDECODABLE, Place(number), "they are UTF-8 text" if _is_utf8(line) else "")


def _is_utf8(line: bytes) -> bool:
    """Whether the line was written in the other encoding of this country's programs."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
