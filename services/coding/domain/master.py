"""The disease and modifier masters (傷病名マスター, 修飾語マスター) as immutable tables, by spelling and month.

Fields: レセプト電算処理システム マスターファイル仕様説明書 (令和4年4月), (１) 傷病名マスター and (２) 修飾語マスター.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import Generic, TypeVar

from services.coding.domain.normalise import normalised
from services.coding.domain.words import NO_WORDS, Words
from services.shared.kernel.months import Month

UNCODED = "0000999"
"""未コード化傷病名: the code that says there is none. Never an answer."""
DISEASE_CODE_DIGITS = 7
MODIFIER_CODE_DIGITS = 4
FIRST_SUFFIX = "8000"
LAST_SUFFIX = "8999"


NO_ABBREVIATIONS: Mapping[str, str] = MappingProxyType({})


class Alone(Enum):
    """Whether a code may stand without a modifier (単独使用禁止区分)."""

    ALLOWED = "00"
    FORBIDDEN = "01"
    """部位等修飾語との組み合わせが必須の傷病名."""


class Billing(Enum):
    """Whether a code may be claimed from health insurance (保険請求外区分)."""

    CLAIMABLE = "0"
    NOT_CLAIMABLE = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disease:
    """One row: 7-digit code, names, ICD-10 of 2013, and what verification asks.

    `moved_to`: 移行先コード, empty where the row stays; `icd10_second`: the manifestation (症状発現) of a code that has
    two; `valid_from`, `valid_to`: the first and the last day on which the code may be used.
    """

    code: str
    name: str
    abbreviation: str
    kana: str
    icd10: str
    valid_from: date
    valid_to: date
    icd10_second: str = ""
    moved_to: str = ""
    management_number: str = ""
    exchange_code: str = ""
    alone: Alone = Alone.ALLOWED
    billing: Billing = Billing.CLAIMABLE
    changed_on: date | None = None

    def __post_init__(self) -> None:
        if not _is_number(self.code, DISEASE_CODE_DIGITS):
            raise ValueError("a disease code has 7 digits")
        if not self.name:
            raise ValueError("a disease has a name")
        if self.valid_from > self.valid_to:
            raise ValueError("a disease is valid from a day on or before the last")

    def is_live(self, month: Month) -> bool:
        """Whether the code may be used on at least one day of the month."""
        return self.valid_from <= month.last_day and self.valid_to >= month.first_day


class ModifierClass(Enum):
    """修飾語区分, its second character: what a modifier tells."""

    SITE = "1"
    POSITION = "2"
    CAUSE = "3"
    COURSE = "4"
    STATE = "5"
    BELONGING = "6"
    OTHER = "7"
    SUFFIX = "8"
    DENTAL = "9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """One row: 4-digit code, name, kana, class, and the first and the last day on which the code may be used."""

    code: str
    name: str
    kana: str
    kind: ModifierClass
    valid_from: date
    valid_to: date
    management_number: str = ""
    exchange_code: str = ""
    changed_on: date | None = None

    def __post_init__(self) -> None:
        if not _is_number(self.code, MODIFIER_CODE_DIGITS):
            raise ValueError("a modifier code has 4 digits")
        if not self.name:
            raise ValueError("a modifier has a name")
        if self.valid_from > self.valid_to:
            raise ValueError("a modifier is valid from a day on or before the last")

    @property
    def is_suffix(self) -> bool:
        """Whether it stands behind the disease: 8000 to 8999 (接尾語); the others stand before it."""
        return FIRST_SUFFIX <= self.code <= LAST_SUFFIX

    def is_live(self, month: Month) -> bool:
        """Whether the code may be used on at least one day of the month."""
        return self.valid_from <= month.last_day and self.valid_to >= month.first_day


T = TypeVar("T")
Row = TypeVar("Row", Disease, Modifier)


class Spelled(Generic[T]):
    """Rows by normalised spelling; `lengths` has the lengths of the spellings that begin with a character."""

    __slots__ = ("lengths", "rows")

    def __init__(self, rows: Mapping[str, tuple[T, ...]]) -> None:
        """Keeps the mapping as it is."""
        self.rows: Mapping[str, tuple[T, ...]] = rows
        lengths: dict[str, set[int]] = defaultdict(set)
        for spelling in rows:
            lengths[spelling[0]].add(len(spelling))
        self.lengths: Mapping[str, tuple[int, ...]] = {first: tuple(sorted(each)) for first, each in lengths.items()}

    def at(self, text: str, start: int) -> list[tuple[int, tuple[T, ...]]]:
        """The spellings that stand at a place of the text: where each ends, and its rows; the shortest first."""
        lengths = self.lengths.get(text[start])
        if lengths is None:
            return []
        rows, most = self.rows, len(text) - start
        return [
            (start + length, rows[spelling])
            for length in lengths
            if length <= most and (spelling := text[start : start + length]) in rows
        ]


class DiseaseMaster:
    """All rows of one edition, indexed by every normalised spelling. Never changes after it was built."""

    def __init__(
        self,
        version: str,
        rows: Iterable[Disease],
        modifiers: Iterable[Modifier] = (),
        abbreviations: Mapping[str, str] = NO_ABBREVIATIONS,
        *,
        synonyms: Mapping[str, str] = NO_ABBREVIATIONS,
        words: Words = NO_WORDS,
    ) -> None:
        """`version` names the edition in every answer. The uncoded row is left out.

        `abbreviations`: spellings that the master does not have, each to the name of a disease; `synonyms`: normalised
        spellings that people agreed on, each to a code. Neither stands for another disease's own name. `words`: what
        coders know beyond the master; they lead to candidates and are no names.
        """
        self.rows = tuple(row for row in rows if row.code != UNCODED)
        self.modifiers = tuple(modifiers)
        self.edition = version
        self.version = f"{version}+synonyms.{_digest(synonyms)}" if synonyms else version
        self.synonyms = synonyms
        self.words = words
        self._abbreviations = abbreviations
        self._by_spelling = self._with_abbreviations(
            _index((row, (row.name, row.abbreviation, row.kana)) for row in self.rows)
        )

    def __len__(self) -> int:
        return len(self.rows)

    def live(self, spelling: str, month: Month) -> tuple[Disease, ...]:
        """Rows with exactly this normalised name, abbreviation or kana, that may be used in the month, by code."""
        return tuple(row for row in self._by_spelling.get(spelling, ()) if row.is_live(month))

    def _with_abbreviations(self, named: Mapping[str, tuple[Disease, ...]]) -> Mapping[str, tuple[Disease, ...]]:
        """The index with the abbreviations that are no spelling of the master's own and whose disease it has."""
        others = {normalised(short): named.get(normalised(name), ()) for short, name in self._abbreviations.items()}
        others |= {spelling: self.diseases_by_code.get(code, ()) for spelling, code in self.synonyms.items()}
        return {**{short: rows for short, rows in others.items() if rows}, **named}

    def with_synonyms(self, synonyms: Mapping[str, str]) -> "DiseaseMaster":
        """The same edition with these synonyms in the place of those it has. Half a second for the official master."""
        return DiseaseMaster(
            self.edition, self.rows, self.modifiers, self._abbreviations, synonyms=synonyms, words=self.words
        )

    def is_named(self, spelling: str) -> bool:
        """Whether this normalised spelling is a name, abbreviation, kana or synonym of any disease, in any month."""
        return spelling in self._by_spelling

    @cached_property
    def diseases_by_code(self) -> Mapping[str, tuple[Disease, ...]]:
        """The rows of each disease code, by their first day."""
        return _by_code(self.rows)

    @cached_property
    def modifiers_by_code(self) -> Mapping[str, tuple[Modifier, ...]]:
        """The rows of each modifier code, by their first day."""
        return _by_code(self.modifiers)

    @cached_property
    def named(self) -> Spelled[Disease]:
        """Diseases by name or abbreviation. Kana are left out: within a longer text they are not words."""
        return Spelled(self._with_abbreviations(_index((row, (row.name, row.abbreviation)) for row in self.rows)))

    @cached_property
    def prefixes(self) -> Spelled[Modifier]:
        """Modifiers that stand before a disease, by name."""
        return Spelled(_index((row, (row.name,)) for row in self.modifiers if not row.is_suffix))

    @cached_property
    def suffixes(self) -> Spelled[Modifier]:
        """Modifiers that stand behind a disease, by name and by the other ways in which suffixes are written."""
        named = _index((row, (row.name,)) for row in self.modifiers if row.is_suffix)
        return Spelled(_with_other_forms(named))


