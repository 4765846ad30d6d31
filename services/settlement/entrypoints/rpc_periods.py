"""PeriodService: calendars, tariffs, the close of months, statements and their documents.

A payer and a hospital see their own statements; everybody else's are NOT_FOUND, as what does not exist.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
import grpc.aio
from seikyu.settlement.v1 import period_service_pb2 as wire
from seikyu.settlement.v1 import period_service_pb2_grpc as wire_grpc
from typing_extensions import override

from services.settlement.adapters.bank.bank_days import bank_holidays, holidays_version
from services.settlement.adapters.ledger.sealer import Sealer
from services.settlement.adapters.periods.calendar_files import read_calendar, read_tariff
from services.settlement.adapters.periods.calendars import calendar_rows, take_calendar, take_tariff, tariff
from services.settlement.adapters.periods.closing_journal import PostgresJournal
from services.settlement.adapters.periods.period_queries import QUERIES
from services.settlement.adapters.statements.statement_documents import DocumentDiffers, StatementDocuments
from services.settlement.adapters.statements.statement_lines import StatementReader
from services.settlement.adapters.statements.statements import Statements
from services.settlement.application.closing import Asked, CannotClose, CloseRefusal, Closing, Stage
from services.settlement.bootstrap import RpcParts
from services.settlement.domain.payment_calendar import warnings_of
from services.settlement.domain.statement import StatementDiffers
from services.settlement.entrypoints import period_forms as forms
from services.settlement.entrypoints.callers import own_account
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.calls import caller
from services.shared.chassis.clock import Clock
from services.shared.chassis.identity import PrincipalKind, Role
from services.shared.chassis.page_tokens import read_position, write_page_token
from services.shared.chassis.postgres import Database
from services.shared.chassis.requests import answer_once
from services.shared.chassis.rpc_errors import RpcRefusal, Violation, not_found
from services.shared.chassis.spans import current_traceparent
from services.shared.chassis.traceparent import new_traceparent

NAME: Final = "seikyu.settlement.v1.PeriodService"
DEFAULT_PAGE_SIZE: Final = 100
PIECE: Final = 256 * 1024
"""Most bytes of a document in one message."""
HOLDERS: Final = (PrincipalKind.PAYER, PrincipalKind.HOSPITAL)
ACCESS: Final = access_table(
    NAME,
    LoadCalendar=allow(operator=Role.ADMIN),
    ListCalendar=allow(*HOLDERS, operator=Role.VIEWER),
    LoadTariff=allow(operator=Role.ADMIN),
    ListTariff=allow(*HOLDERS, operator=Role.VIEWER),
    ClosePeriod=allow(operator=Role.ADMIN),
    ListPeriods=allow(operator=Role.VIEWER),
    GetStatement=allow(*HOLDERS, operator=Role.VIEWER),
    ListStatements=allow(*HOLDERS, operator=Role.VIEWER),
    ReadStatementFile=allow(*HOLDERS, operator=Role.VIEWER),
)
REFUSALS: Final = {
    CloseRefusal.LATER_PERIOD_BEGUN: "a later month was begun, and what comes for this one stands there",
    CloseRefusal.EARLIER_PERIOD_OPEN: "an earlier month was begun and is not closed",
    CloseRefusal.NOTHING_TO_CLOSE: "no payer was ever told anything",
    CloseRefusal.CALENDAR_MISSING: "there are no days for the month: load a calendar",
    CloseRefusal.TARIFF_MISSING: "there is no price for the month: load a tariff",
    CloseRefusal.NOT_OVER: "the day on which the month closes is not over",
}
Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodServicer(wire_grpc.PeriodServiceServicer):
    """Months and their statements."""

    database: Database
    closing: Closing
    statements: Statements
    documents: StatementDocuments
    clock: Clock

    @override
    async def LoadCalendar(self, request: wire.LoadCalendarRequest, context: Context) -> wire.LoadCalendarResponse:
        """Take a file's rows. A refused file is an answer, not an error."""
        read = await asyncio.to_thread(read_calendar, request.content, forms.FORMATS[request.format])
        if read.errors:
            return wire.LoadCalendarResponse(errors=forms.errors(read.errors))

        async def perform() -> wire.LoadCalendarResponse:
            changed = await take_calendar(tx, read.rows, by=caller().subject, at=self.clock.now())
            return wire.LoadCalendarResponse(
                accepted=True,
                rows=len(read.rows),
                changed=changed,
                warnings=forms.warnings(warnings_of(read.rows, bank_holidays())),
                holidays_version=holidays_version(),
            )

        async with self.database.transaction(label="settlement.load-calendar") as tx:
            return await answer_once(tx, request, wire.LoadCalendarResponse, perform=perform)

    @override
    async def ListCalendar(self, request: wire.ListCalendarRequest, context: Context) -> wire.ListCalendarResponse:
        """The rows in force, and what is doubtful in them."""
        async with self.database.transaction(label="settlement.list-calendar") as tx:
            rows = await calendar_rows(tx, request.period)
        return wire.ListCalendarResponse(
            days=map(forms.calendar_days, rows), warnings=forms.warnings(warnings_of(rows, bank_holidays()))
        )

    @override
    async def LoadTariff(self, request: wire.LoadTariffRequest, context: Context) -> wire.LoadTariffResponse:
        """Take a file's prices."""
        read = await asyncio.to_thread(read_tariff, request.content, forms.FORMATS[request.format])
        if read.errors:
            return wire.LoadTariffResponse(errors=forms.errors(read.errors))

        async def perform() -> wire.LoadTariffResponse:
            changed = await take_tariff(tx, read.rows, by=caller().subject, at=self.clock.now())
            return wire.LoadTariffResponse(accepted=True, rows=len(read.rows), changed=changed)

        async with self.database.transaction(label="settlement.load-tariff") as tx:
            return await answer_once(tx, request, wire.LoadTariffResponse, perform=perform)

    @override
    async def ListTariff(self, request: wire.ListTariffRequest, context: Context) -> wire.ListTariffResponse:
        """All prices in force."""
        async with self.database.transaction(label="settlement.list-tariff") as tx:
            return wire.ListTariffResponse(prices=map(forms.price, await tariff(tx)))

    @override
    async def ClosePeriod(
        self, request: wire.ClosePeriodRequest, context: Context
    ) -> AsyncIterator[wire.ClosePeriodResponse]:
        """Close, or go on. FAILED_PRECONDITION names why a month cannot be closed, or what would not add up."""
        asked = Asked(
            period=request.period,
            is_early=request.early,
            by=caller().subject,
            traceparent=current_traceparent() or new_traceparent(raised=False),
        )
        try:
            async for progress in self.closing.close(asked):
                told = wire.ClosePeriodResponse(
                    stage=forms.STAGES[progress.stage], done=progress.done, total=progress.total
                )
                if progress.stage is Stage.CLOSED:
                    told.period.CopyFrom((await self._periods(request.period))[0])
                yield told
        except CannotClose as refused:
            raise _cannot_close(refused) from refused
        except StatementDiffers as differs:
            raise _differs(differs) from differs

    @override
    async def ListPeriods(self, request: wire.ListPeriodsRequest, context: Context) -> wire.ListPeriodsResponse:
        """All months that were begun."""
        return wire.ListPeriodsResponse(periods=await self._periods(request.period))

    @override
    async def GetStatement(self, request: wire.GetStatementRequest, context: Context) -> wire.GetStatementResponse:
        """One statement with its breakdown, drawn up again. DATA_LOSS where it is not what was issued."""
        row = await self._own(request.statement_id)
        try:
            draft = (await self.statements.again(row)).draft
        except StatementDiffers as differs:
            raise _lost() from differs
        [told] = await self._messages([row])
        return wire.GetStatementResponse(statement=forms.with_details(told, draft.cut, draft.shares))

    @override
    async def ListStatements(
        self, request: wire.ListStatementsRequest, context: Context
    ) -> wire.ListStatementsResponse:
        """A page of statements, the latest month first."""
        own = own_account()
        if own and request.account_id not in {"", own}:
            raise not_found()
        account = own or request.account_id
        bound_to = [caller().subject, account, request.period]
        after = read_position(request.page_token, bound_to=bound_to, read=_position) or ("", "")
        size = request.page_size or DEFAULT_PAGE_SIZE
        rows = await self.statements.page(account_id=account, period=request.period, after=after, most=size + 1)
        token = ""
        if len(rows) > size:
            last = rows[size - 1]
            token = write_page_token([last["period"], last["account_id"]], bound_to=bound_to)
        return wire.ListStatementsResponse(statements=await self._messages(rows[:size]), next_page_token=token)

    @override
    async def ReadStatementFile(
        self, request: wire.ReadStatementFileRequest, context: Context
    ) -> AsyncIterator[wire.ReadStatementFileResponse]:
        """The document in pieces. DATA_LOSS where it is not what was issued."""
        row = await self._own(request.statement_id)
        try:
            statement = await self.statements.again(row)
            async for written in self.documents.written(statement, forms.FORMS[request.form]):
                for piece in _pieces(written):
                    yield wire.ReadStatementFileResponse(content=piece)
        except (StatementDiffers, DocumentDiffers) as differs:
            raise _lost() from differs

    async def _periods(self, period: str) -> Sequence[wire.Period]:
        return [forms.period(row) for row in await self.database.fetch(QUERIES["periods"], period)]

    async def _messages(self, rows: Sequence[asyncpg.Record]) -> Sequence[wire.Statement]:
        """Statements with what took them up and what they took up."""
        taken_up_by, taken_up = await self.statements.taken_up_by(rows), await self.statements.taken_up_with(rows)
        return [
            forms.with_taken_up(
                forms.statement(row), taken_up_by.get(row["statement_id"], ""), taken_up.get(row["statement_id"], ())
            )
            for row in rows
        ]

    async def _own(self, statement_id: str) -> asyncpg.Record:
        row = await self.statements.row(statement_id)
        if row is None or own_account() not in {"", row["account_id"]}:
            raise not_found()
        return row


