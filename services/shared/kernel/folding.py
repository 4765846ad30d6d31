"""Free text folded to one writing, so that a screen finds what was written wide, spaced, or in the other kana."""

import re
import unicodedata
from typing import Final

LONG_DIGITS: Final = 7
"""Digits in a row that no diagnosis needs: telephone numbers and identifiers begin there."""

_KATAKANA: Final = {code: code + 0x60 for code in range(0x3041, 0x3097)}
# A voiced mark on its own becomes the mark that joins its kana.
_MARKS: Final = {0x309B: 0x3099, 0x309C: 0x309A}
_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)[\s\-()./・_‐‑‒–—―−ー~]+(?=\d)")
_LONG_RUN: Final = re.compile(rf"\d{{{LONG_DIGITS},}}")
_NUMERALS: Final = str.maketrans("〇一二三四五六七八九", "0123456789")
_NUMERAL_RUN: Final = re.compile("[〇一二三四五六七八九十]+")


def plain(text: str) -> str:
    """Katakana for hiragana, marks joined to their kana, NFKC, upper case."""
    joined = unicodedata.normalize("NFKC", text.translate(_MARKS))
    return joined.translate(_KATAKANA).upper()


def letters(plain_text: str) -> str:
    """Letters and digits alone."""
    return "".join(character for character in plain_text if character.isalnum())


def has_long_run_of_digits(plain_text: str) -> bool:
    """Whether LONG_DIGITS digits follow one another, whatever stands between them."""
    return bool(_LONG_RUN.search(_BETWEEN_DIGITS.sub("", plain_text)) or _LONG_RUN.search(letters(plain_text)))


def in_figures(plain_text: str) -> str:
    """漢数字 as figures: 五十五 is 55, 一九八〇 is 1980; and 元年 as 1年."""
    return _NUMERAL_RUN.sub(_figures, plain_text).replace("元年", "1年")


def _figures(numerals: re.Match[str]) -> str:
    written = numerals.group()
    tens, ten, units = written.partition("十")
    if not ten:
        return written.translate(_NUMERALS)
    return (tens.translate(_NUMERALS) or "1") + (units.translate(_NUMERALS).replace("十", "") or "0")
