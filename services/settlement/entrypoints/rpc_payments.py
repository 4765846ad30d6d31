"""PaymentService: payees, batches that two people make, files for the bank, and what the bank says of them.

Each command is one transaction; the same request id gets the first answer. A hospital sees its own payees and payments
only; everybody else's are NOT_FOUND, as what does not exist.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import asyncpg
import grpc.aio
from seikyu.settlement.v1 import payment_service_pb2 as wire
from seikyu.settlement.v1 import payment_service_pb2_grpc as wire_grpc
from typing_extensions import override

from services.settlement.adapters.bank.bank_codes import BankCodes
from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.payments.payees import PostgresPayees
from services.settlement.adapters.payments.payment_notices import lock_payers, tell_payers
from services.settlement.adapters.payments.payment_queries import QUERIES
from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.application import payees, proposing_payments, releasing
from services.settlement.application.accepting import Result, take_result
from services.settlement.application.paying import abandon, accept
from services.settlement.application.proposing_payments import Terms
from services.settlement.bootstrap import RpcParts
from services.settlement.domain.bank.pain002 import NoResult, read_pain002
from services.settlement.domain.payments.batches import Refusal, Refused
from services.settlement.domain.payments.payees import Payee
from services.settlement.domain.payments.states import PaymentState
from services.settlement.entrypoints.callers import own_account
from services.settlement.entrypoints.payment_calls import (
    FIRST_PAGE,
    batch_of,
    batch_position,
    cause_of,
    own_traceparent,
    payee_messages,
    payee_of,
    payment_messages,
    proposed,
    refusing,
    result_id,
    selected,
)
from services.settlement.entrypoints.payment_forms import (
    account_of,
    bad_account,
    batch_message,
    day_of,
    file_message,
    form_of,
    left_out_message,
    refused,
    unfiled,
)
from services.shared.chassis.access import access_table, allow
from services.shared.chassis.calls import caller
from services.shared.chassis.clock import Clock
from services.shared.chassis.identity import PrincipalKind, Role
from services.shared.chassis.page_tokens import read_position, write_page_token
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.requests import AnswerT, answer_once
from services.shared.chassis.rpc_errors import RpcRefusal, invalid, not_found

NAME: Final = "seikyu.settlement.v1.PaymentService"
ACCESS: Final = access_table(
    NAME,
    ProposePayee=allow(operator=Role.ADMIN),
    ConfirmPayee=allow(operator=Role.ADMIN),
    GetPayee=allow(PrincipalKind.HOSPITAL, operator=Role.VIEWER),
    ProposePayments=allow(operator=Role.ADMIN, traced=True),
    ApprovePayments=allow(operator=Role.ADMIN),
    ReleaseFile=allow(operator=Role.ADMIN, traced=True),
    DownloadFile=allow(operator=Role.ADMIN),
    GetBatch=allow(operator=Role.VIEWER),
    ListBatches=allow(operator=Role.VIEWER),
    ListPayments=allow(PrincipalKind.HOSPITAL, operator=Role.VIEWER),
    AcceptPayments=allow(operator=Role.ADMIN),
    ReadResult=allow(operator=Role.ADMIN),
    AbandonPayments=allow(operator=Role.ADMIN),
    ReinstructPayments=allow(operator=Role.ADMIN, traced=True),
)
LABEL: Final = "settlement.payments"
PAGE_DEFAULT: Final = 100
PART_BYTES: Final = 1_000_000
"""Of a file in one message."""
Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentServicer(wire_grpc.PaymentServiceServicer):
    """The methods of the contract. `wake` tells the relay that payers were told something."""

    database: Database
    terms: Terms | None
    banks: BankCodes
    clock: Clock
    wake: Callable[[], None]

    @override
    async def ProposePayee(self, request: wire.ProposePayeeRequest, context: Context) -> wire.ProposePayeeResponse:
        """口座 of a hospital, proposed."""
        banks = await self.banks()

        async def perform(tx: Transaction) -> wire.ProposePayeeResponse:
            book, by, account = PostgresPayees(tx), caller().subject, account_of(request.account)
            done = await payees.propose_payee(
                book, request.hospital_code, account, by, banks=banks, now=self.clock.now()
            )
            if not isinstance(done, Payee):
                raise bad_account(done)
            return wire.ProposePayeeResponse(payee=await payee_of(tx, done))

        return await self._once(request, wire.ProposePayeeResponse, perform)

    @override
    async def ConfirmPayee(self, request: wire.ConfirmPayeeRequest, context: Context) -> wire.ConfirmPayeeResponse:
        """口座 of a hospital, confirmed by another person."""

        async def perform(tx: Transaction) -> wire.ConfirmPayeeResponse:
            by, now = caller().subject, self.clock.now()
            done = await payees.confirm_payee(PostgresPayees(tx), request.hospital_code, request.version, by, now=now)
            if done is None:
                raise not_found()
            if not isinstance(done, Payee):
                raise RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, done.name, done.value)
            return wire.ConfirmPayeeResponse(payee=await payee_of(tx, done))

        return await self._once(request, wire.ConfirmPayeeResponse, perform)

    @override
    async def GetPayee(self, request: wire.GetPayeeRequest, context: Context) -> wire.GetPayeeResponse:
        """The versions, the latest first."""
        if own_account() not in {"", f"hospital:{request.hospital_code}"}:
            raise not_found()
        rows = await self.database.fetch(QUERIES["payee_versions"], request.hospital_code)
        if not rows:
            raise not_found()
        return wire.GetPayeeResponse(versions=payee_messages(rows))

    @override
    async def ProposePayments(
        self, request: wire.ProposePaymentsRequest, context: Context
    ) -> wire.ProposePaymentsResponse:
        """支払の起案."""

        async def perform(tx: Transaction) -> wire.ProposePaymentsResponse:
            asked = proposing_payments.Asked(
                period=request.period,
                pays_on=day_of(request.pays_on, "pays_on"),
                by=caller().subject,
                traceparent=own_traceparent(),
                excepted=request.except_hospital_codes,
            )
            book = PostgresPayments(tx)
            done = await proposing_payments.propose(book, self._terms(), asked, now=self.clock.now())
            batch = await proposed(tx, done)
            left_out = map(left_out_message, await proposing_payments.left_out(book, asked))
            return wire.ProposePaymentsResponse(batch=batch, left_out=left_out)

        return await self._once(request, wire.ProposePaymentsResponse, perform)

    @override
    async def ApprovePayments(
        self, request: wire.ApprovePaymentsRequest, context: Context
    ) -> wire.ApprovePaymentsResponse:
        """支払の承認."""

        async def perform(tx: Transaction) -> wire.ApprovePaymentsResponse:
            by, now = caller().subject, self.clock.now()
            done = await releasing.approve(PostgresPayments(tx), request.batch_id, by, now=now)
            if done is None:
                raise not_found()
            if isinstance(done, Refusal):
                raise refused([Refused(why=done)])
            return wire.ApprovePaymentsResponse(batch=await batch_of(tx, request.batch_id))

        return await self._once(request, wire.ApprovePaymentsResponse, perform)

    @override
    async def ReleaseFile(self, request: wire.ReleaseFileRequest, context: Context) -> wire.ReleaseFileResponse:
        """総合振込 or pain.001, made and kept with what it instructs."""
        form, by = form_of(request), caller().subject

        async def perform(tx: Transaction) -> wire.ReleaseFileResponse:
            now, book = self.clock.now(), PostgresPayments(tx)
            asked = releasing.Asked(batch_ids=request.batch_ids, form=form, by=by)
            await lock_payers(tx, request.batch_ids)
            try:
                done = await releasing.release(book, PostgresBooks(tx), asked, now=now)
            except releasing.Unfiled as fault:
                raise unfiled(fault) from fault
            if done is None:
                raise not_found()
            if not isinstance(done, releasing.Released):
                raise refused(done)
            if done.is_new:
                await tell_payers(tx, done, now)
                tx.once_committed(self.wake)
            [row] = await tx.fetch(QUERIES["file_row"], done.file.file_id)
            return wire.ReleaseFileResponse(file=file_message(row))

        return await self._once(request, wire.ReleaseFileResponse, perform)

    @override
    async def DownloadFile(
        self, request: wire.DownloadFileRequest, context: Context
    ) -> AsyncIterator[wire.DownloadFileResponse]:
        """The file's description, then its bytes in parts."""
        rows = await self.database.fetch(QUERIES["file_row"], request.file_id)
        if not rows:
            raise not_found()
        yield wire.DownloadFileResponse(file=file_message(rows[0]))
        for begin in range(1, rows[0]["size_bytes"] + 1, PART_BYTES):
            [part] = await self.database.fetch(QUERIES["file_part"], request.file_id, begin, PART_BYTES)
            yield wire.DownloadFileResponse(content=part["part"])

    @override
    async def GetBatch(self, request: wire.GetBatchRequest, context: Context) -> wire.GetBatchResponse:
        """One batch."""
        async with self.database.transaction(label=LABEL) as tx:
            return wire.GetBatchResponse(batch=await batch_of(tx, request.batch_id))

    @override
    async def ListBatches(self, request: wire.ListBatchesRequest, context: Context) -> wire.ListBatchesResponse:
        """A page of batches, the latest first."""
        bound_to, size = [caller().subject, request.period], request.page_size or PAGE_DEFAULT
        position = read_position(request.page_token, bound_to=bound_to, read=batch_position) or FIRST_PAGE
        rows = await self.database.fetch(QUERIES["batch_page"], "", request.period, *position, size + 1)
        shown = rows[:size]
        counts = await self.database.fetch(QUERIES["state_counts"], [row["batch_id"] for row in shown])
        token = ""
        if len(rows) > size:
            token = write_page_token([shown[-1]["period"], str(shown[-1]["number"])], bound_to=bound_to)
        return wire.ListBatchesResponse(batches=[batch_message(row, counts) for row in shown], next_page_token=token)

    @override
    async def ListPayments(self, request: wire.ListPaymentsRequest, context: Context) -> wire.ListPaymentsResponse:
        """A page of payments with their steps."""
        asked = [request.batch_id, request.hospital_code, request.payment_id]
        if sum(map(bool, asked)) != 1:
            raise invalid("batch_id", "one_of", "give one of batch_id, hospital_code and payment_id")
        bound_to, size = [caller().subject, *asked], request.page_size or PAGE_DEFAULT
        after = read_position(request.page_token, bound_to=bound_to, read=lambda position: position[0])
        rows = await self._payments(request, after, size + 1)
        shown = rows[:size]
        token = ""
        if len(rows) > size:
            last = shown[-1]["place"] if request.batch_id else shown[-1]["payment_id"]
            token = write_page_token([str(last)], bound_to=bound_to)
        messages = await payment_messages(self.database, shown)
        return wire.ListPaymentsResponse(payments=messages, next_page_token=token)

    async def _payments(
        self, request: wire.ListPaymentsRequest, after: str | None, limit: int
    ) -> Sequence[asyncpg.Record]:
        own = own_account().removeprefix("hospital:")
        if request.batch_id and not own:
            place = int(after) if after is not None and after.isdigit() else -1
            return await self.database.fetch(QUERIES["payments_of_batch"], request.batch_id, place, limit)
        if request.hospital_code and own in {"", request.hospital_code}:
            return await self.database.fetch(QUERIES["payments_of_hospital"], request.hospital_code, after or "", limit)
        rows = await self.database.fetch(QUERIES["one_payment"], request.payment_id, own)
        if not rows:
            raise not_found()
        return rows

    @override
    async def AcceptPayments(
        self, request: wire.AcceptPaymentsRequest, context: Context
    ) -> wire.AcceptPaymentsResponse:
        """受付, as an operator was told it."""

        async def perform(tx: Transaction) -> wire.AcceptPaymentsResponse:
            ids = await selected(tx, request.payments, PaymentState.ACCEPTED)
            cause = cause_of(request.request_id, "ACCEPTED_BY_BANK")
            with refusing():
                done = await accept(PostgresPayments(tx), PostgresBooks(tx), ids, cause, at=self.clock.now())
            return wire.AcceptPaymentsResponse(payments=done)

        return await self._once(request, wire.AcceptPaymentsResponse, perform)

    @override
    async def AbandonPayments(
        self, request: wire.AbandonPaymentsRequest, context: Context
    ) -> wire.AbandonPaymentsResponse:
        """Payments that will not be made."""

        async def perform(tx: Transaction) -> wire.AbandonPaymentsResponse:
            ids = await selected(tx, request.payments, PaymentState.ABANDONED)
            cause = cause_of(request.request_id, request.reason)
            with refusing():
                done = await abandon(PostgresPayments(tx), PostgresBooks(tx), ids, cause, at=self.clock.now())
            return wire.AbandonPaymentsResponse(payments=done)

        return await self._once(request, wire.AbandonPaymentsResponse, perform)

    @override
    async def ReinstructPayments(
        self, request: wire.ReinstructPaymentsRequest, context: Context
    ) -> wire.ReinstructPaymentsResponse:
        """再支払の起案."""
        pays_on = day_of(request.pays_on, "pays_on")
        if pays_on is None:
            raise invalid("pays_on", "required", "give the day of payment")

        async def perform(tx: Transaction) -> wire.ReinstructPaymentsResponse:
            book, cause = PostgresPayments(tx), cause_of(request.request_id, "REINSTRUCTED")
            done = await proposing_payments.reinstruct(
                book, self._terms(), list(request.payment_ids), cause, pays_on=pays_on, now=self.clock.now()
            )
            return wire.ReinstructPaymentsResponse(batch=await proposed(tx, done))

        return await self._once(request, wire.ReinstructPaymentsResponse, perform)

    @override
    async def ReadResult(self, request: wire.ReadResultRequest, context: Context) -> wire.ReadResultResponse:
        """受付結果, in pain.002."""
        try:
            report = read_pain002(request.content)
        except NoResult as fault:
            raise invalid("content", "pain002", str(fault)) from fault

        async def perform(tx: Transaction) -> wire.ReadResultResponse:
            cause = replace(cause_of(request.request_id, "ACCEPTED_BY_BANK"), event_id=result_id(request.content))
            result = Result(report=report, content=request.content)
            with refusing():
                done = await take_result(PostgresPayments(tx), PostgresBooks(tx), result, cause, at=self.clock.now())
            refused_rows = await tx.fetch(QUERIES["payments_named"], list(done.refused))
            return wire.ReadResultResponse(
                accepted=len(done.accepted),
                refused=len(done.refused),
                pending=done.pending,
                refused_payments=await payment_messages(tx, refused_rows),
            )

        return await self._once(request, wire.ReadResultResponse, perform)

    async def _once(
        self,
        request: Any,  # noqa: ANN401 - one of the commands
        answer_type: type[AnswerT],
        perform: Callable[[Transaction], Awaitable[AnswerT]],
    ) -> AnswerT:
        async with self.database.transaction(label=LABEL) as tx:
            return await answer_once(tx, request, answer_type, perform=lambda: perform(tx))

    def _terms(self) -> Terms:
        """Raises RpcRefusal."""
        if self.terms is None:
            raise refused([Refused(why=Refusal.NO_REMITTER)])
        return self.terms


def register(parts: RpcParts, server: grpc.aio.Server) -> None:
    """Serve payments."""
    servicer = PaymentServicer(
        database=parts.database,
        terms=parts.payment_terms,
        banks=parts.bank_codes,
        clock=parts.clock,
        wake=parts.wake,
    )
    wire_grpc.add_PaymentServiceServicer_to_server(servicer, server)
