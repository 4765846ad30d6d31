"""One record of a master file, column by column as written, to its typed row, or to what is wrong with it.

A record of a differential file may be sparse: of a changed or abolished code (変更区分 5, 9, 1) only the columns that
changed are written, and blank says unchanged. It becomes a row when it is laid over the record as published before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

from services.claims.domain.masters.fields import Column, Refused
from services.claims.domain.masters.kinds import ChangeClass, MasterKind
from services.claims.domain.masters.layouts import LAYOUTS, Layout, Values
from services.claims.domain.masters.rows import Row

Fields = tuple[str, ...]
"""One record as written, column by column."""

MOST_SHOWN: Final = 40
"""Characters of a refused text that an error shows."""
_SPARSE: Final = frozenset({ChangeClass.ERASED.value, ChangeClass.CHANGED.value, ChangeClass.ABOLISHED.value})
_CODE_WIDTHS: Final = (2, 6)
_MANY: Final = 4096
"""Different ends of records that are kept to be shared."""


class Fault(NamedTuple):
    """A rule that a record breaks: item (項番), its Japanese name, the rule, what stands there. Item 0: the record."""

    item: int
    japanese: str
    rule: str
    found: str


@dataclass(frozen=True, slots=True)
class Reader:
    """A layout made ready to read many records of it."""

    layout: Layout
    converters: tuple[Callable[[str], object], ...]
    names: tuple[str, ...]
    pick: Callable[[Values], tuple[Any, ...]]
    needed: tuple[int, ...]
    beyond: tuple[tuple[int, frozenset[str]], ...]


@cache
def reader_of(kind: MasterKind) -> Reader:
    """The reader of a master's records."""
    layout = LAYOUTS[kind]
    plain = [column for column in layout.columns if column.field and "." not in column.field]
    return Reader(
        layout=layout,
        converters=tuple(column.form.convert for column in layout.columns),
        names=tuple(column.field for column in plain),
        pick=itemgetter(*(column.item - 1 for column in plain)),
        needed=tuple(column.item - 1 for column in layout.columns if not _may_be_blank(column)),
        beyond=tuple((column.item - 1, column.form.beyond) for column in layout.columns if column.form.beyond),
    )


def row_of(kind: MasterKind, fields: Sequence[str]) -> Row | tuple[Fault, ...]:
    """The typed row of a complete record, or every rule that it breaks."""
    reader = reader_of(kind)
    if len(fields) < reader.layout.least:
        return (_too_few(reader.layout, fields),)
    try:
        values = [convert(text) for convert, text in zip(reader.converters, fields, strict=False)]
    except Refused:
        return _refusals(reader.layout.columns, fields)
    if faults := _contradictions(reader.layout, values, fields):
        return faults
    return _built(reader, values, fields)


def sparse_faults(kind: MasterKind, fields: Sequence[str]) -> tuple[Fault, ...]:
    """What a sparse record breaks: what names it, and each column that is written, is held against its rule."""
    layout = reader_of(kind).layout
    if len(fields) < layout.least:
        return (_too_few(layout, fields),)
    named = naming_items(kind)
    written = tuple(column for column in layout.columns if column.item <= named or fields[column.item - 1])
    return _refusals(written, fields) or _abolished_without_end(layout, fields)


def is_sparse(kind: MasterKind, fields: Sequence[str]) -> bool:
    """Whether a record of a differential file states only what changed: a column that is never blank is."""
    if fields[0] not in _SPARSE:
        return False
    return any(not fields[place] for place in reader_of(kind).needed if place < len(fields))


def code_of(kind: MasterKind, fields: Sequence[str]) -> str:
    """The code that a record is about, "" where it has none; a sparse comment's is made of pattern and serial."""
    place = LAYOUTS[kind].code_item - 1
    if place < len(fields) and fields[place]:
        return fields[place]
    return comment_code(fields[3], fields[4]) if kind is MasterKind.COMMENT and len(fields) > place else ""


def naming_items(kind: MasterKind) -> int:
    """How many items, from the first on, name a record: 変更区分, マスター種別 and the code, a comment's in parts."""
    return 5 if kind is MasterKind.COMMENT else 3


def comment_code(pattern: str, serial: str) -> str:
    """コメントコード (item 23): 8, the pattern in two digits and the serial in six."""
    pattern_width, serial_width = _CODE_WIDTHS
    return f"8{pattern.zfill(pattern_width)}{serial.zfill(serial_width)}"


def laid_over(record: Fields, sparse: Fields) -> Fields:
    """The record as it is after a sparse one: its columns where they are written, the record's where blank."""
    width = max(len(record), len(sparse))
    before = record + ("",) * (width - len(record))
    after = sparse + ("",) * (width - len(sparse))
    return tuple(new or old for old, new in zip(before, after, strict=True))


def _built(reader: Reader, values: Values, fields: Sequence[str]) -> Row:
    stated: dict[str, Any] = dict(zip(reader.names, reader.pick(values), strict=True))
    stated.update(reader.layout.parts(values))
    row: Callable[..., Row] = reader.layout.row
    return row(**stated, extra=_extra(tuple(fields[len(reader.layout.columns) :])))


@lru_cache(_MANY)
def _extra(columns: tuple[str, ...]) -> tuple[str, ...]:
    """What stands behind the specification's columns, blank ones at the end left out."""
    last = len(columns)
    while last and not columns[last - 1]:
        last -= 1
    return columns[:last]


def _may_be_blank(column: Column) -> bool:
    try:
        column.form.convert("")
    except Refused:
        return False
    return True


def _refusals(columns: Sequence[Column], fields: Sequence[str]) -> tuple[Fault, ...]:
    found = []
    for column in columns:
        text = fields[column.item - 1]
        try:
            column.form.convert(text)
        except Refused as refused:
            found.append(Fault(column.item, column.japanese, str(refused), text[:MOST_SHOWN]))
    return tuple(found)


def _contradictions(layout: Layout, values: Values, fields: Sequence[str]) -> tuple[Fault, ...]:
    """Where columns contradict each other: a length its name, a comment's code its parts, a blank its time."""
    found = [
        Fault(counted, layout.columns[counted - 1].japanese, f"the length of item {name}", fields[counted - 1])
        for counted, name in layout.lengths
        if values[counted - 1] not in {len(values[name - 1]), len(fields[name - 1])}
    ]
    found += _blank_too_late(layout, values, fields)
    if layout.kind is MasterKind.COMMENT and values[22] != comment_code(fields[3], fields[4]):
        found.append(Fault(23, layout.columns[22].japanese, "8, item 4 and item 5 in six digits", fields[22]))
    return (*found, *_abolished_without_end(layout, fields))


def _blank_too_late(layout: Layout, values: Values, fields: Sequence[str]) -> list[Fault]:
    """Columns that came with a later schedule, left blank by a record of its time."""
    return [
        Fault(item, layout.columns[item - 1].japanese, f"not blank from {since} on", "")
        for item, since in layout.blank_before.items()
        if not fields[item - 1] and values[layout.first_day_item - 1] >= since
    ]


def _abolished_without_end(layout: Layout, fields: Sequence[str]) -> tuple[Fault, ...]:
    place = layout.last_day_item - 1
    if fields[0] != ChangeClass.ABOLISHED.value or fields[place].strip("9"):
        return ()
    return (
        Fault(place + 1, layout.columns[place].japanese, "the last day of use of an abolished code", fields[place]),
    )


def _too_few(layout: Layout, fields: Sequence[str]) -> Fault:
    return Fault(0, "", f"at least {layout.least} columns", f"{len(fields)} columns")
