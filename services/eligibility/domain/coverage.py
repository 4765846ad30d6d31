"""What is known of a member's cover. Owns the values; holds no name, no insured number and no birth date.

A birth date is kept as a keyed digest, to be compared for equality, and as the months in which an age begins or ceases
to matter.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from functools import lru_cache

from services.shared.kernel.months import Month, attains_age_on

MARCH = 3
PRESCHOOL_AGE = 6
ELDERLY_AGE = 70
LATE_ELDERLY_AGE = 75


class CoverReason(Enum):
    """Covered, or why not, in order of precedence: the first that applies is the answer. Numbers as on the wire."""

    COVERED = 1
    """資格あり。"""
    UNKNOWN_MEMBER = 2
    """The payer knows no such 記号・番号."""
    BRANCH_WRONG = 3
    """The 枝番 names nobody under the number, or is missing where several persons fit."""
    BIRTH_DATE_DIFFERS = 4
    """The person was born on another day."""
    SEX_DIFFERS = 5
    """The person's sex is recorded otherwise."""
    ANOTHER_PAYER_SINCE = 6
    """The cover ended (資格喪失) and another payer took over."""
    NOT_YET = 7
    """The cover begins later (資格取得前)."""
    ENDED = 8
    """The cover ended (資格喪失後) and nobody is known to have taken over."""


class CopayClass(Enum):
    """所得区分 that decides the copay ratio beside age. Numbers as on the wire."""

    STANDARD = 1
    ACTIVE_INCOME = 2
    LATE_ELDERLY_ONE = 3
    LATE_ELDERLY_TWO = 4


class LimitCategory(Enum):
    """高額療養費の適用区分; NONE where none is recorded. Numbers as on the wire."""

    NONE = 0
    A = 1
    I = 2  # noqa: E741 - the official letter (ア, イ, ウ, エ, オ)
    U = 3
    E = 4
    O = 5  # noqa: E741 - the official letter
    ELDERLY_ACTIVE_3 = 6
    ELDERLY_ACTIVE_2 = 7
    ELDERLY_ACTIVE_1 = 8
    ELDERLY_GENERAL = 9
    ELDERLY_LOW_2 = 10
    ELDERLY_LOW_1 = 11


class Sex(Enum):
    """男女区分 (別表6)."""

    MALE = 1
    FEMALE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeMonths:
    """The months, as YYYYMM, in which an age begins or ceases to matter."""

    preschool_last: int
    """未就学: March after the sixth year of age is completed."""
    elderly_first: int
    """70歳: the month after the age is attained; for somebody born on the first of a month, that month."""
    late_elderly_first: int
    """75歳: the month of the birthday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveragePeriod:
    """One period of a person's cover under one payer, as recorded at some moment."""

    branch: str
    sex: Sex
    birth_digest: str
    valid_from: date
    valid_to: date | None
    """Last day of cover; None while it lasts."""
    ages: AgeMonths
    copay_class: CopayClass
    limit_category: LimitCategory
    next_payer: str
    """Payer that took over after the end; empty when unknown."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a question is about: a treatment month, or one treatment day. `month` is YYYYMM."""

    first: date
    last: date
    month: int


@lru_cache(maxsize=1_024)
def span_of_month(month: Month) -> Span:
    """All days of a treatment month."""
    return Span(month.first_day, month.last_day, month_number(month))


def span_of_day(day: date) -> Span:
    """One treatment day."""
    return Span(day, day, month_number(Month.of(day)))


def month_number(month: Month) -> int:
    """YYYYMM as a number, which compares like the month."""
    return month.year * 100 + month.month


def age_months(birth: date) -> AgeMonths:
    """From a birth date, by 年齢計算ニ関スル法律: an age is attained on the day before the birthday.

    Preschool ends on 31 March on or after the day on which six is attained, so that somebody born on 1 April counts
    with the year before (健康保険法 第110条第2項第1号ロ). The 70s rule begins in the month after the day of attainment
    (健康保険法 第74条第1項第2号). 後期高齢者医療 begins on the 75th birthday (高齢者医療確保法 第50条, 第52条).
    """
    six = attains_age_on(birth, PRESCHOOL_AGE)
    preschool = Month(six.year if six.month <= MARCH else six.year + 1, MARCH)
    elderly = Month.of(attains_age_on(birth, ELDERLY_AGE)).plus(1)
    late_elderly = Month.of(attains_age_on(birth, LATE_ELDERLY_AGE) + timedelta(days=1))
    return AgeMonths(
        preschool_last=month_number(preschool),
        elderly_first=month_number(elderly),
        late_elderly_first=month_number(late_elderly),
    )
