"""GetClaim's explanation: the decision's receipt examined again, told in the form of the contract."""

from seikyu.claims.v1 import claim_pb2

from services.claims.adapters.explanations import explanation_of, knowledge_of
from services.claims.adapters.postgres_ledger import QUERIES
from services.claims.application.explaining import DIFFERS, comes_to, known_by, treatment_again
from services.claims.domain.examination import examine
from services.claims.entrypoints.uke_check import KeptMasters
from services.shared.chassis.instants import instant
from services.shared.chassis.postgres import Database


async def explain(claim: claim_pb2.Claim, database: Database, masters: KeptMasters) -> claim_pb2.Claim:
    """The claim with its decision explained; as it is where nothing is decided yet. Raises UnreadableReceipt."""
    decision = claim.decision
    if not decision.decision_id:
        return claim
    rows = await database.fetch(QUERIES["read_receipts"], [claim.claim_id])
    treatment = treatment_again(rows[0]["receipt"], claim.hospital_code, claim.claim_month)
    as_of = known_by(instant(decision.decided_time), decision.notes)
    schedule = await masters.schedule(treatment.month, as_of)
    examination = examine(treatment, schedule)
    decision.explanation.CopyFrom(explanation_of(examination, knowledge_of(schedule, as_of)))
    if not comes_to(examination, billed_points=decision.billed_points, reduced_yen=decision.reduced_yen):
        decision.explanation.notes.append(DIFFERS)
    return claim
