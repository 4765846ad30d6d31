"""A second way to split part_a's receipts, from the raw lines and without this project's code.

It knows only what that file needs: an insurer, at most one programme, and three benefit shares (1 the insurer alone,
2 both, 5 the programme alone); it is no substitute for the specification.
"""

from collections import Counter
from typing import NamedTuple

_PRESCHOOL_KINDS = "34"


class Expected(NamedTuple):
    """Yen by payer number in the file's order, the patient's yen, all of them."""

    payers: dict[str, int]
    patient: int
    billed: int


def expected_splits(content: bytes) -> dict[int, Expected]:
    """What each receipt should come to, by receipt number."""
    receipts = content.decode("cp932").replace("\r\n", "\n").split("\nRE,")[1:]
    return {int(text.split(",")[0]): _expected(text.split("\n")) for text in receipts}


def _expected(lines: list[str]) -> Expected:
    tenths = 2 if lines[0].split(",")[1][-1] in _PRESCHOOL_KINDS else 3
    points: Counter[str] = Counter()
    insurer = programme = ""
    burden = 0
    for line in lines[1:]:
        cells = line.split(",")
        if cells[0] == "HO":
            insurer = cells[1]
        elif cells[0] == "KO":
            programme, burden = cells[1], int(cells[6] or 0)
        elif cells[0] in {"SI", "IY", "TO"}:
            points[cells[2]] += int(cells[5] or 0) * int(cells[6] or 0)
    layer = points["2"] * tenths + points["5"] * 10
    left = min(layer, burden)
    payers = {insurer: (points["1"] + points["2"]) * (10 - tenths)} if insurer else {}
    if programme:
        payers[programme] = layer - left
    return Expected(payers, points["1"] * tenths + left, sum(points.values()) * 10)
