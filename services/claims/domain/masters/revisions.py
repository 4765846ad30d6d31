"""The days on which a master is replaced as a whole (診療報酬改定, 薬価改定, 材料価格改定), and the eras between them.

A full file tells prices of its own era and of no other: never priced from another year. The table is dated
configuration; each day carries the mark of what it rests on. The last day of a kind ends its last era: past it nothing
is known, so nothing is loaded, until somebody adds the next revision.
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date, timedelta
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple

from services.claims.domain.masters.kinds import MasterKind


class Mark(Enum):
    """What a dated fact rests on."""

    READ = "V"
    """Read in the source: the official files bear the day."""
    SEEN = "S"
    """Seen in an excerpt of the source only."""
    UNVERIFIED = "U"
    """Not verified: general knowledge, or an expectation."""


class Revision(NamedTuple):
    """One day on which the master of a kind is replaced."""

    day: date
    mark: Mark
    source: str


class Era(NamedTuple):
    """From one revision to the day before the next."""

    first: date
    last: date


Revisions = Mapping[MasterKind, tuple[Revision, ...]]
"""Days in order, per kind; a kind that no revision replaces (diseases, modifiers) has none."""

ALWAYS: Final = Era(date.min, date.max)
"""The one era of a kind that grows and is never replaced."""

_FEES: Final = (
    Revision(date(2018, 4, 1), Mark.UNVERIFIED, "平成30年度改定"),
    Revision(date(2019, 10, 1), Mark.UNVERIFIED, "消費税率改定に伴う改定"),
    Revision(date(2020, 4, 1), Mark.READ, "令和2年度改定: 変更年月日 of s_ALL20220218"),
    Revision(date(2022, 4, 1), Mark.READ, "令和4年度改定: 変更年月日 of c_ALL20230801"),
    Revision(date(2024, 6, 1), Mark.READ, "令和6年度改定: 変更年月日 of s_20240531 and t_ALL20240315"),
    Revision(date(2026, 6, 1), Mark.SEEN, "令和8年度改定: 医科電子点数表 令和8年度版 in public software's lists"),
    Revision(date(2028, 6, 1), Mark.UNVERIFIED, "令和10年度改定, expected: the era before it ends here"),
)
_DRUG_PRICES: Final = (
    Revision(date(2018, 4, 1), Mark.UNVERIFIED, "平成30年度薬価改定"),
    Revision(date(2019, 10, 1), Mark.UNVERIFIED, "消費税率改定に伴う改定"),
    Revision(date(2020, 4, 1), Mark.UNVERIFIED, "令和2年度薬価改定"),
    Revision(date(2021, 4, 1), Mark.UNVERIFIED, "令和3年度薬価改定"),
    Revision(date(2022, 4, 1), Mark.UNVERIFIED, "令和4年度薬価改定"),
    Revision(date(2023, 4, 1), Mark.UNVERIFIED, "令和5年度薬価改定"),
    Revision(date(2024, 4, 1), Mark.READ, "令和6年度薬価改定: 変更年月日 of y_ALL20240321"),
    Revision(date(2025, 4, 1), Mark.SEEN, "令和7年度薬価改定: y_r07_ALL20260317 in public software's lists"),
    Revision(date(2026, 4, 1), Mark.SEEN, "令和8年度薬価改定: y_ALL20260319 in public software's lists"),
    Revision(date(2027, 4, 1), Mark.UNVERIFIED, "令和9年度薬価改定, expected: the era before it ends here"),
)
REVISIONS: Final[Revisions] = MappingProxyType(
    {
        MasterKind.ACT: _FEES,
        MasterKind.MATERIAL: _FEES,
        MasterKind.COMMENT: _FEES,
        MasterKind.DRUG: _DRUG_PRICES,
        MasterKind.DISEASE: (),
        MasterKind.MODIFIER: (),
    }
)
"""What the platform knows of revisions; a test or an operator may pass another table."""


def era_of(kind: MasterKind, day: date, revisions: Revisions) -> Era | None:
    """The era that a day lies in; None before the first revision known and from the last one on."""
    days = [each.day for each in revisions[kind]]
    if not days:
        return ALWAYS
    at = bisect_right(days, day)
    if not 0 < at < len(days):
        return None
    return Era(days[at - 1], days[at] - timedelta(days=1))
