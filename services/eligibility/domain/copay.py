"""The copay ratio (自己負担割合), in tenths. Sources: 健康保険法 第74条・第110条, 高齢者医療確保法 第67条."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from services.eligibility.domain.coverage import AgeMonths, CopayClass

PRESCHOOL_TENTHS = 2
GENERAL_TENTHS = 3
ELDERLY_TENTHS = 2
PROGRAMME_TENTHS = 0
EIGHT_DIGITS = 8
LATE_ELDERLY_LAW = "39"
INSURER_LAWS = frozenset(
    {"01", "02", "03", "04", "06", "07", "31", "32", "33", "34", "39", "63", "67", "72", "73", "74", "75"}
)
"""法別番号 of insurers; every other one of an eight-digit number is a public programme's."""


class LateElderlyTenths(NamedTuple):
    """Tenths that patients of a 後期高齢者医療広域連合 bear, by class, from the month of treatment `since` (YYYYMM)."""

    since: int
    tenths: Mapping[CopayClass, int]
    source: str


def _late_elderly(two: int) -> Mapping[CopayClass, int]:
    """1 tenth, `two` for 一定以上所得, 3 for 現役並み所得."""
    return MappingProxyType(
        {
            CopayClass.STANDARD: 1,
            CopayClass.LATE_ELDERLY_ONE: 1,
            CopayClass.LATE_ELDERLY_TWO: two,
            CopayClass.ACTIVE_INCOME: 3,
        }
    )


LATE_ELDERLY: Final = (
    LateElderlyTenths(since=0, tenths=_late_elderly(two=1), source="高齢者医療確保法 第67条, before 一定以上所得"),
    LateElderlyTenths(since=202210, tenths=_late_elderly(two=2), source="the same; 一定以上所得 2割 [S]"),
)
"""In order of their beginning; [S]: seen in excerpts, as in the table of the patient's share in claims."""


def is_public_programme(payer_number: str) -> bool:
    """Whether the number is a 公費負担者番号; a six-digit number is always a 国保 insurer's."""
    return len(payer_number) == EIGHT_DIGITS and payer_number[:2] not in INSURER_LAWS


def is_late_elderly_insurer(payer_number: str) -> bool:
    """Whether the insurer is a 後期高齢者医療広域連合 (法別 39)."""
    return len(payer_number) == EIGHT_DIGITS and payer_number.startswith(LATE_ELDERLY_LAW)


def copay_tenths(payer_number: str, copay_class: CopayClass, ages: AgeMonths, month: int) -> int:
    """Tenths that the patient bears under an insurer in the month YYYYMM."""
    if is_late_elderly_insurer(payer_number):
        return late_elderly_tenths(copay_class, month)
    if month <= ages.preschool_last:
        return PRESCHOOL_TENTHS
    if month < ages.elderly_first or copay_class is CopayClass.ACTIVE_INCOME:
        return GENERAL_TENTHS
    return ELDERLY_TENTHS


def late_elderly_tenths(copay_class: CopayClass, month: int) -> int:
    """What the row in force in the month YYYYMM says of the class (高齢者医療確保法 第67条)."""
    return next(row for row in reversed(LATE_ELDERLY) if row.since <= month).tenths[copay_class]
