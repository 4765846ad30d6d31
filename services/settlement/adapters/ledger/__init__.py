"""The ledger in PostgreSQL: posting, chains of sealed blocks, replaying."""
