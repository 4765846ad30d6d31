"""Calendars, tariffs and the close of months in PostgreSQL."""
