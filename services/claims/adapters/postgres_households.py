"""Households' statements in Postgres: receipts by household, versions that only grow, and what is read of them."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg
from seikyu.claims.v1 import household_pb2

from services.claims.adapters import household_messages
from services.claims.adapters.messages import read_covers
from services.claims.adapters.postgres_ledger import QUERIES
from services.claims.adapters.postgres_programmes import PostgresProgrammeReader
from services.claims.adapters.postgres_readjudication import read_notes, read_terms
from services.claims.adapters.postgres_reads import FeedPosition
from services.claims.application.explaining import told_by
from services.claims.application.household_statements import PlacedReceipt, Stated, UnplacedReceipt
from services.claims.application.recent import UnreadableReceipt, reread
from services.claims.domain.households.reading import KeptClaim
from services.claims.domain.households.statement import Household, MonthStatement
from services.claims.domain.households.versions import Span, Version
from services.claims.domain.households.year import StatedMonth, YearStatement
from services.claims.domain.share.household import MULTI_WINDOW_MONTHS
from services.claims.domain.share.yearly import limit_year_of
from services.claims.domain.uke.facts import ReceiptFacts
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.queries import load_queries
from services.shared.chassis.spans import current_traceparent
from services.shared.chassis.traceparent import new_traceparent
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.member import MemberSecret
from services.shared.kernel.months import Month

HOUSEHOLDS: Final = load_queries(Path(__file__).parents[1] / "sql" / "households.sql")


class PostgresHouseholds:
    """Implements application.household_statements.HouseholdLedger, over one open transaction."""

    def __init__(self, tx: Transaction) -> None:
        """`tx` is open, and the caller's."""
        self._tx = tx

    async def lock(self, span: Span, since: Month) -> None:
        """An advisory lock until the transaction ends."""
        await self._tx.execute(HOUSEHOLDS["lock_statements"], span.name, str(since))

    async def unplaced(self, month: Month, after: str, most: int) -> Sequence[UnplacedReceipt]:
        """Along the primary key."""
        rows = await self._tx.fetch(HOUSEHOLDS["unplaced_receipts"], str(month), after, most)
        return [UnplacedReceipt(ClaimId(row["claim_id"]), row["receipt"]) for row in rows]

    async def place(self, month: Month, placed: Sequence[PlacedReceipt]) -> None:
        """One statement."""
        await self._tx.execute(
            HOUSEHOLDS["insert_household_receipts"],
            str(month),
            [each.claim_id for each in placed],
            [each.household for each in placed],
            [each.payer_number for each in placed],
        )

    async def households(self, month: Month, after: str, most: int) -> Sequence[Household]:
        """Along the index of households."""
        return households_of(await self._tx.fetch(HOUSEHOLDS["page_households"], str(month), after, most))

    @property
    def programmes(self) -> PostgresProgrammeReader:
        """In the same transaction."""
        return PostgresProgrammeReader(self._tx)

    async def claims(self, month: Month, households: Sequence[Household]) -> Mapping[str, Sequence[KeptClaim]]:
        """One statement, so that all are seen as they stood at one moment; read in a thread."""
        keys = [each.key for each in households]
        rows = await self._tx.fetch(HOUSEHOLDS["household_claims"], str(month), keys)
        return await asyncio.to_thread(_by_household, rows)

    async def high_cost_months(
        self, households: Sequence[Household], since: Month, before: Month
    ) -> Mapping[str, Sequence[Month]]:
        """One statement."""
        keys = [each.key for each in households]
        found: dict[str, list[Month]] = defaultdict(list)
        for row in await self._tx.fetch(HOUSEHOLDS["high_cost_months"], keys, str(since), str(before)):
            found[row["household"]].append(Month.parse(row["since"]))
        return found

    async def households_of_year(self, since: Month, until: Month, after: str, most: int) -> Sequence[Household]:
        """Along the index of statements."""
        rows = await self._tx.fetch(HOUSEHOLDS["page_year_households"], str(since), str(until), after, most)
        return households_of(rows)

    async def stated_months(
        self, households: Sequence[Household], since: Month, until: Month
    ) -> Mapping[str, Sequence[StatedMonth]]:
        """One statement."""
        keys = [each.key for each in households]
        found: dict[str, list[StatedMonth]] = defaultdict(list)
        for row in await self._tx.fetch(HOUSEHOLDS["year_months"], str(since), str(until), keys):
            found[row["household"]].append(
                household_messages.stated_month_of(row["household"], row["version_id"], row["content"])
            )
        return found

    async def payer_secrets(self, payer_numbers: Sequence[str]) -> Mapping[str, MemberSecret]:
        """Secrets of enrolled payers."""
        rows = await self._tx.fetch(QUERIES["payer_secrets"], list(payer_numbers))
        return {row["payer_number"]: MemberSecret(version=row["version"], secret=row["secret"]) for row in rows}

    async def formers(self, statement_ids: Sequence[str]) -> Mapping[str, Version]:
        """One statement."""
        rows = await self._tx.fetch(HOUSEHOLDS["former_versions"], list(statement_ids))
        return {row["statement_id"]: Version(**dict(row)) for row in rows}

    def month_content(self, statement: MonthStatement, payer_member_key: str) -> bytes:
        """The message's bytes."""
        return household_messages.month_content(statement, payer_member_key)

    def year_content(self, statement: YearStatement) -> bytes:
        """The message's bytes."""
        return household_messages.year_content(statement)

    async def touch_what_follows(self, month: Month, stated: Sequence[Stated]) -> None:
        """One statement."""
        if not stated:
            return
        await self._tx.execute(
            HOUSEHOLDS["touch_what_follows"],
            str(month),
            str(limit_year_of(month)),
            str(month.plus(MULTI_WINDOW_MONTHS)),
            [each.household.key for each in stated],
            [each.household.payer_number for each in stated],
            [each.version.replaces for each in stated],
            [each.high_cost for each in stated],
        )

    async def save(self, span: Span, since: Month, stated: Sequence[Stated], now: datetime) -> None:
        """One statement, and outbox rows. Locks the payers' streams in the order of their numbers."""
        if not stated:
            return
        versions = [each.version for each in stated]
        traceparent = current_traceparent() or new_traceparent(raised=False)
        rows = await self._tx.fetch(
            HOUSEHOLDS["insert_statements"],
            now,
            span.value,
            str(since),
            [each.version_id for each in versions],
            [each.statement_id for each in versions],
            [each.number for each in versions],
            [each.replaces for each in versions],
            [each.household.key for each in stated],
            [each.household.payer_number for each in stated],
            [each.high_cost for each in stated],
            [each.content for each in stated],
            [each.content_sha256 for each in versions],
            traceparent,
        )
        sequences = {row["version_id"]: row["sequence"] for row in rows}
        topic = household_messages.STATED_TOPIC
        self._tx.announce(
            [
                household_messages.announcement(
                    _message(each, sequences[each.version.version_id], now),
                    topic=topic,
                    traceparent=traceparent,
                    at=now,
                )
                for each in stated
            ]
        )


