"""Which claims a code was found for, read along the index of found codes. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg

from services.shared.chassis.postgres import Database
from services.shared.chassis.queries import load_queries

CODED: Final = load_queries(Path(__file__).parents[1] / "sql" / "coded.sql")
ANY_ROUTE: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedFilter:
    """Which lines to list: those with a disease code, found by a route of coding's contract, given since an instant."""

    disease_code: str
    route: int = ANY_ROUTE
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class CodedPlace:
    """A line of a claim: the place after which a page begins."""

    claim_id: str = ""
    line: int = 0

    @classmethod
    def of(cls, written: Sequence[str]) -> "CodedPlace":
        """From claim id and line as a page token holds them; raises ValueError."""
        claim_id, line = written
        if not 0 <= int(line) < 2**31:
            raise ValueError("a line's number has 31 bits")
        return cls(claim_id, int(line))


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedReads:
    """Reads outside any command's transaction."""

    database: Database

    async def page(self, wanted: CodedFilter, after: CodedPlace, limit: int) -> Sequence[asyncpg.Record]:
        """At most `limit` rows after a place, in the order of claims and lines."""
        place = (after.claim_id, after.line)
        return await self.database.fetch(
            CODED["coded_claims"], wanted.disease_code, *place, wanted.route, wanted.since, limit
        )
