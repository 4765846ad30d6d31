"""What became of automatic codes: explained, taken back, and measured over time. Each use case is one transaction.

A reversal touches only lines that stand as the coder left them and that nobody decided: what a person decided
meanwhile, or upheld in a double check, is another decision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Protocol

from services.coding.application.code_batch import Answer, LineCoding, RequestKey
from services.coding.application.reviewing import Reviews
from services.coding.application.revising import Revision, RevisionCause, Revisions, revised
from services.coding.domain.coding import AUTOMATIC, Route
from services.coding.domain.drift import Spread
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.rulings import Objection, Ruling, Told, ruling_of

REVERSED_VERSION = "reversed"
"""Stands in the place of the coder's version where an automatic code was taken back."""


class Grouping(Enum):
    """By what figures are told."""

    ALL = "all"
    HOSPITAL = "hospital"
    VERSION = "version"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedReversal:
    """All automatic codes `disease_code` of this normalised spelling, and what stands in their place from now on."""

    reversal_id: str
    spelling: str
    disease_code: str
    instead: Told
    by: str

    def differs_from(self, first: "WantedReversal") -> tuple[str, ...]:
        """The fields in which a later page says something else than the first; its id where somebody else began it."""
        pairs = {
            "reversal_id": (self.by, first.by),
            "spelling": (self.spelling, first.spelling),
            "disease_code": (self.disease_code, first.disease_code),
            "instead": (replace(self.instead, why=""), replace(first.instead, why="")),
            "why": (self.instead.why, first.instead.why),
        }
        return tuple(name for name, (now, then) in pairs.items() if now != then)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversedLine:
    """One line that was, or would be, taken back, and what stands instead, or what speaks against that there."""

    was: LineCoding
    answer: Answer
    ruling: Ruling | tuple[Objection, ...]

    @property
    def key(self) -> RequestKey:
        """The request's key."""
        return self.answer.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts of one group over a span of time.

    `routes`: mentions by the route of their first answer; `spread`, `before`: their probabilities, and those of the
    span of equal length before; `decided`, `agreed`: of what was for people, what they decided, and what of that as the
    coder proposed, a code or none; `checked`, `upheld`: the same of automatic codes that were looked at once more.
    """

    group: str
    routes: Mapping[Route, int]
    spread: Spread
    before: Spread
    decided: int = 0
    agreed: int = 0
    checked: int = 0
    upheld: int = 0

    @property
    def mentions(self) -> int:
        """All of them."""
        return sum(self.routes.values())

    @property
    def automatic(self) -> int:
        """Those coded without a person."""
        return sum(count for route, count in self.routes.items() if route in AUTOMATIC)


class Reversals(Protocol):
    """Where reversals are kept, within one transaction."""

    async def holding(self, spelling: str, after: RequestKey, count: int) -> Mapping[RequestKey, str]:
        """The next answered requests with a line of this spelling, in key order, each with a traceparent."""
        ...

    async def find(self, reversal_id: str) -> WantedReversal | None:
        """What its first page said; None: nothing was taken back under this id."""
        ...

    async def keep(self, wanted: WantedReversal, lines: Sequence[ReversedLine], *, now: datetime) -> None:
        """Keep who took back what, and why."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What a reversal reads and writes, within one transaction."""

    reversals: Reversals
    revisions: Revisions
    reviews: Reviews


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversing:
    """The use case, with the master that what stands instead is held against."""

    master: DiseaseMaster

    async def affected(
        self, books: Books, wanted: WantedReversal, *, after: RequestKey, count: int
    ) -> tuple[list[ReversedLine], RequestKey | None]:
        """The lines among the next requests, and where to go on; None: these were the last."""
        asked = await books.reversals.holding(wanted.spelling, after, count)
        of_people = await books.reviews.hold(list(asked))
        standing = await books.revisions.standing(asked)
        lines = [
            self._judged(coding, standing[key], wanted)
            for key in asked
            for coding in standing[key].codings
            if _is_meant(coding, wanted) and (*key, coding.line) not in of_people
        ]
        return lines, max(asked) if len(asked) == count else None

    async def reverse(
        self, books: Books, wanted: WantedReversal, lines: Sequence[ReversedLine], *, now: datetime
    ) -> list[ReversedLine]:
        """Take back those lines against which nothing speaks; each request is announced under its next number.

        Nobody is asked to check them once more.
        """
        taken = [line for line in lines if isinstance(line.ruling, Ruling)]
        by_request: dict[RequestKey, list[ReversedLine]] = {}
        for line in taken:
            by_request.setdefault(line.key, []).append(line)
        version = f"{REVERSED_VERSION}/{self.master.version}"
        made: list[Revision] = [
            revised(
                each[0].answer,
                [_instead(line.was, line.ruling) for line in each if isinstance(line.ruling, Ruling)],
                cause=RevisionCause.REVERSED,
                coder_version=version,
                now=now,
            )
            for each in by_request.values()
        ]
        await books.revisions.add(made)
        await books.reversals.keep(wanted, taken, now=now)
        await books.reviews.settle([revision.answer for revision in made], now)
        books.revisions.announce([revision.answer for revision in made])
        return taken

    def _judged(self, coding: LineCoding, answer: Answer, wanted: WantedReversal) -> ReversedLine:
        ruling = ruling_of(
            wanted.instead,
            [candidate.code for candidate in coding.candidates],
            self.master,
            month=answer.treatment_month,
            patient=answer.patient,
        )
        return ReversedLine(was=coding, answer=answer, ruling=ruling)


def _is_meant(coding: LineCoding, wanted: WantedReversal) -> bool:
    return (coding.spelling, coding.disease_code) == (wanted.spelling, wanted.disease_code) and (
        coding.route in AUTOMATIC
    )


def _instead(was: LineCoding, ruling: Ruling) -> LineCoding:
    return replace(
        was,
        route=Route.REVIEWED,
        disease_code=ruling.disease_code,
        modifier_codes=ruling.modifier_codes,
        p=None,
        reason="",
    )
