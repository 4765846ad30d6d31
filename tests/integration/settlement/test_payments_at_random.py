"""Random lives of payments, step by step beside a plain model: same states, same balances, whatever is repeated.

The model knows three sums per hospital (paid, held, owed) and a table of which words may follow which; it is written
from the terms of settlement, not from the code.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Final

import pytest

from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.application import paying
from services.settlement.application.paying import ForbiddenStep
from services.settlement.application.proposing_payments import reinstruct
from services.settlement.application.releasing import Released, approve
from services.settlement.domain.payments.batches import Batch, bank_account_id
from services.settlement.domain.transfers import AlreadyResolved
from services.shared.chassis.postgres import Database
from tests.support.payments import (
    AT,
    CHECKER,
    FUNDED_YEN,
    HOSPITALS,
    OTHER,
    PAY_DAY,
    PLATFORM,
    TERMS,
    approved,
    cause,
    payments_of,
    ready,
    released,
)

STEPS: Final = 40
WORDS: Final = {
    "accept": ("accepted", {"instructed"}),
    "refuse": ("refused", {"instructed", "accepted"}),
    "settle": ("settled", {"instructed", "accepted"}),
    "give_back": ("returned", {"settled"}),
    "abandon": ("abandoned", {"proposed", "instructed", "accepted", "refused", "returned"}),
}
HELD: Final = {"instructed", "accepted"}


@dataclass(slots=True)
class Model:
    """What each payment is, by its id, and what was caused."""

    states: dict[str, str] = field(default_factory=dict)
    yen: dict[str, int] = field(default_factory=dict)
    done: set[tuple[str, str, int]] = field(default_factory=set)

    def allows(self, word: str, payment: str, number: int) -> bool:
        return (word, payment, number) in self.done or self.states[payment] in WORDS[word][1]

    def take(self, word: str, payment: str, number: int) -> int:
        if (word, payment, number) in self.done:
            return 0
        self.done.add((word, payment, number))
        self.states[payment] = WORDS[word][0]
        return 1

    @property
    def paid_yen(self) -> int:
        return sum(self.yen[each] for each, state in self.states.items() if state == "settled")

    @property
    def held_yen(self) -> int:
        return sum(self.yen[each] for each, state in self.states.items() if state in HELD)


async def learn(database: Database, model: Model) -> None:
    """Payments that were made since."""
    for payment, _, state, yen in await payments_of(database):
        model.states.setdefault(payment, state)
        model.yen.setdefault(payment, yen)


async def moved(database: Database, word: str, payment: str, number: int) -> int | None:
    try:
        async with database.transaction(label="test.random") as tx:
            books = PostgresBooks(tx)
            done: int = await getattr(paying, word)(
                PostgresPayments(tx), books, [payment], cause(number, by=OTHER), at=AT
            )
    except (ForbiddenStep, AlreadyResolved):
        return None
    return done


async def instruct_again(database: Database, model: Model, payment: str, number: int) -> None:
    async with database.transaction(label="test.random") as tx:
        book = PostgresPayments(tx)
        batch = await reinstruct(book, TERMS, [payment], cause(number), pays_on=PAY_DAY, now=AT)
        if isinstance(batch, Batch):
            await approve(book, batch.batch_id, "operator:third", now=AT)
    assert isinstance(batch, Batch) == (model.states[payment] in {"returned", "refused"})
    if isinstance(batch, Batch):
        model.states[payment] = "reinstructed"
        assert isinstance(await released(database, batch), Released)


async def check(database: Database, model: Model) -> None:
    rows = {payment: state for payment, _, state, _ in await payments_of(database)}
    account = bank_account_id(PLATFORM)
    async with database.transaction(label="test.read") as tx:
        found = await PostgresBooks(tx).balances([account])
    assert rows == model.states
    assert (found[account].balance_yen, found[account].pending_in_yen) == (model.paid_yen - FUNDED_YEN, model.held_yen)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_to_payments_the_ledger_and_a_plain_model_agree(database: Database, seed: int) -> None:
    random, model = Random(seed), Model()
    await ready(database)
    assert isinstance(await released(database, await approved(database)), Released)
    await learn(database, model)
    assert set(model.states.values()) == {"instructed"}
    assert len(model.states) == len(HOSPITALS)

    for _ in range(STEPS):
        payment, number = random.choice(sorted(model.states)), random.randint(1, 12)
        word = random.choice([*WORDS, "instruct_again"])
        if word == "instruct_again":
            await instruct_again(database, model, payment, 1_000 + random.randint(0, 10**9))
            await learn(database, model)
        elif model.allows(word, payment, number):
            assert await moved(database, word, payment, number) == model.take(word, payment, number)
        else:
            assert await moved(database, word, payment, number) is None
        await check(database, model)

    assert [progress async for progress in replayed(database)][-1].faults == ()
    assert CHECKER in {row["done_by"] for row in await database.pool.fetch("SELECT done_by FROM payment_event")}
