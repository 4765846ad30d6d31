"""Edits of comments: whether what stands beside a comment's code is of the form that its pattern demands (別紙6-1)."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from services.claims.domain.edits.hits import Hit, Hits
from services.claims.domain.edits.places import PlacedComment, Places
from services.claims.domain.masters.comments import CommentPattern, Insertion
from services.claims.domain.uke.columns import day
from services.shared.kernel.imperial_eras import imperial_era_of

_HOURS, _MINUTES, _MONTH_DAYS = 24, 60, 31
_SITE_WIDTH: Final = 4


def text_missing(places: Places) -> Hits:
    """A comment without the text that its pattern demands."""
    for placed in places.comments:
        if not placed.text and not has_form(placed):
            yield Hit(placed.line, f"{placed.comment.code}: pattern {placed.comment.pattern.value} demands a text")


def wrong_form(places: Places) -> Hits:
    """A comment whose text is not of its pattern's form; the text itself is never repeated."""
    for placed in places.comments:
        if placed.text and not has_form(placed):
            pattern = placed.comment.pattern.value
            yield Hit(placed.line, f"{placed.comment.code}: its text has not the form of pattern {pattern}")


def has_form(placed: PlacedComment) -> bool:
    """Whether the text has the form of its pattern. Full-width digits are read as digits."""
    text = unicodedata.normalize("NFKC", placed.text)
    pattern = placed.comment.pattern
    if pattern is CommentPattern.DIGITS_INSERTED:
        return _fills(text, placed.comment.insertions)
    return _FORMS[pattern](text)


def _fills(text: str, insertions: tuple[Insertion, ...]) -> bool:
    digits = sum(each.digits for each in insertions)
    return not digits or (len(text) == digits and re.fullmatch(r"[0-9 .]*", text) is not None)


def _is_date(text: str) -> bool:
    era = imperial_era_of(text[:1])
    if era is None or not re.fullmatch(r"[0-9]{7}", text):
        return False
    year = era.year_zero + int(text[1:3])
    return day(f"{year:04d}{text[3:]}") is not None


def _is_time(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{4}", text)) and int(text[:2]) < _HOURS and int(text[2:]) < _MINUTES


def _is_moment(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{6}", text)) and 1 <= int(text[:2]) <= _MONTH_DAYS and _is_time(text[2:])


def _is_date_and_number(text: str) -> bool:
    return _is_date(text[:7]) and bool(re.fullmatch(r"[0-9.]{8}", text[7:]))


def _matches(expression: str) -> Callable[[str], bool]:
    compiled = re.compile(expression)
    return lambda text: compiled.fullmatch(text) is not None


_FORMS: Final[Mapping[CommentPattern, Callable[[str], bool]]] = MappingProxyType(
    {
        CommentPattern.FREE_TEXT: bool,
        CommentPattern.FIXED_TEXT: lambda text: not text,
        CommentPattern.TEXT_ADDED: bool,
        CommentPattern.ACT_ADDED: _matches(r"1[0-9]{8}"),
        CommentPattern.NUMBER_ADDED: _matches(r"-?[0-9]+(\.[0-9]+)?"),
        CommentPattern.DATE_ADDED: _is_date,
        CommentPattern.TIME_ADDED: _is_time,
        CommentPattern.MINUTES_ADDED: _matches(r"[0-9]{5}"),
        CommentPattern.MOMENT_ADDED: _is_moment,
        CommentPattern.DATE_AND_NUMBER_ADDED: _is_date_and_number,
        CommentPattern.SITE_BY_MODIFIERS: lambda text: (
            bool(text) and len(text) % _SITE_WIDTH == 0 and text.isascii() and text.isdigit()
        ),
    }
)
