"""Desks: the fake one, of books in memory, and that of the real ledger."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.application.books import Books
from services.settlement.application.payment_book import PaymentBook
from services.settlement.domain.payments.batches import Payable, bank_account_id
from services.settlement.domain.payments.payees import as_kept
from services.shared.chassis.postgres import Database
from tests.contracts.settlement.books_in_memory import BooksInMemory
from tests.contracts.settlement.payments_in_memory import PaymentsInMemory
from tests.support.payments import (
    AT,
    FUNDED_YEN,
    PAY_DAY,
    PERIOD,
    PLATFORM,
    account,
    closed_period,
    confirmed_payee,
    decided_anew,
    incoming,
    statement_of,
)


@dataclass(slots=True)
class DeskInMemory:
    """Payments and books that are given up together."""

    books: BooksInMemory = field(default_factory=BooksInMemory)
    payments: PaymentsInMemory = field(init=False)
    decided: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.payments = PaymentsInMemory(books=self.books)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[tuple[PaymentBook, Books]]:
        async with self.payments.transaction() as book, self.books.transaction() as books:
            yield book, books

    async def close(self, owed: Mapping[str, int]) -> None:
        self.payments.owed[PERIOD] = tuple(
            Payable(hospital_code=code, statement_id=statement_of(code), yen=yen, pays_on=PAY_DAY, payee_version=None)
            for code, yen in sorted(owed.items())
        )
        for code, yen in owed.items():
            self.decided[code] = yen
            await self.books.owe(f"hospital:{code}", yen)
        await self.books.post([incoming(FUNDED_YEN)], AT)

    async def decide_anew(self, hospital: str, yen: int, nth: int) -> None:
        await self.books.owe(f"hospital:{hospital}", yen - self.decided[hospital])
        self.decided[hospital] = yen

    async def payee(self, hospital: str, name: str) -> None:
        self.payments.accounts.setdefault(hospital, []).append(as_kept(account(name)))

    @property
    def bank_yen(self) -> int:
        """What our bank account owes us, as the ledger has it: less than 0."""
        return self.books.accounts[bank_account_id(PLATFORM)].balance_yen


class DeskOfPostgres:
    """The real ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[tuple[PaymentBook, Books]]:
        async with self._database.transaction(label="test") as tx:
            yield PostgresPayments(tx), PostgresBooks(tx)

    async def close(self, owed: Mapping[str, int]) -> None:
        await closed_period(self._database, owed)

    async def decide_anew(self, hospital: str, yen: int, nth: int) -> None:
        await decided_anew(self._database, hospital, yen, nth=nth)

    async def payee(self, hospital: str, name: str) -> None:
        await confirmed_payee(self._database, hospital, account(name))
