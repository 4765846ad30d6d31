"""Statements written out, page by page off the event loop: their digests, and the files as they are asked for."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import date
from enum import Enum

from services.settlement.adapters.statements.statement_csv import StatementCsv
from services.settlement.adapters.statements.statement_lines import StatementReader
from services.settlement.adapters.statements.statement_pdf import StatementPdf
from services.settlement.domain.statement import Digests, Draft, Line, Statement, Totals, added, totals_of
from services.shared.kernel.months import business_day


class Form(Enum):
    """What a statement is written as."""

    CSV = "csv"
    PDF = "pdf"


class DocumentDiffers(Exception):
    """A statement that is written again has another digest than when it was issued: it is not to be trusted."""


class StatementDocuments:
    """The Documents, and the files."""

    def __init__(self, reader: StatementReader) -> None:
        """`reader` gives the lines."""
        self._reader = reader

    async def digests(self, draft: Draft, issued_on: date) -> tuple[Digests, Totals]:
        """See Documents."""
        both = _Both(draft, issued_on)
        await asyncio.to_thread(both.begin)
        totals = Totals()
        async for lines in self._reader.lines(draft.cut, draft.former):
            await asyncio.to_thread(both.lines, lines)
            totals = added(totals, totals_of(lines))
        return await asyncio.to_thread(both.end), totals

    async def written(self, statement: Statement, form: Form) -> AsyncIterator[bytes]:
        """The document in pieces.

        Raises:
            DocumentDiffers: after the last piece, where all of them are not what was issued.
        """
        digest = hashlib.sha256()
        async for piece in self._pieces(statement, form):
            digest.update(piece)
            yield piece
        issued = statement.digests.csv_sha256 if form is Form.CSV else statement.digests.pdf_sha256
        if digest.hexdigest() != issued:
            raise DocumentDiffers

    async def _pieces(self, statement: Statement, form: Form) -> AsyncIterator[bytes]:
        draft, day = statement.draft, business_day(statement.issued_at)
        if form is Form.CSV:
            document: StatementCsv | StatementPdf = StatementCsv(draft, issued_on=day)
        else:
            document = await asyncio.to_thread(StatementPdf, draft, issued_on=day)
        yield document.begin()
        async for lines in self._reader.lines(draft.cut, draft.former):
            yield await asyncio.to_thread(document.lines, lines)
        if isinstance(document, StatementPdf):
            yield document.end(statement.digests.csv_sha256)


class _Both:
    """Both documents of one statement, written to nowhere."""

    def __init__(self, draft: Draft, issued_on: date) -> None:
        self._draft = draft
        self._issued_on = issued_on
        self._csv_sha256 = hashlib.sha256()
        self._pdf_sha256 = hashlib.sha256()

    def begin(self) -> None:
        self._csv = StatementCsv(self._draft, issued_on=self._issued_on)
        self._pdf = StatementPdf(self._draft, issued_on=self._issued_on)
        self._csv_sha256.update(self._csv.begin())
        self._pdf_sha256.update(self._pdf.begin())

    def lines(self, lines: Sequence[Line]) -> None:
        self._csv_sha256.update(self._csv.lines(lines))
        self._pdf_sha256.update(self._pdf.lines(lines))

    def end(self) -> Digests:
        csv_sha256 = self._csv_sha256.hexdigest()
        self._pdf_sha256.update(self._pdf.end(csv_sha256))
        return Digests(csv_sha256=csv_sha256, pdf_sha256=self._pdf_sha256.hexdigest())
