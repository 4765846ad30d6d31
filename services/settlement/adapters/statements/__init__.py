"""Statements: drawn up from ledger and events, written as CSV and PDF."""
