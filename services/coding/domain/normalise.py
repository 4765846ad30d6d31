"""One spelling for one name: takes out what two writers of the same diagnosis do differently. Refuses to guess."""

import re
import unicodedata
from typing import Final

from services.coding.domain.written_forms import KANA, KANJI, PHRASES

_INVISIBLE: Final = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]+")
_HIRAGANA: Final = {character: character + 0x60 for character in range(ord("ぁ"), ord("ゖ") + 1)}
_LONE_MARKS: Final = dict.fromkeys((0x3099, 0x309A))
"""Voicing marks that belong to no kana."""
_CHARACTERS: Final = _HIRAGANA | str.maketrans(KANJI) | _LONE_MARKS
_ONE_READING: Final = str.maketrans(KANA)
_PHRASE: Final = re.compile("|".join(sorted(PHRASES, key=len, reverse=True)))
_KATAKANA: Final = r"[ァ-ヺー]"
_LONG_MARK: Final = re.compile(rf"(?<={_KATAKANA})[-‐‑‒–—―−─~〜](?={_KATAKANA}|$)")
"""Hyphens, dashes, minus signs and waves that can only be a long mark (長音): after katakana, before it or the end."""
_ROMAN: Final = re.compile(r"(?<![A-Z])(?:IV|I{1,3})(?=型|度|期|群|級)")
_DIGITS: Final = {"I": "1", "II": "2", "III": "3", "IV": "4"}


def normalised(text: str) -> str:
    """The text as the master's index knows it.

    NFKC (half-width kana and full-width letters become ordinary ones), no spaces nor invisible characters, letters in
    upper case, kana as katakana with one spelling for one reading, new forms of kanji, long marks between katakana as
    ー, Roman numbers of types and grades as digits. Idempotent. Removes no word and no modifier.
    """
    upper = unicodedata.normalize("NFKC", text).upper()
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", upper)).translate(_CHARACTERS).translate(_ONE_READING)
    marked = _LONG_MARK.sub("ー", _PHRASE.sub(_plain, folded))
    return _ROMAN.sub(_digits, marked)


def _plain(found: re.Match[str]) -> str:
    return PHRASES[found[0]]


def _digits(found: re.Match[str]) -> str:
    return _DIGITS[found[0]]
