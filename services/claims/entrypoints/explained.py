"""GetClaim's explanation: the decision's receipt examined and split again, told in the form of the contract."""

import asyncpg
from seikyu.claims.v1 import claim_pb2, explanation_pb2

from services.claims.adapters.explanations import explanation_of, found_diagnoses_of, knowledge_of, share_steps_of
from services.claims.adapters.messages import read_covers
from services.claims.adapters.outcome_files import OUTCOMES, seen_codes
from services.claims.adapters.postgres_programmes import PostgresProgrammeReader
from services.claims.application.explaining import (
    DIFFERS,
    UNREADABLE,
    KeptDecision,
    examined_again,
    share_again,
    told_by,
)
from services.claims.application.ports import KnownSchedules, Registrations
from services.claims.application.programmes import NO_LOCAL_PROGRAMMES, Programmes
from services.claims.application.registrations import NOTHING_REGISTERED
from services.shared.chassis.instants import instant
from services.shared.chassis.postgres import Database


async def explain(
    claim: claim_pb2.Claim,
    database: Database,
    masters: KnownSchedules,
    registrations: Registrations = NOTHING_REGISTERED,
    *,
    programmes: Programmes = NO_LOCAL_PROGRAMMES,
) -> claim_pb2.Claim:
    """The claim with its decision explained; as it is where nothing is decided yet.

    Of a receipt that is read no longer the explanation says just that.
    """
    decision = claim.decision
    if not decision.decision_id:
        return claim
    (row,) = await database.fetch(OUTCOMES["explained_decision"], claim.claim_id, decision.decision_id)
    again = await examined_again(_kept(claim, row), masters, registrations)
    if again is None:
        decision.explanation.CopyFrom(explanation_pb2.ClaimExplanation(notes=[UNREADABLE]))
        return claim
    explanation = explanation_of(again.examination, knowledge_of(again.schedule, again.as_of))
    explanation.found_diagnoses.extend(found_diagnoses_of(again.found, again.schedule))
    if not decision.payers:
        _allow_nothing(explanation)
    if not again.agrees:
        explanation.notes.append(DIFFERS)
    elif decision.payers and row["covers"] is not None:
        history = await programmes.history(PostgresProgrammeReader(database))
        known = history.known(told_by(instant(decision.decided_time), decision.notes))
        done = share_again(row["receipt"], read_covers(row["covers"]), again.examination, known.table)
        if done.split.patient_yen == decision.patient_yen:
            explanation.share_steps.extend(share_steps_of(done))
        else:
            explanation.notes.append(DIFFERS)
    decision.explanation.CopyFrom(explanation)
    return claim


def _kept(claim: claim_pb2.Claim, row: asyncpg.Record) -> KeptDecision:
    decision = claim.decision
    return KeptDecision(
        receipt=row["receipt"],
        hospital_code=claim.hospital_code,
        claim_month=claim.claim_month,
        decided_at=instant(decision.decided_time),
        notes=decision.notes,
        reasons=[each.code for each in decision.reasons],
        billed_points=decision.billed_points,
        reduced_yen=decision.reduced_yen,
        codes=seen_codes(row),
    )


def _allow_nothing(explanation: explanation_pb2.ClaimExplanation) -> None:
    """Nothing was decided of the units of a claim that is returned, pended or withdrawn."""
    for unit in explanation.units:
        unit.ClearField("allowed_points")
