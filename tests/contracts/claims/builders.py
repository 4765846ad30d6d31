"""Claims, answers and decisions for the suites and the use cases' tests, so that a test names only what it is about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from seikyu.coding.v1.coding_service_pb2 import CODING_ROUTE_EXACT, CODING_ROUTE_UNRESOLVED
from seikyu.coding.v1.events_pb2 import CodingCompleted
from seikyu.eligibility.v1 import coverage_pb2
from seikyu.eligibility.v1.events_pb2 import EligibilityDetermined

from services.claims.application.intake import Assessed, assess_all, new_claim
from services.claims.application.model import Agency, Answer, Coded, Decided, Determined, NewClaim, Sender, Submitted
from services.claims.domain.adjudication import Cover
from services.claims.domain.found_codes import FoundCode
from services.claims.domain.uke.findings import Profile
from services.shared.kernel.ids import ClaimId
from tests.support import uke

NOW = datetime(2026, 4, 10, 3, 0, tzinfo=UTC)
HOSPITAL = "1310000003"
SENDER = Sender(hospital_code=HOSPITAL, origin=None)
PAYER = "01130012"
TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-00"
DEADLINE = NOW + timedelta(seconds=2)


class NoTraces:
    """Traceparents that are never raised; remembers what was finished."""

    def __init__(self) -> None:
        self.finished: list[str] = []

    def begin(self, count: int) -> Sequence[str]:
        return [TRACE] * count

    def raised(self, traceparent: str) -> str:
        return traceparent[:-2] + "01"

    def answered(self, answers: Sequence[Answer]) -> None:
        """Nothing is counted."""

    def finish(self, decided: Sequence[Decided]) -> None:
        self.finished += [each.claim.claim_id for each in decided]


def submitted(number: int, *, text: str = "", member: int | None = None) -> Submitted:
    """The plain receipt of that number, of a member of its own unless told; `text` is a diagnosis without a code."""
    uncoded = [uke.disease(disease_code="0000999", name=text, main="")] if text else []
    insured = uke.insurer(member_number=str(member or number).translate(uke.FULL_WIDTH))
    lines = (uke.head(receipt_number=str(number)), insured, uke.disease(), *uncoded, uke.act())
    return Submitted(place=number - 1, agency=Agency.SSK, claim_month="202406", receipt=uke.receipt(*lines))


def assessed(count: int = 1, *, text: str = "") -> list[Assessed]:
    return assess_all(HOSPITAL, [submitted(number + 1, text=text) for number in range(count)], Profile.LENIENT)


def twins() -> tuple[Assessed, Assessed]:
    """Two receipts of one person, month and kind that are not the same."""
    one, other = assess_all(HOSPITAL, [submitted(1), submitted(2, member=1)], Profile.LENIENT)
    return one, other


def claims(count: int = 1, *, text: str = "") -> list[NewClaim]:
    """In id order."""
    made = [
        new_claim(HOSPITAL, each, each.facts, TRACE) for each in assessed(count, text=text) if each.facts is not None
    ]
    return sorted(made, key=lambda each: each.claim_id)


def covers_content(covers: Sequence[Cover]) -> bytes:
    """Covers as eligibility sends them."""
    return EligibilityDetermined(
        covers=[
            coverage_pb2.Cover(
                payer_number=each.payer_number,
                covered=each.covered,
                reason=coverage_pb2.CoverReason.Value(f"COVER_REASON_{each.reason}"),
                copay_tenths=each.copay_tenths,
                public_programme=each.public_programme,
                limit_category=coverage_pb2.LimitCategory.Value(f"LIMIT_CATEGORY_{each.category.name}")
                if each.category is not None
                else coverage_pb2.LIMIT_CATEGORY_UNSPECIFIED,
            )
            for each in covers
        ]
    ).SerializeToString()


def determined(claim_id: ClaimId, *, tenths: int = 3, at: datetime = NOW) -> Determined:
    cover = Cover(payer_number=PAYER, covered=True, reason="COVERED", copay_tenths=tenths, public_programme=False)
    return Determined(claim_id=claim_id, covers=(cover,), content=covers_content((cover,)), determined_at=at)


def refused(claim_id: ClaimId) -> Determined:
    """The payer's cover had ended."""
    cover = Cover(payer_number=PAYER, covered=False, reason="ENDED", copay_tenths=0, public_programme=False)
    return Determined(claim_id=claim_id, covers=(cover,), content=covers_content((cover,)), determined_at=NOW)


def coded(claim_id: ClaimId, *codes: FoundCode, at: datetime = NOW, revision: int = 0) -> Coded:
    """A revision of coding's answer with the codes that it was sure of, and one text that nobody could code."""
    message = CodingCompleted(claim_id=claim_id, revision=revision)
    message.completed_time.FromDatetime(at)
    for each in codes:
        message.codings.add(
            line=each.line, route=CODING_ROUTE_EXACT, disease_code=each.code, modifier_codes=each.modifiers
        )
    message.codings.add(line=99, route=CODING_ROUTE_UNRESOLVED)
    content = message.SerializeToString()
    return Coded(claim_id=claim_id, content=content, completed_at=at, revision=revision, codes=codes)
