"""The official masters as the platform loads them from their files, once for a run of tests."""

from functools import cache
from pathlib import Path

from services.claims.adapters.master_files import schedules_from
from services.claims.application.masters import Masters
from services.claims.domain.masters.schedule import MonthSchedule
from services.shared.kernel.months import Month
from tests.support.official_data import official_data


@cache
def masters_of(*paths: Path) -> Masters:
    """The masters that these files and folders tell."""
    return schedules_from(paths)


@cache
def official_schedule(month: Month, *more: Path) -> MonthSchedule:
    """What every official file at hand says of a month; `more` are files of a test's own beside them."""
    return masters_of(official_data("masters"), *more).schedule(month)
