"""Which characters each mode of the record format takes: the raw material of the layouts' patterns.

Texts are decoded as cp932. 英数 (alphanumeric) is printable JIS X 0201 without comma and quotation mark; 漢字 (wide) is
any two-byte character; of those, JIS X 0208-1983 leaves out the makers' additions that cp932 knows (① ㍻ 髙).
"""

import re

ENCODING = "cp932"

# 第1章 3 (3) エ names the standard: rows 1 to 8 and 16 to 84, the last of which held four characters in 1983.
_SYMBOL_ROWS = range(1, 9)
_KANJI_ROWS = range(16, 85)
_LAST_ROW = 84
_LAST_ROW_CELLS = 4
_CELLS = 94
_LEAD_BYTES = (*range(0x81, 0xA0), *range(0xE0, 0xFD))
_TRAIL_BYTES = (*range(0x40, 0x7F), *range(0x80, 0xFD))


def _shift_jis(row: int, cell: int) -> bytes:
    """The two Shift_JIS bytes of a row and cell (区点) of JIS X 0208."""
    lead = (row - 1) // 2 + (0x81 if row <= 62 else 0xC1)  # noqa: PLR2004 - rows 63 and up follow the half-width kana
    if row % 2:
        return bytes((lead, cell + (0x3F if cell <= 63 else 0x40)))  # noqa: PLR2004 - 0x7F is no trail byte
    return bytes((lead, cell + 0x9E))


def _decode(pair: bytes) -> str:
    try:
        return pair.decode(ENCODING)
    except UnicodeDecodeError:
        return ""


def _jis_x_0208_1983() -> frozenset[str]:
    cells = ((row, cell) for row in (*_SYMBOL_ROWS, *_KANJI_ROWS) for cell in range(1, _CELLS + 1))
    return frozenset(
        _decode(_shift_jis(row, cell)) for row, cell in cells if row != _LAST_ROW or cell <= _LAST_ROW_CELLS
    ) - {""}


def _two_byte_characters() -> frozenset[str]:
    return frozenset(_decode(bytes((lead, trail))) for lead in _LEAD_BYTES for trail in _TRAIL_BYTES) - {""}


STANDARD_WIDE = _jis_x_0208_1983()
WIDE = frozenset(text for text in _two_byte_characters() if len(text) == 1)


def _class_of(characters: frozenset[str]) -> str:
    return "[" + "".join(sorted(characters)) + "]"


ALNUM_CLASS = r"[ !#-+\--~]"
ALNUM_END_CLASS = r"[!#-+\--~]"
# Any two-byte character; whether JIS X 0208-1983 has it is asked once per receipt, with has_nonstandard.
# The left-out ranges decode from one byte: ASCII, half-width kana, and what cp932 makes of 0x80, 0xA0 and 0xFD to 0xFF.
WIDE_CLASS = r"[^\x00-\xa0\uf8f1-\uf8f3\uff61-\uff9f]"
WIDE_END_CLASS = r"[^\x00-\xa0\uf8f1-\uf8f3\uff61-\uff9f\u3000]"

has_nonstandard = re.compile(_class_of(WIDE - STANDARD_WIDE)).search
is_alnum = re.compile(f"{ALNUM_CLASS}*").fullmatch
is_wide = re.compile(f"{WIDE_CLASS}*").fullmatch
is_digits = re.compile("[0-9]*").fullmatch
is_kana = re.compile("[ァ-ヶー]*").fullmatch


def bytes_of(text: str) -> int:
    """How many bytes a text that was decoded from cp932 takes in a file."""
    return len(text) if text.isascii() else len(text.encode(ENCODING))
