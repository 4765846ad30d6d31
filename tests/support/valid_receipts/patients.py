"""Invented patients and their payers, by age, scheme and class as they go together."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_LAW_NUMBERS: Final = ("01", "02", "06", "31", "32", "33", "34", "63")
_FIRST_PROGRAMMES: Final = ("21", "51", "52", "54")
_SECOND_PROGRAMMES: Final = ("80", "81", "83")
_WELFARE: Final = "12"
_PREFECTURE: Final = "13"
_SPREAD_DAYS: Final = {0: 1, 1: 40, 3: 400, 7: 2_000, 20: 15_000, 66: 3_000, 71: 1_000, 76: 6_000}
"""Ages in whole years from which a patient is drawn, and how many days older the patient may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Whom a receipt is for: born when, of which sex, in which scheme, sharing with which programmes."""

    birth: date
    sex: str
    scheme: str
    last: str
    insurer: str
    benefit: str
    programmes: tuple[str, ...]

    @property
    def share(self) -> str:
        """負担区分 of lines that all payers of the receipt share."""
        if not self.insurer:
            return "5"
        return ("1", "2", "4")[len(self.programmes)]

    @property
    def late_elderly(self) -> bool:
        """Whether the patient is insured under 後期高齢者医療."""
        return self.scheme == "3"


def with_check_digit(body: str) -> str:
    """The number with its 検証番号 behind it."""
    digits = [int(character) for character in reversed(body)]
    total = sum(_DOUBLED[digit] if place % 2 == 0 else digit for place, digit in enumerate(digits))
    return body + str(-total % 10)


def a_patient(random: Random, month: date, *, inpatient: bool) -> Patient:
    """Somebody of any age, class and scheme that go together."""
    years = random.choices(list(_SPREAD_DAYS), weights=(2, 3, 3, 6, 40, 10, 12, 24))[0]
    birth = _years_before(month, years) - timedelta(days=45 + random.randrange(_SPREAD_DAYS[years]))
    return patient_born(random, birth, month, inpatient=inpatient)


def patient_born(random: Random, birth: date, month: date, *, inpatient: bool) -> Patient:
    """A patient born on this day, insured as the age in this month asks for."""
    scheme, place = _class_of(random, month.year - birth.year - (month.timetuple()[1:3] < birth.timetuple()[1:3]))
    alone = scheme == "1" and random.random() < 0.04
    insurer, benefit = ("", "") if alone else _insurer(random, scheme)
    return Patient(
        birth=birth,
        sex=random.choice("12"),
        scheme="2" if alone else scheme,
        last=_LAST[0 if alone else place][0 if inpatient else 1],
        insurer=insurer,
        benefit=benefit,
        programmes=(_programme(random, _WELFARE),) if alone else _programmes(random),
    )


_LAST: Final = ("12", "34", "56", "78", "90")


def _class_of(random: Random, years: int) -> tuple[str, int]:
    """Scheme and patient class (別表5) of an age; ages at which the class changes are kept away from."""
    if years >= 75:
        return "3", random.choice((3, 3, 4))
    if years >= 70:
        return "1", random.choice((3, 3, 4))
    if years <= 5:
        return "1", 1
    return "1", random.choice((0, 0, 2))


def _insurer(random: Random, scheme: str) -> tuple[str, str]:
    """保険者番号 in eight columns, and 給付割合 where it is recorded."""
    body = f"{_PREFECTURE}{random.randrange(1, 200):03}"
    if scheme == "3":
        return with_check_digit(f"39{body}"), ""
    if random.random() < 0.3:
        return f"  {with_check_digit(body)}", "70"
    return with_check_digit(random.choice(_LAW_NUMBERS) + body), ""


def _programmes(random: Random) -> tuple[str, ...]:
    count = random.choices((0, 1, 2), weights=(75, 20, 5))[0]
    return tuple(_programme(random, random.choice(each)) for each in (_FIRST_PROGRAMMES, _SECOND_PROGRAMMES)[:count])


def _programme(random: Random, law: str) -> str:
    return with_check_digit(f"{law}{_PREFECTURE}{random.randrange(1, 400):03}")


def _years_before(month: date, years: int) -> date:
    return date(month.year - years, month.month, 1)
