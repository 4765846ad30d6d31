"""What hospitals have registered, in Postgres."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from services.claims.application.registrations import Known
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.queries import load_queries

REGISTRATIONS: Final = load_queries(Path(__file__).parents[1] / "sql" / "registrations.sql")


@dataclass(frozen=True, slots=True)
class PostgresRegistrationReader:
    """Implements application.registrations.RegistrationReader: in a transaction, or each call on its own."""

    source: Transaction | Database

    async def latest(self, hospital_codes: Collection[str], as_known: datetime) -> list[Known]:
        """One query over the primary key."""
        rows = await self.source.fetch(REGISTRATIONS["latest_registrations"], sorted(hospital_codes), as_known)
        return [Known(row["hospital_code"], row["known_at"]) for row in rows]

    async def texts(self, known: Collection[Known]) -> dict[Known, str]:
        """One query."""
        rows = await self.source.fetch(
            REGISTRATIONS["registrations"], [each.hospital_code for each in known], [each.known_at for each in known]
        )
        return {Known(row["hospital_code"], row["known_at"]): row["content"] for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresRegistrations:
    """Implements application.registrations.RegistrationLedger; each call is a transaction of its own."""

    database: Database

    async def put(self, texts: Mapping[str, str], now: datetime) -> list[str]:
        """Insert those that differ from the latest."""
        async with self.database.transaction(label="claims.register") as tx:
            rows = await tx.fetch(REGISTRATIONS["insert_registrations"], now, list(texts), list(texts.values()))
        return [row["hospital_code"] for row in rows]

    async def latest(self, hospital_codes: Collection[str], as_known: datetime) -> list[Known]:
        """One query."""
        return await PostgresRegistrationReader(self.database).latest(hospital_codes, as_known)

    async def texts(self, known: Collection[Known]) -> dict[Known, str]:
        """One query."""
        return await PostgresRegistrationReader(self.database).texts(known)
