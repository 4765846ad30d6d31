"""Everything that reconciliation works with, in one transaction of PostgreSQL."""

from services.settlement.adapters.bank.bank_records import PostgresBankRecords
from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.application.reconciling import Till
from services.shared.chassis.postgres import Transaction


def till_of(tx: Transaction) -> Till:
    """The till of `tx`."""
    return Till(records=PostgresBankRecords(tx), books=PostgresBooks(tx), payments=PostgresPayments(tx))
