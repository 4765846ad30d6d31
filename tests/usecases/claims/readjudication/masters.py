"""A fee schedule in which the visit of the plain receipt (73 points) is worth what was known on some day."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from services.claims.application.registrations import RegistrationReader
from services.claims.domain.edits.standards import FacilityStandards
from services.claims.domain.masters.schedule import MonthSchedule
from services.shared.chassis.postgres import TransientFault
from services.shared.kernel.months import Month
from tests.unit.claims.pricing.builders import act

VISIT: Final = "112007410"
DECLARED: Final = date(2024, 6, 1)
LOWERED: Final = date(2024, 7, 1)
"""From this day on the visit is known to have been worth 70 points in May."""
GONE: Final = date(2024, 8, 1)
"""From this day on the visit is known not to have been in force in May."""


@dataclass(slots=True, kw_only=True)
class Published:
    """An application.ports.KnownSchedules: 73 points, then 70, then none at all.

    Where `answers` is set, it answers so often and then raises TransientFault, once.
    """

    answers: int | None = None

    async def schedule(self, month: Month, as_of: date | None = None) -> MonthSchedule:
        """What was known on the day."""
        if self.answers == 0:
            self.answers = None
            raise TransientFault("the database is away")
        if self.answers is not None:
            self.answers -= 1
        return known(month, as_of or DECLARED)


@dataclass(frozen=True, slots=True)
class NothingRegistered:
    """An application.ports.Registrations before any import; remembers the instants it was asked for."""

    asked: list[datetime] = field(default_factory=list)

    async def standards(
        self, hospital_codes: Collection[str], as_known: datetime, reader: RegistrationReader | None = None
    ) -> Mapping[str, FacilityStandards]:
        """No hospital was told of."""
        self.asked.append(as_known)
        return {}


def known(month: Month, as_of: date) -> MonthSchedule:
    """The month's schedule as it was known on the day."""
    if as_of >= GONE:
        return MonthSchedule.of(month, acts=[])
    return MonthSchedule.of(month, acts=[act(VISIT, "70" if as_of >= LOWERED else "73")])
