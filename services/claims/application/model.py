"""What the use cases pass around: receipts accepted, claims on their way, decisions made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from services.claims.domain.adjudication import AdjudicationFacts, Cover
from services.claims.domain.coding_plan import CodingPlan
from services.claims.domain.correction import Cause
from services.claims.domain.found_codes import FoundCode
from services.claims.domain.outcome import Decision
from services.claims.domain.treatment import Treatment
from services.claims.domain.uke.facts import PayerKind, ReceiptFacts
from services.claims.domain.uke.findings import Finding
from services.shared.kernel.ids import ClaimId, DecisionId


class Agency(Enum):
    """審査支払機関, with its digit in IR."""

    SSK = 1
    KOKUHOREN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """One receipt as it was handed in, with its place in the batch or file, from 0, and its occurrence in a file."""

    place: int
    agency: Agency
    claim_month: str
    receipt: bytes
    occurrence: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who hands receipts in: the hospital, its RPC's span, the submission set (empty for single and batch)."""

    hospital_code: str
    origin: str | None
    submission_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClaim:
    """A receipt whose form holds, on its way into the ledger."""

    claim_id: ClaimId
    submitted: Submitted
    receipt_sha256: str
    facts: ReceiptFacts
    findings: tuple[Finding, ...]
    traceparent: str
    plan: CodingPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one receipt is answered. `claim_id` is None when it is rejected; a repeated one's findings are the first."""

    place: int
    claim_id: ClaimId | None
    findings: tuple[Finding, ...]
    receipt_number: int
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A payer on a receipt, and the canonical text of the member it is asked to cover (see kernel.member)."""

    payer_number: str
    kind: PayerKind
    canonical: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What adjudication needs of a receipt."""

    facts: AdjudicationFacts
    treatment: Treatment
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """A claim on its way, locked. `covers`, and as they came `kept_covers`, are None until eligibility has answered.

    `coded_at` is None until coding has answered; `codes` are what it was sure of, None where they were not read, and
    `coding_revision` the revision that they are of; of a decided claim, the one that its decision saw.
    """

    claim_id: ClaimId
    hospital_code: str
    claim_month: str
    treatment_month: str
    receipt_kind: str
    traceparent: str
    origin: str | None
    received_at: datetime
    coding_deadline: datetime | None
    covers: tuple[Cover, ...] | None
    kept_covers: bytes | None
    determined_at: datetime | None
    coded_at: datetime | None
    codes: tuple[FoundCode, ...] | None = None
    coding_revision: int | None = None

    def awaits_coding(self, now: datetime) -> bool:
        """Whether a decision would come too early: codes are asked for, have not come, and may still come in time."""
        return self.coding_deadline is not None and self.coded_at is None and now < self.coding_deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Determined:
    """What eligibility answered for one claim, and its message's bytes. `is_raised`: its trace was raised before."""

    claim_id: ClaimId
    covers: tuple[Cover, ...]
    content: bytes
    determined_at: datetime
    is_raised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """What coding answered for one claim, as its message's bytes. `is_raised`: its trace was raised on the way.

    `revision` is 0 for its first answer; `codes` are those of the answer that coding was sure of.
    """

    claim_id: ClaimId
    content: bytes
    completed_at: datetime
    revision: int = 0
    codes: tuple[FoundCode, ...] = ()
    is_raised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """What became of answers of coding's: the highest revision of each claim that was not there before.

    `contradicted` are claims of which another answer is kept under the same number.
    """

    new: Mapping[ClaimId, int]
    contradicted: frozenset[ClaimId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision with its claim. `member_keys` by payer number, under each payer's own secret where it has one.

    `replaces` is the decision before it, none for the first.
    """

    decision_id: DecisionId
    number: int
    claim: Working
    decision: Decision
    member_keys: Mapping[str, str]
    traceparent: str
    decided_at: datetime
    replaces: DecisionId | None = None
    cause: Cause = Cause.SUBMITTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A receipt of a submission set whose totals have not agreed yet."""

    submitted: Submitted
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a submission set ended: what it was, and whether its receipts become claims."""

    submission_id: str
    released: bool
    content_sha256: str
    receipts: int


class SetStage(Enum):
    """How far a submission set has come."""

    STAGING = 1
    RELEASING = 2
    RELEASED = 3
    REFUSED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A submission set as the ledger knows it."""

    submission_id: str
    hospital_code: str
    stage: SetStage
    content_sha256: str
    origin: str | None
