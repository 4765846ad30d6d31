"""The use case of settlement: a batch of decisions is posted and told to its payers, each once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.settlement.domain.decision import Decision, content_sha256
from services.settlement.domain.posting import Settled, payers_of, settle
from services.shared.kernel.ids import DecisionId


class ContradictoryDecision(Exception):
    """A decision stands posted with other content under the same id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A payer's stream, locked: its next sequence, and whether it has a topic by now."""

    next_sequence: int
    is_enrolled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDecision:
    """A decision that is not posted yet, with the digest of its content."""

    decision: Decision
    content_sha256: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event as it was announced, with its bytes; published now where the payer has a topic."""

    settled: Settled
    value: bytes
    posted_at: datetime
    is_enrolled: bool


class Ledger(Protocol):
    """What posting needs of the ledger. Every method works in the one transaction of the batch."""

    async def posted_among(self, decisions: Sequence[DecisionId]) -> Mapping[str, bytes]:
        """The decisions that stand posted, with the digest of their content."""
        ...

    async def lock_streams(self, payers: Sequence[str]) -> Mapping[str, Stream]:
        """Lock the payers' streams in order of their numbers, making those that are missing."""
        ...

    async def record(self, decisions: Sequence[NewDecision], posted_at: datetime) -> None:
        """Remember the decisions as posted."""
        ...

    async def post(self, settled: Sequence[Settled], posted_at: datetime) -> None:
        """Post the transfers."""
        ...

    async def announce(self, told: Sequence[Told], posted_at: datetime) -> None:
        """Append the events to their streams."""
        ...


class WriteEvent(Protocol):
    """How an event becomes bytes."""

    def __call__(self, settled: Settled, posted_at: datetime) -> bytes:
        """The bytes of the payer's event."""
        ...


async def post_decisions(
    decisions: Sequence[Decision], ledger: Ledger, *, write_event: WriteEvent, now: datetime
) -> Sequence[Told]:
    """Post what is new of the batch and append it to the payers' streams; what stands posted changes nothing.

    Raises:
        ContradictoryDecision: a decision id comes with other content than before.
    """
    new = await _new_among(decisions, ledger)
    if not new:
        return ()
    fresh = [each.decision for each in new]
    streams = await ledger.lock_streams(payers_of(fresh))
    settled = settle(fresh, {payer: stream.next_sequence for payer, stream in streams.items()})
    told = [
        Told(
            settled=each,
            value=write_event(each, now),
            posted_at=now,
            is_enrolled=streams[each.part.payer_number].is_enrolled,
        )
        for each in settled
    ]

    await ledger.record(new, now)
    await ledger.post(settled, now)
    await ledger.announce(told, now)
    return told


async def _new_among(decisions: Sequence[Decision], ledger: Ledger) -> list[NewDecision]:
    known = dict(await ledger.posted_among([decision.decision_id for decision in decisions]))
    new: list[NewDecision] = []
    for decision in decisions:
        content = content_sha256(decision)
        first = known.setdefault(decision.decision_id, content)
        if first is content:
            new.append(NewDecision(decision=decision, content_sha256=content))
        elif first != content:
            raise ContradictoryDecision
    return new
