"""The review queue in the form of the contract, with the names that the masters give to codes."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NoReturn, assert_never

import grpc
from seikyu.coding.v1 import reviews_pb2 as wire

from services.coding.application.code_batch import LineCoding
from services.coding.application.reviewing import ReviewDecision, ReviewItem, StepDone
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.reviewing import ReviewKind, ReviewRefusal, ReviewState, ReviewStep
from services.coding.domain.rulings import Objection, RulingOutcome, Told
from services.shared.chassis.instants import timestamp
from services.shared.chassis.rpc_errors import RpcRefusal, Violation, not_found

STATES: Final = {
    ReviewState.OPEN: wire.REVIEW_STATE_OPEN,
    ReviewState.ASSIGNED: wire.REVIEW_STATE_ASSIGNED,
    ReviewState.ESCALATED: wire.REVIEW_STATE_ESCALATED,
    ReviewState.RESOLVED: wire.REVIEW_STATE_RESOLVED,
}
_KINDS: Final = {
    ReviewKind.UNCODED: wire.REVIEW_KIND_UNCODED,
    ReviewKind.DOUBLE_CHECK: wire.REVIEW_KIND_DOUBLE_CHECK,
}
_STEPS: Final = {
    ReviewStep.TAKEN: wire.REVIEW_STEP_KIND_TAKEN,
    ReviewStep.RELEASED: wire.REVIEW_STEP_KIND_RELEASED,
    ReviewStep.SKIPPED: wire.REVIEW_STEP_KIND_SKIPPED,
    ReviewStep.ESCALATED: wire.REVIEW_STEP_KIND_ESCALATED,
    ReviewStep.RECODED: wire.REVIEW_STEP_KIND_RECODED,
}
_REFUSED: Final = {
    ReviewRefusal.HELD_BY_ANOTHER: "another person holds this item",
    ReviewRefusal.ESCALATED_BY_CALLER: "whoever escalated an item leaves it to a second person",
    ReviewRefusal.NOT_HELD: "the caller does not hold this item, or no longer: take it first",
    ReviewRefusal.ALREADY_RESOLVED: "a resolved item is changed by a new decision, and in no other way",
}


def item_of(item: ReviewItem, master: DiseaseMaster, now: datetime) -> wire.ReviewItem:
    """An item as it stands now."""
    seen, standing, holder = item.seen, item.standing, item.standing.holder(now)
    return wire.ReviewItem(
        item_id=item.item_id,
        kind=_KINDS[item.kind],
        state=STATES[standing.state(now)],
        claim_id=item.claim_id,
        line=seen.line,
        treatment_month=str(item.treatment_month),
        sex=item.patient.sex.value if item.patient.sex is not None else 0,
        age_band_years=item.patient.age_band_years,
        text=seen.spelling,
        candidates=_candidates(item, master),
        found=code_of_line(seen, master) if item.kind is ReviewKind.UNCODED else None,
        reason=seen.reason,
        model_view=wire.ReviewModelView(pick=item.model_view.pick, model=item.model_view.model)
        if item.model_view is not None
        else None,
        opened_time=timestamp(item.opened_at),
        due_time=timestamp(item.due_at),
        assignee=holder,
        lease_end_time=timestamp(standing.leased_until) if holder and standing.leased_until is not None else None,
        escalated_by=standing.escalated_by,
        decisions=standing.decisions,
        hospital_code=item.hospital_code,
    )


def _candidates(item: ReviewItem, master: DiseaseMaster) -> Iterable[wire.ReviewCandidate]:
    """Best first with their probabilities; in a double check neither is told, so that nobody follows the coder."""
    is_blind = item.kind is ReviewKind.DOUBLE_CHECK
    told = {candidate.code: candidate for candidate in item.seen.candidates}
    for number, code in enumerate(item.shown, 1):
        names = _code(code, (), master)
        yield wire.ReviewCandidate(
            number=number,
            disease_code=code,
            disease_name=names.disease_name,
            icd10=names.icd10,
            probability=0.0 if is_blind else told[code].p if code in told else item.seen.p or 0.0,
            found_by=told[code].found_by if code in told else "",
        )


def code_of_line(line: LineCoding, master: DiseaseMaster) -> wire.ReviewCode | None:
    """The code of a line; None where it has none."""
    return _code(line.disease_code, line.modifier_codes, master) if line.disease_code else None


def _code(disease_code: str, modifier_codes: Sequence[str], master: DiseaseMaster) -> wire.ReviewCode:
    """A code with the names of its latest rows; empty names where the present master has it no longer."""
    rows = master.diseases_by_code.get(disease_code, ())
    return wire.ReviewCode(
        disease_code=disease_code,
        disease_name=rows[-1].name if rows else "",
        icd10=rows[-1].icd10 if rows else "",
        modifiers=[
            wire.ReviewModifier(code=code, name=named[-1].name if named else "")
            for code in modifier_codes
            for named in [master.modifiers_by_code.get(code, ())]
        ],
    )


def other_line_of(line: LineCoding, master: DiseaseMaster) -> wire.ReviewOtherLine:
    """Another line of the same request."""
    return wire.ReviewOtherLine(line=line.line, text=line.spelling, code=code_of_line(line, master))


def decision_of(decision: ReviewDecision, master: DiseaseMaster) -> wire.ReviewDecision:
    """A decision."""
    ruling = decision.ruling
    told = wire.ReviewDecision(
        number=decision.number,
        candidate=ruling.candidate,
        why=ruling.why,
        reviewer=decision.reviewer,
        decided_time=timestamp(decision.decided_at),
        revision=decision.revision,
    )
    match ruling.outcome:
        case RulingOutcome.CODED:
            told.coded.CopyFrom(_code(ruling.disease_code, ruling.modifier_codes, master))
        case RulingOutcome.NOT_CODABLE:
            told.not_codable.SetInParent()
        case RulingOutcome.NO_DIAGNOSIS:
            told.no_diagnosis.SetInParent()
        case other:
            assert_never(other)
    return told


def step_of(done: StepDone) -> wire.ReviewStep:
    """What was done."""
    return wire.ReviewStep(kind=_STEPS[done.step], reviewer=done.reviewer, time=timestamp(done.at), note=done.note)


def told_by(request: wire.ResolveReviewRequest) -> Told:
    """What the reviewer told."""
    if request.HasField("coded"):
        coded = request.coded
        return Told(
            outcome=RulingOutcome.CODED,
            disease_code=coded.disease_code,
            modifier_codes=tuple(coded.modifier_codes),
            why=request.why.strip(),
        )
    outcome = RulingOutcome.NOT_CODABLE if request.HasField("not_codable") else RulingOutcome.NO_DIAGNOSIS
    return Told(outcome=outcome, why=request.why.strip())


def refuse(answer: ReviewRefusal | tuple[Objection, ...] | None) -> NoReturn:
    """Tell the caller why not. Raises RpcRefusal, always."""
    if answer is None:
        raise not_found()
    if isinstance(answer, ReviewRefusal):
        raise RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, answer.name, _REFUSED[answer])
    raise broken_fields(answer, "the decision")


def broken_fields(objections: Iterable[Objection], what: str) -> RpcRefusal:
    """The refusal of what was sent, as INVALID_ARGUMENT with every field and rule."""
    return RpcRefusal(
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVALID_REQUEST",
        f"{what} breaks a rule of its fields",
        violations=[Violation(field=each.field, rule=each.rule, description=each.description) for each in objections],
    )
