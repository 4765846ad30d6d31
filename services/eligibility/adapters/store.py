"""Coverage periods in Postgres. Owns the rows' form; every method is one round trip."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import asyncpg

from services.eligibility.application.ports import CoverageEntry, Lookup, RecordedPeriod
from services.eligibility.domain.coverage import AgeMonths, CopayClass, CoveragePeriod, LimitCategory, Sex
from services.shared.chassis.postgres import Transaction
from services.shared.chassis.queries import load_queries

QUERIES = load_queries(Path(__file__).parents[1] / "sql" / "queries.sql")
PersonKey = tuple[str, str, date]
_SEX = {sex.value: sex for sex in Sex}
_COPAY_CLASS = {each.value: each for each in CopayClass}
_LIMIT_CATEGORY = {each.value: each for each in LimitCategory}


class PostgresCoverage:
    """The coverage table within one transaction."""

    def __init__(self, tx: Transaction) -> None:
        """Valid until the transaction ends."""
        self._tx = tx

    async def periods(self, lookups: Sequence[Lookup]) -> list[list[CoveragePeriod]]:
        """See application.ports.Coverage."""
        found: list[list[CoveragePeriod]] = [[] for _ in lookups]
        for row in await self._known(lookups):
            found[row["position"] - 1].append(_period(row))
        return found

    async def recorded(self, lookup: Lookup) -> list[RecordedPeriod]:
        """See application.ports.Coverage."""
        rows = await self._known([lookup])
        known = [RecordedPeriod(period=_period(row), recorded_at=row["recorded_at"]) for row in rows]
        return sorted(known, key=lambda each: (each.period.branch, each.period.valid_from))

    async def record(self, entries: Sequence[CoverageEntry], recorded_at: datetime) -> int:
        """See application.ports.Coverage. Imports wait for each other."""
        rows = [_row(entry) for entry in {person_key(entry): entry for entry in entries}.values()]
        if not rows:
            return 0
        await self._tx.execute(QUERIES["lock_coverage"])
        return await self._tx.execute(QUERIES["insert_coverage"], recorded_at, *map(list, zip(*rows, strict=True)))

    async def _known(self, lookups: Sequence[Lookup]) -> list[asyncpg.Record]:
        if not lookups:
            return []
        keys = [lookup.member_key for lookup in lookups]
        return await self._tx.fetch(QUERIES["known_periods"], keys, [lookup.as_known for lookup in lookups])


def person_key(entry: CoverageEntry) -> PersonKey:
    """What a later row supersedes: the member's person (branch, or birth digest without one) and first day."""
    period = entry.period
    return (entry.member_key, period.branch or period.birth_digest, period.valid_from)


def _row(entry: CoverageEntry) -> tuple[object, ...]:
    period = entry.period
    return (
        entry.payer_number,
        entry.member_key,
        period.branch or period.birth_digest,
        period.branch,
        period.sex.value,
        period.birth_digest,
        period.valid_from,
        period.valid_to,
        period.ages.preschool_last,
        period.ages.elderly_first,
        period.ages.late_elderly_first,
        period.copay_class.value,
        period.limit_category.value,
        period.next_payer,
    )


def _period(row: asyncpg.Record) -> CoveragePeriod:
    return CoveragePeriod(
        branch=row["branch"],
        sex=_SEX[row["sex"]],
        birth_digest=row["birth_digest"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        ages=AgeMonths(
            preschool_last=row["preschool_last_month"],
            elderly_first=row["elderly_first_month"],
            late_elderly_first=row["late_elderly_first_month"],
        ),
        copay_class=_COPAY_CLASS[row["copay_class"]],
        limit_category=_LIMIT_CATEGORY[row["limit_category"]],
        next_payer=row["next_payer"],
    )
