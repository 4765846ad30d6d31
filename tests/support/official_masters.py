"""The official masters as the platform loads them from their files, once for a run of tests."""

from functools import cache
from typing import NamedTuple

from services.claims.adapters.master_files import schedules_from
from services.claims.application.masters import Masters
from services.claims.domain.masters.announcing import announced
from services.claims.domain.masters.files import MasterFile, read_file
from services.claims.domain.masters.schedule import MonthSchedule
from services.shared.kernel.months import Month
from tests.support.official_data import official_data


class WrittenFile(NamedTuple):
    """A master file that a test writes itself, in the official format."""

    name: str
    content: bytes


@cache
def official_masters(*more: WrittenFile) -> Masters:
    """Every official file at hand, and a test's own beside them."""
    if not more:
        return schedules_from([official_data("masters")])
    read = [read_file(*file) for file in more]
    assert all(isinstance(file, MasterFile) for file in read), read
    return official_masters().with_files(announced(file) for file in read if isinstance(file, MasterFile))


@cache
def official_schedule(month: Month, *more: WrittenFile) -> MonthSchedule:
    """What these files say of a month."""
    return official_masters(*more).schedule(month)
