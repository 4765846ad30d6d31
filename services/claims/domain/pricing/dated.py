"""What pricing needs and no master states: each row dated, with its source and how sure we are of it.

A treatment month picks its rows; for a month that no row covers nothing is known, and what needs it is not priced.
A new schedule is a new row. Nothing here is carried over into another schedule.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from services.claims.domain.masters.revisions import Mark
from services.shared.kernel.months import Month


class BundleRow(NamedTuple):
    """Points of a group of counted tests (包括対象検査) by the number of items, from `since` to `until` inclusive.

    `group` is the value of 医科診療行為マスター 項番16. `steps` are (at least so many items, points) in rising order;
    below the first the items count each on its own. None: from so many items the points are not known to us.
    """

    since: Month
    until: Month
    group: int
    steps: tuple[tuple[int, int | None], ...]
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


_2020, _2022, _2024, _2026 = Month(2020, 4), Month(2022, 4), Month(2024, 6), Month(2026, 6)
_RECEIPT = "real outpatient receipts of 2021-10: 5 and 7 items 93, 8 items 99"
_PUBLIC = "hangilc/myclinic-ts packages/rezept/seikyuu-data/houkatsu-archive.ts"
_NOTICE = "診療報酬の算定方法 別表第一 Ｄ００６－２７ 注1, 注2 (令和6年), excerpt on wic-net.com 13621/167"


def _public(since: Month, until: Month, **groups: tuple[tuple[int, int], ...]) -> tuple[BundleRow, ...]:
    return tuple(
        BundleRow(since, until, int(name.removeprefix("g")), steps, Mark.SEEN, _PUBLIC)
        for name, steps in groups.items()
    )


BUNDLES: Final[tuple[BundleRow, ...]] = (
    BundleRow(_2020, _2022.plus(-1), 1, ((5, 93), (8, 99), (10, None)), Mark.READ, _RECEIPT),
    *_public(
        _2022,
        _2024.plus(-1),
        g1=((5, 93), (8, 99), (10, 106)),
        g2=((3, 410), (6, 623), (8, 900)),
        g3=((3, 290), (4, 360), (5, 425)),
        g5=((2, 230), (3, 290), (4, 396)),
        g6=((3, 530), (5, 722)),
        g7=((2, 320), (3, 490)),
        g8=((3, 3600),),
        g9=((8, 632),),
        g10=((2, 412),),
    ),
    *_public(
        _2024,
        _2026.plus(-1),
        g1=((5, 93), (8, 99), (10, 103)),
        g2=((3, 410), (6, 623), (8, 900)),
        g3=((3, 290), (4, 360), (5, 425)),
        g5=((2, 230), (3, 290), (4, 385)),
        g6=((3, 530), (5, 722)),
        g7=((2, 320), (3, 490)),
        g8=((3, 3600),),
        g9=((8, 632),),
        g10=((2, 400),),
    ),
    BundleRow(_2024, _2026.plus(-1), 15, ((2, 4000), (3, 6000), (4, 8000)), Mark.SEEN, _NOTICE),
    BundleRow(_2024, _2026.plus(-1), 16, ((2, 8000), (3, 12000)), Mark.SEEN, _NOTICE),
)
"""The numbers of items at which tests taken together are priced as one; not in the master, so from the notices."""

_DISPENSED: Final = ("21", "22", "23", "24", "25", "26", "27", "28")
_INJECTED: Final = ("31", "32", "33")
DRUG_RULES: Final[tuple[DrugRule, ...]] = (
    DrugRule(
        since=_2020,
        until=None,
        small_yen=15,
        one_point_sections=frozenset((*_DISPENSED, *_INJECTED)),
        mark=Mark.SEEN,
        source="診療報酬の算定方法 別表第一 F200, J300, K940: on imis.igaku-shoin.co.jp, mfeesw.com, wic-net.com",
    ),
)


@lru_cache(maxsize=128)
def bundles_of(month: Month) -> dict[int, BundleRow]:
    """The rows in force in a month, by group; not to be changed."""
    return {row.group: row for row in BUNDLES if row.since <= month <= row.until}


@lru_cache(maxsize=128)
def drug_rule_of(month: Month) -> DrugRule | None:
    """The rule in force in a month, or None where it is not known."""
    for rule in DRUG_RULES:
        if rule.since <= month and (rule.until is None or month <= rule.until):
            return rule
    return None
