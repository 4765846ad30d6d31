"""The days on which Japan's banks are closed, beside Saturdays and Sundays, from the kept package `holidays`."""

from collections.abc import Container
from datetime import date
from functools import cache
from importlib.metadata import version

import holidays

COUNTRY = "JP"
CATEGORIES = ("public", "bank")
"""National holidays with their substitutes, and December 31 to January 3 (銀行法施行令 第5条)."""


@cache
def bank_holidays() -> Container[date]:
    """Every day of any year when it is asked for; a year that the package does not know has the rules of its last."""
    return holidays.country_holidays(COUNTRY, categories=CATEGORIES)


def holidays_version() -> str:
    """Which release of the package told."""
    return version("holidays")
