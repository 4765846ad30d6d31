"""What decisions become: transfers of the ledger, and numbered events of each payer's stream."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from services.settlement.domain.decision import Decision, Part
from services.shared.kernel.double_entry import Movement
from services.shared.kernel.ids import EventId, TransferId, event_id, transfer_id

SETTLED_TYPE = "jp.seikyu.settlement.claim_settled.v1"
PAYER_ACCOUNT = "payer:"
HOSPITAL_ACCOUNT = "hospital:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One payer's payment duty for one decision: from the payer's account (negative: it owes) to the hospital's."""

    transfer_id: TransferId
    movement: Movement
    decision: Decision
    part: Part
    payload_sha256: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a payer is told of one decision, at its place in the payer's stream. `transfer` is none for 0 yen."""

    event_id: EventId
    sequence: int
    decision: Decision
    part: Part
    transfer: Transfer | None


def transfer_of(decision: Decision, part: Part) -> Transfer | None:
    """The transfer of one part; none where nothing is owed."""
    if part.share_yen == 0:
        return None
    movement = Movement(
        from_account=PAYER_ACCOUNT + part.payer_number,
        to_account=HOSPITAL_ACCOUNT + decision.hospital_code,
        amount_yen=part.share_yen,
    )
    named = transfer_id(decision.decision_id, part.payer_number)
    words = f"{named} {movement.from_account} {movement.to_account} {part.share_yen} {part.points}"
    return Transfer(
        transfer_id=named,
        movement=movement,
        decision=decision,
        part=part,
        payload_sha256=sha256(f"{words} {decision.claim_id} {decision.claim_month}".encode()).digest(),
    )


def payers_of(decisions: Sequence[Decision]) -> list[str]:
    """Every payer that one of the decisions has a part for, once, in order."""
    return sorted({part.payer_number for decision in decisions if decision.is_paying for part in decision.parts})


def settle(decisions: Sequence[Decision], next_sequences: Mapping[str, int]) -> list[Settled]:
    """The events of all paying parts, numbered on from `next_sequences` (payer number to sequence) without gap."""
    places = dict(next_sequences)
    settled: list[Settled] = []
    for decision in decisions:
        if not decision.is_paying:
            continue
        for part in decision.parts:
            sequence = places[part.payer_number]
            places[part.payer_number] = sequence + 1
            settled.append(
                Settled(
                    event_id=event_id(SETTLED_TYPE, decision.decision_id, part.payer_number),
                    sequence=sequence,
                    decision=decision,
                    part=part,
                    transfer=transfer_of(decision, part),
                )
            )
    return settled