def households_of(rows: Sequence[asyncpg.Record]) -> list[Household]:
    """Households as rows name them."""
    return [Household(key=row["household"], payer_number=row["payer_number"]) for row in rows]


def _by_household(rows: Sequence[asyncpg.Record]) -> dict[str, list[KeptClaim]]:
    found: dict[str, list[KeptClaim]] = defaultdict(list)
    for row in rows:
        found[row["household"]].append(_kept(row))
    return found


def _kept(row: asyncpg.Record) -> KeptClaim:
    return KeptClaim(
        claim_id=row["claim_id"],
        hospital_code=row["hospital_code"],
        decision_id=row["decision_id"] or "",
        number=row["number"] or 0,
        terms=None if row["content"] is None else read_terms(row["content"]),
        facts=_facts(row["receipt"]),
        covers=None if row["covers"] is None else read_covers(row["covers"]),
        known_at=None if row["content"] is None else told_by(row["decided_at"], read_notes(row["content"])),
    )


def _facts(receipt: bytes) -> ReceiptFacts | None:
    try:
        return reread(receipt)
    except UnreadableReceipt:
        return None


def _message(stated: Stated, sequence: int, at: datetime) -> household_pb2.HouseholdStated:
    version = stated.version
    return household_messages.stated_message(
        stated.content,
        version_id=version.version_id,
        number=version.number,
        replaces=version.replaces,
        sequence=sequence,
        at=at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFilter:
    """Which versions to list; empty texts are no filter."""

    payer_number: str
    since: str
    latest_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedStatement:
    """A version, and its place in the order of recording."""

    message: household_pb2.HouseholdStated
    position: FeedPosition


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdReads:
    """Reads outside any command's transaction."""

    database: Database

    async def get(self, statement_id: str, number: int, payer_number: str) -> household_pb2.HouseholdStated | None:
        """A version, the latest for 0; None where this payer has none such."""
        rows = await self.database.fetch(HOUSEHOLDS["get_statement"], statement_id, number, payer_number)
        return row_message(rows[0]) if rows else None

    async def page(self, wanted: StatementFilter, after: FeedPosition, limit: int) -> Sequence[ListedStatement]:
        """At most `limit` versions after a position."""
        asked = (str(after.xid), after.seq, wanted.since, wanted.latest_only, limit)
        if wanted.payer_number:
            rows = await self.database.fetch(HOUSEHOLDS["list_payer_statements"], wanted.payer_number, *asked)
        else:
            rows = await self.database.fetch(HOUSEHOLDS["list_all_statements"], *asked)
        return [
            ListedStatement(message=row_message(row), position=FeedPosition(int(row["recorded_xid"]), row["seq"]))
            for row in rows
        ]


def row_message(row: asyncpg.Record) -> household_pb2.HouseholdStated:
    """A version as it stands in the ledger."""
    return household_messages.stated_message(
        row["content"],
        version_id=row["version_id"],
        number=row["number"],
        replaces=row["replaces"],
        sequence=row["sequence"],
        at=row["stated_at"],
    )
