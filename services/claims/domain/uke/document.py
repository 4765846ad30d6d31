"""Typed records of a file or a receipt, read and written without loss.

Reading never refuses: an unknown record, extra fields, other line ends and bytes that are no text are kept as they are,
and writing gives back exactly the bytes that were read. Judging is `assess`'s business.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.claims.domain.uke import lines, records
from services.claims.domain.uke.characters import ENCODING
from services.claims.domain.uke.columns import Record

_CRLF = b"\r\n"


class UnknownRecord(Record, record="", japanese="", section=""):
    """A line whose record id the specification does not know."""

    __slots__ = ()


RECORD_TYPES: tuple[type[Record], ...] = (
    records.InstitutionRecord,
    records.ReceiptRecord,
    records.InsurerRecord,
    records.ProgrammeRecord,
    records.EligibilityRecord,
    records.VisitsRecord,
    records.WindowPaymentRecord,
    records.NonDpcRecord,
    records.DiseaseRecord,
    lines.ActRecord,
    lines.DrugRecord,
    lines.MaterialRecord,
    lines.CommentRecord,
    records.NarrativeRecord,
    records.DonorInstitutionRecord,
    records.DonorReceiptRecord,
    records.DonorClaimRecord,
    records.TotalsRecord,
)
"""Every record type of the specification, in the order of its sections."""

_TYPE_OF = {record.layout.record: record for record in RECORD_TYPES}


@dataclass(frozen=True, slots=True)
class Document:
    """Records in order, and what follows the last CR LF: nothing, or the end-of-file byte, or an unfinished line."""

    records: tuple[Record, ...]
    tail: bytes = b""

    def to_bytes(self) -> bytes:
        """The bytes the document was read from."""
        return b"".join(_written(self.records)) + self.tail


def _written(written: Iterable[Record]) -> Iterator[bytes]:
    for record in written:
        yield record.to_bytes()
        yield _CRLF


def read_document(content: bytes, *, first_line: int = 1) -> Document:
    """The records of a whole file, or of one receipt whose RE stands on `first_line`."""
    *finished, tail = content.split(_CRLF)
    return Document(tuple(read_record(line, number) for number, line in enumerate(finished, first_line)), tail)


def read_record(line: bytes, number: int) -> Record:
    """The record that one line holds (without its CR LF), of the type that its record id names."""
    text = line.decode(ENCODING, "replace")
    fields = tuple(text.split(","))
    kept = None if _is_own_spelling(text, line) else line
    return _TYPE_OF.get(fields[0], UnknownRecord)(fields, number, kept)


def _is_own_spelling(text: str, line: bytes) -> bool:
    """Whether writing the text gives these very bytes; cp932 has two spellings of some characters."""
    return text.encode(ENCODING, "replace") == line
