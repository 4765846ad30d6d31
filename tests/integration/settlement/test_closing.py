"""Claim months closed over a real database: what statements say, what is carried over, late, corrected, refused."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.adapters.messages import read_settled
from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.adapters.periods.period_queries import QUERIES as PERIODS
from services.settlement.adapters.queries import QUERIES
from services.settlement.adapters.statements.statement_check import statement_faults
from services.settlement.adapters.statements.statement_documents import Form, StatementDocuments
from services.settlement.adapters.statements.statement_lines import StatementReader
from services.settlement.adapters.statements.statements import Statements
from services.settlement.application.closing import Asked, CannotClose, CloseRefusal, Progress, Stage
from services.settlement.application.paying import settle
from services.settlement.application.releasing import Released
from services.settlement.domain.decision import Decision, Outcome
from services.settlement.domain.notices import FEE_CHARGED, PERIOD_CLOSED, STATEMENT_ISSUED
from services.settlement.domain.statement import StatementDiffers
from services.settlement.domain.transfers import Order, TransferKind, order_id
from services.shared.chassis.postgres import ConstraintViolated, Database
from services.shared.kernel.double_entry import Movement
from services.shared.kernel.ids import EventId
from services.shared.kernel.money import Yen
from tests.support.closing import TRACE, close, closing, days, digest, load, statements
from tests.support.payments import approved, cause, confirmed_payee, fund, payments_of, released
from tests.support.settlement import HOSPITAL, INSURER, NOW, PROGRAMME, decision, part, post

APRIL, MAY, JUNE = "202604", "202605", "202606"
PAYER, OTHER, CLINIC = f"payer:{INSURER}", f"payer:{PROGRAMME}", f"hospital:{HOSPITAL}"
BANK = "bank:999999910000001"
CLOSED_ON = datetime(2026, 5, 11, 3, 0, tzinfo=UTC)


def of_month(one: Decision, month: str) -> Decision:
    return replace(one, claim_month=month)


async def balance(database: Database, account: str) -> int:
    rows = await database.fetch(QUERIES["read_account"], account)
    return int(rows[0]["balance_yen"])


async def move(database: Database, kind: TransferKind, movement: Movement, *, period: str, number: int = 1) -> None:
    order = Order(
        transfer_id=order_id(kind, movement.from_account, movement.to_account, period, str(number)),
        movement=movement,
        kind=kind,
        cause_event_id=EventId("evt_" + f"{number:032x}"),
        traceparent=TRACE,
        period=period,
    )
    async with database.transaction(label="test.move") as tx:
        await PostgresBooks(tx).post([order], NOW)


async def paid_in(database: Database, yen: int, period: str, number: int = 1) -> None:
    movement = Movement(from_account=BANK, to_account=PAYER, amount_yen=Yen(yen))
    await move(database, TransferKind.INCOMING, movement, period=period, number=number)


async def paid_out(database: Database, yen: int, period: str) -> None:
    movement = Movement(from_account=CLINIC, to_account=BANK, amount_yen=Yen(yen))
    await move(database, TransferKind.PAYMENT, movement, period=period)


def issued(database: Database) -> Statements:
    return Statements(database, StatementReader(database))


async def document(database: Database, row: asyncpg.Record, form: Form) -> bytes:
    statement = await issued(database).again(row)
    pieces = [piece async for piece in StatementDocuments(StatementReader(database)).written(statement, form)]
    return b"".join(pieces)


async def lines(database: Database, row: asyncpg.Record) -> list[dict[str, str]]:
    text = (await document(database, row, Form.CSV)).decode("utf-8-sig")
    return [line for line in csv.DictReader(io.StringIO(text)) if line["行種"] == "明細"]


async def test_a_closed_months_statements_say_what_the_ledger_says_to_the_yen(database: Database) -> None:
    await load(database, [APRIL])
    await post(database, [decision(1, part(yen=700), part(PROGRAMME, yen=200)), decision(2, part(yen=50))])

    told = await close(database, APRIL)

    found = await statements(database)
    insurer, programme, clinic = (found[APRIL, each] for each in (PAYER, OTHER, CLINIC))
    assert (insurer["claims_yen"], insurer["fees_yen"], insurer["payable_yen"]) == (-750, -143, 893)
    assert (programme["claims_yen"], programme["fees_yen"], programme["payable_yen"]) == (-200, -71, 271)
    assert (clinic["claims_yen"], clinic["fees_yen"], clinic["payable_yen"], clinic["lines"]) == (950, 0, 950, 3)
    for account in (PAYER, OTHER, CLINIC):
        assert found[APRIL, account]["closing_yen"] == await balance(database, account)
    assert await balance(database, "fee:1") == 143 + 71
    assert told[-1].stage is Stage.CLOSED
    assert all(row["transfers_block"] and row["events_block"] for row in found.values())
    assert [progress async for progress in replayed(database)][-1].faults == ()


async def test_closing_again_changes_nothing(database: Database) -> None:
    await load(database, [APRIL])
    await post(database, [decision(1, part())])
    await close(database, APRIL)
    first = await statements(database)

    assert await close(database, APRIL) == [Progress(stage=Stage.CLOSED, done=2, total=2)]
    assert await statements(database) == first


async def test_what_is_decided_for_a_closed_month_stands_on_the_next_statement_with_a_mark(database: Database) -> None:
    await load(database, [APRIL, MAY])
    await post(database, [decision(1, part(yen=700))])
    await close(database, APRIL)
    await post(database, [decision(2, part(yen=300)), of_month(decision(3, part(yen=40)), MAY)])
    await close(database, MAY)

    found = await statements(database)
    late, timely, fee = await lines(database, found[MAY, PAYER])
    assert (late["印"], late["請求年月"], late["金額"]) == ("月遅れ", "2026/04", "300")
    assert (timely["印"], timely["請求年月"], timely["金額"]) == ("", "2026/05", "40")
    assert (fee["区分"], fee["金額"]) == ("審査支払手数料", "143")
    assert found[MAY, CLINIC]["payable_yen"] == 340


async def test_decisions_of_a_later_month_wait_for_its_statement(database: Database) -> None:
    await load(database, [APRIL, MAY])
    await post(database, [of_month(decision(1, part(yen=40)), MAY), decision(2, part(yen=700))])
    await close(database, APRIL)
    await post(database, [of_month(decision(3, part(yen=5)), MAY)])
    await close(database, MAY)

    found = await statements(database)
    april, may = found[APRIL, CLINIC], found[MAY, CLINIC]
    assert (april["claims_yen"], april["ahead_yen"], april["closing_yen"]) == (700, 40, 700)
    assert (may["opening_yen"], may["claims_yen"], may["ahead_yen"], may["closing_yen"]) == (700, 45, 0, 745)
    assert [line["金額"] for line in await lines(database, may)] == ["40", "5"]


async def test_a_correction_of_an_earlier_month_is_an_adjustment_with_reason_and_origin(database: Database) -> None:
    await load(database, [APRIL, MAY])
    first = decision(1, part(yen=700))
    await post(database, [first])
    await close(database, APRIL)
    again = replace(decision(1, part(yen=400), nth=2), cause="PAYER_REVIEW")
    await post(database, [again])
    await close(database, MAY)

    may = (await statements(database))[MAY, CLINIC]
    taken, new = await lines(database, may)
    assert (may["claims_yen"], may["adjustments_yen"]) == (0, -300)
    assert (may["brought_yen"], may["payable_yen"], may["carried_yen"]) == (700, 400, 0)  # April's, that nobody paid
    assert (taken["区分"], taken["印"], taken["金額"], taken["理由"]) == ("調整", "過月", "-700", "再審査(保険者) 取消")
    assert (new["区分"], new["印"], new["金額"], new["理由"]) == ("調整", "過月", "400", "再審査(保険者)")
    assert taken["取消元振替ID"] == (await lines(database, (await statements(database))[APRIL, CLINIC]))[0]["振替ID"]
    assert taken["請求年月"] == "2026/04"


async def test_a_claim_taken_back_is_told_as_withdrawn_and_charges_no_second_fee(database: Database) -> None:
    await load(database, [APRIL, MAY])
    await post(database, [decision(1, part(yen=700)), decision(2, part(yen=100))])
    await close(database, APRIL)
    await post(database, [replace(decision(1, outcome=Outcome.WITHDRAWN, nth=2), cause="WITHDRAWN")])
    await close(database, MAY)

    may = (await statements(database))[MAY, PAYER]
    (line,) = await lines(database, may)
    assert (line["理由"], line["金額"]) == ("取下げ 取消", "-700")
    assert (may["adjustments_yen"], may["fees_yen"], may["carried_yen"], may["payable_yen"]) == (700, 0, 700, 0)


async def test_a_negative_net_is_carried_over_and_netted_with_the_next_month(database: Database) -> None:
    await load(database, [APRIL, MAY, JUNE])
    await post(database, [decision(1, part(yen=700))])
    await close(database, APRIL)
    await paid_out_and_back(database)
    await post(database, [replace(decision(1, outcome=Outcome.WITHDRAWN, nth=2), cause="WITHDRAWN")])
    await close(database, MAY)
    await post(database, [of_month(decision(2, part(yen=1_000)), JUNE)])
    await close(database, JUNE)

    found = await statements(database)
    may, june = found[MAY, CLINIC], found[JUNE, CLINIC]
    assert (may["paid_yen"], may["adjustments_yen"], may["closing_yen"]) == (-700, -700, -700)
    assert (may["payable_yen"], may["carried_yen"]) == (0, -700)
    assert (june["brought_yen"], june["claims_yen"], june["payable_yen"], june["carried_yen"]) == (-700, 1_000, 300, 0)
    assert june["closing_yen"] == await balance(database, CLINIC) == 300


async def paid_out_and_back(database: Database) -> None:
    """The payer pays, the hospital is paid."""
    await fund(database, 771)
    await confirmed_payee(database, HOSPITAL)
    assert isinstance(await released(database, await approved(database), now=CLOSED_ON), Released)
    ids = [payment for payment, _, _, _ in await payments_of(database)]
    async with database.transaction(label="test.settle") as tx:
        await settle(PostgresPayments(tx), PostgresBooks(tx), ids, cause(1), at=CLOSED_ON)


async def test_what_earlier_statements_left_unpaid_is_not_payable_twice(database: Database) -> None:
    await load(database, [APRIL, MAY])
    await post(database, [decision(1, part(yen=700))])
    await close(database, APRIL)
    await post(database, [of_month(decision(2, part(yen=50)), MAY)])
    await close(database, MAY)

    may = (await statements(database))[MAY, CLINIC]
    assert (may["opening_yen"], may["closing_yen"], may["payable_yen"]) == (700, 750, 50)


async def test_shares_over_0_yen_are_lines_and_charge_a_fee(database: Database) -> None:
    await load(database, [APRIL])
    await post(database, [decision(1, part(yen=0)), decision(2, part(yen=10))])
    await close(database, APRIL)

    payer = (await statements(database))[APRIL, PAYER]
    assert (payer["claims_yen"], payer["fees_yen"], payer["lines"]) == (-10, -143, 3)
    assert [line["金額"] for line in await lines(database, payer)] == ["0", "10", "143"]


async def test_a_claim_decided_by_a_person_after_it_was_pended_is_a_claim_with_a_fee(database: Database) -> None:
    await load(database, [APRIL])
    await post(database, [decision(1, outcome=Outcome.PENDED)])
    await post(database, [replace(decision(1, part(yen=100), nth=2), cause="PERSON_DECIDED")])
    await close(database, APRIL)

    payer = (await statements(database))[APRIL, PAYER]
    assert (payer["claims_yen"], payer["adjustments_yen"], payer["fees_yen"]) == (-100, 0, -71)
    assert [line["理由"] for line in await lines(database, payer)] == ["審査決定", "手数料"]


async def test_each_authority_has_its_own_price(database: Database) -> None:
    await load(database, [APRIL])
    await post(database, [decision(1, part("138057", yen=10)), decision(2, part(yen=10))])
    await close(database, APRIL)

    assert (await balance(database, "fee:213"), await balance(database, "fee:1")) == (50, 71)


async def test_a_hospital_is_paid_on_the_latest_pay_day_of_its_payers(database: Database) -> None:
    later = replace(days(APRIL, INSURER), pays_on=date(2026, 5, 25))
    await load(database, [APRIL], [later])
    other = "1320000009"
    await post(
        database,
        [decision(1, part(), part(PROGRAMME)), decision(2, part(PROGRAMME), hospital=other)],
    )
    await close(database, APRIL)

    found = await statements(database)
    assert found[APRIL, CLINIC]["pays_on"] == date(2026, 5, 25)
    assert found[APRIL, f"hospital:{other}"]["pays_on"] == date(2026, 5, 21)


async def test_payers_are_told_of_fee_statement_and_close_and_the_statement_is_what_they_read(
    database: Database,
) -> None:
    await load(database, [APRIL])
    await post(database, [decision(1, part(yen=700)), decision(2, part(yen=50))])
    await close(database, APRIL)

    async with database.transaction(label="test.read") as tx:
        rows = await tx.connection.fetch("SELECT sequence, type, value, yen FROM announced_event ORDER BY sequence")
    told = [row["type"] for row in rows]
    assert told[2:] == [FEE_CHARGED, STATEMENT_ISSUED, PERIOD_CLOSED]
    payer = (await statements(database))[APRIL, PAYER]
    assert -payer["claims_yen"] == sum(row["yen"] for row in rows) == 750
    assert payer["cut_sequence"] == 2
    assert read_settled(rows[3]["value"]).sequence == 4


@pytest.mark.parametrize("form", Form)
async def test_a_document_written_again_is_byte_for_byte_the_one_that_was_issued(
    database: Database, form: Form
) -> None:
    await load(database, [APRIL, MAY])
    await post(database, [decision(number, part(yen=number)) for number in range(1, 60)])
    await close(database, APRIL)
    row = (await statements(database))[APRIL, PAYER]
    first = await document(database, row, form)
    await post(database, [decision(100, part()), replace(decision(3, part(yen=1), nth=2), cause="ERROR_REPORTED")])
    await close(database, MAY)

    assert await document(database, row, form) == first
    assert digest([first]) == row[f"{form.value}_sha256"]


async def test_a_changed_ledger_is_told_when_a_statement_is_drawn_up_again(
    fresh: ServiceDatabase, database: Database
) -> None:
    await load(database, [APRIL])
    await post(database, [decision(1, part(yen=700))])
    await close(database, APRIL)
    row = (await statements(database))[APRIL, CLINIC]
    await planted(fresh, "UPDATE transfer SET claim_month = '202605'")

    with pytest.raises(StatementDiffers):
        await issued(database).again(row)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE statement SET opening_yen = opening_yen + 1, closing_yen = closing_yen + 1",
        "UPDATE statement SET pays_on = pays_on + 1",
        "UPDATE statement SET lines = lines + 1",
        "DELETE FROM statement WHERE period = '202604'",
        "UPDATE period_cut SET cut_version = cut_version - 1",
        "ALTER TABLE statement DROP CONSTRAINT statement_of_cut; DELETE FROM period_cut WHERE period = '202604'",
        "UPDATE transfer SET claim_month = '202605'",
    ],
)
async def test_the_ledgers_check_finds_a_planted_change_of_a_statement(
    fresh: ServiceDatabase, database: Database, change: str
) -> None:
    await load(database, [APRIL, MAY])
    await post(database, [decision(1, part(yen=700))])
    await close(database, APRIL)
    await close(database, MAY)
    assert await faults(database) == ()
    await planted(fresh, change)

    assert any("is not what the ledger gives" in fault for fault in await faults(database))


async def faults(database: Database) -> tuple[str, ...]:
    return [progress async for progress in replayed(database, [statement_faults])][-1].faults


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entry SET balance_before = balance_before + 1, balance_after = balance_after + 1",
        "UPDATE announced_event SET yen = yen + 1",
        "UPDATE entry SET amount_yen = amount_yen + 1, balance_before = balance_before - 1",
    ],
)
async def test_no_statement_is_issued_where_ledger_and_events_do_not_agree(
    fresh: ServiceDatabase, database: Database, change: str
) -> None:
    await load(database, [APRIL])
    await post(database, [decision(1, part(yen=700))])
    await planted(fresh, change)

    with pytest.raises(StatementDiffers):
        await close(database, APRIL)
    assert len(await statements(database)) < 2
    (april,) = await database.fetch(PERIODS["periods"], APRIL)
    assert april["closed_at"] is None


async def planted(fresh: ServiceDatabase, change: str) -> None:
    """What only the owner of the tables could do, and only with the triggers off."""
    connection = await asyncpg.connect(fresh.owner_dsn)
    for table in ("transfer", "entry", "announced_event", "statement", "period_cut"):
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await connection.execute(change)
    await connection.close()


async def refusal(database: Database, period: str) -> tuple[CloseRefusal, tuple[str, ...]]:
    with pytest.raises(CannotClose) as refused:
        await close(database, period)
    return refused.value.refusal, refused.value.names


async def test_a_month_is_closed_only_with_days_prices_and_after_its_day(database: Database) -> None:
    assert await refusal(database, APRIL) == (CloseRefusal.NOTHING_TO_CLOSE, ())
    await post(database, [decision(1, part())])
    assert await refusal(database, APRIL) == (CloseRefusal.CALENDAR_MISSING, (INSURER,))
    await load(database, [APRIL, MAY, "202611"])
    assert await refusal(database, "202611") == (CloseRefusal.NOT_OVER, (INSURER,))

    await close(database, MAY)
    assert await refusal(database, APRIL) == (CloseRefusal.LATER_PERIOD_BEGUN, (MAY,))
    assert (await close(database, "202611", is_early=True))[-1].stage is Stage.CLOSED


async def test_a_month_is_not_begun_before_the_one_before_is_closed(database: Database) -> None:
    await load(database, [APRIL, MAY])
    await post(database, [decision(1, part())])
    closing_steps = close_step_by_step(database, APRIL)
    await anext(closing_steps)

    assert await refusal(database, MAY) == (CloseRefusal.EARLIER_PERIOD_OPEN, (APRIL,))


async def test_a_payer_that_comes_in_the_middle_without_days_leaves_the_month_open(database: Database) -> None:
    await load(database, [], [days(APRIL, INSURER)])
    await post(database, [decision(1, part())])
    steps = close_step_by_step(database, APRIL)
    await anext(steps)
    await post(database, [decision(2, part(PROGRAMME))])

    with pytest.raises(CannotClose, match="calendar_missing"):
        await anext(steps)
    await load(database, [], [days(APRIL, PROGRAMME)])
    assert (await close(database, APRIL))[-1].stage is Stage.CLOSED
    assert {account for _, account in await statements(database)} == {PAYER, OTHER, CLINIC}


def close_step_by_step(database: Database, period: str) -> AsyncIterator[Progress]:
    return closing(database).close(Asked(period=period, is_early=False, by="operator:test", traceparent=TRACE))


@pytest.mark.parametrize("table", ["payment_calendar", "review_fee", "period_close", "period_cut", "statement"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_even_the_owner_may_not_shrink_what_was_closed(
    fresh: ServiceDatabase, database: Database, table: str, change: str
) -> None:
    await load(database, [APRIL])
    await post(database, [decision(1, part())])
    await close(database, APRIL)
    connection = await asyncpg.connect(fresh.owner_dsn)

    with pytest.raises(asyncpg.CheckViolationError, match="only grows"):
        await connection.execute(change.format(table))
    await connection.close()


async def test_the_database_refuses_a_statement_that_differs_from_the_ledger(database: Database) -> None:
    await load(database, [APRIL, MAY])
    await post(database, [decision(1, part(yen=700))])
    await close(database, APRIL)
    await close_up_to_the_cuts(database, MAY)
    row = dict((await statements(database))[APRIL, CLINIC])
    wrong = row | {"statement_id": "stm_x", "period": MAY, "opening_yen": 699, "claims_yen": 1, "payable_yen": 1}

    with pytest.raises(ConstraintViolated, match="statement_goes_on"):
        await insert(database, wrong)
    with pytest.raises(ConstraintViolated, match="statement_equals_ledger"):
        await insert(database, wrong | {"opening_yen": 700, "closing_yen": 701})


async def close_up_to_the_cuts(database: Database, period: str) -> None:
    async for step in close_step_by_step(database, period):
        if step.stage is Stage.CUTTING and step.done >= 2:
            return


async def insert(database: Database, row: dict[str, object]) -> None:
    async with database.transaction(label="test.insert") as tx:
        await tx.execute(PERIODS["insert_statement"], *row.values())
