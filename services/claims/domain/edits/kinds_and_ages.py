"""Whether レセプト種別 (別表5) fits the age in the treatment month: it decides ratio and limits, so it must be true.

健康保険法 第74条, 第110条 (preschool, 70 and over); 高齢者の医療の確保に関する法律 第50条 (75 and over, or 65 and over
with a recognised disability).
"""

from datetime import date
from typing import Final

from services.claims.domain.share.ratio import ELDERLY_YEARS, PRESCHOOL_YEARS, last_preschool_day
from services.claims.domain.uke.codes import PatientClass, ReceiptKind, Scheme
from services.shared.kernel.months import Month, attains_age_on

DISABLED_YEARS: Final = 65
"""From here on a recognised disability makes somebody late elderly (第50条第2号)."""
_PRESCHOOL: Final = frozenset({PatientClass.PRESCHOOL})
_GENERAL: Final = frozenset({PatientClass.INSURED, PatientClass.FAMILY})
_ELDERLY: Final = frozenset({PatientClass.ELDERLY_GENERAL, PatientClass.ELDERLY_SEVENTY_PERCENT})


def fits_the_age(kind: ReceiptKind, birth: date, month: Month) -> bool:
    """Whether somebody born then has receipts of this kind in the month; true for receipts of programmes alone."""
    if kind.scheme is Scheme.PROGRAMMES_ONLY or kind.patient_class is None:
        return True
    if kind.scheme is Scheme.LATE_ELDERLY:
        return month.year - birth.year > DISABLED_YEARS or attains_age_on(birth, DISABLED_YEARS) <= month.last_day
    return kind.patient_class in _classes_of(birth, month)


def _classes_of(birth: date, month: Month) -> frozenset[PatientClass]:
    """The classes of an age; the days are worked out only in the years around which a class ends."""
    years = month.year - birth.year
    if PRESCHOOL_YEARS + 1 < years < ELDERLY_YEARS:
        return _GENERAL
    if years < PRESCHOOL_YEARS:
        return _PRESCHOOL
    if years <= PRESCHOOL_YEARS + 1:
        return _PRESCHOOL if month.first_day <= last_preschool_day(birth) else _GENERAL
    return _ELDERLY if month > Month.of(attains_age_on(birth, ELDERLY_YEARS)) else _GENERAL
