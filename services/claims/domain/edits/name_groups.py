"""名寄せコード: facility standards that stand for any one of several.

An act names the group; a hospital registers one of its members. Source: マスターファイル仕様説明書, April 2022,
別紙7-8, 2. The masters of later years name groups that this edition does not list: for these nothing is decided.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

FIRST_GROUP: Final = 8001
"""From here on a code is a group's; 849 is the only group below."""

_TABLE: Final = """
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


NAME_GROUPS: Final = _groups(_TABLE)
"""Group → its members."""


def members_of(code: str) -> frozenset[str] | None:
    """The standards of which one suffices: the code alone where it is no group; None for a group that is not listed."""
    known = NAME_GROUPS.get(code)
    if known is not None:
        return known
    return None if int(code) >= FIRST_GROUP else frozenset({code})
