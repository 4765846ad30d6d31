"""ReconciliationService: banks' files in, lines that wait, a person's word for them. Translates, and nothing else."""

import asyncio
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Final

import grpc
import grpc.aio
from seikyu.settlement.v1 import bank_service_pb2 as wire
from seikyu.settlement.v1 import bank_service_pb2_grpc as wire_grpc
from typing_extensions import override

from services.settlement.adapters.bank.bank_queries import BANK
from services.settlement.adapters.bank.bank_reads import positions, queue_page
from services.settlement.adapters.bank.till import till_of
from services.settlement.adapters.queries import QUERIES
from services.settlement.application.bank_records import SentFile, sent_file
from services.settlement.application.paying import ForbiddenStep
from services.settlement.application.recalling import recall
from services.settlement.application.reconciling import import_file, match_by_person, match_by_rules, undo
from services.settlement.bootstrap import RpcParts
from services.settlement.domain.bank.reading import read_statement_file
from services.settlement.domain.bank.records import NoBankFile, violation
from services.settlement.domain.bank.statements import BankFile, WrongBankFile
from services.settlement.domain.reconciliation.by_person import WrongMatch
from services.settlement.domain.reconciliation.placed import Act
from services.settlement.domain.reconciliation.recall import WrongRecall
from services.settlement.domain.transfers import LimitExceeded
from services.settlement.entrypoints import bank_messages as told
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.calls import caller, current_call
from services.shared.chassis.clock import Clock
from services.shared.chassis.identity import Role
from services.shared.chassis.page_tokens import read_position, write_page_token
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.requests import answer_once
from services.shared.chassis.rpc_errors import RpcRefusal, Violation, invalid, not_found
from services.shared.kernel.months import business_day

