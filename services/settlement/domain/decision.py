"""What claims decided on one receipt, as settlement takes it: who pays which part, and whether the sum is right."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256

from services.settlement.domain.transfers import MOST_YEN
from services.shared.kernel.ids import SEPARATOR, ClaimId, DecisionId, EventId, decision_id
from services.shared.kernel.money import Points, Yen


class Outcome(Enum):
    """How a decision ended; 返戻 (returned), pended and 取下げ (withdrawn) decisions move no money."""

    APPROVED = "approved"
    REDUCED = "reduced"
    RETURNED = "returned"
    PENDED = "pended"
    WITHDRAWN = "withdrawn"


MOST_DECISIONS = 1_000
"""Decisions on one claim; a number beyond is a mistake."""
SUBMITTED = "SUBMITTED"
"""The cause of first decisions."""
PAYING = frozenset({Outcome.APPROVED, Outcome.REDUCED})
"""The outcomes that move money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one payer (保険者・公費負担者) owes. 0 yen is a part too: the payer is told, nothing moves."""

    payer_number: str
    payer_member_key: str
    points: Points
    share_yen: Yen

    def __post_init__(self) -> None:
        if not self.payer_number:
            raise ValueError("a part names its payer")
        if not (0 <= self.points <= MOST_YEN and 0 <= self.share_yen <= MOST_YEN):
            raise ValueError(f"points and yen of a part are 0 to {MOST_YEN}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision. `parts` holds each payer once. Yen are of the whole receipt.

    `number` is from 1; a decision replaces those of its claim with lower numbers as a whole. `cause` says why it was
    made, as claims names it. ValueError for a number that cannot be.
    """

    decision_id: DecisionId
    claim_id: ClaimId
    hospital_code: str
    claim_month: str
    treatment_month: str
    receipt_kind: str
    outcome: Outcome
    billed_yen: Yen
    patient_yen: Yen
    reduced_yen: Yen
    parts: tuple[Part, ...]
    cause_event_id: EventId
    traceparent: str
    number: int = 1
    cause: str = SUBMITTED

    def __post_init__(self) -> None:
        if not 1 <= self.number <= MOST_DECISIONS:
            raise ValueError(f"decisions are numbered 1 to {MOST_DECISIONS}, not {self.number}")

    @property
    def replaces(self) -> DecisionId | None:
        """The decision before it; none for the first. Its id derives, whether it has arrived or not."""
        return decision_id(self.claim_id, self.number - 1) if self.number > 1 else None

    @property
    def is_paying(self) -> bool:
        """Whether its parts are owed."""
        return self.outcome in PAYING


def earlier_than(decision: Decision) -> list[DecisionId]:
    """The ids of all decisions on the claim before this one, whether they have arrived or not."""
    return [decision_id(decision.claim_id, number) for number in range(1, decision.number)]


def is_conserved(decision: Decision) -> bool:
    """Whether no yen appears or is lost: billed = Σ parts + patient + reduced."""
    parts_yen = sum(part.share_yen for part in decision.parts)
    if not decision.is_paying:
        return parts_yen == 0
    return decision.billed_yen == parts_yen + decision.patient_yen + decision.reduced_yen


def merged(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The parts with each payer once: a payer that stands twice on a receipt is told one sum."""
    by_payer: dict[str, Part] = {}
    for part in parts:
        first = by_payer.get(part.payer_number)
        by_payer[part.payer_number] = part if first is None else _sum(first, part)
    return tuple(by_payer.values())


def _sum(first: Part, second: Part) -> Part:
    return Part(
        payer_number=first.payer_number,
        payer_member_key=first.payer_member_key,
        points=Points(first.points + second.points),
        share_yen=Yen(first.share_yen + second.share_yen),
    )


def content_sha256(decision: Decision) -> bytes:
    """The digest by which a repeated decision is known to say the same about money; not its times or its trace."""
    words = [
        decision.claim_id,
        decision.hospital_code,
        decision.claim_month,
        decision.treatment_month,
        decision.outcome.value,
        f"{decision.billed_yen} {decision.patient_yen} {decision.reduced_yen}",
        *(f"{part.payer_number} {part.points} {part.share_yen}" for part in decision.parts),
    ]
    if decision.number > 1:
        words.append(f"number {decision.number}")
    return sha256(SEPARATOR.join(words).encode()).digest()