OTHER_FORMS: Mapping[str, tuple[str, ...]] = {
    "ノ疑イ": ("疑イ", "疑", "ノ疑", "ウタガイ", "ノウタガイ", "疑ウ", "ヲ疑ウ"),
    "ノ既往": ("既往アリ", "ノ既往アリ"),
}
"""Forms of a suffix that are written but stand in no master."""


def _with_other_forms(named: Mapping[str, tuple[Modifier, ...]]) -> Mapping[str, tuple[Modifier, ...]]:
    """Suffixes also without their leading の or ・, where that is no suffix of its own."""
    others = {
        form: rows
        for spelling, rows in named.items()
        for form in (*OTHER_FORMS.get(spelling, ()), spelling.removeprefix("ノ").removeprefix("・"))
    }
    return {**others, **named}


def _index(rows: Iterable[tuple[Row, tuple[str, ...]]]) -> Mapping[str, tuple[Row, ...]]:
    found: dict[str, dict[tuple[str, date], Row]] = defaultdict(dict)
    for row, spellings in rows:
        for spelling in dict.fromkeys(spellings):
            if spelling:
                found[normalised(spelling)][row.code, row.valid_from] = row
    return {spelling: tuple(row for _, row in sorted(each.items())) for spelling, each in found.items()}


def _by_code(rows: Iterable[Row]) -> Mapping[str, tuple[Row, ...]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.code, row.valid_from)):
        found[row.code].append(row)
    return {code: tuple(each) for code, each in found.items()}


def _digest(synonyms: Mapping[str, str]) -> str:
    lines = "\n".join(f"{spelling}\t{code}" for spelling, code in sorted(synonyms.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:8]


def _is_number(code: str, digits: int) -> bool:
    return len(code) == digits and code.isascii() and code.isdigit()