NAME: Final = "seikyu.settlement.v1.ReconciliationService"
PAGE_DEFAULT: Final = 100
ACCESS: Final = access_table(
    NAME,
    ImportBankFile=allow(operator=Role.ADMIN),
    ListQueue=allow(operator=Role.VIEWER),
    MatchQueue=allow(operator=Role.ADMIN),
    MatchLine=allow(operator=Role.ADMIN),
    UndoMatches=allow(operator=Role.ADMIN),
    ListReturns=allow(operator=Role.VIEWER),
    RecallPayment=allow(operator=Role.ADMIN),
    GetPositions=allow(operator=Role.VIEWER),
)
Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationServicer(wire_grpc.ReconciliationServiceServicer):
    """Operators' alone. Files of `own_accounts` are imported; `wake` tells the relay of payers' events."""

    database: Database
    clock: Clock
    own_accounts: frozenset[str]
    wake: Callable[[], None]

    @override
    async def ImportBankFile(
        self, request: wire.ImportBankFileRequest, context: Context
    ) -> wire.ImportBankFileResponse:
        """Whole or not at all; what is wrong is an answer, with its places."""
        act = self._act()
        content_sha256 = sha256(request.content).digest()
        try:
            style, today = told.STYLES[request.days], business_day(act.at)
            file = await asyncio.to_thread(read_statement_file, request.content, style, today)
            sent = sent_file(request.content, file.source, act)
            return await self._imported(file, sent)
        except NoBankFile as fault:
            return _refused(content_sha256, WrongBankFile([violation(1, (0, "file"), "known", str(fault))]))
        except WrongBankFile as fault:
            return _refused(content_sha256, fault)

    async def _imported(self, file: BankFile, sent: SentFile) -> wire.ImportBankFileResponse:
        answer = wire.ImportBankFileResponse(
            accepted=True, file_id=sent.file_id, sha256=sent.sha256.hex(), source=sent.source.value
        )
        async with self.database.transaction(label="settlement.bank-import") as tx:
            with _ledger_refusals():
                brought = await import_file(till_of(tx), file, sent, self.own_accounts)
            if brought is None:
                answer.repeated = True
                rows = await tx.fetch(BANK["statements_of_file"], sent.file_id)
                answer.statements.extend(told.brought_then(row) for row in rows)
            else:
                answer.statements.extend(told.brought(each) for each in brought)
            tx.once_committed(self.wake)
        return answer

    @override
    async def ListQueue(self, request: wire.ListQueueRequest, context: Context) -> wire.ListQueueResponse:
        """A page of lines that wait, with candidates."""
        size, now = request.page_size or PAGE_DEFAULT, self.clock.now()
        bound_to = [caller().subject]
        after = read_position(request.page_token, bound_to=bound_to, read=_place) or ("", 0)
        async with self.database.transaction(label="settlement.bank-queue") as tx:
            queue = await queue_page(tx, after, size + 1, now)
        token = ""
        if len(queue.lines) > size:
            last = queue.lines[size - 1][0].placed
            token = write_page_token([last.account, str(last.position)], bound_to=bound_to)
        today = business_day(now)
        return wire.ListQueueResponse(
            lines=[told.queued(waiting, found, today) for waiting, found in queue.lines[:size]],
            next_page_token=token,
            total_lines=queue.total,
        )

    @override
    async def MatchQueue(self, request: wire.MatchQueueRequest, context: Context) -> wire.MatchQueueResponse:
        """The rules once more, over all that waits."""

        async def perform() -> wire.MatchQueueResponse:
            till = till_of(tx)
            await till.records.hold([row["account"] for row in await tx.fetch(BANK["bank_accounts"])])
            with _ledger_refusals():
                tried, matched = await match_by_rules(till, self._act())
            return wire.MatchQueueResponse(tried=tried, matched=matched)

        async with self.database.transaction(label="settlement.bank-rules") as tx:
            answer = await answer_once(tx, request, wire.MatchQueueResponse, perform=perform)
            tx.once_committed(self.wake)
        return answer

    @override
    async def MatchLine(self, request: wire.MatchLineRequest, context: Context) -> wire.MatchLineResponse:
        """A person's word. NOT_FOUND for a line that there is not, INVALID_ARGUMENT for what it cannot be."""

        async def perform() -> wire.MatchLineResponse:
            return await self._matched(tx, request)

        async with self.database.transaction(label="settlement.bank-match") as tx:
            answer = await answer_once(tx, request, wire.MatchLineResponse, perform=perform)
            tx.once_committed(self.wake)
        return answer

    async def _matched(self, tx: Transaction, request: wire.MatchLineRequest) -> wire.MatchLineResponse:
        till = till_of(tx)
        account = await tx.fetchval(BANK["account_of_line"], request.line_id)
        if account is None:
            raise not_found()
        await till.records.hold([account])
        waiting = await till.records.waiting([request.line_id])
        if not waiting:
            raise invalid("line_id", "open", "every yen of the line is matched")
        parts = [told.part(each) for each in request.parts]
        try:
            with _ledger_refusals():
                matches = await match_by_person(till, waiting[0], parts, reason=request.reason, act=self._act())
        except WrongMatch as fault:
            raise invalid(fault.field, fault.rule, str(fault)) from fault
        line = told.line(waiting[0])
        line.open_yen -= sum(each.part.yen for each in matches)
        return wire.MatchLineResponse(line=line, matches=[told.match(each) for each in matches])

    @override
    async def UndoMatches(self, request: wire.UndoMatchesRequest, context: Context) -> wire.UndoMatchesResponse:
        """A wrong match taken back. NOT_FOUND for a line that there is not."""

        async def perform() -> wire.UndoMatchesResponse:
            till = till_of(tx)
            account = await tx.fetchval(BANK["account_of_line"], request.line_id)
            if account is None:
                raise not_found()
            await till.records.hold([account])
            try:
                with _ledger_refusals():
                    matches = await undo(till, request.line_id, reason=request.reason, act=self._act())
            except WrongMatch as fault:
                raise invalid(fault.field, fault.rule, str(fault)) from fault
            return wire.UndoMatchesResponse(matches=[told.match(each) for each in matches])

        async with self.database.transaction(label="settlement.bank-undo") as tx:
            answer = await answer_once(tx, request, wire.UndoMatchesResponse, perform=perform)
            tx.once_committed(self.wake)
        return answer

    @override
    async def ListReturns(self, request: wire.ListReturnsRequest, context: Context) -> wire.ListReturnsResponse:
        """A page of payments that came back or are called back."""
        size = request.page_size or PAGE_DEFAULT
        bound_to = [caller().subject]
        after = read_position(request.page_token, bound_to=bound_to, read=_payment) or ""
        rows = await self.database.fetch(BANK["returned_payments"], after, size + 1)
        token = write_page_token([rows[size - 1]["payment_id"]], bound_to=bound_to) if len(rows) > size else ""
        today = business_day(self.clock.now())
        return wire.ListReturnsResponse(
            payments=[told.returned(row, today) for row in rows[:size]], next_page_token=token
        )

    @override
    async def RecallPayment(self, request: wire.RecallPaymentRequest, context: Context) -> wire.RecallPaymentResponse:
        """組戻: begin it, or record its next state."""

        async def perform() -> wire.RecallPaymentResponse:
            state = await tx.fetchval(BANK["state_of_payment"], request.payment_id)
            if state is None:
                raise not_found()
            wanted = told.RECALLS_FROM_WIRE[request.state]
            try:
                step = await recall(
                    till_of(tx), request.payment_id, state, wanted, reason=request.reason, act=self._act()
                )
            except WrongRecall as fault:
                raise invalid("state", "follows", str(fault)) from fault
            return told.recall(step)

        async with self.database.transaction(label="settlement.bank-recall") as tx:
            return await answer_once(tx, request, wire.RecallPaymentResponse, perform=perform)

    @override
    async def GetPositions(self, request: wire.GetPositionsRequest, context: Context) -> wire.GetPositionsResponse:
        """Where every yen is, in one snapshot."""
        try:
            as_of = date.fromisoformat(request.as_of) if request.as_of else business_day(self.clock.now())
        except ValueError as fault:
            raise invalid("as_of", "calendar", "is no day of the calendar, YYYY-MM-DD") from fault
        async with self.database.transaction(label="settlement.bank-positions") as tx:
            await tx.execute(QUERIES["begin_replay"])
            return told.positions(await positions(tx, as_of))

    def _act(self) -> Act:
        return Act(by=caller().subject, at=self.clock.now(), traceparent=current_call().traceparent)


