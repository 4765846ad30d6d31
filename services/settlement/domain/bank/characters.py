"""The characters of bank files: JIS X 0201 in one byte each, and names written in them.

Source: 全銀協 レコードフォーマット, 付録1 (使用文字). Kana are half-width; small kana, the long mark ｰ and, in names, ｦ
are never written. A voicing mark is a byte of its own behind its kana, and the two are never cut apart.
"""

import re
import unicodedata
from collections.abc import Mapping
from enum import Enum
from typing import Final

HALF_WIDTH: Final = range(0xFF61, 0xFFA0)
"""｡ to ﾟ; in a file they are the bytes A1 to DF."""
_ENCODING: Final = "cp932"
"""In one byte the same as JIS X 0201; what needs two bytes begins with one that no alphabet has."""
_SMALL: Final = {"ｧ": "ｱ", "ｨ": "ｲ", "ｩ": "ｳ", "ｪ": "ｴ", "ｫ": "ｵ", "ｬ": "ﾔ", "ｭ": "ﾕ", "ｮ": "ﾖ", "ｯ": "ﾂ"}
_LONG_MARKS: Final = "ー‐‑‒–—―−─"
_HIRAGANA: Final = range(ord("ぁ"), ord("ゖ") + 1)
_TO_KATAKANA: Final = 0x60
_KANA: Final = r"\xb1-\xdd"
_MARKS: Final = r"\xde\xdf"
_LOOSE_MARK: Final = re.compile(rb"(?<![\xb3\xb6-\xc4\xca-\xce])\xde|(?<![\xca-\xce])\xdf")
"""ﾞ behind another kana than ｳ, ｶ to ﾄ, ﾊ to ﾎ; ﾟ behind another than ﾊ to ﾎ."""


class Alphabet(Enum):
    """Which characters a field may hold: the inside of a pattern's brackets over bytes."""

    BANK = rf"{_KANA}{_MARKS}A-Z0-9\- "
    """Banks' and branches' names; spaces fill the field."""
    NAME = rf"{_KANA}{_MARKS}A-Z0-9 ()\-."
    """Names of payers, payees and accounts."""
    EDI = rf"\xa6{_KANA}{_MARKS}A-Z0-9 \\\xa2\xa3()\-/."
    """EDI情報."""

    @property
    def not_allowed(self) -> re.Pattern[bytes]:
        """Finds the first byte that the field must not hold."""
        return _NOT_ALLOWED[self]


_NOT_ALLOWED: Final = {each: re.compile(f"[^{each.value}]".encode("latin-1")) for each in Alphabet}


class NotWritable(Exception):
    """A text has no form in the alphabet. `place` is the character's, from 0; the text itself is not told."""

    def __init__(self, place: int) -> None:
        super().__init__(f"character {place + 1} has no form in a bank file")
        self.place = place


def _from_full_width() -> Mapping[int, str]:
    """Kana to half-width: base and mark where voiced, small ones large; long marks and dashes to -."""
    found: dict[int, str] = {}
    for code in HALF_WIDTH:
        half = chr(code)
        full = unicodedata.normalize("NFKC", half)
        if len(full) == 1 and full not in "゙゚":
            found[ord(full)] = _SMALL.get(half, half)
        for mark in "ﾞﾟ":
            voiced = unicodedata.normalize("NFKC", half + mark)
            if len(voiced) == 1:
                found[ord(voiced)] = half + mark
    hiragana = {code: found[code + _TO_KATAKANA] for code in _HIRAGANA if code + _TO_KATAKANA in found}
    return found | hiragana | dict.fromkeys(map(ord, _LONG_MARKS), "-")


_HALVED: Final = _from_full_width()


def written(text: str, alphabet: Alphabet) -> bytes:
    """The text in the bytes of a field: kana half-width and large, letters in upper case. Raises NotWritable."""
    plain = unicodedata.normalize("NFKC", text).upper()
    encoded = plain.translate(_HALVED).encode(_ENCODING, "replace")
    wrong = alphabet.not_allowed.search(encoded) or _LOOSE_MARK.search(encoded)
    if wrong is not None:
        raise NotWritable(_source_place(plain, wrong.start()))
    return encoded


def fitted(encoded: bytes, length: int) -> bytes:
    """Filled with spaces, or cut to the length, never between a kana and its mark."""
    if len(encoded) <= length:
        return encoded.ljust(length)
    end = length - 1 if encoded[length : length + 1] in (b"\xde", b"\xdf") else length
    return encoded[:end].ljust(length)


def loose_mark(field: bytes) -> int | None:
    """The place of the first voicing mark without a kana that can carry it."""
    found = _LOOSE_MARK.search(field)
    return found.start() if found is not None else None


def read(field: bytes) -> str:
    """The text of a field, without the spaces that fill it."""
    return field.decode(_ENCODING, "replace").rstrip(" ")


def _source_place(plain: str, wrong: int) -> int:
    """The character of the text whose bytes hold the wrong one."""
    end = 0
    for place, character in enumerate(plain):
        end += len(character.translate(_HALVED).encode(_ENCODING, "replace"))
        if wrong < end:
            return place
    return len(plain)
