"""Issued statements, read: their rows, and what a statement's documents are written from."""

from collections.abc import Sequence

import asyncpg

from services.settlement.adapters.closing_journal import PostgresJournal
from services.settlement.adapters.period_queries import QUERIES
from services.settlement.adapters.statement_lines import StatementReader
from services.settlement.adapters.statement_rows import columns_of, cut_of, heads_of
from services.settlement.application.closing import drafted
from services.settlement.domain.statement import Cut, Digests, Statement, StatementDiffers
from services.shared.chassis.postgres import Database


class Statements:
    """The statements of a database."""

    def __init__(self, database: Database, journal: PostgresJournal, reader: StatementReader) -> None:
        """Reads only."""
        self._database = database
        self._journal = journal
        self._reader = reader

    async def row(self, statement_id: str) -> asyncpg.Record | None:
        """A statement's row; none where there is no such statement."""
        rows = await self._database.fetch(QUERIES["read_statement"], statement_id)
        return rows[0] if rows else None

    async def page(
        self, *, account_id: str, period: str, after: tuple[str, str], most: int
    ) -> Sequence[asyncpg.Record]:
        """Rows, the latest month first, after a month and account."""
        return await self._database.fetch(QUERIES["list_statements"], account_id, period, *after, most)

    async def cut(self, row: asyncpg.Record) -> Cut:
        """The cut that a statement's row was made of."""
        rows = await self._database.fetch(QUERIES["cut_of"], row["period"], row["account_id"])
        return cut_of(dict(rows[0]))

    async def again(self, row: asyncpg.Record) -> Statement:
        """The statement drawn up again from the ledger.

        Raises:
            StatementDiffers: it is not what was issued.
        """
        cut = await self.cut(row)
        draft = await drafted(self._journal, self._reader, cut, heads_of(dict(row)))
        digests = Digests(csv_sha256=row["csv_sha256"], pdf_sha256=row["pdf_sha256"])
        statement = Statement(draft=draft, digests=digests, issued_at=row["issued_at"])
        if columns_of(statement) != tuple(row.values()):
            raise StatementDiffers("ledger and what was issued")
        return statement
