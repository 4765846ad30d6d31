"""ICD-10 categories of diseases that occur in one sex. Dated configuration, mark S.

No column of the disease master states a sex; its ICD-10 numbers (items 16 and 17) do where every name of a category is
of an organ or a state of one sex. WHO's own list (ICD-10, volume 2) was not read: the categories below were checked
against all 27,437 names of the disease master of 2024-06. Left out for names that either sex may bear: C58, E28, E29,
N73, N95, R86 and S31.4.
"""

from functools import lru_cache
from typing import Final

from services.claims.domain.uke.facts import Sex

_MALE_TEXT: Final = """
B260 C60 C61 C62 C63 D074 D075 D176 D29 D40 E895 F524 I861 L291 N40 N41 N42 N43 N44 N45 N46 N47 N48 N49 N50 Q53
Q54 Q55 S312 S313 Z125
"""
_FEMALE_TEXT: Final = """
A34 B373 C51 C52 C53 C54 C55 C56 C57 C796 D06 D070 D071 D072 D073 D25 D27 D28 D39 E894 F525 F53 I863 L292 M800
M801 M810 M811 M830 N70 N71 N72 N75 N76 N80 N81 N82 N83 N84 N85 N86 N87 N88 N89 N90 N91 N92 N93 N94 N96 N97 N98
N992 N993 O P546 Q50 Q51 Q52 R87 S374 S375 S376 T192 T193 T833 Z124 Z305 Z33 Z34 Z35 Z36
"""
_MALE: Final = tuple(_MALE_TEXT.split())
_FEMALE: Final = tuple(_FEMALE_TEXT.split())


@lru_cache(maxsize=20_000)
def only_sex_of(icd10: str) -> Sex | None:
    """The sex in which diseases of this number occur; None where both do or there is no number."""
    if icd10.startswith(_MALE):
        return Sex.MALE
    return Sex.FEMALE if icd10.startswith(_FEMALE) else None
