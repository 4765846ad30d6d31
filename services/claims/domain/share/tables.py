"""The dated tables of high-cost care (高額療養費), a row a class, each with how well it is known and from where.

A treatment month picks the latest table that has begun (`table_for`). Figures that the sources at hand do not state are
marked [U] and say what was assumed; none is a constant elsewhere. The third table is announced, not yet in the decree.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from services.claims.domain.share.case import LimitCategory
from services.claims.domain.share.limits import ClassLimits, Limit, LimitTable, Relief, SourceMark
from services.shared.kernel.months import Month

READ, SEEN, UNVERIFIED = SourceMark.READ, SourceMark.SEEN, SourceMark.UNVERIFIED

EXAMPLES: Final = "厚生労働省 高額療養費の計算事例 (worked examples, expected yen recomputed)"
OLD_TABLE: Final = "健保連, 青森県後期高齢者医療広域連合, 山形市: table to 2026-07"
NEW_TABLE: Final = "two public implementations that cite 厚生労働省 and 協会けんぽ, agreeing; not the decree itself"
ANNOUNCED: Final = "announced bands for 2027-08, not yet in the decree"
AS_GENERAL: Final = "assumed to follow 一般 and ウ of the same table, as it always did"
CARRIED: Final = "assumed unchanged from the table before"
GENERAL_KNOWLEDGE: Final = "general knowledge, no source at hand"

_C = LimitCategory


class Row(NamedTuple):
    """A class of a table: base, threshold of the 1 % part (0: none), 多数回該当, outpatient, the yearly limits."""

    category: LimitCategory
    band: int
    base_yen: int
    threshold_yen: int
    multi_yen: int | None
    outpatient_yen: int | None
    annual_yen: int | None
    outpatient_annual_yen: int | None
    mark: SourceMark
    source: str


_FIGURES = 6


def _row(category: LimitCategory, *figures: int | None, mark: SourceMark, source: str, band: int = 0) -> Row:
    padded = [*figures, *[None] * (_FIGURES - len(figures))]
    base, threshold, multi, outpatient, annual, outpatient_annual = padded
    return Row(category, band, base or 0, threshold or 0, multi, outpatient, annual, outpatient_annual, mark, source)


OLD_UNDER_70: Final = (
    _row(_C.A, 252_600, 842_000, 140_100, mark=READ, source=EXAMPLES),
    _row(_C.I, 167_400, 558_000, 93_000, mark=READ, source=EXAMPLES),
    _row(_C.U, 80_100, 267_000, 44_400, mark=READ, source=EXAMPLES),
    _row(_C.E, 57_600, 0, 44_400, mark=READ, source=EXAMPLES),
    _row(_C.O, 35_400, 0, 24_600, mark=READ, source=EXAMPLES),
)
OLD_ELDERLY: Final = (
    _row(_C.ELDERLY_ACTIVE_3, 252_600, 842_000, 140_100, mark=READ, source=EXAMPLES),
    _row(_C.ELDERLY_ACTIVE_2, 167_400, 558_000, 93_000, mark=READ, source=EXAMPLES),
    _row(_C.ELDERLY_ACTIVE_1, 80_100, 267_000, 44_400, mark=READ, source=EXAMPLES),
    _row(_C.ELDERLY_GENERAL, 57_600, 0, 44_400, 18_000, None, 144_000, mark=READ, source=EXAMPLES),
    _row(_C.ELDERLY_LOW_2, 24_600, 0, None, 8_000, mark=READ, source=EXAMPLES),
    _row(_C.ELDERLY_LOW_1, 15_000, 0, None, 8_000, mark=READ, source=EXAMPLES),
)
NEW: Final = (
    _row(_C.A, 270_300, 901_000, 140_100, None, 1_680_000, mark=SEEN, source=NEW_TABLE),
    _row(_C.I, 179_100, 597_000, 93_000, None, 1_110_000, mark=SEEN, source=NEW_TABLE),
    _row(_C.U, 85_800, 286_000, 44_400, None, 530_000, mark=SEEN, source=NEW_TABLE),
    _row(_C.E, 61_500, 0, 44_400, None, 530_000, mark=SEEN, source=NEW_TABLE),
    _row(_C.O, 36_900, 0, 24_600, None, 290_000, mark=SEEN, source=NEW_TABLE),
    _row(_C.ELDERLY_ACTIVE_3, 270_300, 901_000, 140_100, None, 1_680_000, mark=SEEN, source=NEW_TABLE),
    _row(_C.ELDERLY_ACTIVE_2, 179_100, 597_000, 93_000, None, 1_110_000, mark=SEEN, source=NEW_TABLE),
    _row(_C.ELDERLY_ACTIVE_1, 85_800, 286_000, 44_400, None, 530_000, mark=SEEN, source=NEW_TABLE),
    _row(_C.ELDERLY_GENERAL, 61_500, 0, 44_400, 22_000, 530_000, 216_000, mark=SEEN, source=NEW_TABLE),
    _row(_C.ELDERLY_LOW_2, 25_700, 0, 24_600, 11_000, 290_000, 96_000, mark=SEEN, source=NEW_TABLE),
    _row(_C.ELDERLY_LOW_1, 15_700, 0, None, 8_000, 180_000, None, mark=SEEN, source=NEW_TABLE),
)


def _bands(category: LimitCategory, bases: Sequence[int], multi_yen: int, annual_yen: int) -> tuple[Row, ...]:
    """Announced bands with a 1 % part, the highest first as band 1.

    The threshold is the cost at which three tenths reach the base, as in every table so far.
    """
    return tuple(
        _row(category, base, base * 10 // 3, multi_yen, None, annual_yen, mark=SEEN, source=ANNOUNCED, band=band)
        for band, base in enumerate(bases, start=1)
    )


_TOP, _UPPER, _MIDDLE = (342_000, 303_000, 270_300), (209_400, 194_400, 179_100), (110_400, 98_100, 85_800)
ANNOUNCED_BANDS: Final = (
    *_bands(_C.A, _TOP, 140_100, 1_680_000),
    *_bands(_C.I, _UPPER, 93_000, 1_110_000),
    *_bands(_C.U, _MIDDLE, 44_400, 530_000),
    _row(_C.E, 69_600, 0, 44_400, None, 530_000, mark=SEEN, source=ANNOUNCED, band=1),
    _row(_C.E, 65_400, 0, 44_400, None, 530_000, mark=SEEN, source=ANNOUNCED, band=2),
    _row(_C.E, 61_500, 0, 34_500, None, 410_000, mark=SEEN, source=ANNOUNCED, band=3),
    _row(_C.O, 36_900, 0, 24_600, None, 290_000, mark=SEEN, source=ANNOUNCED),
    *_bands(_C.ELDERLY_ACTIVE_3, _TOP, 140_100, 1_680_000),
    *_bands(_C.ELDERLY_ACTIVE_2, _UPPER, 93_000, 1_110_000),
    *_bands(_C.ELDERLY_ACTIVE_1, _MIDDLE, 44_400, 530_000),
    _row(_C.ELDERLY_GENERAL, 61_500, 0, 44_400, 22_000, 530_000, 216_000, mark=UNVERIFIED, source=CARRIED),
    _row(_C.ELDERLY_LOW_2, 25_700, 0, 24_600, 11_000, 290_000, 96_000, mark=UNVERIFIED, source=CARRIED),
    _row(_C.ELDERLY_LOW_1, 15_700, 0, None, 8_000, 180_000, None, mark=UNVERIFIED, source=CARRIED),
)


def _flat(yen: int, mark: SourceMark, source: str) -> Limit:
    return Limit(yen, 0, 0, None, None, mark, source)


def _class(row: Row) -> ClassLimits:
    whole = Limit(
        row.base_yen, row.threshold_yen, int(row.threshold_yen > 0), row.multi_yen, None, row.mark, row.source
    )
    outpatient = None if row.outpatient_yen is None else _flat(row.outpatient_yen, row.mark, row.source)
    return ClassLimits(whole, outpatient, row.annual_yen, row.outpatient_annual_yen)


def _least_yen(row: Row) -> int:
    """No limit of a row is lower, halved or not."""
    return min(yen for yen in (row.base_yen, row.multi_yen, row.outpatient_yen) if yen is not None) // 2


def _table(since: Month, rows: Sequence[Row], **others: Limit | None) -> LimitTable:
    """A table of rows; `others` are the limits beside the classes, those left out not known."""
    classes = {(row.category, row.band): _class(row) for row in rows}
    known = dict.fromkeys(_BESIDE_CLASSES) | others
    return LimitTable(
        since=since,
        classes=classes,
        aggregated_from_yen=AGGREGATED_FROM_YEN,
        floor_yen=min([RELIEF.limit.base_yen // 2, *map(_least_yen, rows)]),
        **known,
    )


_BESIDE_CLASSES: Final = (
    *("designated_under_70", "designated_elderly", "designated_elderly_outpatient"),
    *("assisted_under_70", "assisted_elderly", "assisted_elderly_outpatient", "long_term", "long_term_upper"),
)
AGGREGATED_FROM_YEN: Final = 21_000
"""健康保険法施行令 第41条第1項: 70歳未満 二万一千円以上."""

_UNDER_70_BESIDE = {
    "designated_under_70": Limit(80_100, 267_000, 1, None, None, READ, EXAMPLES),
    "assisted_under_70": _flat(35_400, UNVERIFIED, GENERAL_KNOWLEDGE),
    "long_term": _flat(10_000, READ, EXAMPLES),
    "long_term_upper": _flat(20_000, SEEN, OLD_TABLE),
}
_ELDERLY_BESIDE = {
    "designated_elderly": _flat(57_600, SEEN, "a public implementation of 令 第42条第6項"),
    "designated_elderly_outpatient": _flat(18_000, READ, EXAMPLES),
    "assisted_elderly": _flat(15_000, UNVERIFIED, GENERAL_KNOWLEDGE),
    "assisted_elderly_outpatient": _flat(8_000, UNVERIFIED, GENERAL_KNOWLEDGE),
}
_NEW_BESIDE = {
    "designated_under_70": Limit(85_800, 286_000, 1, None, None, UNVERIFIED, AS_GENERAL),
    "designated_elderly": _flat(61_500, UNVERIFIED, AS_GENERAL),
    "designated_elderly_outpatient": _flat(22_000, UNVERIFIED, AS_GENERAL),
    "assisted_under_70": _flat(36_900, UNVERIFIED, "assumed to follow オ"),
    "assisted_elderly": _flat(15_700, UNVERIFIED, "assumed to follow 低所得Ⅰ"),
    "assisted_elderly_outpatient": _flat(8_000, UNVERIFIED, CARRIED),
    "long_term": _flat(10_000, UNVERIFIED, CARRIED),
    "long_term_upper": _flat(20_000, UNVERIFIED, CARRIED),
}

RELIEF: Final = Relief(
    since=Month(2022, 10),
    until=Month(2025, 9),
    limit=Limit(6_000, 30_000, 10, None, 18_000, UNVERIFIED, "end 2025-09-30 seen; formula: general knowledge"),
)
"""配慮措置: the rise from one to two tenths is at most 3,000 yen a month for outpatients of 75 and over."""

NOTHING_KNOWN: Final = _table(Month(1, 1), ())
"""Before the first table no limit is known, so none is applied."""

TABLES: Final = (
    NOTHING_KNOWN,
    _table(Month(2015, 1), OLD_UNDER_70, **_UNDER_70_BESIDE),
    _table(Month(2018, 8), (*OLD_UNDER_70, *OLD_ELDERLY), **_UNDER_70_BESIDE, **_ELDERLY_BESIDE),
    _table(Month(2026, 8), NEW, **_NEW_BESIDE),
    _table(Month(2027, 8), ANNOUNCED_BANDS, **_NEW_BESIDE),
)
"""In order of their beginning."""


@lru_cache(maxsize=256)
def table_for(month: Month) -> LimitTable:
    """The table whose limits hold for a treatment month."""
    return [each for each in TABLES if each.since <= month][-1]


@lru_cache(maxsize=256)
def relief_in(month: Month) -> Relief | None:
    """配慮措置 in a treatment month, where it holds."""
    return RELIEF if RELIEF.since <= month <= RELIEF.until else None
