"""What `seikyu claim` and `seikyu events tail` show of a claim that was corrected."""

from rich.console import Console
from seikyu.claims.v1 import claim_pb2
from seikyu.settlement.v1 import events_pb2

from services.cli.claims import claim_view
from services.cli.payer_events import events_table
from services.cli.words import LANGUAGES

FIRST = claim_pb2.Decision(
    decision_id="dec_1",
    number=1,
    outcome=claim_pb2.CLAIM_STATE_APPROVED,
    cause=claim_pb2.DECISION_CAUSE_SUBMITTED,
    payers=[claim_pb2.PayerShare(payer_number="01130012", points=73, share_yen=511)],
    patient_yen=219,
)
SECOND = claim_pb2.Decision(
    decision_id="dec_2",
    number=2,
    replaces_decision_id="dec_1",
    outcome=claim_pb2.CLAIM_STATE_WITHDRAWN,
    cause=claim_pb2.DECISION_CAUSE_WITHDRAWN,
)
STEP = claim_pb2.Correction(kind=claim_pb2.CORRECTION_KIND_WITHDRAWN, asked_by="hospital:1310000003")
CORRECTED = claim_pb2.Claim(
    claim_id="clm_1",
    state=claim_pb2.CLAIM_STATE_WITHDRAWN,
    decision=SECOND,
    decisions=[FIRST, SECOND],
    corrections=[STEP],
    resubmission_of="clm_0",
)


def shown(what: object) -> str:
    console = Console(width=250)
    with console.capture() as captured:
        console.print(what)
    return captured.get()


def test_a_corrected_claim_shows_every_decision_with_its_cause_and_who_asked() -> None:
    text = shown(claim_view(CORRECTED, LANGUAGES["en"]))

    for expected in ("dec_1", "dec_2", "511", "withdrawn", "hospital:1310000003", "submits again", "clm_0"):
        assert expected in text


def test_in_japanese_it_is_said_in_japanese() -> None:
    text = shown(claim_view(CORRECTED, LANGUAGES["ja"]))

    for expected in ("決定の履歴", "取下げ", "請求後の手続き", "再請求元"):
        assert expected in text


def test_a_claim_that_was_never_corrected_shows_neither_table() -> None:
    plain = claim_pb2.Claim(claim_id="clm_1", state=claim_pb2.CLAIM_STATE_APPROVED, decision=FIRST, decisions=[FIRST])

    text = shown(claim_view(plain, LANGUAGES["en"]))

    assert "Corrections" not in text
    assert "Decisions" not in text


def test_events_say_why_only_where_one_is_no_first_share() -> None:
    share = events_pb2.ClaimSettled(sequence=1, share_yen=511, cause="SUBMITTED", kind=events_pb2.SETTLEMENT_KIND_SHARE)
    back = events_pb2.ClaimSettled(
        sequence=2, share_yen=-511, cause="WITHDRAWN", kind=events_pb2.SETTLEMENT_KIND_REVERSAL
    )

    assert "why" not in shown(events_table([share], "t"))
    assert "reversal: withdrawn" in shown(events_table([share, back], "t"))
    assert "-511" in shown(events_table([share, back], "t"))
