"""Payees, payments and files for the bank in PostgreSQL."""
