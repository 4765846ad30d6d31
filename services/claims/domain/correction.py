"""What may become of a claim after it was received, and the decisions that follow from it. Pure.

A decision is never changed. A correction either refuses, or leads to a new decision that replaces the one before it.
Asking for a review moves no money; only its outcome may.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from services.claims.domain.outcome import Decision, Outcome, PayerPart, Reason, ReasonCode
from services.claims.domain.outputs.search_number import claim_id_head
from services.claims.domain.uke.records import ReceiptRecord
from services.shared.kernel.money import YEN_PER_POINT


class Cause(Enum):
    """Why a decision was made. The first of a claim is caused by its submission."""

    SUBMITTED = 1
    WITHDRAWN = 2
    """取下げ."""
    HOSPITAL_REVIEW = 3
    """再審査 asked by the hospital."""
    PAYER_REVIEW = 4
    """再審査 asked by a payer."""
    ERROR_REPORTED = 5
    """過誤."""
    LATE_CODE = 6
    """A code that came after the decision."""
    READJUDICATED = 7
    """The month was adjudicated again."""
    PERSON_DECIDED = 8
    """A person decided what a rule had pended."""


class State(Enum):
    """Where a claim stands: on its way, as its latest decision says, or under review."""

    RECEIVED = "received"
    APPROVED = "approved"
    REDUCED = "reduced"
    RETURNED = "returned"
    PENDED = "pended"
    WITHDRAWN = "withdrawn"
    UNDER_REVIEW = "under_review"


class Side(Enum):
    """Who reports an error (過誤): the hospital, or a payer of the claim. The other side answers."""

    HOSPITAL = 1
    PAYER = 2


class Refusal(Enum):
    """Why a correction is refused, in order of precedence; `value` is the sentence for the caller."""

    ALREADY_WITHDRAWN = "the claim was withdrawn, which is final"
    ALREADY_RETURNED = "the claim went back to the hospital: there is nothing left to withdraw, review or report"
    UNDER_REVIEW = "another review of the claim was asked for and is not decided yet"
    NOT_DECIDED = "the claim is not decided yet: withdraw it, or wait for the decision"
    PENDED = "a person has not decided the claim yet: no payer bears anything"
    NOT_RETURNED = "only a returned or withdrawn claim is submitted again; withdraw this one first"
    ALREADY_RESUBMITTED = "the claim was submitted again before, as another receipt"
    SAME_RECEIPT = "this is the very receipt that was returned or withdrawn"
    ANOTHER_SEARCH_NUMBER = "the receipt carries the search number (検索番号) of another claim"
    RESUBMITS_ANOTHER = "the receipt stands as the resubmission of another claim"
    NOT_PENDED = "only a claim that a rule pended waits for a person's decision"
    STILL_PENDED = "no answer says whether a payer covers the member: nobody can accept the claim, return it"
    NO_COVERS = "what eligibility answered was not kept with the decision: return the claim"
    UNREADABLE = "the receipt does not pass today's rules of form: return the claim, or accept it once they read it"
    NO_REVIEW_ASKED = "nobody asked for another review of the claim"
    ERROR_REPORTED = "an error of the claim was reported before and waits for the other side's answer"
    NO_ERROR_REPORTED = "nobody reported an error of the claim that waits for an answer"
    OWN_REPORT = "the side that reported the error cannot agree for the other"
    AGREEMENT_UNREFERENCED = "an operator records an agreement under the reference by which both sides keep it"
    REFERENCE_NOT_ASKED = (
        "hospital and payer speak for themselves: a reference of their agreement is an operator's to give"
    )
    NOTE_NAMES_PATIENT = "the note may name the patient: write it without names, numbers and birth dates"
    NOTE_UNSCREENED = "the receipt is read no longer, so the note cannot be held against it: leave it out"
    NOTHING_TO_CUT = "by all other rules the claim goes back or pays nothing: accept it to see why, or return it"
    PAYER_NOT_ON_CLAIM = "a payer that the cut names bears no part of the claim, or is named twice"
    CUT_BEYOND_SHARE = "the cut is larger than what is left of a payer's or the patient's part"
    CUT_UNBALANCED = "the payers' cuts are more yen than the points cut are worth"


_SEARCH_NUMBER: Final = ReceiptRecord.layout.index_of("search_number")
_DECIDED_WITH_MONEY: Final = frozenset({State.APPROVED, State.REDUCED})
_FINAL: Final = {
    State.WITHDRAWN: Refusal.ALREADY_WITHDRAWN,
    State.RETURNED: Refusal.ALREADY_RETURNED,
    State.UNDER_REVIEW: Refusal.UNDER_REVIEW,
}


def withdrawal_refusal(state: State) -> Refusal | None:
    """Why a claim cannot be withdrawn (取下げ). One that is on its way, pended or decided with money can."""
    return _FINAL.get(state)


def review_refusal(state: State) -> Refusal | None:
    """Why no review (再審査) can be asked for and no error (過誤) reported: only of a claim that pays."""
    if state in _DECIDED_WITH_MONEY:
        return None
    if state is State.RECEIVED:
        return Refusal.NOT_DECIDED
    return _FINAL.get(state, Refusal.PENDED)


def report_refusal(state: State, reported_by: Side | None) -> Refusal | None:
    """Why no error (過誤) can be reported: the claim must pay, and no other report of it may wait."""
    return review_refusal(state) or (Refusal.ERROR_REPORTED if reported_by is not None else None)


def reference_refusal(speaker: Side | None, reference: str) -> Refusal | None:
    """Why an agreement cannot be recorded: an operator (no side) needs its reference, and nobody else gives one."""
    if speaker is None:
        return None if reference else Refusal.AGREEMENT_UNREFERENCED
    return Refusal.REFERENCE_NOT_ASKED if reference else None


def agreement_refusal(state: State, reported_by: Side | None, speaker: Side | None, reference: str) -> Refusal | None:
    """Why a reported error cannot be agreed on: by the other side, or by an operator, of a claim that still pays."""
    if reported_by is None:
        return Refusal.NO_ERROR_REPORTED
    if speaker is reported_by:
        return Refusal.OWN_REPORT
    return reference_refusal(speaker, reference) or review_refusal(state)


def resubmission_refusal(state: State) -> Refusal | None:
    """Why a claim cannot be submitted again (再請求): it must have gone back."""
    return None if state in {State.RETURNED, State.WITHDRAWN} else Refusal.NOT_RETURNED


def names_another_claim(receipt: bytes, claim_id: str) -> bool:
    """Whether the 検索番号 in a receipt's RE leads to another claim than this; none, or one not ours, leads nowhere."""
    fields = receipt.partition(b"\r\n")[0].split(b",")
    written = fields[_SEARCH_NUMBER].decode("ascii", "replace") if len(fields) > _SEARCH_NUMBER else ""
    head = claim_id_head(written)
    return bool(head) and not claim_id.startswith(head)


