"""Closed periods, payees and money in the bank for the tests of payments. Bank 9999 is assigned to nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.payments.payees import PostgresPayees
from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.application import payees
from services.settlement.application.payment_book import Cause
from services.settlement.application.proposing_payments import Asked, Terms, propose
from services.settlement.application.releasing import Asked as FileAsked
from services.settlement.application.releasing import Released, approve, release
from services.settlement.domain.bank.furikomi import Account, AccountType, Remitter
from services.settlement.domain.payments.batches import Batch, Limits, Refused, bank_account_id
from services.settlement.domain.payments.files import FileForm
from services.settlement.domain.payments.payees import Payee
from services.settlement.domain.transfers import Order, TransferKind, order_id
from services.shared.chassis.postgres import Database
from services.shared.kernel.double_entry import Movement
from services.shared.kernel.ids import EventId
from services.shared.kernel.money import Yen
from tests.support.settlement import INSURER, decision, part, post

PERIOD = "202604"
PAY_DAY = date(2026, 6, 22)
AT = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
MAKER, CHECKER, OTHER = "operator:maker", "operator:checker", "operator:other"
TRACE = f"00-{7:032x}-{7:016x}-00"
FUNDED_YEN = 10**11
PLATFORM = Account(bank="9999", branch="999", kind=AccountType.CURRENT, number="0000001", name="ｼﾝｻｼﾊﾗｲ")
TERMS = Terms(
    remitter=Remitter(code="0123456789", account=PLATFORM),
    limits=Limits(payment_yen=5_000_000_000, batch_yen=999_999_999_999),
)
BANKS = payees.BankList(day="20260824", banks={"0001": {"001"}}, test_banks=frozenset({"9999"}))
HOSPITALS = {"1310000001": 700, "1310000002": 1_500, "2710000003": 30}

INSERT_CLOSE = "INSERT INTO period_close VALUES ($1, false, 'operator:admin', $2, $3) ON CONFLICT DO NOTHING"
INSERT_CUT = """
INSERT INTO period_cut
SELECT $1, a.account_id, 'hospital', a.version, 0, 0, 0, 0, $3, $3, $3, $4 FROM account AS a WHERE a.account_id = $2
"""
INSERT_STATEMENT = """
INSERT INTO statement
SELECT $1, a.account_id, 'hospital', $2, a.version, 0, 1, 0, 0, a.balance_yen, 0, 0, 0, a.balance_yen, 0, 0,
    a.balance_yen, 0, $4, $4, 1, repeat('0', 64), repeat('0', 64), 0, '', 0, '', 0, '', $5
