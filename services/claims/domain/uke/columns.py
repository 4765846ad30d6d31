"""Records with typed columns: a record keeps every field as read, its columns say what a field means.

A column is declared as a class attribute of a record type; reading it on a record gives a typed value and never raises:
a field that is empty or malformed reads as None (or as an empty string or tuple). Whether it may be so is the business
of the rules of form, not of the accessor.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import ClassVar, Generic, Self, TypeVar, overload

from services.claims.domain.uke.characters import ENCODING
from services.claims.domain.uke.codes import CodeTable
from services.claims.domain.uke.layout import FieldLayout, Form, Mode, Need, RecordLayout, Shape

DAYS_IN_RECORD = 31
COMMENTS_IN_RECORD = 3
COMMENT_BYTES = 100
MOST_DIGITS = 18
"""Digits of a number as read, zeros included; no field of the specification has more than 11."""


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a file, whole: every field as read, and the line it stood on (from 1).

    `encoded` holds the line's own bytes where the fields would be written otherwise (cp932 has two spellings of some
    characters); elsewhere it is None.
    """

    fields: tuple[str, ...]
    line: int = 0
    encoded: bytes | None = None

    layout: ClassVar[RecordLayout]

    def __init_subclass__(  # type: ignore[explicit-override]  # typing has no override before Python 3.12
        cls, *, record: str, japanese: str, section: str
    ) -> None:
        fields: list[FieldLayout] = []
        for column in [value for value in vars(cls).values() if isinstance(value, Column)]:
            fields.extend(column.place(len(fields) + 1))
        cls.layout = RecordLayout(record=record, japanese=japanese, section=section, fields=tuple(fields))

    @property
    def record(self) -> str:
        """The record id (レコード識別情報) as read."""
        return self.fields[0]

    def field(self, index: int) -> str:
        """The field in this column as read; empty where the line ends before it."""
        return self.fields[index] if index < len(self.fields) else ""

    def to_bytes(self) -> bytes:
        """The line's bytes without its line end: exactly those it was read from."""
        return ",".join(self.fields).encode(ENCODING) if self.encoded is None else self.encoded

    @classmethod
    def of(cls, *fields: str, line: int = 0) -> Self:
        """A record of this type from its fields after the record id; missing ones at the end are empty."""
        missing = cls.layout.columns - 1 - len(fields)
        return cls((cls.layout.record, *fields, *("",) * missing), line)


T = TypeVar("T")