def register(parts: RpcParts, server: grpc.aio.Server) -> None:
    """Add the service to the server."""
    servicer = served(parts.database, clock=parts.clock, wake=parts.wake)
    wire_grpc.add_PeriodServiceServicer_to_server(servicer, server)


def served(database: Database, *, clock: Clock, wake: Callable[[], None]) -> PeriodServicer:
    """The service over a database; `wake` tells the relay of payers' events."""
    reader = StatementReader(database)
    journal = PostgresJournal(database=database, wake=wake, seal=Sealer(database, clock).round)
    documents = StatementDocuments(reader)
    return PeriodServicer(
        database=database,
        closing=Closing(journal=journal, ledger=reader, documents=documents, clock=clock),
        statements=Statements(database, reader),
        documents=documents,
        clock=clock,
    )


def _position(position: Sequence[str]) -> tuple[str, str]:
    period, account = position
    return period, account


def _pieces(written: bytes) -> Iterator[bytes]:
    return (written[start : start + PIECE] for start in range(0, len(written), PIECE))


def _cannot_close(refused: CannotClose) -> RpcRefusal:
    """The reason in words; what it is about, payers, authorities or months, by name."""
    return RpcRefusal(
        grpc.StatusCode.FAILED_PRECONDITION,
        refused.refusal.name,
        REFUSALS[refused.refusal],
        violations=[
            Violation(field="period", rule=refused.refusal.value, description=f"about {name}") for name in refused.names
        ],
    )


def _differs(differs: StatementDiffers) -> RpcRefusal:
    return RpcRefusal(
        grpc.StatusCode.FAILED_PRECONDITION,
        "STATEMENT_DIFFERS",
        "a statement would not say what the ledger says; the month stays open and the ledger is to be verified",
        violations=[Violation(field="period", rule="statement_differs", description=f"differing are {differs}")],
    )


def _lost() -> RpcRefusal:
    return RpcRefusal(
        grpc.StatusCode.DATA_LOSS, "STATEMENT_DIFFERS", "the statement is not what was issued; verify the ledger"
    )
