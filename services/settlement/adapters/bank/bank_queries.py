"""Reconciliation's statements."""

from typing import Final

from services.settlement.adapters.queries import SQL_DIR
from services.shared.chassis.queries import load_queries

BANK: Final = load_queries(SQL_DIR / "bank.sql")
