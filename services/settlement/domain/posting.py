"""What decisions become: transfers of the ledger, and numbered events of each payer's stream.

A decision that replaces an earlier one takes back the whole of what stands of it and posts its own shares. Nothing is
ever changed: taking back is a transfer of its own the other way, told to the payer like every other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from services.settlement.domain.decision import Decision, Part
from services.shared.kernel.double_entry import Movement
from services.shared.kernel.ids import (
    ClaimId,
    DecisionId,
    EventId,
    TransferId,
    event_id,
    reversal_id,
    transfer_id,
)
from services.shared.kernel.money import Yen

SETTLED_TYPE = "jp.seikyu.settlement.claim_settled.v1"
PAYER_ACCOUNT = "payer:"
HOSPITAL_ACCOUNT = "hospital:"
REVERSAL = "reversal"
"""What the ids of reversals derive from, beside what they take back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A movement between a payer's account (negative: it owes) and a hospital's, for one payer's part of one decision.

    `points` go with the yen: negative where `reverses` names the transfer that is taken back. `cause_event_id` and
    `traceparent` are of the event that made it.
    """

    transfer_id: TransferId
    movement: Movement
    claim_id: ClaimId
    decision_id: DecisionId
    claim_month: str
    payer_number: str
    points: int
    cause_event_id: EventId
    traceparent: str
    reverses: TransferId | None
    payload_sha256: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A payer's part of a decision as it was announced; what a reversal needs of it. `transfer_id` none for 0 yen.

    `reduced_yen` and `patient_yen` are of the receipt as a whole; the latter is none where the share was announced
    before events carried it.
    """

    event_id: EventId
    transfer_id: TransferId | None
    claim_id: ClaimId
    decision_id: DecisionId
    hospital_code: str
    claim_month: str
    treatment_month: str
    receipt_kind: str
    part: Part
    reduced_yen: Yen
    patient_yen: Yen | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """The decision that takes the place of another one, and why it was made."""

    decision_id: DecisionId
    number: int
    cause: str
    cause_event_id: EventId


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an arriving decision changes.

    `takes_back` are shares of earlier decisions that still stand. `replaced` is the latest decision where one arrived
    before this: then its own shares are taken back at once.
    """

    decision: Decision
    takes_back: tuple[Share, ...] = ()
    replaced: Replacement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a payer is told, at its place in the payer's stream: a share, or that one is taken back by `replaced_by`.

    `transfer` is none for 0 yen.
    """

    event_id: EventId
    sequence: int
    share: Share
    replaced_by: Replacement | None
    transfer: Transfer | None
    traceparent: str
    replaces: DecisionId | None = None
    cause: str = ""

    @property
    def sign(self) -> int:
        """1 for a share, -1 for one that is taken back."""
        return 1 if self.replaced_by is None else -1


def share_of(decision: Decision, part: Part) -> Share:
    """One payer's part of a decision."""
    return Share(
        event_id=share_event_id(decision.decision_id, part.payer_number),
        transfer_id=transfer_id(decision.decision_id, part.payer_number) if part.share_yen else None,
        claim_id=decision.claim_id,
        decision_id=decision.decision_id,
        hospital_code=decision.hospital_code,
        claim_month=decision.claim_month,
        treatment_month=decision.treatment_month,
        receipt_kind=decision.receipt_kind,
        part=part,
        reduced_yen=decision.reduced_yen,
        patient_yen=decision.patient_yen,
    )


def share_event_id(decision: DecisionId, payer_number: str) -> EventId:
    """Id of the event that tells a payer of its share."""
    return event_id(SETTLED_TYPE, decision, payer_number)


def reversal_event_id(share: EventId) -> EventId:
    """Id of the event that takes a share back; there is at most one."""
    return event_id(SETTLED_TYPE, share, REVERSAL)


