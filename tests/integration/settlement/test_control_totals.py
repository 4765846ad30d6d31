"""What settlement adds up, beside what a plain count of its tables says. On the real ledger."""

import pytest

from services.settlement.adapters.ledger import control_totals
from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.ledger.control_totals import add_up
from services.settlement.adapters.payers.announcing import PayerNotice, announce_notices
from services.settlement.adapters.queries import QUERIES
from services.settlement.domain.transfers import TransferKind
from services.shared.chassis.postgres import Database
from services.shared.kernel.ids import EventId
from tests.contracts.settlement.books import FEE, PAYER, TRACE, incoming, order
from tests.support.settlement import INSURER, NOW, PROGRAMME, decision, part, post

Total = tuple[int, ...]


async def totals(database: Database) -> dict[str, Total]:
    """Posted parts, points and yen, then announced ones, by payer; nothing is reversed here."""
    await add_up(database)
    rows = await database.fetch(QUERIES["control_totals"], "202604", "", "", 1_000)
    assert {each for row in rows for each in tuple(row)[8:]} <= {0}
    return {row["payer_number"]: tuple(row)[2:8] for row in rows}


async def test_parts_points_and_yen_are_added_up_per_payer_0_yen_included(database: Database) -> None:
    await post(database, [decision(1, part(yen=700), part(PROGRAMME, points=100, yen=0)), decision(2, part(yen=50))])

    assert await totals(database) == {INSURER: (2, 200, 750) * 2, PROGRAMME: (1, 100, 0) * 2}


async def test_what_comes_later_is_added_once_however_often_it_is_asked(database: Database) -> None:
    await post(database, [decision(1, part(yen=700))])
    await totals(database)
    await post(database, [decision(1, part(yen=700)), decision(2, part(yen=50))])

    assert await totals(database) == await totals(database) == {INSURER: (2, 200, 750) * 2}


async def test_more_than_one_transaction_takes_is_added_up_as_well(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_totals, "ROWS_PER_PAYER", 2)
    await post(database, [decision(number, part(yen=number)) for number in range(1, 6)])

    assert await totals(database) == {INSURER: (5, 500, 15) * 2}


async def test_other_money_and_notices_are_no_parts_of_claims(database: Database) -> None:
    await post(database, [decision(1, part(yen=700))])
    notice = PayerNotice(
        payer_number=INSURER,
        event_id=EventId("evt_notice"),
        type="jp.seikyu.settlement.period_closed.v1",
        subject="202604",
        period="202604",
        traceparent=TRACE,
        write=lambda sequence: str(sequence).encode(),
    )
    async with database.transaction(label="test") as tx:
        await PostgresBooks(tx).post([incoming(30), order(TransferKind.FEE, PAYER, FEE, 80)], NOW)
        await announce_notices(tx, [notice], NOW)
    before = await totals(database)
    await post(database, [decision(2, part(yen=50))])

    assert before == {INSURER: (1, 100, 700) * 2}
    assert await totals(database) == {INSURER: (2, 200, 750) * 2}


async def test_a_ledger_without_postings_has_no_totals(database: Database) -> None:
    assert await totals(database) == {}
