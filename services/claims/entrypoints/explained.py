"""GetClaim's explanation: the decision's receipt examined and split again, told in the form of the contract."""

from collections.abc import Iterable

from seikyu.claims.v1 import claim_pb2, explanation_pb2

from services.claims.adapters.explanations import explanation_of, knowledge_of, share_steps_of
from services.claims.adapters.messages import read_covers
from services.claims.adapters.outcome_files import OUTCOMES
from services.claims.application.explaining import DIFFERS, comes_to, known_by, share_again, told_by, treatment_again
from services.claims.application.ports import Registrations
from services.claims.application.registrations import NOTHING_REGISTERED
from services.claims.domain.edits.edit import Edit
from services.claims.domain.edits.standards import FacilityStandards
from services.claims.domain.examination import Surroundings, examine
from services.claims.entrypoints.uke_check import KeptMasters
from services.shared.chassis.instants import instant
from services.shared.chassis.postgres import Database


async def explain(
    claim: claim_pb2.Claim,
    database: Database,
    masters: KeptMasters,
    registrations: Registrations = NOTHING_REGISTERED,
) -> claim_pb2.Claim:
    """The claim with its decision explained; as it is where nothing is decided yet. Raises UnreadableReceipt."""
    decision = claim.decision
    if not decision.decision_id:
        return claim
    (row,) = await database.fetch(OUTCOMES["explained_decision"], claim.claim_id, decision.decision_id)
    treatment = treatment_again(row["receipt"], claim.hospital_code, claim.claim_month)
    as_of = known_by(instant(decision.decided_time), decision.notes)
    schedule = await masters.schedule(treatment.month, as_of)
    told = told_by(instant(decision.decided_time), decision.notes)
    standards = await registrations.standards([claim.hospital_code], told)
    examination = examine(treatment, schedule, around_of(decision.reasons, standards.get(claim.hospital_code)))
    explanation = explanation_of(examination, knowledge_of(schedule, as_of))
    if not decision.payers:
        _allow_nothing(explanation)
    if not comes_to(examination, billed_points=decision.billed_points, reduced_yen=decision.reduced_yen):
        explanation.notes.append(DIFFERS)
    elif decision.payers and row["covers"] is not None:
        done = share_again(row["receipt"], read_covers(row["covers"]), examination)
        explanation.share_steps.extend(share_steps_of(done))
    decision.explanation.CopyFrom(explanation)
    return claim


def _allow_nothing(explanation: explanation_pb2.ClaimExplanation) -> None:
    """Nothing was decided of the units of a claim that is returned, pended or withdrawn."""
    for unit in explanation.units:
        unit.ClearField("allowed_points")


def around_of(reasons: Iterable[claim_pb2.Reason], standards: FacilityStandards | None) -> Surroundings:
    """What was known around the receipt when it was decided: of a twin, as far as the decision's reasons tell."""
    has_twin = any(each.code == Edit.DUPLICATE.name for each in reasons)
    return Surroundings(standards=standards, has_twin=has_twin)
