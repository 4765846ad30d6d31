"""The use case of settlement: a batch of decisions is posted and told to its payers, each once.

A decision that replaces an earlier one takes back what stands of it. Whatever the order in which the decisions on a
claim come, in the end every one has its shares, every one but the latest has them taken back, and the sum is the
latest's. All decisions on a claim have the same key, so one consumer at a time posts them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.settlement.domain.decision import Decision, content_sha256, earlier_than
from services.settlement.domain.posting import Change, Replacement, Settled, Share, payers_of, settle
from services.shared.kernel.ids import ClaimId, DecisionId


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

    async def latest_among(self, claims: Sequence[ClaimId]) -> Mapping[ClaimId, Replacement]:
        """The latest decision of each claim that has more than its first."""
        ...

    async def standing(self, decisions: Sequence[DecisionId]) -> Sequence[Share]:
        """The shares of these decisions that nothing has taken back, by decision and payer."""
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
    told: list[Told] = []
    new = await _new_among(decisions, ledger)
    for each in _one_of_each_claim(new):
        told += await _post(each, ledger, write_event, now)
    return told


async def _post(new: Sequence[NewDecision], ledger: Ledger, write_event: WriteEvent, now: datetime) -> list[Told]:
    changes = await _changes([each.decision for each in new], ledger)
    streams = await ledger.lock_streams(payers_of(changes))
    settled = settle(changes, {payer: stream.next_sequence for payer, stream in streams.items()})
    told = [
        Told(
            settled=each,
            value=write_event(each, now),
            posted_at=now,
            is_enrolled=streams[each.share.part.payer_number].is_enrolled,
        )
        for each in settled
    ]

    await ledger.record(new, now)
    await ledger.post(settled, now)
    await ledger.announce(told, now)
    return told


async def _changes(decisions: Sequence[Decision], ledger: Ledger) -> list[Change]:
    latest = await ledger.latest_among([decision.claim_id for decision in decisions])
    earlier = [each for decision in decisions for each in earlier_than(decision)]
    standing: dict[ClaimId, list[Share]] = {}
    for share in await ledger.standing(earlier) if earlier else ():
        standing.setdefault(share.claim_id, []).append(share)
    return [
        Change(
            decision=decision,
            takes_back=tuple(standing.get(decision.claim_id, ())) if decision.number > 1 else (),
            replaced=_later_than(decision, latest.get(decision.claim_id)),
        )
        for decision in decisions
    ]


def _later_than(decision: Decision, latest: Replacement | None) -> Replacement | None:
    return latest if latest is not None and latest.number > decision.number else None


def _one_of_each_claim(new: Sequence[NewDecision]) -> Iterator[list[NewDecision]]:
    """The decisions in rounds: two on one claim are posted one after the other. Nearly always one round."""
    waiting = list(new)
    while waiting:
        claims = {each.decision.claim_id for each in waiting}
        if len(claims) == len(waiting):
            yield waiting
            return
        this_round: dict[ClaimId, NewDecision] = {}
        waiting = [each for each in waiting if this_round.setdefault(each.decision.claim_id, each) is not each]
        yield list(this_round.values())


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
