"""Writers at the same moment: every id once, every pending transfer resolved once, no account beyond its limit."""

import asyncio
from collections.abc import Callable, Coroutine

from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.domain.transfers import AlreadyResolved, LimitExceeded, TransferKind
from services.shared.chassis.postgres import Database
from tests.contracts.settlement.books import (
    BANK,
    CAUSE,
    CLINIC,
    LATER,
    PAYER,
    SUSPENSE,
    incoming,
    order,
    payment,
)
from tests.support.settlement import NOW, decision, part, post

WRITERS = 6


async def at_once(database: Database, write: Callable[[PostgresBooks, int], Coroutine[None, None, int]]) -> list[str]:
    """What each of WRITERS transactions came to."""

    async def one(number: int) -> str:
        try:
            async with database.transaction(label="test") as tx:
                return str(await write(PostgresBooks(tx), number))
        except (LimitExceeded, AlreadyResolved) as refused:
            return type(refused).__name__

    return sorted(await asyncio.gather(*(one(number) for number in range(WRITERS))))


async def balance(database: Database, account: str) -> tuple[int, int]:
    async with database.transaction(label="test") as tx:
        found = (await PostgresBooks(tx).balances([account]))[account]
    return found.balance_yen, found.version


async def test_one_transfer_from_many_writers_moves_money_once(database: Database) -> None:
    answers = await at_once(database, lambda books, _: books.post([incoming(700)], NOW))

    assert answers == [*["0"] * (WRITERS - 1), "1"]
    assert await balance(database, PAYER) == (700, 1)


async def test_a_pending_transfer_is_posted_or_voided_and_never_both(database: Database) -> None:
    await post(database, [decision(1, part(yen=100))])
    async with database.transaction(label="test") as tx:
        await PostgresBooks(tx).post([incoming(1_000)], NOW)
        await PostgresBooks(tx).hold([payment(60)], NOW)
    ids = [payment(60).transfer_id]

    async def resolve(books: PostgresBooks, number: int) -> int:
        resolved = books.complete if number % 2 else books.release
        return await resolved(ids, cause_event_id=CAUSE, at=LATER)

    answers = await at_once(database, resolve)
    assert (answers.count("1"), answers.count("0"), answers.count("AlreadyResolved")) == (1, 2, 3)
    assert (await balance(database, CLINIC))[0] in {40, 100}
    assert [each async for each in replayed(database)][-1].faults == ()


async def test_a_limit_holds_however_many_draw_on_it(database: Database) -> None:
    async with database.transaction(label="test") as tx:
        await PostgresBooks(tx).post([incoming(100, to=SUSPENSE)], NOW)

    answers = await at_once(
        database,
        lambda books, number: books.post(
            [order(TransferKind.ALLOCATION, SUSPENSE, PAYER, 30, name=f"part {number}")], NOW
        ),
    )
    assert answers == [*["1"] * 3, *["LimitExceeded"] * (WRITERS - 3)]
    assert (await balance(database, SUSPENSE))[0] == 10
    assert (await balance(database, BANK))[0] == -100
