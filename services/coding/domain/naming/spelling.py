"""One spelling for one name of a drug or a procedure: what the disease index folds, and how amounts are written.

Source of the units: マスターファイル仕様説明書 (令和4年4月), 別紙4-1, and the names in the drug master.
"""

import re
from typing import Final

from services.coding.domain.normalise import normalised

MICRO: Final = "\N{GREEK CAPITAL LETTER MU}"
"""What NFKC and upper case make of both signs for micro."""
BETWEEN_NUMBERS: Final = "_"
"""What keeps two numbers, or a unit and a maker, apart once spaces are gone: カルタン錠500 500mg, 10mg YD."""
_APART: Final = re.compile(r"(?<=[0-9０-９千万])\s+(?=[0-9０-９])|(?<=[GgLlＧｇＬｌ㎎㎖])\s+(?=[A-Za-zＡ-Ｚａ-ｚ])")
_WRITTEN_UNITS: Final = {
    "マイクログラム": f"{MICRO}G", "マイクロG": f"{MICRO}G", "MCG": f"{MICRO}G", "ミリグラム": "MG",
    "ナノグラム": "NG", "キログラム": "KG", "グラム": "G", "ミリリットル": "ML", "リットル": "L",
    "CC": "ML", "パーセント": "%", "W/V%": "%",
    "メガベクレル": "MBQ", "ギガベクレル": "GBQ", "国際単位": "単位", "IU": "単位", "U": "単位",
    "センチメートル": "CM", "ミリメートル": "MM",
}  # fmt: skip
"""Units as written behind a number, after normalisation, to the one that is kept."""
_SALTS: Final = (("ナトリウム", "NA"), ("カルシウム", "CA"))
"""Written either way in the masters themselves."""
_LARGE: Final = {"千": "000", "万": "0000", "百万": "000000"}
_UNIT: Final = re.compile(
    rf"(?<=[0-9万])(?:{'|'.join(sorted(_WRITTEN_UNITS, key=len, reverse=True))})(?![A-Z])",
)
_LARGE_NUMBER: Final = re.compile(
    r"(?<![0-9.])([0-9]{1,4})(百万|[千万])(?=単位|U|IU|JAU|/|$|[^0-9一-龥])|(?<=:)(百万)",
)
_THOUSANDS: Final = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_EMPTY_DECIMALS: Final = re.compile(r"(?<=[0-9])\.0+(?![0-9])|(?<=\.)([0-9]*[1-9])0+(?![0-9])")
_PRICE_UNIT: Final = re.compile(r"(?<=[GL%位])1(?:錠|カプセル|管|瓶|筒|包|個|袋|キット|枚|(?<=%1)G)(?![0-9A-Z])")
"""What a price is for (規格単位), behind the strength in lists of prices: 5mg1錠, 1%1g. No part of a name."""
_RANGE: Final = re.compile(
    r"([0-9]+)(日|人|回|歳|誘導|検査)?(?:以上|~|カラ|又ハ)([0-9]+)(日|人|回|歳|誘導|検査)(?:以内|以下|マデ)*(?:ノ期間)*",
)
"""From the one to the other, both included, as the masters write it in five ways: 8日以上14日以内の期間, 8～14日."""
_BRACKETS: Final = str.maketrans("〔〕[]{}", "()()()")


def spelled(text: str) -> str:
    """The name as the index knows it: normalised, units and salts in one form, numbers in digits. Idempotent.

    ｍｇ, ㎎ and ミリグラム are MG; 1,000 and 1千 are 1000; 5.0 is 5. No word is removed, no amount reckoned.
    """
    folded = normalised(_APART.sub(BETWEEN_NUMBERS, text)).translate(_BRACKETS)
    for long, short in _SALTS:
        folded = folded.replace(long, short)
    plain = _EMPTY_DECIMALS.sub(lambda found: found[1] or "", _THOUSANDS.sub("", folded))
    units = _UNIT.sub(lambda found: _WRITTEN_UNITS[found[0]], _LARGE_NUMBER.sub(_in_digits, plain))
    return _RANGE.sub(_range, _PRICE_UNIT.sub("", units))


def _range(found: re.Match[str]) -> str:
    return f"{found[1]}~{found[3]}{found[4]}" if found[2] in (None, found[4]) else found[0]


def _in_digits(found: re.Match[str]) -> str:
    """1千 as 1000, 50万 as 500000, a ratio's 百万 as 1000000."""
    return f"1{_LARGE[found[3]]}" if found[3] else f"{found[1]}{_LARGE[found[2]]}"
