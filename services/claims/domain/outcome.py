"""The outcome of a claim: what was decided, why, and who bears the billed yen.

A decision that does not conserve cannot be built: every billed yen is a payer's, the patient's or cut away, and a claim
that is returned or pended moves nothing.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Self

from services.claims.domain.edits.edit import Edit
from services.claims.domain.examination import Examination
from services.claims.domain.uke.facts import PayerKind
from services.shared.kernel.money import YEN_PER_POINT


class Outcome(Enum):
    """What becomes of a claim."""

    APPROVED = "approved"
    """Accepted as declared."""
    REDUCED = "reduced"
    """査定: accepted with fewer points than declared."""
    RETURNED = "returned"
    """返戻: the whole receipt goes back to the hospital."""
    PENDED = "pended"
    """A person must decide."""
    WITHDRAWN = "withdrawn"
    """取下げ: the hospital took the claim back."""


class ReasonCode(Enum):
    """Why a claim is not approved as declared, in order of precedence: the first that applies decides the outcome.

    `value` is the code's own text; `official_code` is 増減点事由 where one was verified (H 縦計誤り) and otherwise
    empty: codes of 返戻 (L and four digits) are not claimed here, for no verified table of them is at hand. `says` is
    the message, which holds no personal data.
    """

    official_code: str
    outcome: Outcome
    says: str

    def __new__(cls, code: str, official_code: str, outcome: Outcome, says: str) -> Self:
        """A member whose value is its code alone."""
        member = object.__new__(cls)
        member._value_ = code
        member.official_code = official_code
        member.outcome = outcome
        member.says = says
        return member

    UNKNOWN_MEMBER = "UNKNOWN_MEMBER", "", Outcome.RETURNED, "the payer knows no such member"
    BRANCH_WRONG = "BRANCH_WRONG", "", Outcome.RETURNED, "the branch number (枝番) is not this member's"
    BIRTH_DATE_DIFFERS = "BIRTH_DATE_DIFFERS", "", Outcome.RETURNED, "the birth date is not this member's"
    SEX_DIFFERS = "SEX_DIFFERS", "", Outcome.RETURNED, "the sex is not this member's"
    ANOTHER_PAYER_SINCE = "ANOTHER_PAYER_SINCE", "", Outcome.RETURNED, "the member has moved to another payer"
    NOT_YET = "NOT_YET", "", Outcome.RETURNED, "cover had not begun in the treatment month"
    ENDED = "ENDED", "", Outcome.RETURNED, "cover had ended before the treatment month"
    NOT_COVERED = "NOT_COVERED", "", Outcome.RETURNED, "the payer does not cover the member"
    COVER_UNANSWERED = "COVER_UNANSWERED", "", Outcome.PENDED, "no answer says whether this payer covers the member"
    THIRD_PARTY = "THIRD_PARTY", "", Outcome.PENDED, "another person caused the injury (特記事項 10 第三者行為)"
    PAYER_REPEATED = "PAYER_REPEATED", "", Outcome.RETURNED, "the receipt names one payer twice"
    SHARES_CONTRADICT = "SHARES_CONTRADICT", "", Outcome.RETURNED, "benefit shares (負担区分) contradict the payers"
    DECLARED_BELOW_LINES = "DECLARED_BELOW_LINES", "", Outcome.RETURNED, "the lines add up to more than is declared"
    DECLARED_ABOVE_LINES = (
        "DECLARED_ABOVE_LINES",
        "H",
        Outcome.REDUCED,
        "縦計誤り: more is declared than the lines hold",
    )
    WITHDRAWN_BY_HOSPITAL = "WITHDRAWN_BY_HOSPITAL", "", Outcome.WITHDRAWN, "the hospital withdrew the claim (取下げ)"
    ERROR_REPORTED = "ERROR_REPORTED", "", Outcome.RETURNED, "payer and hospital agreed that it was an error (過誤)"
    RETURNED_IN_REVIEW = "RETURNED_IN_REVIEW", "", Outcome.RETURNED, "another review (再審査) returned the claim"
    RETURNED_BY_PERSON = "RETURNED_BY_PERSON", "", Outcome.RETURNED, "a person looked at what a rule pended: returned"
    RECEIPT_UNREADABLE = (
        "RECEIPT_UNREADABLE",
        "",
        Outcome.PENDED,
        "the receipt was accepted, but does not pass today's rules of form: a person decides",
    )
    REDUCED_BY_PERSON = "REDUCED_BY_PERSON", "", Outcome.REDUCED, "a person looked at what a rule pended: points cut"
    REDUCED_IN_REVIEW = "REDUCED_IN_REVIEW", "", Outcome.REDUCED, "another review (再審査) cut points"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a decision; `payer_number` is the payer it concerns, or empty where it concerns the receipt."""

    code: ReasonCode | Edit
    official_code: str
    message: str
    payer_number: str


@dataclass(frozen=True, slots=True)
class PayerPart:
    """What one payer of the receipt bears: the points of its lines and its yen, which may be 0.

    `position` is 0 for the insurer and 1 to 4 for the first to fourth public programme.
    """

    payer_number: str
    kind: PayerKind
    position: int
    points: int
    share_yen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The decision on one claim.

    `billed_points` are the accepted points and those cut away, each counted once whoever shares it; meals are not
    points. billed_yen = 10 × billed_points = Σ share_yen + patient_yen + reduced_yen. A returned, pended or withdrawn
    claim has zeros and no parts. ValueError where this does not hold.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]
    billed_points: int
    billed_yen: int
    parts: tuple[PayerPart, ...]
    patient_yen: int
    reduced_yen: int
    notes: tuple[str, ...]
    examination: Examination | None = None

    def __post_init__(self) -> None:
        fault = _fault(self)
        if fault:
            raise ValueError(fault)


def _fault(decision: Decision) -> str:
    """What makes a decision impossible, or nothing."""
    outcome = decision.outcome
    if (outcome is Outcome.APPROVED) is bool(decision.reasons):
        return "an approved decision has no reason and every other has one"
    if (outcome is Outcome.REDUCED) is not (decision.reduced_yen > 0):
        return "a decision cuts yen if and only if it reduces"
    if outcome in _MOVES_NOTHING and (decision.parts or decision.billed_points or decision.patient_yen):
        return "a returned, pended or withdrawn decision moves no yen"
    if decision.billed_yen != decision.billed_points * YEN_PER_POINT:
        return "billed yen are not ten a point"
    borne = decision.patient_yen + decision.reduced_yen
    least = min(decision.patient_yen, decision.billed_points)
    for part in decision.parts:
        borne += part.share_yen
        least = min(least, part.share_yen, part.points)
    if least < 0:
        return "a part is negative"
    return "" if borne == decision.billed_yen else "the parts are not the billed yen"


_MOVES_NOTHING = frozenset({Outcome.RETURNED, Outcome.PENDED, Outcome.WITHDRAWN})
