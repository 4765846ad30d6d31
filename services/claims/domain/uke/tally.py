"""The lines of treatment added up: sections, units of calculation (点数・回数算定単位), days, points per benefit share.

A unit is a run of SI, IY and TO lines of which only the last states the points; all state the same count. Points times
count go to the benefit share of that last line; those of a unit of reductions (減点) are taken off. Section 97 (meals)
states yen, which are kept apart.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from services.claims.domain.uke.codes import BENEFIT_SHARES, INPATIENT_SECTIONS, MEAL_SECTION, REDUCTION_CODES
from services.claims.domain.uke.columns import DAYS_IN_RECORD, whole_number
from services.claims.domain.uke.findings import Place, Rule
from services.claims.domain.uke.form import Fault
from services.shared.kernel.named_tuples import of_fields

MOST_LINES_WITHOUT_SECTION = 98


class DayCounts(NamedTuple):
    """The 31 counts of a line: their sum, and the last day that has one (0 for none)."""

    total: int
    last_day: int


def day_counts(run: str) -> DayCounts | None:
    """The counts in 31 columns as they stand in a line; None where they are not 31 numbers or blanks."""
    return counts_of_run(run) if len(run) <= _LONGEST_RUN else None


@lru_cache(maxsize=16_384)
def counts_of_run(run: str) -> DayCounts | None:
    """`day_counts` of a run no longer than any sound one, remembered: the same days come back line after line."""
    days = run.split(",")
    if len(days) != DAYS_IN_RECORD or not all(text == "" or _is_count(text) for text in days):
        return None
    filled = [place for place, text in enumerate(days, 1) if text]
    return DayCounts(sum(int(days[place - 1]) for place in filled), filled[-1] if filled else 0)


_COUNTS = {str(count): count for count in range(1_000)}
"""The counts that a line may state; looking one up costs less than reading it."""
_LONGEST_RUN = DAYS_IN_RECORD * len("999,")
_is_count = re.compile("0|[1-9][0-9]{0,2}").fullmatch


class Unit(NamedTuple):
    """The first line of a unit whose points have not come yet."""

    line: int
    record: str
    times: str
    days: str
    reduces: bool


class ReadLine(NamedTuple):
    """One SI, IY, TO or CO line as it was read: its place, its record, and the values of its form, as text."""

    number: int
    record: str
    values: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """The running sums of one receipt's, or one donor's, lines. It lives as long as the reading of that receipt."""

    days_optional: bool = False
    section: str = ""
    sectionless: int = 0
    unit: Unit | None = None
    treatment_lines: int = 0
    points_of_share: dict[str, int] = field(default_factory=dict)
    line_of_share: dict[str, int] = field(default_factory=dict)
    lines: list[ReadLine] = field(default_factory=list)
    meal_yen: int = 0
    last_day: int = 0
    last_day_line: int = 0
    inpatient_line: int = 0

    def add(self, number: int, record: str, values: tuple[str, ...], counts: DayCounts, faults: list[Fault]) -> None:  # noqa: PLR0917 - called for every line
        """Take one SI, IY or TO line, its values those of its form; `faults` gets what is wrong with it."""
        section, share, code, _, points, times = values[:6]
        days = values[-1]
        self.lines.append(of_fields(ReadLine, (number, record, values)))
        total, last_day = counts
        count = _COUNTS.get(times) or whole_number(times) or 0
        self.treatment_lines += 1
        if section and self.unit is not None:
            self.close(faults)
        self.enter(number, record, section, share, faults)
        if total != count and (last_day or not self.days_optional):
            faults.append(Fault(Rule.DAYS_SUM, Place(number, record, "times")))
        if last_day > self.last_day:
            self.last_day, self.last_day_line = last_day, number
        unit = self.unit
        if unit is not None and (unit.times != times or unit.days != days):
            begun = f"the unit begins on line {unit.line}"
            faults.append(Fault(Rule.UNIT_COUNT, Place(number, record, "times"), begun))
        reduces = code in REDUCTION_CODES and (unit is None or unit.reduces)
        if points:
            self.unit = None
            credited = (whole_number(points) or 0) * (-count if reduces else count)
            if self.section == MEAL_SECTION:
                self.meal_yen += credited
            else:
                self.points_of_share[share] = self.points_of_share.get(share, 0) + credited
        elif unit is None:
            self.unit = Unit(number, record, times, days, reduces)

    def enter(self, number: int, record: str, section: str, share: str, faults: list[Fault]) -> None:  # noqa: PLR0917 - called for every line
        """Note the section and benefit share of a line of any kind; `faults` gets what is wrong with them."""
        if section:
            self.section = section
            self.sectionless = 0
            if section in INPATIENT_SECTIONS and not self.inpatient_line:
                self.inpatient_line = number
        else:
            self.sectionless += 1
            if not self.section and self.sectionless == 1:
                faults.append(Fault(Rule.SECTION_MISSING, Place(number, record, "treatment_section")))
            if self.sectionless == MOST_LINES_WITHOUT_SECTION + 1:
                faults.append(Fault(Rule.SECTION_OMITTED, Place(number, record, "treatment_section")))
        self.line_of_share.setdefault(share, number)

    def close(self, faults: list[Fault]) -> None:
        """End the unit that is open; it lacks its points."""
        if self.unit is not None:
            faults.append(Fault(Rule.UNIT_POINTS, Place(self.unit.line, self.unit.record, "points")))
            self.unit = None

    @property
    def points(self) -> int:
        """The sum over all benefit shares, meals left out."""
        return sum(self.points_of_share.values())

    def points_of(self, position: int) -> int:
        """The sum over the lines whose benefit share names this payer (0 the insurer, 1 to 4 a programme)."""
        shares = self.points_of_share.items()
        return sum(points for share, points in shares if position in BENEFIT_SHARES.get(share, ()))
