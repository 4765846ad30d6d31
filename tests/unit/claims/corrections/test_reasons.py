"""Why a person decided: every code of the contract has words, and what is kept is what was said."""

from collections.abc import Mapping, Sequence

import pytest
from seikyu.claims.v1 import correction_service_pb2 as corrections

from services.claims.application.reasons import NOT_SAID, Why, note_refusal
from services.claims.domain.correction import Refusal
from services.claims.domain.outputs.wording import RETURN_REASONS
from services.claims.entrypoints.correction_forms import why_of_pended, why_of_review
from services.cli.words import JAPANESE
from services.shared.kernel.ids import ClaimId
from tests.support.uke import plain_receipt

CLAIM = ClaimId("clm_" + "0" * 32)


class OneReceipt:
    """The receipt of every claim."""

    def __init__(self, receipt: bytes) -> None:
        self.receipt = receipt

    async def read_receipts(self, claim_ids: Sequence[ClaimId]) -> Mapping[ClaimId, bytes]:
        return dict.fromkeys(claim_ids, self.receipt)


def test_every_reason_of_a_return_has_words_for_the_hospital() -> None:
    names = {name.removeprefix("RETURN_REASON_") for name, number in corrections.ReturnReason.items() if number}

    assert names == set(RETURN_REASONS)


@pytest.mark.parametrize(
    "name",
    [
        name.split("_REASON_")[1]
        for reasons in (
            corrections.ReviewReason,
            corrections.ErrorReason,
            corrections.UpholdReason,
            corrections.AcceptReason,
            corrections.ReturnReason,
        )
        for name, number in reasons.items()
        if number
    ],
)
def test_every_reason_is_shown_in_japanese(name: str) -> None:
    assert JAPANESE[name] != name


def test_the_reason_of_a_cut_is_its_official_code() -> None:
    cut = corrections.DecideReviewRequest(reduced=corrections.ReviewReduced(official_code="K"), note="理由")

    assert why_of_review(cut) == Why(reason="K", note="理由")


def test_what_is_let_pass_or_upheld_may_have_no_reason() -> None:
    accepted = corrections.DecidePendedRequest(accepted=corrections.PendedAccepted())
    upheld = corrections.DecideReviewRequest(upheld=corrections.ReviewUpheld())

    assert why_of_pended(accepted) == why_of_review(upheld) == NOT_SAID


async def test_words_are_held_against_the_patient_of_the_receipt() -> None:
    receipt = OneReceipt(plain_receipt())

    assert await note_refusal(receipt, CLAIM, Why(note="見本太郎の件")) is Refusal.NOTE_NAMES_PATIENT
    assert await note_refusal(receipt, CLAIM, Why(note="経過の記載を求めます")) is None
    assert await note_refusal(receipt, CLAIM, NOT_SAID) is None


async def test_without_a_readable_receipt_no_words_are_kept() -> None:
    unread = OneReceipt(b"RE,1\r\n")

    assert await note_refusal(unread, CLAIM, Why(note="経過")) is Refusal.NOTE_UNSCREENED
    assert await note_refusal(unread, CLAIM, Why(reason="RECORD")) is None
