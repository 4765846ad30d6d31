"""The imperial eras (元号) that official files count years by, in one place: code, first day, and years to and from.

Codes: 年号区分コード, マスターファイル仕様説明書 (April 2022) 別紙6-1 7. First days: 行政官布告 of 1868, 登極令,
元号法 and 元号を改める政令. A new era is a new row.
"""

from datetime import date
from typing import Final, NamedTuple


class ImperialEra(NamedTuple):
    """An era: its code, its name, its first day."""

    code: str
    name: str
    first: date

    @property
    def year_zero(self) -> int:
        """The Christian year before the era's first: what is added to its years."""
        return self.first.year - 1


IMPERIAL_ERAS: Final = (
    ImperialEra("1", "明治", date(1868, 10, 23)),
    ImperialEra("2", "大正", date(1912, 7, 30)),
    ImperialEra("3", "昭和", date(1926, 12, 25)),
    ImperialEra("4", "平成", date(1989, 1, 8)),
    ImperialEra("5", "令和", date(2019, 5, 1)),
)
"""In order of their beginning."""


def imperial_era_on(day: date) -> ImperialEra | None:
    """The era of a day; None before the first."""
    return next((era for era in reversed(IMPERIAL_ERAS) if era.first <= day), None)


def imperial_era_of(code: str) -> ImperialEra | None:
    """The era of a 年号区分コード; None where there is none."""
    return next((era for era in IMPERIAL_ERAS if era.code == code), None)
