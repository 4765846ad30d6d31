"""A review of a claim whose receipt does not pass the rules of form any more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from typing_extensions import override

from services.claims.application.correcting import Asker, Corrected, Correcting, OpenReview, Standing
from services.claims.domain.correction import Borne, Cause, Cut, PayerCut, Refusal, State
from services.claims.domain.outcome import PayerPart
from services.claims.domain.uke.facts import PayerKind
from services.shared.kernel.ids import ClaimId
from tests.contracts.claims.builders import NOW, PAYER, NoTraces
from tests.usecases.claims.readjudication.past_in_memory import PastInMemory
from tests.usecases.claims.readjudication.test_judged_again import CLAIM

DESK = Asker(subject="operator:desk")
STANDS = Borne(
    billed_points=73,
    parts=(PayerPart(PAYER, PayerKind.INSURER, 0, 73, 511),),
    patient_yen=219,
    reduced_yen=0,
    notes=(),
)
CUT = Cut(official_code="B", points=10, payers=(PayerCut(payer_number=PAYER, points=10, yen=70),))


@dataclass(slots=True)
class UnderReview(PastInMemory):
    """Every claim is under a review that a payer asked for."""

    @override
    async def stand(self, claim_ids: Sequence[ClaimId]) -> Sequence[Standing]:
        review = OpenReview(cause=Cause.PAYER_REVIEW)
        found = await PastInMemory.stand(self, claim_ids)
        return [replace(each, state=State.UNDER_REVIEW, review=review, borne=STANDS) for each in found]

    @override
    async def close_review(self, claim_id: ClaimId) -> None:
        """Nothing is kept of it here."""


def reviewed(receipt: bytes) -> UnderReview:
    return UnderReview({CLAIM.claim_id: replace(CLAIM, receipt=receipt)})


async def test_points_are_cut_only_while_it_is_read() -> None:
    unread, read = reviewed(b"RE,1\r\n"), reviewed(CLAIM.receipt)
    correcting = Correcting(traces=NoTraces())

    refused = await correcting.decide_review(unread, CLAIM.claim_id, DESK, CUT, now=NOW)
    cut = await correcting.decide_review(read, CLAIM.claim_id, DESK, CUT, now=NOW)

    assert refused is Refusal.UNREADABLE
    assert (unread.announced, unread.steps) == ([], [])
    assert isinstance(cut, Corrected)
    assert cut.state is State.REDUCED


async def test_it_is_returned_all_the_same() -> None:
    unread = reviewed(b"RE,1\r\n")

    back = await Correcting(traces=NoTraces()).decide_review(unread, CLAIM.claim_id, DESK, None, now=NOW)

    assert isinstance(back, Corrected)
    assert back.state is State.RETURNED
