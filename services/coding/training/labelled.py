"""Mentions as written in health records, with the disease that a coder gave them.

Reads the MANBYO form: a CSV with the columns surface, icd10_2003, standard_name. Its ICD column is of 2003 and is not
used but for "-1" (cannot be coded): the gold code is the master's row whose name is the standard name, and the gold
ICD-10 is that row's. Left out: a standard name that the master does not know, a mention that two diseases claim, and
a mention that is itself a name of the master (exact match is not what is measured).
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from services.coding.domain.master import Disease, DiseaseMaster
from services.coding.domain.normalise import normalised

NOT_CODABLE: Final = "-1"
COLUMNS: Final = ("surface", "icd10_2003", "standard_name")


class BadMentions(Exception):
    """The file holds no labelled mentions; the message names the line, never its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One normalised mention and its gold disease; None where people found that it cannot be coded."""

    text: str
    gold: Disease | None


def read_labelled(content: bytes, master: DiseaseMaster) -> tuple[Labelled, ...]:
    """Every mention once, sorted by its text. Raises BadMentions."""
    named = {normalised(row.name): row for row in reversed(master.rows)}
    known = {normalised(name) for row in master.rows for name in (row.name, row.abbreviation, row.kana)}
    golds: dict[str, set[str]] = {}
    for surface, icd10, standard in _lines(content):
        text = normalised(surface)
        if not text or text in known:
            continue
        gold = named.get(normalised(standard))
        if icd10 == NOT_CODABLE:
            golds.setdefault(text, set()).add("")
        elif gold is not None:
            golds.setdefault(text, set()).add(gold.code)
    return tuple(_agreed(golds, {row.code: row for row in named.values()}))


def _agreed(golds: Mapping[str, set[str]], by_code: Mapping[str, Disease]) -> Iterator[Labelled]:
    for text, codes in sorted(golds.items()):
        if len(codes) == 1:
            (code,) = codes
            yield Labelled(text=text, gold=by_code[code] if code else None)


def _lines(content: bytes) -> Iterable[tuple[str, str, str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadMentions("the file is not in UTF-8") from error
    lines = csv.reader(io.StringIO(text, newline=""))
    if tuple(next(lines, ())) != COLUMNS:
        raise BadMentions(f"the first line names the columns {', '.join(COLUMNS)}")
    for number, fields in enumerate(lines, 2):
        if len(fields) != len(COLUMNS):
            raise BadMentions(f"line {number} has not {len(COLUMNS)} fields")
        yield fields[0], fields[1], fields[2]