def withdrawn() -> Decision:
    """取下げ: the whole claim goes back, because the hospital asked for it."""
    return _moving_nothing(ReasonCode.WITHDRAWN_BY_HOSPITAL)


def returned(code: ReasonCode) -> Decision:
    """返戻 of the whole claim for a reason that returns."""
    return _moving_nothing(code)


def unreadable() -> Decision:
    """A person decides: the claim was accepted under rules of form that its receipt does not pass any more."""
    return _moving_nothing(ReasonCode.RECEIPT_UNREADABLE)


def _moving_nothing(code: ReasonCode) -> Decision:
    return Decision(
        outcome=code.outcome,
        reasons=(Reason(code, code.official_code, code.says, ""),),
        billed_points=0,
        billed_yen=0,
        parts=(),
        patient_yen=0,
        reduced_yen=0,
        notes=(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Borne:
    """What a decision with money says: who bears what. Points each counted once, accepted and cut ones."""

    billed_points: int
    parts: tuple[PayerPart, ...]
    patient_yen: int
    reduced_yen: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerCut:
    """What one payer bears less: points of its lines, and yen."""

    payer_number: str
    points: int
    yen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What another review takes off: points of the receipt, each counted once, and each payer's part of their yen.

    `official_code` is 増減点事由. What the payers' yen leave of ten yen a point is taken off the patient's part.
    """

    official_code: str
    points: int
    payers: tuple[PayerCut, ...]


def reduced(standing: Borne, cut: Cut, code: ReasonCode = ReasonCode.REDUCED_IN_REVIEW) -> Decision | Refusal:
    """査定 by a person: the standing decision with the cut taken off, to the yen; or why it does not fit."""
    cuts = {each.payer_number: each for each in cut.payers}
    if len(cuts) < len(cut.payers) or not cuts.keys() <= {part.payer_number for part in standing.parts}:
        return Refusal.PAYER_NOT_ON_CLAIM
    cut_yen = cut.points * YEN_PER_POINT
    patient_yen = standing.patient_yen - (cut_yen - sum(each.yen for each in cut.payers))
    if patient_yen > standing.patient_yen:
        return Refusal.CUT_UNBALANCED
    parts = tuple(_less(part, cuts.get(part.payer_number)) for part in standing.parts)
    if min(patient_yen, *(least for part in parts for least in (part.points, part.share_yen))) < 0:
        return Refusal.CUT_BEYOND_SHARE
    left = replace(standing, parts=parts, patient_yen=patient_yen)
    return _reduced(left, cut, Reason(code, cut.official_code, code.says, ""))


def _less(part: PayerPart, cut: PayerCut | None) -> PayerPart:
    if cut is None:
        return part
    points, share_yen = part.points - cut.points, part.share_yen - cut.yen
    return PayerPart(part.payer_number, part.kind, part.position, points, share_yen)


def _reduced(left: Borne, cut: Cut, reason: Reason) -> Decision:
    """The decision: `left` is who bears what once the cut is taken off, but for the yen that were cut before."""
    return Decision(
        outcome=Outcome.REDUCED,
        reasons=(reason,),
        billed_points=left.billed_points,
        billed_yen=left.billed_points * YEN_PER_POINT,
        parts=left.parts,
        patient_yen=left.patient_yen,
        reduced_yen=left.reduced_yen + cut.points * YEN_PER_POINT,
        notes=left.notes,
    )
