"""What hospitals and operators read of claims: one, many, and the feed of changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from typing_extensions import override

from services.claims.adapters.postgres_ledger import QUERIES
from services.claims.application.turns import MOST_UNDECIDED
from services.shared.chassis.postgres import Database


@dataclass(frozen=True, slots=True, order=True)
class FeedPosition:
    """A place in the order of recording: transaction id, sequence number. `0` is the beginning."""

    xid: int
    seq: int

    @override
    def __str__(self) -> str:
        return f"{self.xid}.{self.seq}"

    @classmethod
    def of(cls, written: Sequence[str]) -> "FeedPosition":
        """From transaction id and sequence number as a page token holds them; raises ValueError."""
        return cls.parse(".".join(written))

    @classmethod
    def parse(cls, text: str) -> "FeedPosition":
        """From `xid.seq` or `0`; raises ValueError."""
        xid, _, seq = text.partition(".")
        position = cls(int(xid), int(seq or 0))
        if min(position.xid, position.seq) < 0 or max(position.xid, position.seq) >= 2**63:
            raise ValueError("a position is two numbers below 2**63")
        return position


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFilter:
    """Which claims to list; `hospital_code` None means all hospitals, an empty text or tuple means no filter."""

    hospital_code: str | None
    states: tuple[int, ...] = ()
    claim_month: str = ""
    submission_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A claim's change of state, and its place in the feed."""

    claim_id: str
    state: int
    receipt_number: int
    at: datetime
    position: FeedPosition


class ClaimReads:
    """Reads outside any command's transaction."""

    def __init__(self, database: Database) -> None:
        """`database` is claims' own."""
        self._database = database

    async def get(self, claim_id: str, hospital_code: str | None) -> asyncpg.Record | None:
        """The claim's row, None where it does not exist for this hospital."""
        rows = await self._database.fetch(QUERIES["get_claim"], claim_id, hospital_code)
        return rows[0] if rows else None

    async def undecided(self) -> int:
        """How many claims are on their way without waiting for codes, counted to one more than holds intake back."""
        rows = await self._database.fetch(QUERIES["count_undecided"], MOST_UNDECIDED + 1)
        return int(rows[0][0])

    async def page(self, wanted: ClaimFilter, after: FeedPosition, limit: int) -> Sequence[asyncpg.Record]:
        """At most `limit` rows after a position."""
        asked = (
            str(after.xid),
            after.seq,
            wanted.claim_month,
            wanted.submission_id,
            list(wanted.states),
            limit,
        )
        if wanted.hospital_code is None:
            return await self._database.fetch(QUERIES["list_all_claims"], *asked)
        return await self._database.fetch(QUERIES["list_claims"], wanted.hospital_code, *asked)

    async def end_of_feed(self) -> FeedPosition:
        """Where a watch that begins now begins."""
        rows = await self._database.fetch(QUERIES["watch_position"])
        return FeedPosition(int(rows[0][0]), 0)

    async def changes(
        self, hospital_code: str | None, submission_id: str, after: FeedPosition, limit: int
    ) -> list[Change]:
        """At most `limit` changes after a position, none that a slower commit may still precede."""
        asked = (str(after.xid), after.seq, submission_id, limit)
        if hospital_code is None:
            rows = await self._database.fetch(QUERIES["watch_all_changes"], *asked)
        else:
            rows = await self._database.fetch(QUERIES["watch_changes"], hospital_code, *asked)
        return [
            Change(
                claim_id=row["claim_id"],
                state=row["state"],
                receipt_number=row["receipt_number"],
                at=row["at"],
                position=position_of(row),
            )
            for row in rows
        ]


def position_of(row: asyncpg.Record) -> FeedPosition:
    """The place of a row that carries recorded_xid and seq."""
    return FeedPosition(int(row["recorded_xid"]), row["seq"])
