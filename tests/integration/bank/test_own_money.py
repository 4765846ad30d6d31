"""The platform's own money has its own account: charges come out of it, never out of what came in for others."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from services.settlement.adapters.bank.till import till_of
from services.settlement.application import reconciling
from services.settlement.application.reconciling import undo
from services.settlement.domain.bank.statements import BankStatement, Direction
from services.settlement.domain.reconciliation.moves import moves_out_of_queue, opening_move
from services.settlement.domain.reconciliation.placed import Act, PlacedLine
from services.settlement.domain.reconciliation.positions import DueKind
from services.settlement.domain.reconciliation.verdicts import Part, Purpose
from services.settlement.domain.transfers import Order, TransferKind, order_id
from services.shared.chassis.postgres import Database
from services.shared.kernel.double_entry import Movement
from services.shared.kernel.money import Yen
from tests.support.bank_statements import Line
from tests.support.instructed import FIRST, PLATFORM, file
from tests.support.payments import PAY_DAY
from tests.support.reconciling import ACT, balances, queue, say, standing, take

BANK, SUSPENSE, OWN = f"bank:{PLATFORM}", f"suspense:{PLATFORM}", f"own:{PLATFORM}"
NEXT = PAY_DAY + timedelta(days=1)


async def proved(database: Database) -> None:
    assert (await standing(database, FIRST)).unproved == []


async def test_charges_are_never_taken_from_what_came_in_for_others(database: Database) -> None:
    await take(database, file(0, Line(day=FIRST, yen=1_000, name="ﾀﾞﾚｶ"), Line(day=FIRST, yen=-30)))
    _, charge = await queue(database)
    await say(database, charge, Part(purpose=Purpose.OWN, target="", yen=30))

    assert await balances(database) == {BANK: -970, SUSPENSE: 1_000, OWN: -30}
    await proved(database)
    now = await standing(database, FIRST + timedelta(days=1))
    assert [(each.kind, each.subject, each.yen) for each in now.overdue] == [(DueKind.OWN, PLATFORM, 30)]

    await take(database, file(970, Line(day=PAY_DAY, yen=30, name="ｾｲｷﾕｳ")))
    unknown, paid_in = await queue(database)
    await say(database, paid_in, Part(purpose=Purpose.OWN, target="", yen=30))
    await say(database, unknown, Part(purpose=Purpose.OWN, target="", yen=1_000))
    assert await balances(database) == {BANK: -1_000, SUSPENSE: 0, OWN: 1_000}
    assert (await standing(database, NEXT)).is_in_order


async def test_own_money_of_an_earlier_release_stays_in_suspense_and_is_proved(database: Database) -> None:
    with pytest.MonkeyPatch.context() as former:
        former.setattr(reconciling, "opening_move", opening_to_suspense)
        former.setattr(reconciling, "moves_out_of_queue", own_out_of_suspense)
        await take(database, file(500, Line(day=FIRST, yen=7), Line(day=FIRST, yen=-30)))
        for waiting in await queue(database):
            await say(database, waiting, Part(purpose=Purpose.OWN, target="", yen=waiting.open_yen))
    assert await balances(database) == {BANK: -477, SUSPENSE: 477}
    await proved(database)

    for line in await database.pool.fetch("SELECT line_id FROM bank_line ORDER BY position"):
        async with database.transaction(label="test.undo") as tx:
            await undo(till_of(tx), line["line_id"], reason="another's", act=ACT)
    assert await balances(database) == {BANK: -507, SUSPENSE: 507}
    await proved(database)


def opening_to_suspense(statement: BankStatement, file_id: str, act: Act) -> Order | None:
    """As the former release did."""
    made = opening_move(statement, file_id, act)
    there = Movement(from_account=BANK, to_account=SUSPENSE, amount_yen=Yen(statement.opening_yen or 0))
    return replace(made, movement=there) if made is not None else None


def own_out_of_suspense(placed: PlacedLine, part: Part, match_id: str, act: Act) -> Sequence[Order]:
    """As the former release did: interest moved nothing, charges came from suspense."""
    if placed.line.direction is Direction.IN:
        return ()
    (made,) = moves_out_of_queue(placed, part, match_id, act)
    there = replace(made.movement, from_account=SUSPENSE)
    named = order_id(TransferKind.REFUND, match_id)
    return (replace(made, transfer_id=named, kind=TransferKind.REFUND, movement=there),)
