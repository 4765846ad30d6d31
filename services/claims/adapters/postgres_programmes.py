"""What was told of local programmes, in Postgres."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from services.claims.application.programmes import ToldText
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.queries import load_queries

PROGRAMMES: Final = load_queries(Path(__file__).parents[1] / "sql" / "programmes.sql")


@dataclass(frozen=True, slots=True)
class PostgresProgrammeReader:
    """Implements application.programmes.ProgrammeReader: in a transaction, or each call on its own."""

    source: Transaction | Database

    async def latest(self) -> datetime | None:
        """The end of an index."""
        [row] = await self.source.fetch(PROGRAMMES["latest_local_programmes"])
        latest: datetime | None = row["latest"]
        return latest

    async def told_after(self, after: datetime | None) -> list[ToldText]:
        """Along the same index."""
        rows = await self.source.fetch(PROGRAMMES["local_programmes_after"], after)
        return [ToldText(row["number"], row["known_at"], row["content"]) for row in rows]


@dataclass(frozen=True, slots=True)
class PostgresProgrammes(PostgresProgrammeReader):
    """Implements application.programmes.ProgrammeLedger, over one open transaction."""

    source: Transaction

    async def put(self, texts: Mapping[str, str], now: datetime) -> list[str]:
        """Insert those that differ from the latest, one transaction at a time."""
        await self.source.execute(PROGRAMMES["lock_local_programmes"])
        rows = await self.source.fetch(PROGRAMMES["insert_local_programmes"], now, list(texts), list(texts.values()))
        return [row["number"] for row in rows]
