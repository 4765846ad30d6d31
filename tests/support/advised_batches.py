"""Coded requests of which lines lie in the middle band, and on which terms a model is asked about them."""

from collections.abc import Mapping
from hashlib import sha256

from services.coding.application.advised import Terms
from services.coding.application.advising import Agreement, MeasuredBin, Thresholds
from services.coding.application.code_batch import CodedRequest, CodingRequest, Mention, coded_requests
from services.coding.domain.verify import Patient, Sex
from services.shared.kernel.months import Month
from tests.support.fixed_ranking import FixedRanking
from tests.unit.coding.builders import MASTER

BAND = Thresholds(asked_from=0.3, automatic_from=0.9)
LISTED: Mapping[str, tuple[tuple[str, float], ...]] = {
    "白内障ラシイ": (("3669004", 0.8), ("5359011", 0.1)),
    "白内障再発カモ": (("3669004", 0.8), ("5359011", 0.1)),
    "胃ノアレ": (("5359011", 0.5), ("5350004", 0.3)),
    "胃ノアレガヒドイ": (("5359011", 0.95), ("5350004", 0.02)),
    "ナニカワルイ": (("5350004", 0.2), ("5359011", 0.1)),
    "骨ガオレタ": (("8290001", 0.8), ("5359011", 0.1)),
}
TEXTS = ("白内障", *LISTED)
MEASURED = Agreement(
    model="tiny",
    prompt_version="pick-1",
    bins=(
        MeasuredBin(low=0.3, high=0.6, confirmed=100, right=70),
        MeasuredBin(low=0.6, high=0.9, confirmed=1_000, right=980),
    ),
)


def request(word: str, *texts: str) -> CodingRequest:
    digest = sha256(word.encode()).hexdigest()[:32]
    return CodingRequest(
        claim_id=f"clm_{digest}",
        cause_event_id=f"evt_{digest}",
        treatment_month=Month(2024, 10),
        mentions=tuple(Mention(line=line, text=text) for line, text in enumerate(texts or TEXTS, 3)),
        traceparent=f"00-{'a' * 32}-{'b' * 16}-00",
        patient=Patient(sex=Sex.FEMALE, age_band_years=70),
    )


def coded(*requests: CodingRequest) -> tuple[CodedRequest, ...]:
    return coded_requests(requests, master=MASTER, ranking=FixedRanking(listed=LISTED))


def terms(agreement: Agreement | None = None, *, deadline_s: float = 5.0, places: int = 8) -> Terms:
    return Terms(
        thresholds=BAND, agreement=agreement, master_version=MASTER.version, places=places, deadline_s=deadline_s
    )
