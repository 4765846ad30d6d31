"""Pricing by another route: fractions, columns of the csv by their number, each act looked at on its own to the end.

It shares no code with the service and reads no typed row. It knows acts only, as the specification of the masters
describes them (chapter 3 (7) and 別紙７). What it does not know it answers with None. `row[n - 1]` is 項番 n.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

Row = Sequence[str]
AsOne = Mapping[str, Sequence[tuple[int, int]]]
"""Points of counted tests by their group: (at least so many, points), rising."""

BLOOD_CHEMISTRY: AsOne = {"1": ((5, 93), (8, 99))}
"""From real receipts of October 2021: 5 and 7 items are 93 points, 8 are 99."""


def slow_points(lines: Sequence[tuple[str, str]], acts: Mapping[str, Row], as_one: AsOne) -> int | None:
    """Points of a unit's (code, quantity) for one time; None where an act is not in the master."""
    if any(code not in acts for code, _ in lines):
        return None
    rows = [acts[code] for code, _ in lines]
    groups = Counter(row[15] for row in rows)
    together = {group: _points_together(count, as_one.get(group, ())) for group, count in groups.items()}
    bundled = {group: points for group, points in together.items() if points is not None}
    total = sum(bundled.values())
    for place, row in enumerate(rows):
        if row[15] not in bundled and not _is_percentage(row):
            total += _to_the_end(place, lines, rows)
    return total


def _points_together(count: int, steps: Sequence[tuple[int, int]]) -> int | None:
    reached = [points for least, points in steps if count >= least]
    return reached[-1] if reached else None


def _to_the_end(place: int, lines: Sequence[tuple[str, str]], rows: Sequence[Row]) -> int:
    """What a line with points adds; of one that stands on its own, with all percentages behind it."""
    own = _half_up(_own(lines[place][1], rows[place]))
    if _host(place, rows) != place:
        return own
    prescribed, beside, additions = own, 0, 0
    for behind in range(place + 1, len(rows)):
        row = rows[behind]
        if not _is_percentage(row):
            if _host(behind, rows) == place and row[67] == "7" and row[61] == "0":
                points = _half_up(_own(lines[behind][1], row))
                prescribed, additions = prescribed + points, additions + points
        elif _takes(row, rows[place]):
            share = Fraction(row[11]) / 100
            if row[10] == "6":
                prescribed = _half_up(prescribed * (1 - share))
            elif row[67] == "7":
                prescribed += _half_up(prescribed * share)
            else:
                beside += _half_up(prescribed * share)
    return prescribed - additions + beside


def _host(place: int, rows: Sequence[Row]) -> int:
    """The line that an addition belongs to; itself where it stands on its own."""
    if rows[place][67] in "135":
        return place
    before = [other for other in range(place) if not _is_percentage(rows[other]) and _host(other, rows) == other]
    group = rows[place][37]
    of_group = [other for other in before if group != "0" and rows[other][37] == group]
    return (of_group or before or [place])[-1]


def _is_percentage(row: Row) -> bool:
    return row[10] in "56"


def _own(quantity: str, row: Row) -> Fraction:
    points = Fraction(row[11]) * (-1 if row[10] == "8" else 1)
    if row[29] == "1":
        lower, upper, width = (Fraction(row[item]) for item in (30, 31, 32))
        counted = min(Fraction(quantity), upper) if row[34] in "13" else Fraction(quantity)
        points += max(0, math.ceil((counted - lower) / width)) * Fraction(row[33])
    return points


def _takes(percentage: Row, act: Row) -> bool:
    """By all columns that tie them: 注加算コード; of the same part 通則年齢, 時間加算区分, 適合区分, 逓減対象区分."""
    same_part = act[89:91] == percentage[89:91]
    said = [
        percentage[37] == act[37] if percentage[37] != "0" else None,
        same_part and act[39] == percentage[39] if percentage[39] != "0" else None,
        same_part and act[42] != "0" if percentage[42] != "0" else None,
        same_part and act[43] == "2" if percentage[43] == "1" else None,
        same_part and act[51] == "1" if percentage[51] == "1" else None,
    ]
    return all(each for each in said if each is not None)


def _half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))
