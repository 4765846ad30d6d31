"""The disease master in files, suggestions in PostgreSQL, events as bytes."""