def register(parts: RpcParts, server: grpc.aio.Server) -> None:
    """Offer the service."""
    servicer = ReconciliationServicer(
        database=parts.database, clock=parts.clock, own_accounts=parts.own_accounts, wake=parts.wake
    )
    wire_grpc.add_ReconciliationServiceServicer_to_server(servicer, server)


def _refused(content_sha256: bytes, fault: WrongBankFile) -> wire.ImportBankFileResponse:
    return wire.ImportBankFileResponse(
        accepted=False,
        sha256=content_sha256.hex(),
        violations=[told.violation(each) for each in fault.violations],
        violation_count=fault.count,
    )


@contextmanager
def _ledger_refusals() -> Generator[None]:
    """What stops a file or a match and is no fault of its own: a limit of the ledger, a payment that just moved."""
    try:
        yield
    except LimitExceeded as fault:
        broken = Violation(field="", rule="limit", description=f"{fault.account_id} would pass its limit")
        raise RpcRefusal(
            grpc.StatusCode.FAILED_PRECONDITION,
            "LIMIT_EXCEEDED",
            "an account would pass its limit",
            violations=[broken],
        ) from fault
    except ForbiddenStep as fault:
        raise RpcRefusal(
            grpc.StatusCode.ABORTED, "PAYMENT_MOVED", "a payment changed its state meanwhile; try again"
        ) from fault


def _place(written: Sequence[str]) -> tuple[str, int]:
    account, position = written
    return account, int(position)


def _payment(written: Sequence[str]) -> str:
    (payment,) = written
    return payment