def transfer_of(share: Share, *, cause_event_id: EventId, traceparent: str) -> Transfer | None:
    """The transfer of a share; none where nothing is owed."""
    if share.transfer_id is None:
        return None
    payer, hospital = PAYER_ACCOUNT + share.part.payer_number, HOSPITAL_ACCOUNT + share.hospital_code
    return _transfer(
        share,
        share.transfer_id,
        Movement(from_account=payer, to_account=hospital, amount_yen=share.part.share_yen),
        points=share.part.points,
        reverses=None,
        cause=(cause_event_id, traceparent),
    )


def reversal_of(share: Share, *, cause_event_id: EventId, traceparent: str) -> Transfer | None:
    """The transfer that takes a share back; none where it moved nothing."""
    if share.transfer_id is None:
        return None
    payer, hospital = PAYER_ACCOUNT + share.part.payer_number, HOSPITAL_ACCOUNT + share.hospital_code
    return _transfer(
        share,
        reversal_id(share.transfer_id),
        Movement(from_account=hospital, to_account=payer, amount_yen=share.part.share_yen),
        points=-share.part.points,
        reverses=share.transfer_id,
        cause=(cause_event_id, traceparent),
    )


def _transfer(
    share: Share,
    named: TransferId,
    movement: Movement,
    *,
    points: int,
    reverses: TransferId | None,
    cause: tuple[EventId, str],
) -> Transfer:
    words = f"{named} {movement.from_account} {movement.to_account} {movement.amount_yen} {points}"
    return Transfer(
        transfer_id=named,
        movement=movement,
        claim_id=share.claim_id,
        decision_id=share.decision_id,
        claim_month=share.claim_month,
        payer_number=share.part.payer_number,
        points=points,
        cause_event_id=cause[0],
        traceparent=cause[1],
        reverses=reverses,
        payload_sha256=sha256(f"{words} {share.claim_id} {share.claim_month}".encode()).digest(),
    )


def payers_of(changes: Sequence[Change]) -> list[str]:
    """Every payer that a change tells something, once, in order."""
    own = {part.payer_number for change in changes for part in _owed(change.decision)}
    return sorted(own | {share.part.payer_number for change in changes for share in change.takes_back})


def settle(changes: Sequence[Change], next_sequences: Mapping[str, int]) -> list[Settled]:
    """The events of all changes, numbered on from `next_sequences` (payer number to sequence) without gap."""
    places = dict(next_sequences)
    settled: list[Settled] = []
    for change in changes:
        for share, replaced_by in _told(change):
            payer = share.part.payer_number
            settled.append(_settled(change.decision, share, replaced_by, places[payer]))
            places[payer] += 1
    return settled


def _told(change: Change) -> Iterator[tuple[Share, Replacement | None]]:
    """What payers are told of a change, in order: taken back first, then the decision's own shares."""
    decision = change.decision
    if change.takes_back:
        itself = replacement_of(decision)
        for share in change.takes_back:
            yield share, itself
    for part in _owed(decision):
        share = share_of(decision, part)
        yield share, None
        if change.replaced is not None:
            yield share, change.replaced


def replacement_of(decision: Decision) -> Replacement:
    """The decision as what replaces those before it."""
    return Replacement(
        decision_id=decision.decision_id,
        number=decision.number,
        cause=decision.cause,
        cause_event_id=decision.cause_event_id,
    )


def _settled(decision: Decision, share: Share, replaced_by: Replacement | None, sequence: int) -> Settled:
    trace = decision.traceparent
    if replaced_by is not None:
        return Settled(
            event_id=reversal_event_id(share.event_id),
            sequence=sequence,
            share=share,
            replaced_by=replaced_by,
            transfer=reversal_of(share, cause_event_id=replaced_by.cause_event_id, traceparent=trace),
            traceparent=trace,
            cause=replaced_by.cause,
        )
    return Settled(
        event_id=share.event_id,
        sequence=sequence,
        share=share,
        replaced_by=None,
        transfer=transfer_of(share, cause_event_id=decision.cause_event_id, traceparent=trace),
        traceparent=trace,
        replaces=decision.replaces,
        cause=decision.cause,
    )


def _owed(decision: Decision) -> tuple[Part, ...]:
    return decision.parts if decision.is_paying else ()
