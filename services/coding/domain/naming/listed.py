"""The drug and procedure masters as tables of names: what a code is called, was called before, and when it may be used.

Fields: マスターファイル仕様説明書 (令和4年4月), (４) 医薬品マスター and (６) 医科診療行為マスター.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import Final

from services.shared.kernel.months import Month

CODE_DIGITS: Final = 9


class NameKind(Enum):
    """Which master a name is looked for in."""

    DRUG = "drug"
    """医薬品マスター, y."""
    PROCEDURE = "procedure"
    """医科診療行為マスター, s."""


class Change(Enum):
    """変更区分 (項番1): what a record of a publication tells of its code."""

    NONE = "0"
    DELETED = "1"
    """抹消."""
    NEW = "3"
    CHANGED = "5"
    """Of a differential file: the items that changed; blank says unchanged."""
    ABOLISHED = "9"


def check_code(code: str) -> None:
    """Raises ValueError for what is no code of a drug or a procedure."""
    if len(code) != CODE_DIGITS or not code.isascii() or not code.isdigit():
        raise ValueError("a code of a drug or a procedure has 9 digits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One code. `names`: as the master writes them now, the official one first; `former`: as earlier publications did.

    `kana`: for a drug cut off after 20 characters, so that it is a likeness and no name.
    `valid_from`, `valid_to`: the first and last day on which the masters at hand say that it may be used.
    Of a drug, else empty: `generic_code`, `generic_name`: 一般名コード and 一般名処方の標準的な記載; `standard_code`:
    薬価基準収載医薬品コード.
    """

    code: str
    names: tuple[str, ...]
    valid_from: date
    valid_to: date
    kana: str = ""
    former: tuple[str, ...] = ()
    generic_code: str = ""
    generic_name: str = ""
    standard_code: str = ""

    def __post_init__(self) -> None:
        check_code(self.code)
        if not any(self.names):
            raise ValueError("a code has a name")

    @property
    def name(self) -> str:
        """What it is called on claims: 漢字名称."""
        return self.names[0]

    def is_live(self, month: Month) -> bool:
        """Whether the code may be used on at least one day of the month."""
        return self.valid_from <= month.last_day and self.valid_to >= month.first_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one record of a publication says of a code. `names` by column, "" unchanged or none; None: not stated."""

    change: Change
    code: str
    names: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    kana: str = ""
    generic_code: str = ""
    generic_name: str = ""
    standard_code: str = ""

    def __post_init__(self) -> None:
        check_code(self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One published file: its day, and whether it is the whole master or what changed."""

    day: date
    is_full: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameMaster:
    """All codes that some publication knows, by code. `version` names the publications in every answer."""

    kind: NameKind
    version: str
    rows: tuple[Listed, ...]

    @classmethod
    def of(cls, kind: NameKind, version: str, publications: Iterable[Publication]) -> "NameMaster":
        """The publications in the order of their days, each upon those before."""
        known: dict[str, Listed] = {}
        for publication in sorted(publications, key=lambda each: each.day):
            if publication.is_full:
                known = _without_the_missing(known, publication)
            for entry in publication.entries:
                row = _after(known.get(entry.code), entry)
                if row is not None:
                    known[entry.code] = row
        return cls(kind=kind, version=version, rows=tuple(known[code] for code in sorted(known)))


def _without_the_missing(known: Mapping[str, Listed], full: Publication) -> dict[str, Listed]:
    """Codes that a full file no longer has may be used no longer than to its day: no file says until when."""
    there = {entry.code for entry in full.entries}
    return {
        code: row if code in there else replace(row, valid_to=min(row.valid_to, full.day))
        for code, row in known.items()
    }


def _after(row: Listed | None, entry: Entry) -> Listed | None:
    """The code as the entry leaves it; None where the entry changes a code that no file tells of."""
    if row is None:
        return _first(entry)
    if entry.change in (Change.ABOLISHED, Change.DELETED):
        return replace(row, valid_to=entry.valid_to or row.valid_to)
    names = tuple(new or old for new, old in zip(entry.names, row.names, strict=True))
    before = tuple(old for old, now in zip(row.names, names, strict=True) if old != now)
    return replace(
        row,
        names=names,
        former=tuple(dict.fromkeys((*row.former, *before))),
        valid_from=min(row.valid_from, entry.valid_from or row.valid_from),
        valid_to=entry.valid_to or row.valid_to,
        kana=entry.kana or row.kana,
        generic_code=entry.generic_code or row.generic_code,
        generic_name=entry.generic_name or row.generic_name,
        standard_code=entry.standard_code or row.standard_code,
    )


def _first(entry: Entry) -> Listed | None:
    if not any(entry.names) or entry.valid_from is None:
        return None
    return Listed(
        code=entry.code,
        names=entry.names,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to or date.max,
        kana=entry.kana,
        generic_code=entry.generic_code,
        generic_name=entry.generic_name,
        standard_code=entry.standard_code,
    )
