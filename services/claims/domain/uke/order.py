"""Which records follow which (第1章 3 (3) ア (オ) and (キ)).

A receipt's records are written as one letter each; a well-formed receipt is a word of a regular language, so order and
multiplicity cost one match. Only a receipt outside the language is looked at record by record.
"""

import re
from collections.abc import Iterator

from services.claims.domain.uke.findings import Place, Rule
from services.claims.domain.uke.form import Fault

UNKNOWN = "?"
LETTERS = {
    "RE": "R",
    "HO": "H",
    "KO": "K",
    "SN": "N",
    "JD": "J",
    "MF": "M",
    "GR": "G",
    "SY": "Y",
    "SI": "D",
    "IY": "D",
    "TO": "D",
    "CO": "C",
    "SJ": "S",
    "TI": "t",
    "TR": "r",
    "TS": "s",
}
# Of payers there may be more than the table allows here: that is the rule of the receipt's kind.
_RECEIPT = "RH?K*N*J*M*G*Y*[DC]*S*"
_DONOR = "(?:t(?:rsY*[DC]*S*)+)*"
_in_order = re.compile(_RECEIPT + _DONOR).fullmatch
_ORDER = ("R", "H", "K", "N", "J", "M", "G", "Y", "DC", "S", "t")
_DONOR_ORDER = ("t", "r", "s", "Y", "DC", "S")
_PLACES = {letter: place for place, letters in enumerate(_ORDER) for letter in letters}
_DONOR_PLACES = {letter: place for place, letters in enumerate(_DONOR_ORDER) for letter in letters}


def order_faults(letters: str, kinds: list[str], first_line: int) -> Iterator[Fault]:
    """What is wrong with the order of a receipt's records; `letters` and `kinds` have one entry for each line."""
    known = letters.replace(UNKNOWN, "")
    if _in_order(known):
        return
    if not known.startswith("R"):
        yield Fault(Rule.RECORD_MISSING, Place(first_line, "RE"))
    donor_at = letters.find("t") if "t" in letters else len(letters)
    yield from _receipt_faults(letters[:donor_at], kinds, first_line)
    yield from _donor_faults(letters[donor_at:], kinds[donor_at:], first_line + donor_at)


def _receipt_faults(letters: str, kinds: list[str], first_line: int) -> Iterator[Fault]:
    furthest = -1
    for number, (letter, kind) in enumerate(zip(letters, kinds, strict=False), first_line):
        if letter == UNKNOWN:
            continue
        place = _PLACES.get(letter, -1)
        if place < furthest:
            yield Fault(Rule.RECORD_ORDER, Place(number, kind))
        elif place == furthest and letter in "RH":
            yield Fault(Rule.RECORD_REPEATED, Place(number, kind))
        furthest = max(furthest, place)


def _donor_faults(letters: str, kinds: list[str], first_line: int) -> Iterator[Fault]:
    """A donor's records: per institution TI, then for each of its receipts TR, TS, diseases, lines, narratives."""
    before = ""
    for number, (letter, kind) in enumerate(zip(letters, kinds, strict=True), first_line):
        if letter == UNKNOWN:
            continue
        if not _may_follow(before, letter):
            yield Fault(Rule.DONOR_ORDER, Place(number, kind))
        before = letter
    if before in {"t", "r"}:
        yield Fault(Rule.DONOR_ORDER, Place(first_line + len(letters) - 1, kinds[-1]), "incomplete")


def _may_follow(before: str, letter: str) -> bool:
    if letter not in _DONOR_PLACES:
        return False
    match letter:
        case "t":
            return before not in {"t", "r"}
        case "r":
            return before not in {"", "r"}
        case "s":
            return before == "r"
        case _:
            return before in _DONOR_PLACES and 2 <= _DONOR_PLACES[before] <= _DONOR_PLACES[letter]  # noqa: PLR2004 - TS comes before any of these
