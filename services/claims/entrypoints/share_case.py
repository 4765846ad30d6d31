"""What was asked of `seikyu share` as a case: the options of one person at a desk, taken at their word."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.claims.domain.share.case import INSURER, AgeClass, LongTerm, Setting, ShareCase, SharePayer
from services.claims.domain.share.names import NamedCategory
from services.claims.domain.share.ratio import (
    CopayClass,
    age_class_on,
    copay_class_of,
    copay_tenths,
    keeps_legacy_tenth,
    turns_75_in,
)
from services.claims.domain.uke.codes import BENEFIT_SHARES
from services.shared.kernel.months import Month

MOST_PROGRAMMES: Final = 4
INSURER_PAYER: Final = SharePayer(INSURER, "insurer")
ALL_SHARE: Final[Mapping[int, str]] = {1: "2", 2: "4", 3: "V", 4: "9"}
"""負担区分 of lines that the insurer and so many programmes share."""
AGES: Final = ((75, AgeClass.LATE_ELDERLY), (70, AgeClass.ELDERLY), (6, AgeClass.GENERAL), (0, AgeClass.PRESCHOOL))
LONG_TERMS: Final[Mapping[str, LongTerm]] = {
    "長": LongTerm.STANDARD,
    "長２": LongTerm.UPPER,
    "長2": LongTerm.UPPER,
    "10000": LongTerm.STANDARD,
    "20000": LongTerm.UPPER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of one case, as they were given; None or empty where one was left out."""

    month: Month
    points: int
    programmes: tuple[str, ...]
    programme_points: int
    shares: tuple[str, ...]
    birth: datetime | None
    day: datetime | None
    age: int | None
    named: NamedCategory | None
    copay_tenths: int | None
    inpatient: bool
    multi: bool
    turns_75: bool
    long_term: str | None
    legacy_tenth: bool


def case_asked_for(asked: Asked) -> ShareCase:
    """The case; ValueError that says which option is missing or wrong."""
    age = _age(asked)
    category, band = asked.named or (None, 0)
    if category is not None and category.is_elderly is not age.is_elderly:
        raise ValueError(f"--class {category.value} is no class of the age given ({age.value})")
    copay_class = copay_class_of(category)
    payers = tuple(_programme(place, text) for place, text in enumerate(asked.programmes, start=1))
    if len(payers) > MOST_PROGRAMMES:
        raise ValueError(f"--programme: at most {MOST_PROGRAMMES} programmes stand on a receipt")
    return ShareCase(
        month=asked.month,
        points=_points(asked, len(payers)),
        payers=(INSURER_PAYER, *payers),
        copay_tenths=copay_tenths(age, copay_class) if asked.copay_tenths is None else asked.copay_tenths,
        setting=Setting.INPATIENT if asked.inpatient else Setting.OUTPATIENT,
        age=age,
        category=category,
        band=band,
        multi=asked.multi,
        turns_75=asked.turns_75 or (asked.birth is not None and turns_75_in(asked.birth.date(), asked.month)),
        long_term=LONG_TERMS[asked.long_term] if asked.long_term else LongTerm.NONE,
        legacy_tenth=asked.legacy_tenth or _keeps_legacy_tenth(asked, age, copay_class),
    )


def _keeps_legacy_tenth(asked: Asked, age: AgeClass, copay_class: CopayClass) -> bool:
    return asked.birth is not None and keeps_legacy_tenth(asked.birth.date(), age, copay_class)


def _age(asked: Asked) -> AgeClass:
    """From the birth date, the years, or what the class alone tells."""
    if asked.birth is not None:
        day = asked.month.last_day if asked.day is None else asked.day.date()
        if Month.of(day) != asked.month:
            raise ValueError(f"--day {day} does not lie in --month")
        if asked.birth.date() > day:
            raise ValueError("--birth lies after the treatment day")
        return age_class_on(asked.birth.date(), day)
    if asked.age is not None:
        return next(found for years, found in AGES if asked.age >= years)
    if asked.named is None:
        raise ValueError("one of --birth, --age and --class must be given")
    return AgeClass.ELDERLY if asked.named.category.is_elderly else AgeClass.GENERAL


def _points(asked: Asked, programmes: int) -> dict[str, int]:
    """Points by benefit share."""
    points = {"1": asked.points}
    if asked.programme_points:
        if not programmes:
            raise ValueError("--programme-points needs a --programme")
        points[ALL_SHARE[programmes]] = asked.programme_points
    for text in asked.shares:
        share, _, number = text.partition("=")
        if share not in BENEFIT_SHARES or not _is_number(number):
            raise ValueError(f"--share {text}: write CODE=POINTS with a code of 別表21")
        if max(BENEFIT_SHARES[share]) > programmes:
            raise ValueError(f"--share {text}: the share names a programme that is not given")
        points[share] = points.get(share, 0) + int(number)
    return points


def _programme(position: int, text: str) -> SharePayer:
    number, _, limit = text.partition("=")
    if not _is_number(number) or not (not limit or _is_number(limit)):
        raise ValueError(f"--programme {text}: write NUMBER or NUMBER=LIMIT in digits")
    return SharePayer(position, number, limit_yen=int(limit) if limit else None)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
