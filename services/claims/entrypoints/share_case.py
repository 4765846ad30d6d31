"""What was asked of `seikyu share` as a case: the options of one person at a desk, taken at their word."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.claims.domain.share.case import INSURER, AgeClass, LongTerm, Setting, ShareCase, SharePayer
from services.claims.domain.share.names import NamedCategory
from services.claims.domain.share.programmes import LAW_DIGITS, NUMBER_DIGITS
from services.claims.domain.share.ratio import (
    CopayClass,
    age_class_on,
    copay_class_of,
    copay_tenths,
    keeps_legacy_tenth,
    turns_75_in,
)
from services.claims.domain.share.words import Assumption
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
    category, band, _ = asked.named or _NO_CLASS
    if category is not None and category.is_elderly is not age.is_elderly:
        raise ValueError(f"--class {category.value} is no class of the age given ({age.value})")
    copay_class = _copay_class(asked, age)
    payers = tuple(_programme(place, text) for place, text in enumerate(asked.programmes, start=1))
    if len(payers) > MOST_PROGRAMMES:
        raise ValueError(f"--programme: at most {MOST_PROGRAMMES} programmes stand on a receipt")
    return ShareCase(
        month=asked.month,
        points=_points(asked, len(payers)),
        payers=(INSURER_PAYER, *payers),
        copay_tenths=_tenths(asked, age, copay_class),
        setting=Setting.INPATIENT if asked.inpatient else Setting.OUTPATIENT,
        age=age,
        category=category,
        band=band,
        multi=asked.multi,
        turns_75=asked.turns_75 or (asked.birth is not None and turns_75_in(asked.birth.date(), asked.month)),
        long_term=LONG_TERMS[asked.long_term] if asked.long_term else LongTerm.NONE,
        legacy_tenth=_keeps_legacy_tenth(asked, age, copay_class),
    )


_NO_CLASS: Final = (None, 0, None)


def assumed(asked: Asked, case: ShareCase) -> Iterator[Assumption]:
    """What the case takes for granted because no birth date, no age or no class of the ratio was given."""
    if asked.birth is None:
        word = _AT_THE_AGE.get(asked.age) if asked.age is not None else _BY_CLASS_ALONE.get(case.age)
        if word is not None:
            yield word
    told = asked.copay_tenths is not None or (asked.named is not None and asked.named.late_elderly is not None)
    if case.age is AgeClass.LATE_ELDERLY and case.copay_tenths == ONE_TENTH and not told:
        yield Assumption(
            "one tenth was taken; whose card says two (一定以上所得: 一般Ⅱ, 区カ) pays two",
            "1割とした。被保険者証が2割 (一定以上所得: 一般Ⅱ、区カ) であれば2割",
        )


ONE_TENTH: Final = 1
_AT_THE_AGE: Final[Mapping[int, Assumption]] = {
    6: Assumption(
        "at six, school age was taken; until 31 March --birth gives two tenths", "6歳は就学後とした (3月末までは2割)"
    ),
    70: Assumption("at 70, the month after the birthday was taken: --birth tells", "70歳は誕生日の翌月以後とした"),
    75: Assumption(
        "at 75, a month after that of the birthday was taken: --birth or --turns-75 tells",
        "75歳は到達月の翌月以後とした",
    ),
}
_BY_CLASS_ALONE: Final[Mapping[AgeClass, Assumption]] = {
    AgeClass.GENERAL: Assumption("no age is given: six to 69 was taken", "年齢不明のため、就学後70歳未満とした"),
    AgeClass.ELDERLY: Assumption("no age is given: 70 to 74 was taken", "年齢不明のため、70歳以上75歳未満とした"),
}


def _copay_class(asked: Asked, age: AgeClass) -> CopayClass:
    """The class of the ratio; ValueError where the word for it is of 75 and over and the age is not."""
    if asked.named is None:
        return CopayClass.STANDARD
    if asked.named.late_elderly is None:
        return copay_class_of(asked.named.category)
    if age is not AgeClass.LATE_ELDERLY:
        raise ValueError(f"--class: 一般Ⅰ, 一般Ⅱ, 区カ and 区キ are of 75 and over, not {age.value}")
    return asked.named.late_elderly


def _tenths(asked: Asked, age: AgeClass, copay_class: CopayClass) -> int:
    if asked.copay_tenths is not None:
        return asked.copay_tenths
    tenths = copay_tenths(age, copay_class, asked.month)
    if tenths is None:
        raise ValueError(f"--month: no ratio is known for {asked.month}; --copay-tenths states it")
    return tenths


def _keeps_legacy_tenth(asked: Asked, age: AgeClass, copay_class: CopayClass) -> bool:
    if asked.legacy_tenth and (age is not AgeClass.ELDERLY or copay_class is not CopayClass.STANDARD):
        raise ValueError("--legacy-tenth is for those of 70 to 74 who pay two tenths")
    by_birth = asked.birth is not None and keeps_legacy_tenth(asked.birth.date(), age, copay_class)
    return asked.legacy_tenth or by_birth


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
    if asked.named.late_elderly is not None:
        return AgeClass.LATE_ELDERLY
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
    if not LAW_DIGITS <= len(number) <= NUMBER_DIGITS:
        raise ValueError(f"--programme {text}: a number has {LAW_DIGITS} to {NUMBER_DIGITS} digits")
    return SharePayer(position, number, limit_yen=int(limit) if limit else None)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