class Column(Generic[T]):
    """A column of a record, or a run of columns that belong together.

    `layouts` describe its fields but for name and index; `convert` makes the typed value of the fields as read.
    """

    __slots__ = ("_convert", "_fields", "_layouts", "_name")

    def __init__(self, layouts: tuple[FieldLayout, ...], convert: Callable[[tuple[str, ...]], T]) -> None:
        self._layouts = layouts
        self._convert = convert
        self._name = ""
        self._fields = slice(0)

    def __set_name__(self, _owner: type[Record], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, record: None, _owner: type[Record]) -> Self: ...

    @overload
    def __get__(self, record: Record, _owner: type[Record]) -> T: ...

    def __get__(self, record: Record | None, _owner: type[Record]) -> Self | T:
        """The value in this record."""
        return self if record is None else self._convert(record.fields[self._fields])

    def place(self, index: int) -> tuple[FieldLayout, ...]:
        """The layouts of this column's fields, the first standing in column `index`."""
        self._fields = slice(index, index + len(self._layouts))
        if len(self._layouts) == 1:
            return (replace(self._layouts[0], name=self._name, index=index),)
        return tuple(
            replace(layout, name=layout.name or f"{self._name}_{number + 1}", index=index + number, run=self._name)
            for number, layout in enumerate(self._layouts)
        )


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment code (9 digits) beside a line of treatment, and its text where the code takes one."""

    code: str
    text: str


is_amount = re.compile(r"[0-9]+(?:\.[0-9]+)?").fullmatch


def split_codes(text: str, width: int) -> tuple[str, ...]:
    """The text cut into codes of this width; a rest that is shorter is the last."""
    return tuple(text[start : start + width] for start in range(0, len(text), width))


def whole_number(text: str) -> int | None:
    """The number that these ASCII digits write; None for anything else, and beyond MOST_DIGITS."""
    return _whole_number(text) if len(text) <= MOST_DIGITS else None


@lru_cache(maxsize=8_192)
def _whole_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def day(text: str) -> date | None:
    """The day of the calendar written YYYYMMDD, or None."""
    return _day_of(text) if len(text) == len("YYYYMMDD") else None


@lru_cache(maxsize=16_384)
def _day_of(text: str) -> date | None:
    if whole_number(text) is None:
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def _text(fields: tuple[str, ...]) -> str:
    return fields[0] if fields else ""


def _whole(fields: tuple[str, ...]) -> int | None:
    return whole_number(_text(fields))


def _decimal(fields: tuple[str, ...]) -> Decimal | None:
    return Decimal(_text(fields)) if is_amount(_text(fields)) else None


def _day(fields: tuple[str, ...]) -> date | None:
    return day(_text(fields))


def _run(fields: tuple[str, ...]) -> tuple[str, ...]:
    return fields + ("",) * (DAYS_IN_RECORD - len(fields))


def _counts(fields: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(whole_number(field) or 0 for field in _run(fields))


# How the specification's tables read, as constructors: one line of a table is one call.


def text(japanese: str, mode: Mode, max_bytes: int, need: Need = Need.OPTIONAL) -> Column[str]:
    """Text of variable length."""
    return Column((_layout(japanese, mode, max_bytes, Shape.TEXT, need=need),), _text)


def fixed_text(japanese: str, max_bytes: int) -> Column[str]:
    """Alphanumeric text of exactly this length; spaces before it count."""
    return Column((_fixed(_layout(japanese, Mode.ALNUM, max_bytes, Shape.TEXT, need=Need.REQUIRED)),), _text)


def digits(japanese: str, max_bytes: int, need: Need = Need.OPTIONAL, *, fewest: int = 0) -> Column[str]:
    """Digits whose zeros count; exactly `max_bytes` of them unless fewer are allowed."""
    layout = _fixed(_layout(japanese, Mode.DIGITS, max_bytes, Shape.DIGITS, need=need))
    return Column((replace(layout, fewest=fewest or max_bytes),), _text)


def master_code(japanese: str, first_digit: str) -> Column[str]:
    """A code of nine digits from a master, whose first digit tells which master it is."""
    return Column((_master_code(japanese, first_digit, Need.REQUIRED),), _text)


def number(japanese: str, max_bytes: int, need: Need = Need.OPTIONAL) -> Column[int | None]:
    """A quantity, recorded without leading zeros."""
    return Column((_layout(japanese, Mode.DIGITS, max_bytes, Shape.QUANTITY, need=need),), _whole)


def amount(japanese: str, max_bytes: int, fraction: int) -> Column[Decimal | None]:
    """A quantity with up to `fraction` decimals."""
    layout = _layout(japanese, Mode.DIGITS, max_bytes, Shape.AMOUNT, need=Need.OPTIONAL)
    return Column((replace(layout, fraction=fraction),), _decimal)


def a_day(japanese: str, need: Need = Need.OPTIONAL) -> Column[date | None]:
    """A day of the calendar, YYYYMMDD."""
    return Column((replace(_fixed(_layout(japanese, Mode.DIGITS, 8, Shape.DATE, need=need)), fewest=8),), _day)


def a_month(japanese: str) -> Column[str]:
    """A month of the calendar, YYYYMM."""
    return Column(
        (replace(_fixed(_layout(japanese, Mode.DIGITS, 6, Shape.DATE, need=Need.REQUIRED)), fewest=6),), _text
    )


def code(japanese: str, table: CodeTable, need: Need = Need.OPTIONAL) -> Column[str]:
    """One code of a table."""
    layout = _fixed(_layout(japanese, Mode.ALNUM, table.width, Shape.CODES, need=need))
    return Column((replace(layout, table=table, width=table.width),), _text)


def codes(japanese: str, max_bytes: int, *, table: CodeTable | None = None, width: int = 0) -> Column[tuple[str, ...]]:
    """Codes of one width written one after another, from a table or, with `width`, from a master."""
    each = table.width if table else width
    layout = _layout(japanese, Mode.ALNUM, max_bytes, Shape.CODES, need=Need.OPTIONAL)
    return Column((replace(layout, table=table, width=each),), lambda fields: split_codes(_text(fields), each))


def reserved(mode: Mode, max_bytes: int) -> Column[str]:
    """予備: nothing is recorded."""
    return Column((_layout("予備", mode, max_bytes, Shape.TEXT, need=Need.RESERVED),), _text)


def reserved_run(mode: Mode, max_bytes: int) -> Column[tuple[str, ...]]:
    """31 reserved fields."""
    return Column((_layout("予備", mode, max_bytes, Shape.TEXT, need=Need.RESERVED),) * DAYS_IN_RECORD, _run)


def counts_per_day() -> Column[tuple[int, ...]]:
    """算定日情報: how often on each of the 31 days, 0 where nothing is recorded."""
    layout = _layout("日の情報", Mode.DIGITS, 3, Shape.QUANTITY, need=Need.OPTIONAL)
    return Column((layout,) * DAYS_IN_RECORD, _counts)


def code_per_day(table: CodeTable) -> Column[tuple[str, ...]]:
    """A code for each of the 31 days, or nothing."""
    layout = _layout("日の情報", Mode.ALNUM, table.width, Shape.CODES, need=Need.OPTIONAL)
    return Column((replace(layout, table=table, width=table.width),) * DAYS_IN_RECORD, _run)


def comments() -> Column[tuple[Comment, ...]]:
    """Up to three comment codes, each with its text, recorded in order."""
    written = _layout("文字データ", Mode.WIDE, COMMENT_BYTES, Shape.TEXT, need=Need.OPTIONAL)
    coded = _master_code("コメントコード", "8", Need.OPTIONAL)
    pairs = (
        (replace(coded, name=f"comment_code_{place}"), replace(written, name=f"comment_text_{place}"))
        for place in range(1, COMMENTS_IN_RECORD + 1)
    )
    return Column(tuple(layout for pair in pairs for layout in pair), _comments)


def _comments(fields: tuple[str, ...]) -> tuple[Comment, ...]:
    pairs = zip(fields[::2], (*fields[1::2], ""), strict=False)
    return tuple(Comment(code, written) for code, written in pairs if code or written)


def _master_code(japanese: str, first_digit: str, need: Need) -> FieldLayout:
    layout = _fixed(_layout(japanese, Mode.DIGITS, 9, Shape.DIGITS, need=need))
    return replace(layout, fewest=9, first_digit=first_digit)


def _fixed(layout: FieldLayout) -> FieldLayout:
    return replace(layout, form=Form.FIXED)


def _layout(japanese: str, mode: Mode, max_bytes: int, shape: Shape, *, need: Need) -> FieldLayout:
    return FieldLayout(
        name="",
        japanese=japanese,
        index=0,
        mode=mode,
        max_bytes=max_bytes,
        form=Form.VARIABLE,
        need=need,
        shape=shape,
    )
