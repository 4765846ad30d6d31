"""Small master files for tests of their history: records of five columns, typed as comments.

A record is (変更区分, code, 変更年月日, 廃止年月日, text); days are written YYYYMMDD, "99999999" is no end.
"""

import hashlib
from collections.abc import Collection, Mapping
from datetime import date

from services.claims.domain.masters.comments import CommentPattern, MasterComment
from services.claims.domain.masters.history import KindHistory, history_of
from services.claims.domain.masters.kinds import ChangeClass, MasterKind
from services.claims.domain.masters.publication import Announcement, PublishedFile
from services.claims.domain.masters.records import Fields
from services.claims.domain.masters.revisions import Mark, Revision, Revisions

NEVER = "99999999"
KIND = MasterKind.COMMENT


def day(text: str) -> date:
    """From YYYY-MM-DD."""
    return date.fromisoformat(text)


REVISIONS: Revisions = {
    KIND: tuple(Revision(day(text), Mark.READ, "") for text in ("2020-04-01", "2022-04-01", "2024-04-01"))
}
"""Two eras: 2020-04-01 to 2022-03-31, and to 2024-03-31."""


def typed(fields: Fields) -> MasterComment | None:
    """The row of a complete record; None where its text is "?" (breaks a rule)."""
    change, code, starts, ends, text = fields
    if text == "?":
        return None
    return MasterComment(
        change=ChangeClass(change),
        pattern=CommentPattern.FIXED_TEXT,
        serial="",
        text=text,
        kana="",
        insertions=(),
        chosen=False,
        valid_from=date.fromisoformat(starts),
        valid_to=None if ends == NEVER else date.fromisoformat(ends),
        code=code,
        publication_order="",
    )


def full(published: str, *records: Fields) -> PublishedFile:
    """A full file; its records are complete."""
    return _file(published, full=True, records=records)


def changes(published: str, *records: Fields) -> PublishedFile:
    """A differential file; records of 1, 5 and 9 fill only what changed."""
    return _file(published, full=False, records=records)


def told(*files: PublishedFile) -> KindHistory:
    """Their history."""
    return history_of(KIND, files, typed, REVISIONS)


def periods(history: KindHistory, code: str) -> list[tuple[str, str, str]]:
    """The versions of a code: first day, last day, text."""
    return [(str(each.first), str(each.last), _text(each.row)) for each in history.versions(code)]


def _text(row: object) -> str:
    assert isinstance(row, MasterComment)
    return row.text


def _file(published: str, *, full: bool, records: Collection[Fields]) -> PublishedFile:
    lines = dict(enumerate(records, 1))

    def fields_of(wanted: Collection[int]) -> Mapping[int, Fields]:
        return {line: lines[line] for line in wanted}

    return PublishedFile(
        sha256=hashlib.sha256(repr((published, full, records)).encode()).hexdigest(),
        name=f"c_{published}",
        kind=KIND,
        published_on=day(published),
        full=full,
        announcements=tuple(_announcement(line, each, full=full) for line, each in lines.items()),
        fields_of=fields_of,
    )


def _announcement(line: int, fields: Fields, *, full: bool) -> Announcement:
    change = ChangeClass(fields[0])
    sparse = not full and change in {ChangeClass.ERASED, ChangeClass.CHANGED, ChangeClass.ABOLISHED}
    abolished = change is ChangeClass.ABOLISHED
    return Announcement(
        line=line,
        code=fields[1],
        change=change,
        starts=date.fromisoformat(fields[2]) if fields[2] and not abolished else None,
        ends=date.fromisoformat(fields[3]) if fields[3] not in {"", NEVER} else None,
        states_end=bool(fields[3]),
        row=None if sparse else typed(fields),
        filled=(*fields[:2], "" if abolished else fields[2], *fields[3:]) if sparse else None,
    )
