"""Words beside a diagnosis that say nothing of which it is: when, how strongly, that it is there or goes on. Pure.

Left out on purpose: what makes it doubtful (様症状), past (以前) or gone (消失, 改善), what may be part of a name
(労作時, 夜間, 持続 in front), and what the master has as a modifier.
"""

import re
from typing import Final

from services.coding.domain.normalise import normalised

WHEN: Final = (
    *(
        "時折",
        "時々",
        "ときどき",
        "最近",
        "このところ",
        "常に",
        "常時",
        "終日",
        "毎日",
        "連日",
        "数日前から",
        "以前から",
    ),
    *("昨日", "昨夜", "昨晩", "今朝", "本日", "昨日から", "今朝から", "本日から", "朝方", "早朝", "午前", "午前中"),
    *("午後", "日中", "昼間", "夕方", "夜半"),
)
HOW_MUCH: Final = (
    *("若干", "多少", "やや", "少し", "少々", "わずかに", "わずかな", "かなり", "相当", "強い", "弱い", "ひどい"),
    *("激しい", "軽い", "著明な", "著明", "明らかな", "はっきりした"),
)
THERE: Final = (
    *("あり", "有り", "がある", "認める", "を認める", "自覚", "自覚あり", "訴え", "訴えあり", "を訴える", "出現"),
    *("増強", "悪化", "持続", "残存", "継続", "進行", "が続く", "著明", "著明あり", "強い", "軽い", "時折", "時々"),
    *("ときどき", "少々", "若干", "多少"),
)
"""Behind the diagnosis alone."""


def _any_of(words: tuple[str, ...]) -> str:
    return "|".join(sorted(map(normalised, words), key=len, reverse=True))


_FRONT: Final = re.compile(rf"^(?:{_any_of(WHEN + HOW_MUCH)})(?:ノ|ナ|ニ|カラ|ヨリ|、)?")
_BEHIND: Final = re.compile(rf"(?:ノ|ガ|ヲ|ハ|モ|ニ)?(?:{_any_of(THERE)}|\(\++\)|\++)$")


def without_asides(text: str) -> str:
    """A normalised text without such words at its beginning and end; itself where it has none."""
    bare = _BEHIND.sub("", _FRONT.sub("", text))
    return bare if bare == text else without_asides(bare)
