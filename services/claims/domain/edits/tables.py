"""What the edits need and no master states: dated rows, each with its mark and its source.

A month picks the latest row that has begun; before the first nothing is known, and what needs it is not decided. Rows
are marked as those of masters and pricing are: V read in the source, S seen in an excerpt, U not verified. A new law or
edition is a new row; no edit knows a year. docs/edits.md lists all of them.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol, TypeVar

from services.claims.domain.masters.revisions import Mark
from services.claims.domain.uke.codes import PatientClass
from services.claims.domain.uke.facts import Sex
from services.shared.kernel.months import Month


class Dated(Protocol):
    """A row of a dated table."""

    @property
    def since(self) -> Month:
        """The first month that it holds for."""
        ...

    @property
    def mark(self) -> Mark:
        """What it rests on."""
        ...

    @property
    def source(self) -> str:
        """Where it was read or seen."""
        ...


R = TypeVar("R", bound=Dated)


def row_in(rows: Sequence[R], month: Month) -> R | None:
    """The latest row that has begun; None before the first."""
    return next((row for row in reversed(rows) if row.since <= month), None)


class OneSex(NamedTuple):
    """ICD-10 categories of diseases that occur in one sex, by treatment month."""

    since: Month
    male: tuple[str, ...]
    female: tuple[str, ...]
    mark: Mark
    source: str

    def of(self, icd10: str) -> Sex | None:
        """The sex in which diseases of this number occur; None where both do or there is no number."""
        if icd10.startswith(self.male):
            return Sex.MALE
        return Sex.FEMALE if icd10.startswith(self.female) else None


_MALE: Final = """
B260 C60 C61 C62 C63 D074 D075 D176 D29 D40 E895 F524 I861 L291 N40 N41 N42 N43 N44 N45 N46 N47 N48 N49 N50 Q53
Q54 Q55 S312 S313 Z125
"""
_FEMALE: Final = """
A34 B373 C51 C52 C53 C54 C55 C56 C57 C796 D06 D070 D071 D072 D073 D25 D27 D28 D39 E894 F525 F53 I863 L292 M800
M801 M810 M811 M830 N70 N71 N72 N75 N76 N80 N81 N82 N83 N84 N85 N86 N87 N88 N89 N90 N91 N92 N93 N94 N96 N97 N98
N992 N993 O P546 Q50 Q51 Q52 R87 S374 S375 S376 T192 T193 T833 Z124 Z305 Z33 Z34 Z35 Z36
"""

ONE_SEX: Final = (
    OneSex(
        since=Month(2016, 1),
        male=tuple(_MALE.split()),
        female=tuple(_FEMALE.split()),
        mark=Mark.SEEN,
        source="ICD-10 2013 (in use from 2016-01 [U]), checked against all 27,437 names of the master of 2024-06",
    ),
)
"""No column of the disease master states a sex; its ICD-10 numbers (items 16 and 17) do where every name of a category
is of an organ or a state of one sex. WHO's own list (ICD-10, volume 2) was not read. Left out for names that either sex
may bear: C58, E28, E29, N73, N95, R86 and S31.4.
"""


class Limitation(NamedTuple):
    """When a hospital's right to its fees is extinguished (診療報酬請求権の消滅時効), by treatment month.

    `years` from the first of the month that lies `begins_after` months, with 国民健康保険 `begins_after_municipal`
    months behind the treatment.
    """

    since: Month
    years: int
    begins_after: int
    begins_after_municipal: int
    mark: Mark
    source: str


_BEGINS: Final = "begin: 昭和38年1月18日 保険発第7号 in excerpts of 京都府保険医協会 and others"

LIMITATIONS: Final = (
    Limitation(
        Month(1, 1), 3, 1, 3, Mark.SEEN, f"民法 第170条第1号, 医師の診療に関する債権, until 2020-03-31; {_BEGINS}"
    ),
    Limitation(Month(2020, 4), 5, 1, 3, Mark.SEEN, f"民法 第166条第1項第1号; {_BEGINS}"),
)


class Transferable(NamedTuple):
    """Points up to which a receipt without MF (窓口負担額) can be transferred or divided (振替・分割), by claim month.

    `points` by class of patient, `late_elderly_points` under 後期高齢者医療.
    """

    since: Month
    points: Mapping[PatientClass, int]
    late_elderly_points: int
    mark: Mark
    source: str


_MF: Final = "記録条件仕様 第1章 3 (4) ウ (オ) 注1"

TRANSFERABLE: Final = (
    Transferable(Month(2021, 9), dict.fromkeys(PatientClass, 0), 0, Mark.READ, f"{_MF}: without MF at no points"),
    Transferable(
        since=Month(2023, 3),
        points=MappingProxyType(
            {
                PatientClass.INSURED: 11_800,
                PatientClass.FAMILY: 11_800,
                PatientClass.PRESCHOOL: 17_700,
                PatientClass.ELDERLY_GENERAL: 4_000,
                PatientClass.ELDERLY_SEVENTY_PERCENT: 4_000,
            }
        ),
        late_elderly_points=3_000,
        mark=Mark.READ,
        source=f"{_MF}: claimed from 2023-03 on",
    ),
)


class NameGroups(NamedTuple):
    """名寄せコード: groups of facility standards that stand for any one of several, by treatment month.

    An act names the group; a hospital registers one of its members. From `first_group` on a code is a group's.
    """

    since: Month
    groups: Mapping[str, frozenset[str]]
    first_group: int
    mark: Mark
    source: str

    def members_of(self, code: str) -> frozenset[str] | None:
        """Standards of which one suffices: the code alone where it is no group; None for a group that is not listed."""
        known = self.groups.get(code)
        if known is not None:
            return known
        return None if int(code) >= self.first_group else frozenset({code})


_GROUPS: Final = """
849: 730 732 733 828 829 737 831 3358
8001: 3564 3310 3565 3162 3566 3852 3163 3567 3568 3312 3313 3569 3570 3314 3315 3571 3572 3316 3317 3573
    3574 3318 3319 3747 3577 3580 3326 3581 3327 3858
