"""Rows of the masters from a few columns by their number (項番), and units of lines that use them.

Columns that are not named say nothing: no limit, no link, valid from April 2020 without end.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from services.claims.domain.masters.acts import Act
from services.claims.domain.masters.drugs import Drug
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.materials import Material
from services.claims.domain.masters.records import row_of
from services.claims.domain.treatment import DayCount, Line, LineKind, Treatment, Unit
from services.claims.domain.uke.codes import receipt_kind
from services.claims.domain.uke.facts import Sex
from services.shared.kernel.months import Month

MAY = Month(2024, 5)
"""A month of the fee schedule of April 2022."""

_ACT = {
    1: "0",
    2: "S",
    4: "1",
    5: "行",
    6: "1",
    7: "ｷ",
    10: "",
    11: "3",
    32: "99999999",
    39: "0",
    41: "00",
    42: "00",
    68: "1",
    69: "1",
    85: "D",
    86: "",
    87: "20200401",
    88: "99999999",
    90: "2",
    91: "03",
    92: "000",
    93: "00",
    94: "00",
    96: "00",
    97: "000",
    98: "00",
    99: "00",
    113: "行",
    117: "",
} | {item: "00" for first in (100, 103, 106, 109) for item in (first, first + 1)}
_DRUG = {
    1: "0",
    2: "Y",
    4: "1",
    5: "薬",
    6: "1",
    7: "ｸ",
    10: "",
    11: "1",
    24: "1",
    28: "1",
    29: "",
    30: "20200401",
    31: "99999999",
    32: "",
    35: "薬",
}
_MATERIAL = {
    1: "0",
    2: "T",
    4: "1",
    5: "材",
    6: "1",
    7: "ｻ",
    10: "",
    11: "1",
    15: "00",
    16: "00",
    17: "1",
    25: "",
    28: "20200401",
    29: "00000000",
    30: "99999999",
    34: "",
    35: "",
    36: "",
    37: "材",
}


def act(code: str, points: str, columns: Mapping[int, str] | None = None) -> Act:
    """An act of part D (検査) worth so many points, of the kinds that its columns say."""
    row = row_of(MasterKind.ACT, act_fields(code, points, columns))
    assert isinstance(row, Act), row
    return row


def act_fields(code: str, points: str, columns: Mapping[int, str] | None = None) -> list[str]:
    """The same as fields of the csv."""
    return _fields(_ACT | {3: code, 12: points} | dict(columns or {}), 150)


def stepped_act(code: str, points: str, *steps: str, columns: Mapping[int, str] | None = None) -> Act:
    """An act with steps: lower, upper, width, step points, error mode (項番31 to 35)."""
    return act(code, points, {30: "1", **dict(zip(range(31, 36), steps, strict=True)), **dict(columns or {})})


def drug(code: str, yen: str, columns: Mapping[int, str] | None = None) -> Drug:
    """A drug of so many yen."""
    row = row_of(MasterKind.DRUG, _fields(_DRUG | {3: code, 12: yen} | dict(columns or {}), 35))
    assert isinstance(row, Drug), row
    return row


def material(code: str, yen: str, columns: Mapping[int, str] | None = None) -> Material:
    """A material of so many yen (or percent)."""
    row = row_of(MasterKind.MATERIAL, _fields(_MATERIAL | {3: code, 12: yen} | dict(columns or {}), 37))
    assert isinstance(row, Material), row
    return row


def _fields(columns: Mapping[int, str], count: int) -> list[str]:
    return [columns.get(item, "0" if item <= 127 else "") for item in range(1, count + 1)]


def done(code: str, quantity: str | None = None) -> Line:
    """An SI line."""
    return _line(LineKind.ACT, code, quantity)


def given(code: str, quantity: str | None = "1") -> Line:
    """An IY line."""
    return _line(LineKind.DRUG, code, quantity)


def used(code: str, quantity: str | None = "1", *, unit_code: str = "", yen: str | None = None) -> Line:
    """A TO line, with the unit and the price that it states."""
    line = _line(LineKind.MATERIAL, code, quantity)
    return line._replace(unit_code=unit_code, unit_price_yen=None if yen is None else Decimal(yen))


def _line(kind: LineKind, code: str, quantity: str | None) -> Line:
    return Line(0, kind, code, None if quantity is None else Decimal(quantity), None, "", None, "", ())


def unit(*lines: Line, section: str = "60", points: int = 0, times: int = 1, days: tuple[int, ...] = (7,)) -> Unit:
    """A unit of the insurer's share; its lines are numbered from 1."""
    numbered = tuple(line._replace(number=number) for number, line in enumerate(lines, 1))
    return Unit(1, section, "1", times, tuple(DayCount(day, 1) for day in days), points, numbered)


def treatment(*units: Unit) -> Treatment:
    """An insured outpatient's treatment of May 2024."""
    kind = receipt_kind("1112")
    assert kind is not None
    return Treatment(
        kind=kind,
        hospital_code="",
        claim_month=None,
        month=MAY,
        sex=Sex.FEMALE,
        birth_date=date(1980, 1, 1),
        admission_date=None,
        departments=(),
        days=1,
        special_marks=(),
        units=units,
        comments=(),
        diagnoses=(),
        uncoded=(),
    )
