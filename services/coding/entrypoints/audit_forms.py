"""What became of automatic codes in the form of the contract."""

from collections.abc import Iterator
from typing import Final

from seikyu.coding.v1 import audit_service_pb2 as wire
from seikyu.coding.v1 import coding_service_pb2

from services.coding.adapters.events import WIRE_ROUTES
from services.coding.adapters.postgres_audit import Decided
from services.coding.application.auditing import Figures, ReversedLine
from services.coding.application.code_batch import SeenCandidate
from services.coding.domain.drift import Shift, shift_between, stability_index
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.rulings import Ruling, RulingOutcome, Told
from services.coding.entrypoints.review_forms import code_of_line
from services.shared.chassis.instants import timestamp

_CAUSES: Final = {
    "coded": wire.CODING_CAUSE_CODED,
    "recoded": wire.CODING_CAUSE_RECODED,
    "reviewed": wire.CODING_CAUSE_REVIEWED,
    "reversed": wire.CODING_CAUSE_REVERSED,
}
_SHIFTS: Final = {
    Shift.UNKNOWN: wire.CODING_SHIFT_UNKNOWN,
    Shift.STABLE: wire.CODING_SHIFT_STABLE,
    Shift.SHIFTING: wire.CODING_SHIFT_SHIFTING,
    Shift.SHIFTED: wire.CODING_SHIFT_SHIFTED,
}
_INDEX_DIGITS: Final = 4


def decision_of(decided: Decided, master: DiseaseMaster) -> wire.CodingDecision:
    """One decision on one line."""
    coding = decided.coding
    return wire.CodingDecision(
        cause_event_id=decided.cause_event_id,
        line=coding.line,
        revision=decided.revision,
        cause=_CAUSES[decided.cause],
        route=WIRE_ROUTES[coding.route],
        code=code_of_line(coding, master),
        text=coding.spelling,
        probability=coding.p,
        candidates=[_candidate(each, master) for each in coding.candidates],
        reason=coding.reason,
        coder_version=decided.coder_version,
        decided_time=timestamp(decided.at),
        decided_by=decided.by,
        why=decided.why,
    )


def _candidate(seen: SeenCandidate, master: DiseaseMaster) -> coding_service_pb2.CodeCandidate:
    """A candidate with the names of its latest row; empty where the present master has it no longer."""
    rows = master.diseases_by_code.get(seen.code, ())
    return coding_service_pb2.CodeCandidate(
        disease_code=seen.code,
        disease_name=rows[-1].name if rows else "",
        icd10=rows[-1].icd10 if rows else "",
        probability=seen.p,
        found_by=seen.found_by,
    )


def told_by(request: wire.ReverseCodingsRequest) -> Told:
    """What stands instead."""
    if request.HasField("coded"):
        coded = request.coded
        return Told(
            outcome=RulingOutcome.CODED,
            disease_code=coded.disease_code,
            modifier_codes=tuple(coded.modifier_codes),
            why=request.why,
        )
    is_diagnosis = request.HasField("not_codable")
    return Told(outcome=RulingOutcome.NOT_CODABLE if is_diagnosis else RulingOutcome.NO_DIAGNOSIS, why=request.why)


def reversed_of(line: ReversedLine) -> Iterator[wire.ReversedCoding]:
    """The line, where nothing speaks against what stands instead."""
    if isinstance(line.ruling, Ruling):
        yield wire.ReversedCoding(
            claim_id=line.answer.claim_id,
            cause_event_id=line.answer.cause_event_id,
            line=line.was.line,
            was_route=WIRE_ROUTES[line.was.route],
            revision=line.answer.revision + 1,
        )


def refused_of(line: ReversedLine) -> Iterator[wire.RefusedReversal]:
    """The line, where something does."""
    if not isinstance(line.ruling, Ruling):
        yield wire.RefusedReversal(
            claim_id=line.answer.claim_id,
            cause_event_id=line.answer.cause_event_id,
            line=line.was.line,
            rules=[objection.rule for objection in line.ruling],
        )


def figures_of(figures: Figures) -> wire.CodingFigures:
    """The figures of one group."""
    return wire.CodingFigures(
        group=figures.group,
        mentions=figures.mentions,
        automatic=figures.automatic,
        routes=[
            wire.RouteCount(route=WIRE_ROUTES[route], mentions=mentions)
            for route, mentions in sorted(figures.routes.items(), key=lambda each: each[0].value)
        ],
        decided=figures.decided,
        agreed=figures.agreed,
        checked=figures.checked,
        upheld=figures.upheld,
        stability_index=round(stability_index(figures.before, figures.spread), _INDEX_DIGITS),
        shift=_SHIFTS[shift_between(figures.before, figures.spread)],
    )
