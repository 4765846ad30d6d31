"""A receipt's facts as a case: what its marks (特記事項, 別表9) and its class of burden (別表8) say about the limit."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from services.claims.domain.share.case import AgeClass, LimitCategory, LongTerm, Setting, ShareCase, SharePayer
from services.claims.domain.share.national import NATIONAL
from services.claims.domain.share.programmes import ProgrammeTable, recorded_burden_yen
from services.claims.domain.uke.codes import PatientClass, ReceiptKind, Scheme
from services.shared.kernel.months import Month

_C = LimitCategory
_BY_MARK = ("26 31", "27 32", "28 33", "29 34", "30 35")
"""区ア and 多ア, to 区オ and 多オ."""


def _marks(categories: Sequence[LimitCategory]) -> dict[str, LimitCategory]:
    return {mark: category for marks, category in zip(_BY_MARK, categories, strict=True) for mark in marks.split()}


UNDER_70_MARKS: Final[Mapping[str, LimitCategory]] = _marks((_C.A, _C.I, _C.U, _C.E, _C.O))
ELDERLY_MARKS: Final[Mapping[str, LimitCategory]] = _marks(
    (_C.ELDERLY_ACTIVE_3, _C.ELDERLY_ACTIVE_2, _C.ELDERLY_ACTIVE_1, _C.ELDERLY_GENERAL, _C.ELDERLY_LOW_2)
) | dict.fromkeys(("41", "42", "43", "44"), _C.ELDERLY_GENERAL)
"""The same marks at 70 and over, and 区カ, 区キ, 多カ, 多キ of 75 and over.

Which elderly class each of 26 to 35 means is not in the record specification: general knowledge, [U].
"""
MULTI_MARKS: Final = frozenset({"31", "32", "33", "34", "35", "43", "44"})
LONG_TERM_MARKS: Final[Mapping[str, LongTerm]] = {"02": LongTerm.STANDARD, "16": LongTerm.UPPER}
LOW_CLASSES: Final[Mapping[str, LimitCategory]] = {
    "1": _C.ELDERLY_LOW_2,
    "2": _C.ELDERLY_LOW_2,
    "3": _C.ELDERLY_LOW_1,
    "4": _C.ELDERLY_LOW_1,
}
"""一部負担金等区分 (別表8) at 70 and over: 適用区分 Ⅱ or Ⅰ."""
UNDER_70_LOW_CLASSES: Final = frozenset({"1", "2"})
"""The same under 70: 適用区分 オ."""


def age_class_of(kind: ReceiptKind) -> AgeClass:
    """The age class that レセプト種別 (別表5) states; a receipt of programmes only is taken as under 70."""
    if kind.scheme is Scheme.LATE_ELDERLY:
        return AgeClass.LATE_ELDERLY
    if kind.patient_class is PatientClass.PRESCHOOL:
        return AgeClass.PRESCHOOL
    elderly = kind.patient_class in {PatientClass.ELDERLY_GENERAL, PatientClass.ELDERLY_SEVENTY_PERCENT}
    return AgeClass.ELDERLY if elderly else AgeClass.GENERAL


def stated_category(age: AgeClass, marks: Collection[str], burden_class: str) -> LimitCategory | None:
    """The limit category that the receipt itself states, or None.

    別表8 is the finer word where it is there: it tells 低所得Ⅱ from Ⅰ, which 区オ does not.
    """
    if age.is_elderly:
        by_class = LOW_CLASSES.get(burden_class)
        known = ELDERLY_MARKS
    else:
        by_class = _C.O if burden_class in UNDER_70_LOW_CLASSES else None
        known = UNDER_70_MARKS
    return by_class or next((known[mark] for mark in marks if mark in known), None)


def long_term_of(marks: Collection[str]) -> LongTerm:
    """長 or 長２ among the marks."""
    return next((LONG_TERM_MARKS[mark] for mark in marks if mark in LONG_TERM_MARKS), LongTerm.NONE)


def case_of_receipt(
    *,
    kind: ReceiptKind,
    month: Month,
    points: Mapping[str, int],
    payers: Sequence[tuple[int, str, int | None]],
    copay_tenths: int,
    marks: Collection[str] = (),
    burden_class: str = "",
    category: LimitCategory | None = None,
    turns_75: bool = False,
    programmes: ProgrammeTable = NATIONAL,
) -> ShareCase:
    """A receipt as a case. `payers` are position, number and declared burden (負担金額) each.

    `category` is what eligibility knows; what the receipt states wins, since the hospital saw the paper or the online
    answer. 多数回該当 is known from the receipt alone.
    """
    age = age_class_of(kind)
    plain = not marks and not burden_class
    return ShareCase(
        month,
        points,
        tuple([_payer(each, programmes, month) for each in payers]),
        copay_tenths,
        Setting.INPATIENT if kind.inpatient else Setting.OUTPATIENT,
        age,
        category if plain else stated_category(age, marks, burden_class) or category,
        0,
        not plain and not MULTI_MARKS.isdisjoint(marks),
        turns_75,
        LongTerm.NONE if plain else long_term_of(marks),
    )


def _payer(stated: tuple[int, str, int | None], programmes: ProgrammeTable, month: Month) -> SharePayer:
    position, number, burden_yen = stated
    if not position:
        return SharePayer(position, number)
    return SharePayer(position, number, recorded_burden_yen(programmes.find(number, month), burden_yen))
