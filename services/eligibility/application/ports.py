"""What the use cases need of the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.eligibility.domain.coverage import CoveragePeriod
from services.eligibility.domain.determination import Cover, Question
from services.shared.kernel.months import Month


@dataclass(frozen=True, slots=True)
class Lookup:
    """A member and the moment whose knowledge counts; None: everything known now."""

    member_key: str
    as_known: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPeriod:
    """A period and since when it has been known."""

    period: CoveragePeriod
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageEntry:
    """A period to record: of which payer and member."""

    payer_number: str
    member_key: str
    period: CoveragePeriod


@dataclass(frozen=True, slots=True)
class AskedPayer:
    """One payer on a receipt: the member's key there, and the question."""

    member_key: str
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedClaim:
    """A received claim as far as eligibility may know it. `cause_event_id` is the event's own."""

    claim_id: str
    cause_event_id: str
    traceparent: str
    treatment_month: Month
    payers: tuple[AskedPayer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Determination:
    """The answer to one claims.received: one cover per payer, in the receipt's order."""

    claim_id: str
    cause_event_id: str
    treatment_month: Month
    covers: tuple[Cover, ...]
    determined_at: datetime


class Coverage(Protocol):
    """The coverage periods: only ever added to."""

    async def periods(self, lookups: Sequence[Lookup]) -> list[list[CoveragePeriod]]:
        """Per lookup the periods then known, of all branches; superseded ones are left out. One round trip."""
        ...

    async def recorded(self, lookup: Lookup) -> list[RecordedPeriod]:
        """The same for one member, in order of branch and first day, with the moment of recording."""
        ...

    async def record(self, entries: Sequence[CoverageEntry], recorded_at: datetime) -> int:
        """Record those that differ from what is known; returns how many did. Of two for one period the last counts."""
        ...


class Determinations(Protocol):
    """The log of answers, one per causing event, and their announcement."""

    async def keep(self, determinations: Sequence[Determination]) -> Mapping[str, Determination]:
        """Keep the answers; returns the first answers, by causing event, for causes that were answered before."""
        ...

    def announce(self, determination: Determination, traceparent: str) -> None:
        """Announce it when the transaction commits, under an id that derives from its cause."""
        ...
