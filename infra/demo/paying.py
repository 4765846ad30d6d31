"""The demo's second half: the month is closed, payers pay, the hospital is paid, and one transfer comes back.

The demo plays the bank; its days lie ahead, on days on which banks are open.
"""

import asyncio
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from rich.console import Console
from seikyu.settlement.v1 import bank_service_pb2 as banking_wire
from seikyu.settlement.v1 import payment_service_pb2 as payment_wire
from seikyu.settlement.v1 import period_service_pb2 as period_wire

from infra.demo.bank import BANK, BRANCH, Movement, statement
from infra.demo.data import CLAIMED, HOSPITAL, TARIFF_FILE
from services.cli import banking, payees, payments, periods, statements
from services.cli.client import Client
from services.cli.command import yen
from services.settlement.adapters.bank.bank_days import bank_holidays
from services.settlement.domain.bank.checking import checked
from services.settlement.domain.payment_calendar import is_bank_day
from services.shared.kernel.months import BUSINESS_ZONE

CALENDAR: Final = (
    "payer,claim_month,closes_on,due_on,pays_on,mark,source\n*,{month},2024-07-10,{due},{pays},U,invented\n"
)
PAYEE_NAME: Final = "ｶｸｳｼﾝﾘﾖｳｼﾞﾖ"
WRONG_ACCOUNT, RIGHT_ACCOUNT = "7654321", "1234567"


class Unpaid(Exception):
    """Something about the money came otherwise than expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankDays:
    """Business days ahead: payers pay, the hospital is paid, its transfer comes back, it is paid again."""

    due: date
    pays: date
    back: date
    again: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What a file instructed: its batch's payment and the yen."""

    payment: payment_wire.Payment
    total_yen: int


