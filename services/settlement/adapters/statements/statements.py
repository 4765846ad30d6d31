"""Issued statements, read: their rows, and what a statement's documents are written from."""

from collections.abc import Mapping, Sequence

import asyncpg

from services.settlement.adapters.periods.period_queries import QUERIES
from services.settlement.adapters.statements.statement_entries import Source
from services.settlement.adapters.statements.statement_lines import StatementReader
from services.settlement.adapters.statements.statement_rows import columns_of, cut_of, heads_of
from services.settlement.application.closing import drafted
from services.settlement.domain.netting import UnpaidStatement
from services.settlement.domain.statement import Cut, Digests, Layout, Statement, StatementDiffers
from services.shared.kernel.ids import account_statement_id
from services.shared.kernel.money import Yen


class Statements:
    """The statements of a database, or as a transaction sees them."""

    def __init__(self, source: Source, reader: StatementReader) -> None:
        """`reader` reads from the same source."""
        self._source = source
        self._reader = reader

    async def row(self, statement_id: str) -> asyncpg.Record | None:
        """A statement's row; none where there is no such statement."""
        rows = await self._source.fetch(QUERIES["read_statement"], statement_id)
        return rows[0] if rows else None

    async def page(
        self, *, account_id: str, period: str, after: tuple[str, str], most: int
    ) -> Sequence[asyncpg.Record]:
        """Rows, the latest month first, after a month and account."""
        return await self._source.fetch(QUERIES["list_statements"], account_id, period, *after, most)

    async def taken_up_by(self, rows: Sequence[asyncpg.Record]) -> Mapping[str, str]:
        """Which statements took these up, by the id of the one that was taken up."""
        found = await self._source.fetch(QUERIES["taken_up_by"], [row["statement_id"] for row in rows])
        return {each["statement_id"]: account_statement_id(each["account_id"], each["period"]) for each in found}

    async def taken_up_with(self, rows: Sequence[asyncpg.Record]) -> Mapping[str, Sequence[UnpaidStatement]]:
        """What these statements took up, by their ids."""
        accounts, periods = [row["account_id"] for row in rows], [row["period"] for row in rows]
        told: dict[str, list[UnpaidStatement]] = {}
        for each in await self._source.fetch(QUERIES["taken_up_with"], accounts, periods):
            one = UnpaidStatement(statement_id=each["statement_id"], period=each["of_period"], yen=Yen(each["yen"]))
            told.setdefault(account_statement_id(each["account_id"], each["period"]), []).append(one)
        return told

    async def cut(self, row: asyncpg.Record) -> Cut:
        """The cut that a statement's row was made of. Raises StatementDiffers where it is gone."""
        rows = await self._source.fetch(QUERIES["cut_of"], row["period"], row["account_id"])
        if not rows:
            raise StatementDiffers("its cut is gone")
        return cut_of(dict(rows[0]))

    async def again(self, row: asyncpg.Record) -> Statement:
        """The statement drawn up again from the ledger.

        Raises:
            StatementDiffers: it is not what was issued.
        """
        cut = await self.cut(row)
        draft = await drafted(self._reader, cut, heads_of(dict(row)), layout=Layout(row["layout"]))
        digests = Digests(csv_sha256=row["csv_sha256"], pdf_sha256=row["pdf_sha256"])
        statement = Statement(draft=draft, digests=digests, issued_at=row["issued_at"])
        if columns_of(statement) != tuple(row.values()):
            raise StatementDiffers("ledger and what was issued")
        return statement