FROM account AS a WHERE a.account_id = $3
"""
INSERT_CLOSED = "INSERT INTO period_closed VALUES ($1, 0, $2, 0, 0, $3)"


def account(name: str = "ﾋﾞﾖｳｲﾝ", number: str = "1234567", bank: str = "9999") -> Account:
    return Account(bank=bank, branch="999", kind=AccountType.ORDINARY, number=number, name=name)


def statement_of(hospital: str, period: str = PERIOD) -> str:
    return f"stm_{period}{hospital}"


async def closed_period(
    database: Database, owed: Mapping[str, int] = HOSPITALS, *, funded_yen: int = FUNDED_YEN
) -> None:
    """The period with one claim of each hospital, its statements, and money of the payers in the bank."""
    claims = [
        decision(number, part(yen=yen), hospital=code, patient_yen=0)
        for number, (code, yen) in enumerate(owed.items(), 1)
    ]
    await post(database, claims)
    await fund(database, funded_yen)
    async with database.transaction(label="test.close") as tx:
        await tx.connection.execute(INSERT_CLOSE, PERIOD, TRACE, AT)
        for code in owed:
            account_id = f"hospital:{code}"
            await tx.connection.execute(INSERT_CUT, PERIOD, account_id, PAY_DAY, AT)
            await tx.connection.execute(INSERT_STATEMENT, statement_of(code), PERIOD, account_id, PAY_DAY, AT)
        await tx.connection.execute(INSERT_CLOSED, PERIOD, len(owed), AT)


def incoming(yen: int) -> Order:
    """A payer's money that comes into the platform's bank account."""
    return Order(
        transfer_id=order_id(TransferKind.INCOMING, "test"),
        movement=Movement(from_account=bank_account_id(PLATFORM), to_account=f"payer:{INSURER}", amount_yen=Yen(yen)),
        kind=TransferKind.INCOMING,
        cause_event_id=EventId("evt_" + "f" * 32),
        traceparent=TRACE,
        period=PERIOD,
        payer_number=INSURER,
    )


async def fund(database: Database, yen: int) -> None:
    """The same, in the ledger."""
    async with database.transaction(label="test.fund") as tx:
        await PostgresBooks(tx).post([incoming(yen)], AT)


async def decided_anew(database: Database, hospital: str, yen: int, *, nth: int) -> None:
    """The nth decision on the claim that `closed_period` made for one of HOSPITALS: it is `yen` now."""
    number = [*HOSPITALS].index(hospital) + 1
    await post(database, [decision(number, part(yen=yen), hospital=hospital, patient_yen=0, nth=nth)])


async def confirmed_payee(database: Database, hospital: str, of: Account | None = None) -> Payee:
    """A payee that one person proposed and another confirmed."""
    async with database.transaction(label="test.payee") as tx:
        book = PostgresPayees(tx)
        made = await payees.propose_payee(book, hospital, of or account(), MAKER, banks=BANKS, now=AT)
        assert isinstance(made, Payee), made
        done = await payees.confirm_payee(book, hospital, made.version, CHECKER, now=AT)
    assert isinstance(done, Payee)
    return replace(done, confirmed_by=CHECKER)


async def ready(database: Database, owed: Mapping[str, int] = HOSPITALS) -> None:
    """A closed period whose hospitals have payees."""
    await closed_period(database, owed)
    for number, code in enumerate(owed, 1):
        await confirmed_payee(database, code, account(f"ビョウイン {number}", str(number)))


async def proposed(
    database: Database, *, terms: Terms = TERMS, excepted: Sequence[str] = (), by: str = MAKER
) -> Batch | Sequence[Refused]:
    asked = Asked(period=PERIOD, pays_on=None, by=by, traceparent=TRACE, excepted=excepted)
    async with database.transaction(label="test.propose") as tx:
        return await propose(PostgresPayments(tx), terms, asked, now=AT)


async def approved(database: Database, *, excepted: Sequence[str] = ()) -> Batch:
    """A batch that another person approved."""
    batch = await proposed(database, excepted=excepted)
    assert isinstance(batch, Batch), batch
    async with database.transaction(label="test.approve") as tx:
        await approve(PostgresPayments(tx), batch.batch_id, CHECKER, now=AT)
    return batch


async def released(
    database: Database, *batches: Batch, form: FileForm = FileForm.ZENGIN, now: datetime = AT
) -> Released | Sequence[Refused] | None:
    asked = FileAsked(batch_ids=[each.batch_id for each in batches], form=form, by=CHECKER)
    async with database.transaction(label="test.release") as tx:
        return await release(PostgresPayments(tx), PostgresBooks(tx), asked, now=now)


def cause(number: int, reason: str = "TEST", by: str = CHECKER) -> Cause:
    return Cause(event_id=EventId(f"evt_{number:032x}"), by=by, reason=reason, traceparent=TRACE)


async def payments_of(database: Database) -> list[tuple[str, str, str, int]]:
    """Payment id, hospital, last state and yen of all payments, by hospital and attempt."""
    rows = await database.pool.fetch(
        "SELECT DISTINCT ON (p.hospital_code, p.attempt) p.payment_id, p.hospital_code, e.state, p.yen"
        " FROM payment AS p JOIN payment_event AS e USING (payment_id)"
        " ORDER BY p.hospital_code, p.attempt, e.number DESC"
    )
    return [tuple(row) for row in rows]
