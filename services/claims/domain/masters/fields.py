"""What a master's column may hold, and the value it becomes.

A form converts one column's text or refuses it by its rule. Columns of few values are converted once and shared, so
that equal values of a file are one object. Source: マスターファイル仕様説明書, April 2022, chapter 3: モード,
最大バイト, 項目形式.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final

from services.claims.domain.masters.ages import SPECIAL_CODES, age_limit

Convert = Callable[[str], object]
"""Text of a column → its value; raises Refused."""

MOST_SHARED: Final = 20_000
"""Distinct texts of one form that are kept to be shared; those beyond are converted each time."""
NO_END: Final = "99999999"


class Refused(ValueError):
    """The text of a column breaks the column's rule."""


@dataclass(frozen=True, slots=True)
class Form:
    """The rule of a column in words, and its conversion.

    `beyond` are codes that official files use although the specification of April 2022 does not list them: they are
    read, and reported each time.
    """

    rule: str
    convert: Convert
    beyond: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Column:
    """One item (項番) of a master file: its number, its Japanese name, the field it becomes and its form.

    `field` is empty where nothing is kept: a reserve, or a length that is checked against the name it counts. A field
    inside a value is written with a dot ("step.width"); members of a tuple by their position ("age_additions.0.code").
    """

    item: int
    japanese: str
    field: str
    form: Form


class _Shared(dict[str, object]):
    """Values converted before, by their text."""

    def __init__(self, convert: Convert) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, text: str) -> object:
        value = self._convert(text)
        if len(self) < MOST_SHARED:
            self[text] = value
        return value


def _form(rule: str, convert: Convert, beyond: Iterable[str] = ()) -> Form:
    return Form(rule, _Shared(convert).__getitem__, frozenset(beyond))


def _matching(rule: str, pattern: str, value: Convert) -> Form:
    matches = re.compile(pattern, re.ASCII).fullmatch

    def convert(text: str) -> object:
        if matches(text) is None:
            raise Refused(rule)
        return value(text)

    return _form(rule, convert)


def text(most: int) -> Form:
    """Up to that many characters, without spaces behind."""
    rule = f"at most {most} characters"

    def convert(written: str) -> str:
        if len(written) > most:
            raise Refused(rule)
        return sys.intern(written.rstrip())

    return Form(rule, convert)


def code(pattern: str, rule: str) -> Form:
    """The code that a row is about: a fixed pattern, never blank, of too many values to be shared."""
    matches = re.compile(pattern, re.ASCII).fullmatch

    def convert(written: str) -> str:
        if matches(written) is None:
            raise Refused(rule)
        return sys.intern(written)

    return Form(rule, convert)


def reference(digits: int) -> Form:
    """Another row's code of that many digits; "" where the column is blank or 0."""
    rule = f"a code of {digits} digits, 0 or blank"
    return _matching(
        rule, rf"[0-9]{{{digits}}}|0|", lambda written: "" if written in {"", "0"} else sys.intern(written)
    )


def short_reference(most: int) -> Form:
    """A number of up to so many digits that names something, kept as text; "" where it is 0."""
    rule = f"a number of 1 to {most} digits"
    return _matching(rule, rf"[0-9]{{1,{most}}}", lambda written: "" if not int(written) else sys.intern(written))


def digits(least: int, most: int) -> Form:
    """Digits kept as text, with their zeros."""
    return _matching(f"{least} to {most} digits", rf"[0-9]{{{least},{most}}}", sys.intern)


def pattern(rule: str, expression: str) -> Form:
    """Text of a given pattern, kept as it is."""
    return _matching(rule, expression, sys.intern)


def number(most: int) -> Form:
    """A whole number of up to so many digits."""
    return _matching(f"a number of 1 to {most} digits", rf"[0-9]{{1,{most}}}", int)


def length() -> Form:
    """The number of characters of the name beside it; blank where that is."""
    return _matching("a number of up to 3 digits", r"[0-9]{0,3}", lambda written: int(written or "0"))


def amount(whole: int) -> Form:
    """Points, yen or percent: so many digits, then up to two decimals (整数部, 小数部2桁)."""
    rule = f"up to {whole} digits and up to 2 decimals"
    return _matching(rule, rf"[0-9]{{1,{whole}}}(\.[0-9]{{1,2}})?", Decimal)


def flag(yes: str = "1", *, no: str = "0") -> Form:
    """0 is no and 1 is yes, or as the specification writes them."""
    return choice({no: False, yes: True})


def optional_flag() -> Form:
    """0 or 1 of a column that the layout before April 2022 left blank: blank is no."""
    return choice({"": False, "0": False, "1": True})


def choice(values: Mapping[str, object]) -> Form:
    """One of the texts named, each with its value."""
    rule = f"one of {_listed(values)}"

    def convert(written: str) -> object:
        try:
            return values[written]
        except KeyError:
            raise Refused(rule) from None

    return _form(rule, convert)


def one_of(closed: type[Enum], beyond: Iterable[str] = (), blank: Enum | None = None) -> Form:
    """A member of a closed set by its value; `blank` is what a blank column says where it may be blank."""
    values = {str(member.value): member for member in closed} | ({"": blank} if blank else {})
    return Form(f"one of {_listed(values)}", choice(values).convert, frozenset(beyond))


def key_of(table: Iterable[str], beyond: Iterable[str] = ()) -> Form:
    """A code of a table of the specification, kept as text; "" where it is 0, which is none."""
    values = {"0": "", **{known: known for known in (*table, *beyond)}}
    return Form(f"one of {_listed(values)}", choice(values).convert, frozenset(beyond))


def age(beyond: Iterable[str] = (), special: Iterable[str] = SPECIAL_CODES) -> Form:
    """An age limit: 00 none, two digits years, or one of the column's special codes."""
    allowed = frozenset({*special, *beyond})
    rule = f"two digits or one of {_listed(allowed)}"

    def convert(written: str) -> object:
        if written not in allowed and not re.fullmatch(r"[0-9]{2}", written, re.ASCII):
            raise Refused(rule)
        return age_limit(written)

    return Form(rule, _Shared(convert).__getitem__, frozenset(beyond))


def day() -> Form:
    """A day, YYYYMMDD."""
    return _form("a day YYYYMMDD", _date)


def last_day() -> Form:
    """The last day of use; 99999999 is None: none is set."""
    return _form("a day YYYYMMDD or 99999999", lambda written: None if written == NO_END else _date(written))


def optional_day() -> Form:
    """A day, or None where the column is blank or of zeros."""
    return _form("a day YYYYMMDD, 0 or blank", lambda written: _date(written) if written.strip("0") else None)


def reserve() -> Form:
    """予備: blank or 0."""
    return choice({"": None, "0": None})


def kind_letter(letter: str) -> Form:
    """マスター種別: always the master's letter."""
    return choice({letter: None})


def _date(written: str) -> date:
    if not re.fullmatch(r"[0-9]{8}", written, re.ASCII):
        raise Refused("a day YYYYMMDD")
    try:
        return date(int(written[:4]), int(written[4:6]), int(written[6:]))
    except ValueError:
        raise Refused("a day of the calendar, YYYYMMDD") from None


def _listed(values: Iterable[str]) -> str:
    return ", ".join(sorted(value or "blank" for value in values))
