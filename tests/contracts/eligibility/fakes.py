"""Coverage and the log of determinations in memory; they pass the suites that the real ones pass."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from services.eligibility.application.ports import CoverageEntry, Determination, Lookup, RecordedPeriod
from services.eligibility.domain.coverage import CoveragePeriod

Person = tuple[str, str, date]


class CoverageInMemory:
    def __init__(self) -> None:
        self.rows: dict[Person, list[RecordedPeriod]] = {}

    async def periods(self, lookups: Sequence[Lookup]) -> list[list[CoveragePeriod]]:
        return [[each.period for each in await self.recorded(lookup)] for lookup in lookups]

    async def recorded(self, lookup: Lookup) -> list[RecordedPeriod]:
        found: list[RecordedPeriod] = []
        for (member_key, _, _), rows in self.rows.items():
            known = [row for row in rows if lookup.as_known is None or row.recorded_at <= lookup.as_known]
            if member_key == lookup.member_key and known:
                found.append(known[-1])
        return sorted(found, key=lambda each: (each.period.branch, each.period.valid_from))

    async def record(self, entries: Sequence[CoverageEntry], recorded_at: datetime) -> int:
        last: dict[Person, CoverageEntry] = {}
        for entry in entries:
            period = entry.period
            last[entry.member_key, period.branch or period.birth_digest, period.valid_from] = entry
        recorded = 0
        for person, entry in last.items():
            rows = self.rows.setdefault(person, [])
            if not rows or rows[-1].period != entry.period:
                rows.append(RecordedPeriod(period=entry.period, recorded_at=recorded_at))
                recorded += 1
        return recorded


class DeterminationsInMemory:
    def __init__(self) -> None:
        self.kept: dict[str, Determination] = {}
        self.announced: list[tuple[Determination, str]] = []

    async def keep(self, determinations: Sequence[Determination]) -> Mapping[str, Determination]:
        first = {
            each.cause_event_id: self.kept[each.cause_event_id]
            for each in determinations
            if each.cause_event_id in self.kept
        }
        for each in determinations:
            self.kept.setdefault(each.cause_event_id, each)
        return first

    def announce(self, determination: Determination, traceparent: str) -> None:
        self.announced.append((determination, traceparent))
