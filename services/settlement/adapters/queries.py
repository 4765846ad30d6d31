"""Settlement's named statements."""

from pathlib import Path

from services.shared.chassis.queries import load_queries

SQL_DIR = Path(__file__).parents[1] / "sql"
QUERIES = load_queries(SQL_DIR / "queries.sql")
SEALING = load_queries(SQL_DIR / "sealing.sql")
PAYERS = load_queries(SQL_DIR / "payers.sql")
