"""A receipt as raw records of the official format: lines cut at their commas, and nothing known but where things stand.

Positions are those of 記録条件仕様（医科用）第1章 3 (4), counted from the record id at 0. Nothing of the platform is
imported here, so that whatever is planted with it does not share its mistakes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

Fields = tuple[str, ...]

ENCODING: Final = "cp932"
LINE_END: Final = "\r\n"
WIDTHS: Final = {
    "RE": 38,
    "HO": 15,
    "KO": 12,
    "SN": 9,
    "JD": 33,
    "MF": 33,
    "SY": 8,
    "SI": 44,
    "IY": 44,
    "TO": 48,
    "CO": 5,
    "SJ": 3,
}
TREATMENT: Final = ("SI", "IY", "TO")
SECTION, SHARE, CODE, QUANTITY, POINTS, TIMES = 1, 2, 3, 4, 5, 6
MATERIAL_UNIT, MATERIAL_PRICE, MATERIAL_PRODUCT = 7, 8, 10
FIRST_DAY: Final = {"SI": 13, "IY": 13, "TO": 17}
FIRST_COMMENT: Final = {"SI": 7, "IY": 7, "TO": 11}
DAYS: Final = 31
KIND, MONTH, NAME, SEX, BIRTH, BENEFIT, ADMITTED = 2, 3, 4, 5, 6, 7, 8
MARKS, BEDS, KANA = 11, 12, 36
INSURER, SYMBOL, MEMBER, HO_DAYS, HO_POINTS, HO_MEALS, HO_MEALS_YEN = 1, 2, 3, 4, 5, 7, 8
PROGRAMME, RECIPIENT, KO_DAYS, KO_POINTS = 1, 2, 4, 5
DISEASE, STARTED, OUTCOME, MODIFIERS, DISEASE_NAME, MAIN = 1, 2, 3, 4, 5, 6
MEALS: Final = "97"
SHARED_BY: Final = {"1": "0", "5": "1", "6": "2", "2": "01", "3": "02", "7": "12", "4": "012"}
"""負担区分 (別表21) of receipts with two programmes at most: whose they are, 0 the insurer, 1 and 2 the programmes."""


def record(kind: str, values: dict[int, str]) -> Fields:
    """A record of this kind with these fields by position, all others empty."""
    return (kind, *(values.get(place, "") for place in range(1, WIDTHS[kind])))


@dataclass(frozen=True, slots=True)
class RawReceipt:
    """The records of one receipt, RE first. `line` counts from 1 as a reader of the receipt alone counts them."""

    records: tuple[Fields, ...]

    @classmethod
    def from_bytes(cls, content: bytes) -> "RawReceipt":
        """The records of these bytes."""
        lines = content.decode(ENCODING).split(LINE_END)
        return cls(tuple(tuple(line.split(",")) for line in lines if line))

    def to_bytes(self) -> bytes:
        """The receipt as it stands in a file."""
        return "".join(",".join(fields) + LINE_END for fields in self.records).encode(ENCODING)

    def lines(self, *kinds: str) -> list[int]:
        """The lines of records of these kinds."""
        return [line for line, fields in enumerate(self.records, 1) if fields[0] in kinds]

    def line_of(self, code: str, nth: int = 1) -> int:
        """The line of the nth SI, IY, TO, CO or SY record with this code."""
        places = {"SY": DISEASE}
        found = [
            line
            for line, fields in enumerate(self.records, 1)
            if fields[0] in {*TREATMENT, "CO", "SY"} and fields[places.get(fields[0], CODE)] == code
        ]
        return found[nth - 1]

    def fields(self, line: int) -> Fields:
        """The record on this line."""
        return self.records[line - 1]

    def put(self, line: int, place: int, text: str) -> "RawReceipt":
        """This receipt with one field written anew."""
        fields = self.fields(line)
        return self.exchange(line, (*fields[:place], text, *fields[place + 1 :]))

    def exchange(self, line: int, *instead: Fields) -> "RawReceipt":
        """This receipt with other records, or none, in place of one."""
        return replace(self, records=(*self.records[: line - 1], *instead, *self.records[line:]))

    def insert(self, after: int, *more: Fields) -> "RawReceipt":
        """This receipt with more records behind a line."""
        return replace(self, records=(*self.records[:after], *more, *self.records[after:]))

    def each(self, kinds: Iterable[str], change: Callable[[Fields], Fields]) -> "RawReceipt":
        """This receipt with every record of these kinds changed."""
        wanted = set(kinds)
        return replace(self, records=tuple(change(each) if each[0] in wanted else each for each in self.records))


def counted_on(fields: Fields, days: dict[int, int]) -> Fields:
    """A line of treatment counted on these days, so often on each."""
    first = FIRST_DAY[fields[0]]
    counts = tuple(str(days[day]) if days.get(day) else "" for day in range(1, DAYS + 1))
    return (*fields[:TIMES], str(sum(days.values())), *fields[TIMES + 1 : first], *counts)


def days_of(fields: Fields) -> dict[int, int]:
    """How often a line of treatment counts on each of its days."""
    first = FIRST_DAY[fields[0]]
    return {day: int(text) for day, text in enumerate(fields[first : first + DAYS], 1) if text}


def restated(receipt: RawReceipt) -> RawReceipt:
    """This receipt with the payers' points as its lines add up to; meals are yen and stand apart."""
    points = points_by_payer(receipt)
    programmes = iter(range(1, 3))
    return receipt.each(
        ("HO", "KO"),
        lambda fields: _stating(fields, points["0" if fields[0] == "HO" else str(next(programmes))]),
    )


def _stating(fields: Fields, points: int) -> Fields:
    return (*fields[:HO_POINTS], str(points), *fields[HO_POINTS + 1 :])


def points_by_payer(receipt: RawReceipt) -> dict[str, int]:
    """Points times count over the lines whose benefit share names each payer, 0 the insurer."""
    sums = {"0": 0, "1": 0, "2": 0}
    section = ""
    for fields in receipt.records:
        if fields[0] not in {*TREATMENT, "CO"}:
            continue
        section = fields[SECTION] or section
        if fields[0] != "CO" and fields[POINTS] and section != MEALS:
            for payer in SHARED_BY[fields[SHARE]]:
                sums[payer] += int(fields[POINTS]) * int(fields[TIMES])
    return sums
