"""Postgres and the wire."""
