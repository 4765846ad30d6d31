"""Whether a code that was found may stand on a claim: the last question before it may be automatic. Pure."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from services.coding.domain.decompose import Decomposed
from services.coding.domain.master import Alone, Billing, ModifierClass
from services.shared.kernel.months import Month


class Refusal(Enum):
    """Why a code must not stand, in order of precedence."""

    NOT_LIVE = "not-live"
    """The disease or a modifier may not be used on any day of the treatment month (収載年月日, 廃止年月日)."""
    MOVED = "moved"
    """The master names another code in its place (移行先コード)."""
    NOT_CLAIMABLE = "not-claimable"
    """保険請求外区分 1: another disease has to stand beside it."""
    NOT_ALONE = "not-alone"
    """単独使用禁止区分 01, and no modifier tells the site."""
    SEX = "sex"
    """The classification has the code among diseases of the other sex's organs, or of pregnancy."""
    AGE = "age"
    """The code names an age, or pregnancy, that the patient is not in."""


class Sex(Enum):
    """男女区分 (別表6)."""

    MALE = 1
    FEMALE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What coding is told of a person: sex, and the age in ten years' bands (0, 10, 20 ...). None: not told."""

    sex: Sex | None = None
    age_band_years: int | None = None


NOT_TOLD: Final = Patient()

_OF_ONE_SEX: Final = {
    Sex.MALE: re.compile(r"C6[0-3]|D29|D40|N4\d|N5[01]|Q5[345]|B260"),
    Sex.FEMALE: re.compile(r"C5[1-8]|D06|D2[5-8]|D39|N7\d|N8\d|N9[0-8]|O\d\d|Q5[0-2]|A34|Z3[2-7]|Z39"),
}
"""ICD-10 (2013) blocks whose titles name the organs of one sex, pregnancy, childbirth or the puerperium."""
_PREGNANCY: Final = re.compile(r"O\d\d|Z3[2-7]|Z39")
_PREGNANT_FROM: Final = 10
_PREGNANT_BEFORE: Final = 70
"""Years, both wide on purpose: a refusal here must never be wrong."""
_INFANT: Final = re.compile(r"^(?:新生児|未熟児|早産児|乳児|乳幼児)")
_NO_INFANT_FROM: Final = 10
"""The lowest band that is not 0; what is told are bands, not years."""


def verify(found: Decomposed, month: Month, patient: Patient = NOT_TOLD) -> Refusal | None:
    """The first reason against the code in the treatment month, for what is told of the patient; None: it may stand."""
    checks = {
        Refusal.NOT_LIVE: not is_live(found, month),
        Refusal.MOVED: bool(found.base.moved_to),
        Refusal.NOT_CLAIMABLE: found.base.billing is Billing.NOT_CLAIMABLE,
        Refusal.NOT_ALONE: found.base.alone is Alone.FORBIDDEN and not tells_site(found),
        Refusal.SEX: patient.sex is not None and is_of_other_sex(found.base.icd10, patient.sex),
        Refusal.AGE: patient.age_band_years is not None and is_of_other_age(found, patient.age_band_years),
    }
    return next((refusal for refusal, holds in checks.items() if holds), None)


def is_live(found: Decomposed, month: Month) -> bool:
    """Whether disease and modifiers may all be used in the month."""
    return found.base.is_live(month) and all(modifier.is_live(month) for modifier in found.modifiers)


def tells_site(found: Decomposed) -> bool:
    """Whether a modifier names a part of the body (部位)."""
    return any(modifier.kind is ModifierClass.SITE for modifier in found.modifiers)


def is_of_other_sex(icd10: str, sex: Sex) -> bool:
    """Whether the classification keeps the code for the other sex."""
    other = Sex.FEMALE if sex is Sex.MALE else Sex.MALE
    return _OF_ONE_SEX[other].match(icd10) is not None


def is_of_other_age(found: Decomposed, age_band_years: int) -> bool:
    """Whether the disease is an infant's and the patient older, or pregnancy and the patient a child or old."""
    if _PREGNANCY.match(found.base.icd10) is not None:
        return not _PREGNANT_FROM <= age_band_years < _PREGNANT_BEFORE
    return age_band_years >= _NO_INFANT_FROM and _INFANT.match(found.base.name) is not None
