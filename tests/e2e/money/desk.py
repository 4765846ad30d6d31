"""Two operators at settlement's money over gRPC: months, payees, payments, and what the bank says."""

import uuid
from collections.abc import Sequence
from pathlib import Path

import grpc
import grpc.aio
import pytest
from seikyu.settlement.v1 import bank_service_pb2 as bank
from seikyu.settlement.v1 import bank_service_pb2_grpc as bank_grpc
from seikyu.settlement.v1 import payment_service_pb2 as pay
from seikyu.settlement.v1 import payment_service_pb2_grpc as pay_grpc
from seikyu.settlement.v1 import period_service_pb2 as periods
from seikyu.settlement.v1 import period_service_pb2_grpc as periods_grpc
from seikyu.settlement.v1 import settlement_service_pb2 as ledger
from seikyu.settlement.v1 import settlement_service_pb2_grpc as ledger_grpc

from tests.bench.clients import Clients

ZENGIN = pay.PAYMENT_FILE_FORM_ZENGIN


class Desk:
    """The maker's and the checker's calls; `checker` is the token file of the other person."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._checker = Path(clients.variables["SEIKYU_CHECKER_TOKEN_FILE"])

    def _channel(self, token: Path | None = None) -> grpc.aio.Channel:
        return self._clients.channel("settlement", token)

    async def load(self, calendar: str, tariff: str) -> None:
        """Days and prices, as CSV."""
        async with self._channel() as channel:
            stub: periods_grpc.PeriodServiceAsyncStub = periods_grpc.PeriodServiceStub(channel)
            days = periods.LoadCalendarRequest(
                request_id=named(), content=calendar.encode(), format=periods.FILE_FORMAT_CSV
            )
            prices = periods.LoadTariffRequest(
                request_id=named(), content=tariff.encode(), format=periods.FILE_FORMAT_CSV
            )
            loaded, priced = await stub.LoadCalendar(days), await stub.LoadTariff(prices)
        assert (loaded.accepted, priced.accepted) == (True, True), (loaded.errors, priced.errors)

    async def close(self, period: str) -> dict[str, periods.Statement]:
        """Close a month: its statements by account."""
        async with self._channel() as channel:
            stub: periods_grpc.PeriodServiceAsyncStub = periods_grpc.PeriodServiceStub(channel)
            told = [each async for each in stub.ClosePeriod(periods.ClosePeriodRequest(period=period))]
            listed = await stub.ListStatements(periods.ListStatementsRequest(period=period, page_size=1_000))
        assert told[-1].stage == periods.CLOSE_STAGE_CLOSED
        return {each.account_id: each for each in listed.statements}

    async def payee(self, hospital: str, number: str) -> None:
        """The hospital's account, put there by two people."""
        wanted = pay.PayeeAccount(
            bank="9999",
            branch="999",
            account_type=pay.BANK_ACCOUNT_TYPE_ORDINARY,
            account_number=number,
            name=f"ビョウイン {number}",
        )
        async with self._channel() as channel, self._channel(self._checker) as other:
            maker: pay_grpc.PaymentServiceAsyncStub = pay_grpc.PaymentServiceStub(channel)
            checker: pay_grpc.PaymentServiceAsyncStub = pay_grpc.PaymentServiceStub(other)
            asked = pay.ProposePayeeRequest(request_id=named(), hospital_code=hospital, account=wanted)
            version = (await maker.ProposePayee(asked)).payee.version
            await checker.ConfirmPayee(
                pay.ConfirmPayeeRequest(request_id=named(), hospital_code=hospital, version=version)
            )

    async def propose(self, period: str, pays_on: str) -> str:
        """The id of the batch."""
        async with self._channel() as channel:
            stub: pay_grpc.PaymentServiceAsyncStub = pay_grpc.PaymentServiceStub(channel)
            asked = pay.ProposePaymentsRequest(request_id=named(), period=period, pays_on=pays_on)
            return (await stub.ProposePayments(asked)).batch.batch_id

    async def reinstruct(self, payment: str, pays_on: str) -> str:
        """The id of the batch with its successor."""
        async with self._channel() as channel:
            stub: pay_grpc.PaymentServiceAsyncStub = pay_grpc.PaymentServiceStub(channel)
            asked = pay.ReinstructPaymentsRequest(request_id=named(), payment_ids=[payment], pays_on=pays_on)
            return (await stub.ReinstructPayments(asked)).batch.batch_id

    async def file(self, batch: str) -> bytes:
        """Approved by the other person, not by the one who proposed it, and released: the file's bytes."""
        request = pay.ApprovePaymentsRequest(request_id=named(), batch_id=batch)
        async with self._channel() as channel, self._channel(self._checker) as other:
            maker: pay_grpc.PaymentServiceAsyncStub = pay_grpc.PaymentServiceStub(channel)
            checker: pay_grpc.PaymentServiceAsyncStub = pay_grpc.PaymentServiceStub(other)
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await maker.ApprovePayments(request)
            await checker.ApprovePayments(pay.ApprovePaymentsRequest(request_id=named(), batch_id=batch))
            released = await maker.ReleaseFile(
                pay.ReleaseFileRequest(request_id=named(), batch_ids=[batch], form=ZENGIN)
            )
            again = await checker.ReleaseFile(
                pay.ReleaseFileRequest(request_id=named(), batch_ids=[batch], form=ZENGIN)
            )
            asked = pay.DownloadFileRequest(file_id=released.file.file_id)
            parts = [part.content async for part in maker.DownloadFile(asked)]
        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert again.file.sha256 == released.file.sha256
        return b"".join(parts)

    async def payments(self, batch: str) -> Sequence[pay.Payment]:
        """The batch's, in their order."""
        async with self._channel() as channel:
            stub: pay_grpc.PaymentServiceAsyncStub = pay_grpc.PaymentServiceStub(channel)
            return (await stub.ListPayments(pay.ListPaymentsRequest(batch_id=batch, page_size=100))).payments

    async def take(self, content: bytes) -> bank.ImportedStatement:
        """Import a bank's file, twice: the second time it is known."""
        async with self._channel() as channel:
            stub: bank_grpc.ReconciliationServiceAsyncStub = bank_grpc.ReconciliationServiceStub(channel)
            asked = bank.ImportBankFileRequest(content=content, days=bank.BANK_DAYS_IMPERIAL)
            first, again = await stub.ImportBankFile(asked), await stub.ImportBankFile(asked)
        assert first.accepted, first.violations
        assert (first.repeated, again.repeated) == (False, True)
        return first.statements[0]

    async def returned(self) -> Sequence[bank.ReturnedPayment]:
        """Payments that came back."""
        async with self._channel() as channel:
            stub: bank_grpc.ReconciliationServiceAsyncStub = bank_grpc.ReconciliationServiceStub(channel)
            return (await stub.ListReturns(bank.ListReturnsRequest())).payments

    async def positions(self) -> bank.GetPositionsResponse:
        """Where every yen is."""
        async with self._channel() as channel:
            stub: bank_grpc.ReconciliationServiceAsyncStub = bank_grpc.ReconciliationServiceStub(channel)
            return await stub.GetPositions(bank.GetPositionsRequest())

    async def balances(self) -> dict[str, int]:
        """Of every account; they sum to 0."""
        async with self._channel() as channel:
            stub: ledger_grpc.SettlementServiceAsyncStub = ledger_grpc.SettlementServiceStub(channel)
            told = await stub.GetTrialBalance(ledger.GetTrialBalanceRequest())
        assert told.sum_yen == 0
        return {each.account_id: each.balance_yen for each in told.accounts}

    async def verdict(self) -> ledger.VerifyLedgerResponse:
        """What `ledger verify` ends with."""
        async with self._channel() as channel:
            stub: ledger_grpc.SettlementServiceAsyncStub = ledger_grpc.SettlementServiceStub(channel)
            return [each async for each in stub.VerifyLedger(ledger.VerifyLedgerRequest(), timeout=60.0)][-1]


def named() -> str:
    """A request's id."""
    return str(uuid.uuid4())
