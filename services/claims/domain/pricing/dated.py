"""What pricing needs and no master states: each row dated, with its source and how sure we are of it.

A treatment month picks its rows; for a month that no row covers nothing is known, and what needs it is not priced.
A new schedule is a new row. Nothing here is carried over into another schedule.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from services.claims.domain.masters.revisions import Mark
from services.claims.domain.pricing.acts import Role
from services.shared.kernel.months import Month


class BundleRow(NamedTuple):
    """Points of a group of counted tests (包括対象検査) by the number of items, from `since` to `until` inclusive.

    `group` is the value of 医科診療行為マスター 項番16. `steps` are (at least so many items, points) in rising order;
    below the first the items count each on its own.
    """

    since: Month
    until: Month
    group: int
    steps: tuple[tuple[int, int], ...]
    mark: Mark
    source: str


class MonthLimit(NamedTuple):
    """The most points that a group of counted tests (項番16) comes to in a month, from `since` to `until` inclusive."""

    since: Month
    until: Month
    group: int
    points: int
    mark: Mark
    source: str


class DrugRule(NamedTuple):
    """How yen of drugs become points (薬剤料), from `since` on, to `until` inclusive (None: still in force).

    A total of at most `small_yen` is one point in `one_point_sections` (投薬 Ｆ２００, 注射 Ｇ１００) and is not
    claimed elsewhere (在宅 Ｃ２００, 処置 Ｊ３００, 手術 Ｋ９４０ and their kin); above it, one point and one more
    for each ten yen or part of it (五捨五超入).
    """

    since: Month
    until: Month | None
    small_yen: int
    one_point_sections: frozenset[str]
    mark: Mark
    source: str


class PrescribedRule(NamedTuple):
    """Which additions become part of the prescribed points (所定点数) that percentages apply to, from `since` on."""

    since: Month
    joining: frozenset[Role]
    mark: Mark
    source: str


class MaterialRule(NamedTuple):
    """How yen of materials become points, from `since` on.

    `summed` tells whether those of one unit are added up before they are rounded, `whole_yen_of_oxygen` whether yen of
    oxygen are made whole (half up) before they are divided by ten.
    """

    since: Month
    summed: bool
    whole_yen_of_oxygen: bool
    mark: Mark
    source: str


_2020, _2022, _2024, _2026, _2028 = Month(2020, 4), Month(2022, 4), Month(2024, 6), Month(2026, 6), Month(2028, 6)
_NOTICE = "診療報酬の算定方法 別表第一, "
_NOTICE_2020 = _NOTICE + "令和2年: the Ministry's PDF 000603751 as text, saka1029/shinryo in/02/i/txt/k.txt"
_NOTICE_2022 = _NOTICE + "令和4年: the Ministry's PDF 000907834 as text, saka1029/shinryo in/04/i/txt/k.txt"
_NOTICE_2024 = _NOTICE + "令和6年: the Ministry's PDF 001218731 as text, saka1029/shinryo in/06/i/txt/k.txt"
_LOADS_2024 = _NOTICE + "令和6年 Ｄ２８７ 注1: page 194 on wic-net.com/material/document/13621"
_NOTICE_2026 = _NOTICE + "令和8年: the Ministry's PDF 001686842 as text, saka1029/shinryo in/08/i/txt/k.txt"
_PUBLIC = "hangilc/myclinic-ts packages/rezept/seikyuu-data/houkatsu-archive.ts"

Steps = dict[int, tuple[tuple[int, int], ...]]
_HORMONES_COAGULATION_ANTIBODIES: Steps = {
    2: ((3, 410), (6, 623), (8, 900)),
    6: ((3, 530), (5, 722)),
    9: ((8, 632),),
}
_AUTOANTIBODIES: Steps = {7: ((2, 320), (3, 490))}
_IN_EVERY_SCHEDULE: Steps = _HORMONES_COAGULATION_ANTIBODIES | _AUTOANTIBODIES
_LOADS: Steps = {8: ((3, 3600),)}
_GENES: Steps = {13: ((2, 4000), (3, 6000), (4, 8000)), 14: ((2, 8000), (3, 12000))}
_PLASMA_GENES: Steps = {15: ((2, 4000), (3, 6000), (4, 8000)), 16: ((2, 8000), (3, 12000))}


def _rows(since: Month, next_since: Month, mark: Mark, source: str, *groups: Steps) -> tuple[BundleRow, ...]:
    until = next_since.plus(-1)
    return tuple(
        BundleRow(since, until, group, steps, mark, source) for each in groups for group, steps in each.items()
    )


BUNDLES: Final[tuple[BundleRow, ...]] = (
    *_rows(
        _2020,
        _2022,
        Mark.READ,
        _NOTICE_2020,
        _IN_EVERY_SCHEDULE | _GENES | _LOADS,
        {
            1: ((5, 93), (8, 99), (10, 109)),
            3: ((3, 290), (4, 360), (5, 438)),
            5: ((2, 230), (3, 290), (4, 408)),
            10: ((2, 424),),
        },
    ),
    *_rows(
        _2022,
        _2024,
        Mark.READ,
        _NOTICE_2022,
        _HORMONES_COAGULATION_ANTIBODIES | _GENES,
        {
            1: ((5, 93), (8, 99), (10, 106)),
            3: ((3, 290), (4, 360), (5, 425)),
            5: ((2, 230), (3, 290), (4, 396)),
            10: ((2, 412),),
        },
    ),
    *_rows(_2022, _2024, Mark.SEEN, _PUBLIC, _AUTOANTIBODIES | _LOADS),
    *_rows(
        _2024,
        _2026,
        Mark.READ,
        _NOTICE_2024,
        _HORMONES_COAGULATION_ANTIBODIES | _GENES | _PLASMA_GENES,
        {
            1: ((5, 93), (8, 99), (10, 103)),
            5: ((2, 230), (3, 290), (4, 385)),
        },
    ),
    *_rows(_2024, _2026, Mark.READ, _LOADS_2024, _LOADS),
    *_rows(_2024, _2026, Mark.SEEN, _PUBLIC, _AUTOANTIBODIES, {3: ((3, 290), (4, 360), (5, 425)), 10: ((2, 400),)}),
    *_rows(
        _2026,
        _2028,
        Mark.READ,
        _NOTICE_2026,
        _IN_EVERY_SCHEDULE | _GENES | _PLASMA_GENES | _LOADS,
        {
            1: ((5, 93), (8, 99), (10, 103)),
            3: ((3, 290), (4, 360), (5, 425)),
            5: ((2, 230), (3, 290), (4, 385)),
            10: ((2, 400),),
        },
    ),
)
"""The numbers of items at which tests taken together are priced as one: in the notices, not in the master.