class Paying:
    """The steps, in order; `step` shows a title."""

    def __init__(self, client: Client, out: Console, step: Callable[[str], None]) -> None:
        self._maker = client
        self._checker = client.speaking_with(Path(client.setting("SEIKYU_CHECKER_TOKEN_FILE")))
        self._out = out
        self._step = step
        self._days = days_after(datetime.now(BUSINESS_ZONE).date())

    async def run(self) -> None:
        """All steps. Raises Unpaid, AioRpcError, CommandFailure."""
        owing = await self._close()
        await self._payee("The hospital's bank account: proposed by one operator, confirmed by another", WRONG_ACCOUNT)
        with _folder() as folder:
            balance = await self._payers_pay(owing, folder)
            first = await self._pay(await self._propose(), folder / "furikomi-1.txt")
            balance = await self._comes_back(first, balance, folder)
            await self._payee("The account is put right by two people, and the payment instructed anew", RIGHT_ACCOUNT)
            second = await self._pay(await self._again(first), folder / "furikomi-2.txt")
            await self._settles(second, balance, folder)

    async def _close(self) -> list[period_wire.Statement]:
        self._step("The claim month is closed: review fees, and a statement for each payer and hospital")
        await self._load()
        async with self._maker.channel("settlement") as channel:
            closing = period_wire.ClosePeriodRequest(period=CLAIMED)
            closed = await periods.close_period(channel, closing, lambda _: None)
            found = await statements.list_statements(channel, month=CLAIMED)
        self._out.print(periods.periods_table([closed]))
        self._out.print(statements.statements_table(found))
        return [each for each in found if each.kind == period_wire.STATEMENT_KIND_PAYER]

    async def _load(self) -> None:
        days = CALENDAR.format(month=CLAIMED, due=self._days.due, pays=self._days.pays)
        calendar = period_wire.LoadCalendarRequest(
            request_id=str(uuid.uuid4()), content=days.encode(), format=period_wire.FILE_FORMAT_CSV
        )
        prices = await asyncio.to_thread(TARIFF_FILE.read_bytes)
        tariff = period_wire.LoadTariffRequest(
            request_id=str(uuid.uuid4()), content=prices, format=period_wire.FILE_FORMAT_CSV
        )
        loaded = await periods.take_calendar(self._maker, calendar)
        priced = await periods.take_tariff(self._maker, tariff)
        if not (loaded.accepted and priced.accepted):
            raise Unpaid("calendar or tariff was refused")

    async def _payee(self, title: str, account: str) -> None:
        self._step(title)
        bank_account = payment_wire.PayeeAccount(
            bank=BANK,
            branch=BRANCH,
            account_type=payment_wire.BANK_ACCOUNT_TYPE_ORDINARY,
            account_number=account,
            name=PAYEE_NAME,
        )
        request = payment_wire.ProposePayeeRequest(
            request_id=str(uuid.uuid4()), hospital_code=HOSPITAL[0], account=bank_account
        )
        proposed = await payees.propose(self._maker, request)
        confirmed = await payees.confirm(self._checker, HOSPITAL[0], proposed.version)
        self._out.print(payees.payee_table(HOSPITAL[0], [confirmed]))

    async def _payers_pay(self, owing: Sequence[period_wire.Statement], folder: Path) -> int:
        """The account's balance when the payers have paid."""
        self._step(f"The payers pay; the bank tells of it on {self._days.due}")
        came = [
            Movement(day=self._days.due, yen=each.payable_yen, code=payer.zfill(10), name="ﾐﾎﾝ ｷｶﾝ")
            for each in owing
            for payer in [each.account_id.removeprefix("payer:")]
        ]
        await self._import(statement(0, came), folder)
        return sum(each.yen for each in came)

    async def _propose(self) -> payment_wire.PaymentBatch:
        self._step("The hospital's statement is paid: one proposes, another approves, one file")
        request = payment_wire.ProposePaymentsRequest(request_id=str(uuid.uuid4()), period=CLAIMED)
        return (await payments.propose(self._maker, request)).batch

    async def _again(self, former: Paid) -> payment_wire.PaymentBatch:
        request = payment_wire.ReinstructPaymentsRequest(
            request_id=str(uuid.uuid4()),
            payment_ids=[former.payment.payment_id],
            pays_on=self._days.again.isoformat(),
        )
        return await payments.reinstruct(self._maker, request)

    async def _pay(self, proposed: payment_wire.PaymentBatch, file: Path) -> Paid:
        """Approve the batch, instruct it in a file, and read the file back as a bank would."""
        batch = await payments.approve(self._checker, proposed.batch_id)
        request = payment_wire.ReleaseFileRequest(
            request_id=str(uuid.uuid4()),
            batch_ids=[batch.batch_id],
            form=payment_wire.PAYMENT_FILE_FORM_ZENGIN,
            line_ends=True,
        )
        made, _ = await payments.release_file(self._maker, request, file)
        self._out.print(payments.batches_table([batch]))
        content = await asyncio.to_thread(file.read_bytes)
        for row in content.decode("cp932").splitlines():
            self._out.print(row, highlight=False, markup=False, soft_wrap=True)
        violations = checked(content).violations
        if violations or made.total_yen != batch.total_yen:
            raise Unpaid(f"the file breaks {len(violations)} rules, and moves {made.total_yen:,} yen")
        self._out.print(f"{file.name}: {yen(made.total_yen)} yen, no rule broken, sha256 {made.sha256}")
        [payment] = await payments.payments_of(self._maker, batch.batch_id)
        return Paid(payment=payment, total_yen=made.total_yen)

    async def _comes_back(self, paid: Paid, balance: int, folder: Path) -> int:
        """The account's balance when the money is back."""
        self._step("The transfer went out and came back: nobody has that account (資金返却)")
        told = [
            Movement(day=self._days.pays, yen=-paid.total_yen, narrative="ｿｳｺﾞｳﾌﾘｺﾐ"),
            Movement(
                day=self._days.back,
                yen=paid.total_yen,
                name=PAYEE_NAME,
                narrative="ｼｷﾝﾍﾝｷﾔｸ",
                edi=paid.payment.reference,
            ),
        ]
        await self._import(statement(balance, told), folder)
        returned = await banking.returned_payments(self._maker)
        self._out.print(banking.returns_table(returned))
        if [each.payment_id for each in returned] != [paid.payment.payment_id]:
            raise Unpaid("the transfer that came back was not recognised")
        return balance

    async def _settles(self, paid: Paid, balance: int, folder: Path) -> None:
        self._step("The second transfer stays; where every yen is")
        went = [Movement(day=self._days.again, yen=-paid.total_yen, narrative="ｿｳｺﾞｳﾌﾘｺﾐ")]
        await self._import(statement(balance, went), folder)
        found = await payments.payments_of(self._maker, HOSPITAL[0])
        self._out.print(payments.payments_table(found))
        where = await banking.positions(self._maker, (self._days.again + timedelta(days=1)).isoformat())
        for made in banking.position_tables(where):
            self._out.print(made)
        if not where.in_order:
            raise Unpaid("not every yen is where it belongs")

    async def _import(self, content: bytes, folder: Path) -> None:
        file = folder / "statement.txt"
        await asyncio.to_thread(file.write_bytes, content)
        answer = await banking.import_file(self._maker, file, banking_wire.BANK_DAYS_IMPERIAL)
        self._out.print(banking.imported_table(answer))
        if not answer.accepted:
            raise Unpaid(f"the bank's statement was refused: {answer.violations[0].rule}")


def days_after(today: date) -> BankDays:
    """The next days on which banks are open."""
    due, pays, back, again = (day for day, _ in zip(_open_days(today), range(4), strict=False))
    return BankDays(due=due, pays=pays, back=back, again=again)


def _open_days(today: date) -> Iterator[date]:
    day = today
    while True:
        day += timedelta(days=1)
        if is_bank_day(day, bank_holidays()):
            yield day


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="seikyu-demo-") as folder:
        yield Path(folder)
