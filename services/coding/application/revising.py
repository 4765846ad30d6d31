"""Later decisions on an answered request: each is a revision, with the next number and all lines as they then stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Protocol

from services.coding.application.code_batch import Answer, LineCoding, RequestKey


class RevisionCause(Enum):
    """Why a request was decided again."""

    RECODED = "recoded"
    """By the coder, with another master or model."""
    REVIEWED = "reviewed"
    """By a person."""
    REVERSED = "reversed"
    """What was decided automatically was taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A request as it stands from now on, the numbers of the lines that changed, and why."""

    answer: Answer
    lines: frozenset[int]
    cause: RevisionCause

    @property
    def changed(self) -> Answer:
        """The answer with those lines alone."""
        return replace(self.answer, codings=tuple(each for each in self.answer.codings if each.line in self.lines))


class Revisions(Protocol):
    """Where revisions are kept, within one transaction."""

    async def standing(self, asked: Mapping[RequestKey, str]) -> Mapping[RequestKey, Answer]:
        """Answered requests as they stand, under their highest number, each with the traceparent it was asked with.

        What was never answered is missing.
        """
        ...

    async def add(self, revisions: Sequence[Revision]) -> None:
        """Keep revisions. Raises a transient fault when another process gave one of the numbers meanwhile."""
        ...

    def announce(self, answers: Sequence[Answer]) -> None:
        """Publish the revisions when the transaction commits."""
        ...


def revised(
    standing: Answer, lines: Sequence[LineCoding], *, cause: RevisionCause, coder_version: str, now: datetime
) -> Revision:
    """The next revision of a request: these lines instead of those with their numbers, the others as they stand."""
    changed = {line.line: line for line in lines}
    if not changed.keys() <= {coding.line for coding in standing.codings}:
        raise ValueError("a revision has the lines of its request and no others")
    answer = replace(
        standing,
        codings=tuple(changed.get(coding.line, coding) for coding in standing.codings),
        coder_version=coder_version,
        completed_at=now,
        revision=standing.revision + 1,
    )
    return Revision(answer=answer, lines=frozenset(changed), cause=cause)
