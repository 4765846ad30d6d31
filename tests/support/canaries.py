"""Personal data planted to be found again: each canary in every form in which it could leave, and a search for them.

A canary is a text that occurs nowhere else: a name, a reading, a symbol, a number, a birth date, free text. What is
searched is bytes; a text is looked for as written and in other widths, kana and spacings, each in the encodings that
Japanese text travels in, and each of those as hex, as base64 (at any alignment), as JSON or percent escapes, and as
Python shows bytes.
"""

import base64
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from urllib.parse import quote

ENCODINGS = ("utf-8", "cp932", "euc_jp", "iso2022_jp", "utf-16-le", "utf-16-be")
_ERAS = (("令和", "R", 5, 2018), ("平成", "H", 4, 1988), ("昭和", "S", 3, 1925), ("大正", "T", 2, 1911))
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
_TO_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_TO_KATAKANA = {code - 0x60: code for code in range(0x30A1, 0x30F7)}
_HALF_KANA = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFF66, 0xFF9E)} | {
    unicodedata.normalize("NFKC", chr(code) + mark): chr(code) + mark
    for code in range(0xFF66, 0xFF9E)
    for mark in "ﾞﾟ"
    if len(unicodedata.normalize("NFKC", chr(code) + mark)) == 1
}
SHORTEST_BYTES = 6
"""A shorter form would be found by chance among ids and times."""
LONG_NUMBER_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A canary that was found: which, where, in which form, and what stands around it."""

    canary: str
    place: str
    form: str
    around: bytes


@dataclass(frozen=True)
class Canaries:
    """The planted texts by name."""

    texts: Mapping[str, str]

    @cached_property
    def forms(self) -> dict[bytes, tuple[str, str]]:
        """Every byte string to look for, with the canary's name and the form's."""
        found: dict[bytes, tuple[str, str]] = {}
        for name, text in self.texts.items():
            for form, looked_for in forms_of(text):
                if len(looked_for) >= SHORTEST_BYTES:
                    found.setdefault(looked_for, (name, form))
        return found

    def leaks(self, places: Iterable[tuple[str, bytes]]) -> list[Leak]:
        """Where a canary stands in what was let out; `places` are names with content."""
        return [
            Leak(canary=canary, place=place, form=form, around=content[max(0, at - 60) : at + 60])
            for place, content in places
            for looked_for, (canary, form) in self.forms.items()
            if looked_for in content
            for at in _places(content, looked_for)
        ]


def forms_of(text: str) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of everything that says this text."""
    for variant, written in variants(text):
        yield f"{variant} json", written.encode("ascii", "backslashreplace")
        yield f"{variant} json upper", re.sub(rb"\\u[0-9a-f]{4}", _upper, written.encode("ascii", "backslashreplace"))
        for encoding in ENCODINGS:
            try:
                encoded = written.encode(encoding)
            except UnicodeEncodeError:
                continue
            yield f"{variant} {encoding}", encoded
            yield from ((f"{variant} {encoding} {form}", wrapped) for form, wrapped in _wrapped(encoded))


def variants(text: str) -> Iterator[tuple[str, str]]:
    """The text as written, and in other widths, kana and spacings."""
    plain = unicodedata.normalize("NFKC", text)
    katakana = plain.translate(_TO_KATAKANA)
    yield "as written", text
    yield "normalised", plain
    yield "wide", plain.translate(_WIDE)
    yield "katakana", katakana
    yield "hiragana", katakana.translate(_TO_HIRAGANA)
    yield "half-width", "".join(_HALF_KANA.get(character, character) for character in katakana)
    yield "without spaces", re.sub(r"\s", "", plain)


def birth_forms(birth: date) -> dict[str, str]:
    """A birth date as files, cards and people write it: Christian and era years, in figures and with separators."""
    era, letter, digit, before = next(each for each in _ERAS if birth.year > each[3])
    year = birth.year - before
    return {
        "birth iso": birth.isoformat(),
        "birth compact": f"{birth:%Y%m%d}",
        "birth slashes": f"{birth:%Y/%m/%d}",
        "birth dots": f"{birth:%Y.%m.%d}",
        "birth kanji": f"{birth.year}年{birth.month}月{birth.day}日",
        "birth era": f"{era}{year}年{birth.month}月{birth.day}日",
        "birth era short": f"{letter}{year:02d}.{birth:%m.%d}",
        "birth era figures": f"{letter}{year:02d}{birth:%m%d}",
        "birth era digit": f"{digit}{year:02d}{birth:%m%d}",
    }


def whole(*parts: bytes) -> bytes:
    """Parts of one thing as one content, apart enough that no canary is made up of two of them."""
    return b"\x00|\x00".join(parts)


def flat(found: Sequence[Leak]) -> list[str]:
    """Leaks in short, for a failing test to show."""
    return sorted({f"{each.canary} ({each.form}) in {each.place}: {each.around!r}" for each in found})


def _wrapped(encoded: bytes) -> Iterator[tuple[str, bytes]]:
    yield "hex", encoded.hex().encode()
    yield "upper hex", encoded.hex().upper().encode()
    yield "percent", quote(encoded, safe="").encode()
    yield "bytes shown", repr(encoded)[2:-1].encode()
    yield "octal", b"".join(b"\\%03o" % byte if byte > 0x7E else bytes([byte]) for byte in encoded)
    for shift in range(3):
        yield f"base64+{shift}", _inner_base64(encoded, shift, base64.b64encode)
        yield f"url base64+{shift}", _inner_base64(encoded, shift, base64.urlsafe_b64encode)


def _inner_base64(encoded: bytes, shift: int, encode: Callable[[bytes], bytes]) -> bytes:
    """The characters of base64 that depend on `encoded` alone when `shift` bytes precede it."""
    text = encode(b"\0" * shift + encoded)
    first = (shift * 8 + 5) // 6
    last = (shift + len(encoded)) * 8 // 6
    return text[first:last]


def _places(content: bytes, form: bytes) -> list[int]:
    """Where the form stands; a short number only where it stands alone, for ids and times hold any number somewhere."""
    alone = form.isdigit() and len(form) < LONG_NUMBER_BYTES
    pattern = rb"(?<![0-9a-f])" + form + rb"(?![0-9a-f])" if alone else re.escape(form)
    return [match.start() for match in re.finditer(pattern, content)]


def _upper(escape: "re.Match[bytes]") -> bytes:
    return b"\\u" + escape.group()[2:].upper()
