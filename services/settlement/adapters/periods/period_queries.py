"""Named statements of calendars, tariffs, closed months and statements."""

from services.settlement.adapters.queries import SQL_DIR
from services.shared.chassis.queries import load_queries

QUERIES = load_queries(SQL_DIR / "periods.sql")
