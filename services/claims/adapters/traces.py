"""Claims' traces and counts through the chassis' telemetry: begun at intake, finished with the decision."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from typing_extensions import override

from services.claims.adapters.measures import ClaimMeasures
from services.claims.application.model import Answer, Decided
from services.shared.chassis.claim_trace import ClaimJourney, ClaimTraces
from services.shared.chassis.spans import SpanEvent
from services.shared.chassis.traceparent import is_raised, raise_flag

_NS_PER_US: Final = 1_000
_US_PER_S: Final = 1_000_000


class BatchTraces:
    """Traces of claims that come in batches or files: a share of them raised."""

    def __init__(self, claims: ClaimTraces, measures: ClaimMeasures) -> None:
        """`claims` is the process's telemetry of claims, `measures` its counts."""
        self._claims = claims
        self._measures = measures

    def begin(self, count: int) -> Sequence[str]:
        """Each its own trace."""
        return self._claims.begin(count)

    def raised(self, traceparent: str) -> str:
        """Never lowered again."""
        return raise_flag(traceparent)

    def answered(self, answers: Sequence[Answer]) -> None:
        """Counted."""
        self._measures.answered(answers)

    def finish(self, decided: Sequence[Decided]) -> None:
        """One `claim` span for each whose flag is raised; nothing is built for the others. All are counted."""
        self._measures.decided(decided)
        for each in decided:
            if is_raised(each.traceparent):
                self._claims.finish(_journey(each))


class SingleTraces(BatchTraces):
    """The trace of a claim submitted alone: always raised, continuing its RPC's."""

    def __init__(self, claims: ClaimTraces, measures: ClaimMeasures, origin: str | None) -> None:
        """`origin` is the RPC span's traceparent."""
        super().__init__(claims, measures)
        self._single = claims
        self._origin = origin

    @override
    def begin(self, count: int) -> Sequence[str]:
        """One claim at most."""
        return [self._single.begin_single(self._origin) for _ in range(count)]


def _journey(decided: Decided) -> ClaimJourney:
    claim = decided.claim
    moments = (
        ("received", claim.received_at),
        ("eligibility", claim.determined_at),
        ("coding", claim.coded_at),
        ("decided", decided.decided_at),
    )
    return ClaimJourney(
        traceparent=decided.traceparent,
        start_ns=_ns(claim.received_at),
        end_ns=_ns(decided.decided_at),
        origin=claim.origin,
        stages=[SpanEvent(name=name, at_ns=_ns(at)) for name, at in moments if at is not None],
        attributes={
            "seikyu.claim_id": claim.claim_id,
            "seikyu.decision_id": decided.decision_id,
            "seikyu.outcome": decided.decision.outcome.name.lower(),
            "seikyu.hospital_code": claim.hospital_code,
        },
    )


def _ns(at: datetime) -> int:
    whole = int(at.timestamp()) * _US_PER_S + at.microsecond
    return whole * _NS_PER_US
