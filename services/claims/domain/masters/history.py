"""What the published files of one kind say together: every version of every code, era by era.

The history is a function of the set of files: they hold in the order of their publication, whatever order they came in.
A master is one record per code, and a differential file changes that record. So a changed row (変更区分 5) is laid over
the record as it was published last, column by column where it is not blank; it holds from its 変更年月日, or where that
is blank from the day that the record bears already: then it corrects what was published before. 1 takes a code away as
if it never was, 9 ends it, 2 begins it anew. Ends of periods are derived: the day before the next version, the last day
of use (廃止年月日), the end of the era, whichever comes first. A full file of an era that lacks a code ends that code
before the file's day, for an abolished code is deleted from the next master (chapter 3, item 1).
Source: マスターファイル仕様説明書, April 2022, chapter 3 and 別紙1-2, 2. That a blank column is one that did not
change is read from the official differential files.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from services.claims.domain.masters.kinds import ChangeClass, MasterKind
from services.claims.domain.masters.publication import Announcement, PublishedFile, one_for_each_content
from services.claims.domain.masters.revisions import ALWAYS, REVISIONS, Era, Revisions, era_of
from services.claims.domain.masters.rows import Row
from services.claims.domain.masters.versions import (
    A_DAY,
    Reader,
    Records,
    Taken,
    Typed,
    Unapplied,
    Version,
    versions_of,
)

ROWS_A_HUNDRED: Final = 100
"""A full file is of the revision that at least one of so many of its rows bears: a few rows announced early are not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EraHistory:
    """What is known of one era. `attested_from` is None where no full file tells it: then it is not loaded.

    From `attested_from` on a code that is absent is known not to exist. A full file that came out later than its era
    began also tells what held before, but not what was abolished or overwritten by then.
    """

    era: Era
    attested_from: date | None
    versions: Mapping[str, tuple[Version[Row], ...]]

    @property
    def loaded_from(self) -> date | None:
        """The first day that may be served: the era's, for a master that is never replaced the full file's."""
        return self.attested_from if self.era == ALWAYS or self.attested_from is None else self.era.first

    def on(self, day: date) -> dict[str, Row]:
        """Every row in force on a day, by its code."""
        return {
            code: version.row
            for code, versions in self.versions.items()
            for version in versions
            if version.first <= day <= version.last
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class KindHistory:
    """All eras of a kind in their order."""

    kind: MasterKind
    eras: tuple[EraHistory, ...]
    unapplied: tuple[Unapplied, ...]

    def loaded_on(self, day: date) -> EraHistory | None:
        """The era that tells of this day; None where the kind is not loaded for it."""
        for each in self.eras:
            if each.loaded_from is not None and each.loaded_from <= day <= each.era.last:
                return each
        return None

    def versions(self, code: str) -> tuple[Version[Row], ...]:
        """Every version of a code in the order of its days, also those of eras that are not loaded."""
        return tuple(version for each in self.eras for version in each.versions.get(code, ()))


def history_of(
    kind: MasterKind, files: Iterable[PublishedFile], typed: Typed, revisions: Revisions = REVISIONS
) -> KindHistory:
    """Fold the files; equal content counts once. Those of other kinds are left out."""
    book = _Book(kind, revisions)
    for file in one_for_each_content(each for each in files if each.kind is kind):
        if file.full:
            book.take_full(file)
        else:
            book.take_changes(file)
    drafts = sorted(book.drafts.values(), key=lambda draft: draft.era.first)
    reader = Reader(typed, _complete_fields(drafts), book.unapplied)
    eras = tuple(_era_history(draft, reader) for draft in drafts)
    return KindHistory(kind=kind, eras=eras, unapplied=tuple(sorted(set(book.unapplied))))


@dataclass(slots=True)
class _Draft:
    """An era while files are taken: per code what was said of it, in order."""

    era: Era
    attested_from: date | None = None
    taken: dict[str, list[Taken]] = field(default_factory=dict)


@dataclass(slots=True)
class _Book:
    """Puts every row into the eras that it is about."""

    kind: MasterKind
    revisions: Revisions
    drafts: dict[Era, _Draft] = field(default_factory=dict)
    unapplied: list[Unapplied] = field(default_factory=list)
    newest: Era | None = None
    """The latest era that a full file has told of so far: the master that is published now."""

    def take_full(self, file: PublishedFile) -> None:
        """The whole master of an era."""
        era = _era_of_full(file, self.revisions)
        if era is None:
            self.unapplied += [Unapplied(file.sha256, said.line, said.code) for said in file.announcements]
            return
        draft = self._draft(era)
        self._end_absent(draft, file)
        if draft.attested_from is None:
            draft.attested_from = max(era.first, file.published_on)
        if self.newest is None or self.newest.first < era.first:
            self.newest = era
        for said in file.announcements:
            draft.taken.setdefault(said.code, []).append(Taken(file, said))

    def take_changes(self, file: PublishedFile) -> None:
        """A differential file."""
        for said in file.announcements:
            drafts = self._drafts_about(said, file.published_on)
            complete = said.row is not None
            heard = [draft for draft in drafts if complete or said.code in draft.taken]
            for draft in heard:
                draft.taken.setdefault(said.code, []).append(Taken(file, said))
            if not heard:
                self.unapplied.append(Unapplied(file.sha256, said.line, said.code))

    def _drafts_about(self, said: Announcement, known: date) -> list[_Draft]:
        """The era of the row's own day, and the eras from there on whose master is published already."""
        present = _later(era_of(self.kind, known, self.revisions), self.newest)
        day = said.ends if said.change is ChangeClass.ABOLISHED else said.starts
        own = present if day is None else era_of(self.kind, day, self.revisions)
        if own is None:
            return []
        later = [
            draft
            for draft in self.drafts.values()
            if present is not None and draft.attested_from is not None and own.first < draft.era.first <= present.first
        ]
        return [self._draft(own), *later]

    def _draft(self, era: Era) -> _Draft:
        return self.drafts.setdefault(era, _Draft(era))

    def _end_absent(self, draft: _Draft, file: PublishedFile) -> None:
        present = {said.code for said in file.announcements}
        for code, taken in draft.taken.items():
            if code not in present:
                taken.append(Taken(file, _gone(code, file.published_on - A_DAY)))


def _later(one: Era | None, other: Era | None) -> Era | None:
    if one is None or other is None:
        return one or other
    return max(one, other)


def _era_of_full(file: PublishedFile, revisions: Revisions) -> Era | None:
    """The era whose master this is: of the day it came out, or of a later revision that its rows bear."""
    home = era_of(file.kind, file.published_on, revisions)
    days = [said.starts for said in file.announcements if said.starts is not None]
    for revision in reversed(revisions[file.kind]):
        bearing = sum(day >= revision.day for day in days)
        if bearing and bearing * ROWS_A_HUNDRED >= len(file.announcements):
            return _later(home, era_of(file.kind, revision.day, revisions))
    return home


def _gone(code: str, last: date) -> Announcement:
    """What a full file says of a code that it lacks."""
    return Announcement(
        line=0, code=code, change=ChangeClass.ABOLISHED, starts=None, ends=last, states_end=True, row=None, filled=()
    )


def _era_history(draft: _Draft, reader: Reader) -> EraHistory:
    versions: dict[str, tuple[Version[Row], ...]] = {}
    for code, taken in draft.taken.items():
        found = versions_of(draft.era, taken, reader)
        if found:
            versions[code] = found
    return EraHistory(era=draft.era, attested_from=draft.attested_from, versions=versions)


def _complete_fields(drafts: Iterable[_Draft]) -> Records:
    """The complete records that some change is laid over, read again from their files."""
    wanted: dict[str, tuple[PublishedFile, set[int]]] = {}
    for draft in drafts:
        for taken in draft.taken.values():
            if any(said.filled for _, said in taken):
                for file, said in taken:
                    if said.row is not None:
                        wanted.setdefault(file.sha256, (file, set()))[1].add(said.line)
    return {
        (sha256, line): fields
        for sha256, (file, lines) in wanted.items()
        for line, fields in file.fields_of(lines).items()
    }
