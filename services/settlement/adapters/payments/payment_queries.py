"""The named statements of payments."""

from services.settlement.adapters.queries import SQL_DIR
from services.shared.chassis.queries import load_queries

QUERIES = load_queries(SQL_DIR / "payments.sql")