The schedule of June 2026 is taken to hold until the next one expected. Of groups 9 and 10 so many items are the limit;
3,600 points are that of group 8 for a month. Group 11 (特異的IgE) is a stepped act of its own in the master.
Real receipts of October 2021 bear out 93 points for 5 and 7 items of blood chemistry, and 99 for 8.
"""

_LOADS_AT_MOST: Final = 3_600
MONTH_LIMITS: Final[tuple[MonthLimit, ...]] = tuple(
    MonthLimit(row.since, row.until, row.group, _LOADS_AT_MOST, row.mark, row.source)
    for row in BUNDLES
    if row.group in _LOADS
)
"""内分泌負荷試験: Ｄ２８７ 注1, 1月に3,600点を限度として算定する."""

_DISPENSED: Final = ("21", "22", "23", "24", "25", "26", "27", "28")
_INJECTED: Final = ("31", "32", "33")
DRUG_RULES: Final[tuple[DrugRule, ...]] = (
    DrugRule(
        since=_2020,
        until=None,
        small_yen=15,
        one_point_sections=frozenset((*_DISPENSED, *_INJECTED)),
        mark=Mark.SEEN,
        source="診療報酬の算定方法 別表第一: F200, E300 of 2020, C200 of 2022 and 2024, D500 of 2026 read as above; "
        "J300, K940 on imis.igaku-shoin.co.jp, mfeesw.com, wic-net.com",
    ),
)

PRESCRIBED_RULES: Final[tuple[PrescribedRule, ...]] = (
    PrescribedRule(
        since=_2020,
        joining=frozenset({Role.NOTE}),
        mark=Mark.SEEN,
        source="read in the notice for dental surgery (注加算の合計点数をいい、通則の加算点数は含まない), taken for "
        "the medical schedule, as a public receipt program does; bears out real receipts of 2021-10",
    ),
)
MATERIAL_RULES: Final[tuple[MaterialRule, ...]] = (
    MaterialRule(
        since=_2020,
        summed=True,
        whole_yen_of_oxygen=True,
        mark=Mark.SEEN,
        source="two public receipt programs that agree (17971761439 with 17797257596, and 791437295, of public code)",
    ),
)


@lru_cache(maxsize=128)
def prescribed_rule_of(month: Month) -> PrescribedRule | None:
    """The rule in force in a month, or None where it is not known."""
    return next((rule for rule in reversed(PRESCRIBED_RULES) if rule.since <= month), None)


@lru_cache(maxsize=128)
def material_rule_of(month: Month) -> MaterialRule | None:
    """The rule in force in a month, or None where it is not known."""
    return next((rule for rule in reversed(MATERIAL_RULES) if rule.since <= month), None)


@lru_cache(maxsize=128)
def bundles_of(month: Month) -> dict[int, BundleRow]:
    """The rows in force in a month, by group; not to be changed."""
    return {row.group: row for row in BUNDLES if row.since <= month <= row.until}


@lru_cache(maxsize=128)
def month_limits_of(month: Month) -> dict[str, int]:
    """Points that groups may come to in a month, by 包括対象検査; not to be changed."""
    return {str(row.group): row.points for row in MONTH_LIMITS if row.since <= month <= row.until}


@lru_cache(maxsize=128)
def drug_rule_of(month: Month) -> DrugRule | None:
    """The rule in force in a month, or None where it is not known."""
    for rule in DRUG_RULES:
        if rule.since <= month and (rule.until is None or month <= rule.until):
            return rule
    return None
