"""What claims counts and measures: receipts accepted and refused, decisions, yen by outcome, time per stage."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.claims.application.model import Answer, Decided
from services.claims.domain.correction import State
from services.claims.domain.outcome import Outcome
from services.claims.domain.uke.facts import PayerKind
from services.shared.chassis.metrics import Count, Duration, Metrics

UNKNOWN: Final = "unknown"
_OUTCOMES: Final = {each: each.name.lower() for each in Outcome}
_PARTIES: Final = {PayerKind.INSURER: "insurer", PayerKind.PROGRAMME: "programme"}


class ClaimMeasures:
    """Counts whole batches, after their commit."""

    def __init__(self, metrics: Metrics) -> None:
        """`metrics` is the process's."""
        self._metrics = metrics

    def answered(self, answers: Sequence[Answer]) -> None:
        """Receipts that became claims, and those refused; one that was submitted before is neither."""
        accepted = sum(each.claim_id is not None and not each.repeated for each in answers)
        if accepted:
            self._metrics.add(Count.CLAIMS, accepted, stage="received", outcome="accepted")
        self.refused(answers)

    def refused(self, answers: Sequence[Answer]) -> None:
        """Refused receipts by the first rule that refuses each."""
        for reason, count in Counter(_refused_for(each) for each in answers if each.claim_id is None).items():
            self._metrics.add(Count.RECEIPTS_REFUSED, count, reason=reason)

    def announced_again(self, count: int, stage: str) -> None:
        """Claims that the sweeper announced again; `stage` is the one they did not leave."""
        self._metrics.add(Count.REANNOUNCED, count, stage=stage)

    def corrected(self, state: State) -> None:
        """One claim by the state that a correction left it in."""
        self._metrics.add(Count.CLAIMS, 1, stage="corrected", outcome=state.value)

    def decided(self, decided: Sequence[Decided]) -> None:
        """Claims and yen by outcome, and how long each claim took to the end of each stage."""
        for outcome, count in Counter(each.decision.outcome for each in decided).items():
            self._metrics.add(Count.CLAIMS, count, stage="decided", outcome=_OUTCOMES[outcome])
        for (outcome, party), yen in _yen(decided).items():
            self._metrics.add(Count.MONEY, yen, outcome=_OUTCOMES[outcome], party=party)
        self._durations(decided)

    def _durations(self, decided: Sequence[Decided]) -> None:
        claims = [each.claim for each in decided]
        moments: dict[str, list[tuple[datetime, datetime | None]]] = {
            "eligibility": [(each.received_at, each.determined_at) for each in claims],
            "coding": [(each.received_at, each.coded_at) for each in claims],
            "decided": [(each.claim.received_at, each.decided_at) for each in decided],
        }
        for stage, spans in moments.items():
            lasted = [(end - start).total_seconds() for start, end in spans if end is not None]
            self._metrics.record_all(Duration.STAGE, lasted, stage=stage)


def _refused_for(answer: Answer) -> str:
    return next((each.rule.id for each in answer.findings if each.rejects), UNKNOWN)


def _yen(decided: Sequence[Decided]) -> Counter[tuple[Outcome, str]]:
    yen: Counter[tuple[Outcome, str]] = Counter()
    for each in decided:
        decision = each.decision
        for part in decision.parts:
            yen[decision.outcome, _PARTIES[part.kind]] += part.share_yen
        yen[decision.outcome, "patient"] += decision.patient_yen
        yen[decision.outcome, "reduced"] += decision.reduced_yen
    return +yen
