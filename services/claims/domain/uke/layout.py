"""How a record is laid out: its fields as data, and the pattern that a well-formed line matches.

The layouts are declared once, in `records`, as the columns of typed records; the pattern a line is read with and the
rules it is judged by are both made from them, so they cannot disagree.
"""

import re
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from services.claims.domain.uke.characters import ALNUM_CLASS, ALNUM_END_CLASS, WIDE_CLASS, WIDE_END_CLASS
from services.claims.domain.uke.codes import CodeTable

# The run of comment codes and texts beside a line of treatment.
COMMENTS = "comments"


class Mode(Enum):
    """モード: the characters a field takes."""

    DIGITS = "数字"
    ALNUM = "英数"
    WIDE = "漢字"
    EITHER = "英数又は漢字"


class Form(Enum):
    """項目形式: recorded at full length, or as far as there is something to record."""

    FIXED = "固定"
    VARIABLE = "可変"


class Need(Enum):
    """Whether the field is always recorded, recorded where it applies, or reserved (予備: it stays empty)."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    RESERVED = "reserved"


class Shape(Enum):
    """What the field holds beyond its mode.

    DIGITS keep their zeros (numbers of things, dates); a QUANTITY and an AMOUNT (with decimals) do not. CODES are one
    or more codes of one width, from a table or from a master.
    """

    TEXT = "text"
    DIGITS = "digits"
    DATE = "date"
    QUANTITY = "quantity"
    AMOUNT = "amount"
    CODES = "codes"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLayout:
    """One field as the specification states it.

    `index` is its column (the record id is column 0); `max_bytes` the specified maximum; `table` its code table;
    `width` the characters of one code; `fewest` the least digits where fewer than the maximum are allowed; `fraction`
    the decimals of an amount; `first_digit` that of every code of its master; `run` the name shared by fields that
    belong together, such as the 31 days.
    """

    name: str
    japanese: str
    index: int
    mode: Mode
    max_bytes: int
    form: Form
    need: Need
    shape: Shape
    table: CodeTable | None = None
    width: int = 0
    fewest: int = 0
    fraction: int = 0
    first_digit: str = ""
    run: str = ""

    def pattern(self) -> str:
        """The regular expression of a well-formed value of this field."""
        if self.need is Need.RESERVED:
            return ""
        value = self.required_pattern()
        return value if self.need is Need.REQUIRED else f"(?:{value})?"

    def required_pattern(self) -> str:
        """The regular expression of a well-formed value, were it required."""
        match self.shape:
            case Shape.CODES:
                return self._codes_pattern()
            case Shape.DIGITS | Shape.DATE:
                free = len(self.first_digit)
                return f"{self.first_digit}[0-9]{{{self.fewest - free},{self.max_bytes - free}}}"
            case Shape.QUANTITY:
                return f"(?:0|[1-9][0-9]{{0,{self.max_bytes - 1}}})"
            case Shape.AMOUNT:
                return f"(?:0|[1-9][0-9]{{0,{self.whole - 1}}})(?:\\.[0-9]{{0,{self.fraction - 1}}}[1-9])?"
            case Shape.TEXT:
                return self._text_pattern()

    @property
    def whole(self) -> int:
        """Digits before the point of an amount."""
        return self.max_bytes - self.fraction - 1

    def _codes_pattern(self) -> str:
        if self.table is None:
            one = f"[0-9A-Za-z]{{{self.width}}}"
        elif self.width == 1:
            one = f"[{''.join(sorted(self.table.codes))}]"
        else:
            one = f"(?:{'|'.join(sorted(self.table.codes))})"
        return one if self.max_bytes == self.width else f"(?:{one}){{1,{self.max_bytes // self.width}}}"

    def _text_pattern(self) -> str:
        fewest = self.max_bytes - 1 if self.form is Form.FIXED else 0
        alnum = f"{ALNUM_CLASS}{{{fewest},{self.max_bytes - 1}}}{ALNUM_END_CLASS}"
        wide = f"{WIDE_CLASS}{{0,{self.max_bytes // 2 - 1}}}{WIDE_END_CLASS}"
        match self.mode:
            case Mode.WIDE:
                return wide
            case Mode.EITHER:
                return f"(?:{alnum}|{wide})"
            case Mode.ALNUM | Mode.DIGITS:
                return alnum


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLayout:
    """A record type: id, Japanese name, section of the specification (第1章 3 (4)), fields in order."""

    record: str
    japanese: str
    section: str
    fields: tuple[FieldLayout, ...]

    @property
    def columns(self) -> int:
        """Fields in a complete line, the record id included."""
        return len(self.fields) + 1

    def pattern(self, *captured: str) -> re.Pattern[str]:
        """The compiled pattern of a well-formed line.

        It has one group for each captured field or run, in column order; a run matches as a whole, commas included.
        """
        parts = [self.record]
        for run, members in groupby(self.fields, key=lambda field: field.run):
            fields = tuple(members)
            if run == COMMENTS:
                parts.append(_group(_comments_pattern(fields), captured=run in captured))
            elif run in captured:
                parts.append("([0-9,]*)")
            else:
                parts.extend(_group(field.pattern(), captured=field.name in captured) for field in fields)
        return re.compile(",".join(parts))

    def columns_of(self, *captured: str) -> tuple[slice, ...]:
        """For each captured field or run, in column order, the slice of a split line that holds it."""
        spans: dict[str, list[int]] = {}
        for field in self.fields:
            name = field.run if field.run in captured else field.name
            if name in captured:
                spans.setdefault(name, []).append(field.index)
        return tuple(slice(indexes[0], indexes[-1] + 1) for indexes in spans.values())

    def index_of(self, name: str) -> int:
        """The column of a field by its English name; StopIteration where there is none."""
        return next(field.index for field in self.fields if field.name == name)


def _comments_pattern(fields: tuple[FieldLayout, ...]) -> str:
    """Pairs of code and text, recorded in order: none, the first, the first two, or all."""
    pattern = ""
    for left, (coded, written) in enumerate(zip(reversed(fields[::2]), reversed(fields[1::2]), strict=True)):
        none = "," * (2 * left + 1)
        some = f"{coded.required_pattern()},{written.pattern()}{',' if left else ''}{pattern}"
        pattern = f"(?:{none}|{some})"
    return pattern


def _group(pattern: str, *, captured: bool) -> str:
    return f"({pattern})" if captured else pattern
