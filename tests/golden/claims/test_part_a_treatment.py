"""The units of the real outpatient file against a plain reading of its lines with the csv module."""

import csv
from decimal import Decimal

from services.claims.domain.treatment import Treatment
from services.claims.domain.uke.findings import Profile
from services.claims.domain.uke.submission import SubmissionReader
from services.claims.domain.uke.treatment_of import treatment_of
from tests.support.official_data import part_a

# Columns of SI, IY and TO: code, quantity, points, times; the days begin later in TO.
_CODE, _QUANTITY, _POINTS, _TIMES = 3, 4, 5, 6
_DAYS = {"SI": 13, "IY": 13, "TO": 17}


def _treatments() -> list[Treatment]:
    reader = SubmissionReader(Profile.LENIENT)
    receipts = reader.feed(part_a())
    rest, _ = reader.finish()
    facts = [receipt.assessment.facts for receipt in (*receipts, *rest)]
    return [treatment_of(each) for each in facts if each is not None]


def _rows() -> list[list[str]]:
    rows = csv.reader(part_a().decode("cp932").splitlines(), quoting=csv.QUOTE_NONE)
    return [row for row in rows if row[0] in _DAYS]


def test_every_line_of_treatment_stands_in_one_unit_with_its_code_quantity_and_points() -> None:
    lines = [line for treatment in _treatments() for unit in treatment.units for line in unit.lines]

    assert [(line.kind.value, line.code) for line in lines] == [(row[0], row[_CODE]) for row in _rows()]
    assert [line.quantity for line in lines] == [Decimal(row[_QUANTITY]) if row[_QUANTITY] else None for row in _rows()]
    assert [line.points for line in lines] == [int(row[_POINTS]) if row[_POINTS] else None for row in _rows()]


def test_each_unit_has_the_times_and_days_of_the_line_that_states_its_points() -> None:
    units = [unit for treatment in _treatments() for unit in treatment.units]
    last = [row for row in _rows() if row[_POINTS]]

    assert [unit.times for unit in units] == [int(row[_TIMES]) for row in last]
    assert [[(day.day, day.times) for day in unit.days] for unit in units] == [
        [(day, int(text)) for day, text in enumerate(row[_DAYS[row[0]] : _DAYS[row[0]] + 31], 1) if text]
        for row in last
    ]


def test_the_units_add_up_to_what_the_file_declares() -> None:
    points = sum(unit.points * unit.times for treatment in _treatments() for unit in treatment.units)

    assert points == 61_495
