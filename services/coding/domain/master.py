"""The disease master (傷病名マスター) as an immutable table: names, abbreviations and kana to codes, by month."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from services.coding.domain.normalise import normalised
from services.shared.kernel.months import Month

UNCODED = "0000999"
"""未コード化傷病名: the code that says there is none. Never an answer."""
DISEASE_CODE_DIGITS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Disease:
    """One row: 7-digit code, 基本名称, 省略名称, カナ名称, ICD-10, and the days on which the code may be used."""

    code: str
    name: str
    abbreviation: str
    kana: str
    icd10: str
    valid_from: date
    valid_to: date

    def __post_init__(self) -> None:
        if len(self.code) != DISEASE_CODE_DIGITS or not (self.code.isascii() and self.code.isdigit()):
            raise ValueError("a disease code has 7 digits")
        if not self.name:
            raise ValueError("a disease has a name")
        if self.valid_from > self.valid_to:
            raise ValueError("a disease is valid from a day on or before the last")

    def is_live(self, month: Month) -> bool:
        """Whether the code may be used on at least one day of the month."""
        return self.valid_from <= month.last_day and self.valid_to >= month.first_day


class DiseaseMaster:
    """All rows of one edition, indexed by every normalised spelling. Never changes after it was built."""

    __slots__ = ("_by_spelling", "rows", "version")

    def __init__(self, version: str, rows: Iterable[Disease]) -> None:
        """`version` names the edition in every answer. The uncoded row is left out."""
        self.version = version
        self.rows = tuple(row for row in rows if row.code != UNCODED)
        self._by_spelling = _index(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def live(self, spelling: str, month: Month) -> tuple[Disease, ...]:
        """Rows with exactly this normalised name, abbreviation or kana, that may be used in the month, by code."""
        return tuple(row for row in self._by_spelling.get(spelling, ()) if row.is_live(month))


def _index(rows: Iterable[Disease]) -> Mapping[str, tuple[Disease, ...]]:
    found: dict[str, dict[tuple[str, date], Disease]] = defaultdict(dict)
    for row in rows:
        for spelling in (row.name, row.abbreviation, row.kana):
            if spelling:
                found[normalised(spelling)][row.code, row.valid_from] = row
    return {spelling: tuple(row for _, row in sorted(named.items())) for spelling, named in found.items()}
