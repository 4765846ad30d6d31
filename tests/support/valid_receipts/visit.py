"""The days of the month on which a patient came or lay in bed."""

import calendar
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Self

from tests.support.valid_receipts.ages import is_of_age
from tests.support.valid_receipts.masters import Act
from tests.support.valid_receipts.patients import Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Whose days they are, and which of which month, in order."""

    patient: Patient
    month: date
    days: tuple[int, ...]
    inpatient: bool

    @classmethod
    def drawn(cls, random: Random, month: date, patient: Patient, *, inpatient: bool) -> Self:
        """One to four visits, or a stay of up to nine days."""
        length = calendar.monthrange(month.year, month.month)[1]
        if inpatient:
            first = random.randrange(1, length - 9)
            days = tuple(range(first, first + random.randrange(2, 10)))
        else:
            days = tuple(sorted(random.sample(range(1, length + 1), random.choice((1, 1, 1, 2, 2, 3, 4)))))
        return cls(patient=patient, month=month, days=days, inpatient=inpatient)

    @property
    def first(self) -> date:
        """The first of the days."""
        return self.month.replace(day=self.days[0])

    def allow(self, act: Act, day: int) -> bool:
        """Whether the patient's age and scheme allow an act on a day."""
        scheme = "1" if self.patient.late_elderly else "2"
        on = self.month.replace(day=day)
        return act.late_elderly != scheme and is_of_age(self.patient.birth, on, act.youngest, act.oldest)
