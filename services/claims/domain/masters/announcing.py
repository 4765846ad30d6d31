"""From the records of a file that was read to what they announce, for the history of their kind."""

from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from hashlib import sha256
from typing import NamedTuple, cast

from services.claims.domain.masters.fields import Column
from services.claims.domain.masters.files import MasterFile, Record
from services.claims.domain.masters.kinds import ChangeClass, MasterKind
from services.claims.domain.masters.layouts import LAYOUTS
from services.claims.domain.masters.publication import Announcement, PublishedFile
from services.claims.domain.masters.records import Fields, row_of
from services.claims.domain.masters.rows import Row


def announced(file: MasterFile) -> PublishedFile:
    """The file as the history takes it."""
    records = file.records

    def fields_of(lines: Collection[int]) -> Mapping[int, Fields]:
        return {record.line: record.fields for record in records if record.line in lines}

    return PublishedFile(
        sha256=sha256(file.csv).hexdigest(),
        name=file.name,
        kind=file.kind,
        published_on=file.published_on,
        full=file.full,
        announcements=tuple(_announcement(file.kind, record) for record in records),
        fields_of=fields_of,
    )


def row_or_none(kind: MasterKind, fields: Fields) -> Row | None:
    """The typed row of a complete record; None where it breaks a rule."""
    read = row_of(kind, fields)
    return None if isinstance(read, tuple) else read


class _Days(NamedTuple):
    """The columns of 変更年月日 and 廃止年月日."""

    starts: Column
    ends: Column


@cache
def _days_of(kind: MasterKind) -> _Days:
    columns = {column.field: column for column in LAYOUTS[kind].columns}
    return _Days(columns.get("changed_on") or columns["valid_from"], columns["valid_to"])


def _announcement(kind: MasterKind, record: Record) -> Announcement:
    line, code, change, row = record.line, record.code, record.change, record.row
    abolished = change is ChangeClass.ABOLISHED
    if row is not None:
        starts = None if abolished else row.valid_from
        return Announcement(line, code, change, starts, row.valid_to, True, row, None)  # noqa: FBT003 - a tuple's place
    days, fields = _days_of(kind), record.fields
    if abolished:
        fields = (*fields[: days.starts.item - 1], "", *fields[days.starts.item :])
    starts, ends = _day(days.starts, fields), _day(days.ends, fields)
    return Announcement(line, code, change, starts, ends, bool(fields[days.ends.item - 1]), None, fields)


def _day(column: Column, fields: Fields) -> date | None:
    """The day that the column states; None where it is blank, or says that there is none."""
    written = fields[column.item - 1]
    return cast("date | None", column.form.convert(written)) if written else None
