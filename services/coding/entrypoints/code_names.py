"""`seikyu code --kind drug|procedure`: names of drugs and procedures, in the form in which diseases are answered.

`icd10` is empty and `modifiers` is [] in every answer. Imported by those alone that ask for such a kind.
"""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from services.coding.adapters.master_files import BadMaster
from services.coding.adapters.name_master_files import load_name_master
from services.coding.domain.naming.deciding import AUTOMATIC_NAMES, NameCoder, NameCoding
from services.coding.domain.naming.listed import NameKind
from services.coding.domain.naming.ranking import NameCandidate
from services.shared.kernel.months import Month

MOST_CHARACTERS: Final = 200
LINES_AT_ONCE: Final = 512
_P_DIGITS: Final = 4


def name_coder(kind: NameKind, folder: Path | None) -> NameCoder:
    """The coder of the master in the folder. Raises BadMaster, also without a folder: no extract of these ships."""
    if folder is None:
        letter = "y" if kind is NameKind.DRUG else "s"
        raise BadMaster(
            f"the {kind.value} master is missing: name a folder with {letter}_*.zip by --masters or $SEIKYU_MASTERS"
        )
    return NameCoder(load_name_master(kind, folder))


def coded_names(lines: Iterator[str], month: Month, coder: NameCoder) -> Iterator[str]:
    """One JSON object for each line, in order. A line too long to be a name is for a person, without a code."""
    while batch := [line.rstrip("\r\n") for line in islice(lines, LINES_AT_ONCE)]:
        codings = coder.code([text if len(text) <= MOST_CHARACTERS else "" for text in batch], month)
        yield from (as_name_line(text, coding) for text, coding in zip(batch, codings, strict=True))


def as_name_line(text: str, coding: NameCoding) -> str:
    """The same object as for a disease; the evidence of a drug names its 一般名コード too."""
    first = coding.found
    evidence = {
        "found_by": coding.route.value,
        "reason": reason_of(coding),
        "normalised": coding.spelling,
        "alike": first.found_by if first is not None else "",
        "generic_code": first.row.generic_code if first is not None else "",
    }
    answer = {"text": text, "codes": [_code(each) for each in coding.candidates], "route": name_route_word(coding)}
    return json.dumps({**answer, "evidence": evidence}, ensure_ascii=False)


def told_name(coding: NameCoding) -> str:
    """The answer for a reader: route, code, name, and what speaks against it."""
    first = coding.found
    parts = [name_route_word(coding), coding.route.value]
    if first is not None:
        parts += [first.row.code, first.row.name]
    return "  ".join([*parts, *([reason_of(coding)] if coding.refusal else [])]) + "\n"


def name_route_word(coding: NameCoding) -> str:
    """Who decides: auto or review."""
    return "auto" if coding.route in AUTOMATIC_NAMES else "review"


def reason_of(coding: NameCoding) -> str:
    """What speaks against an automatic code; empty where nothing does."""
    return coding.refusal.value if coding.refusal is not None else ""


def _code(candidate: NameCandidate) -> dict[str, Any]:
    row = candidate.row
    return {"code": row.code, "name": row.name, "modifiers": [], "icd10": "", "p": round(candidate.p, _P_DIGITS)}