8002: 3211 3213 3214 3215 3216 3217 3218 3220 3221 3222 3223 3224 3549 3239 3240 3241 3242
8003: 3211 3213 3214 3215 3216 3217
8005: 3225 3226 3227 3228 3229
8006: 3251 3252 3253 3254 3255 3256 3257 3258
8010: 3564 3310 3565 3162 3567 3568 3312 3313 3571 3572 3316 3317
8011: 795 3322 3323 118 119 689 3464
8012: 3566 3163 3852 3569 3570 3314 3315 3573 3574 3318 3319
8013: 3409 3230 3231 3232 3233 3234
8014: 777 778 779 780 3300 3301 3302 3303 3304 3305 3036
8015: 777 778 779 780 3300 3301 3302 3303 3304 3305 608 3036 3306 3307 117 3309 790 208 791 792 793 794
8016: 730 731 732 733 734 828 829 830 737 738
8017: 777 778 779 780 3300 3301 3302 3303
8018: 3402 3532 3533 3534 3535 3536 3537 3203 3538 3204 3205
8020: 3525 3526 3527 3528 3529 3530 3198 3531 3199 3200
8021: 3525 3526 3527 3528 3529 3530 3198
8023: 3567 3568 3312 3313 3571 3572 3316 3317
8024: 3569 3570 3314 3315 3573 3574 3318 3319
8025: 3531 3199 3200 3538 3204 3205
8026: 1351 1313
8030: 3564 3310 3565 3162 3566 3163
"""


def _groups(table: str) -> Mapping[str, frozenset[str]]:
    rows = (row.split(":") for row in table.replace("\n    ", " ").strip().splitlines())
    return MappingProxyType({group.strip(): frozenset(members.split()) for group, members in rows})


_OF_2022: Final = _groups(_GROUPS)
_FIRST_GROUP: Final = 8001
_EDITION: Final = "マスターファイル仕様説明書, April 2022, 別紙7-8, 2"

NAME_GROUPS: Final = (
    NameGroups(Month(2018, 4), _OF_2022, _FIRST_GROUP, Mark.UNVERIFIED, f"taken from the next row: {_EDITION}"),
    NameGroups(Month(2022, 4), _OF_2022, _FIRST_GROUP, Mark.READ, _EDITION),
    NameGroups(Month(2024, 6), _OF_2022, _FIRST_GROUP, Mark.UNVERIFIED, f"taken from the row before: {_EDITION}"),
)
"""849 is the only group below the first. Groups that the masters of later years name and this edition does not list are
not decided.
"""


@lru_cache(maxsize=256)
def one_sex_in(month: Month) -> OneSex | None:
    """The categories of one sex in a treatment month."""
    return row_in(ONE_SEX, month)


@lru_cache(maxsize=256)
def transferable_in(claimed: Month) -> Transferable | None:
    """The points up to which a receipt claimed in that month can be passed on without MF."""
    return row_in(TRANSFERABLE, claimed)


@lru_cache(maxsize=256)
def name_groups_in(month: Month) -> NameGroups | None:
    """The groups of facility standards in a treatment month."""
    return row_in(NAME_GROUPS, month)
