"""What became of a claim after its first decision: every decision and every correction, for `seikyu claim`."""

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text
from seikyu.claims.v1 import claim_pb2

from services.cli.command import table, yen
from services.cli.words import Say


def history_views(claim: claim_pb2.Claim, say: Say) -> Iterator[Table]:
    """Nothing for a claim that has one decision and was never corrected."""
    if len(claim.decisions) > 1:
        yield _decisions(claim.decisions, say)
    if claim.corrections or claim.resubmission_of:
        yield _corrections(claim, say)


def _decisions(decisions: Sequence[claim_pb2.Decision], say: Say) -> Table:
    heads = ("no.", "decision", "state", "cause", "codes", "payers yen", "patient yen", "cut yen", "time (UTC)")
    numbers = [say(each) for each in ("no.", "codes", "payers yen", "patient yen", "cut yen")]
    made = table(say("Decisions"), *map(say, heads), right=numbers)
    for each in decisions:
        made.add_row(
            str(each.number),
            each.decision_id,
            say(claim_pb2.ClaimState.Name(each.outcome).removeprefix("CLAIM_STATE_").lower()),
            say(claim_pb2.DecisionCause.Name(each.cause).removeprefix("DECISION_CAUSE_").lower()),
            str(each.coding_revision) if each.HasField("coding_revision") else "",
            yen(sum(share.share_yen for share in each.payers)),
            yen(each.patient_yen),
            yen(each.reduced_yen),
            each.decided_time.ToJsonString(),
        )
    return made


def _corrections(claim: claim_pb2.Claim, say: Say) -> Table:
    made = table(say("Corrections"), *map(say, ("what", "asked by", "reason", "in words", "other claim", "time (UTC)")))
    if claim.resubmission_of:
        made.add_row(say("submits again"), "", "", "", claim.resubmission_of, "")
    for each in claim.corrections:
        made.add_row(
            say(claim_pb2.CorrectionKind.Name(each.kind).removeprefix("CORRECTION_KIND_").lower()),
            each.asked_by,
            say(each.reason),
            Text(each.note),
            each.other_claim_id,
            each.time.ToJsonString(),
        )
    return made
