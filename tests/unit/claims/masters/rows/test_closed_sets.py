"""The codes of every closed column, copied from the specification's text: these are accepted and no others.

Beyond them a column accepts what its form marks as seen in official files (docs/master-files.md).
"""

from collections.abc import Iterator

import pytest

from services.claims.domain.masters.fields import Refused
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.layouts import LAYOUTS

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CANDIDATES = [*map(str, range(1000)), *(f"{number:02d}" for number in range(100)), *LETTERS]
RECEIPT_COLUMNS = (
    "0 110 120 122 123 124 125 130 140 210 230 240 250 260 270 300 311 321 331 400 500 502 540 600 700 800 903 920 "
    "970 971 972 973 974 975"
)
FALLING_GROUPS = (
    "0 17 18 19 20 25 26 27 29 30 31 32 33 34 35 36 37 39 40 41 52 53 54 55 56 58 59 61 63 64 66 67 68 69 70 71 72 73 "
    "74 75 76 77 78 79 80 81 82 83 85 86 87 89 90 91 92 93 94 95 96 97 98 99 100 101 102 103 104 105 107 108 109 110 "
    "111 112 113 114 201 301"
)
UNITS = " ".join(str(code) for code in range(162) if not 61 < code < 101 and code != 152)
ACT = {
    1: "0 1 3 5 9", 8: UNITS, 11: "1 3 4 5 6 7 8", 13: "0 1 2", 14: "0 1 2", 15: RECEIPT_COLUMNS,
    16: "0 1 2 3 5 6 7 8 9 10 11 13 14 15 16", 17: "0", 18: "0 1 2 3 4 9", 19: "0 1 2 4", 20: "0 1 2 3 4 5 6",
    21: "0 1 2 3 4", 22: "0 53 55 57 58 68 69 70", 23: "0 1 2 3 4 5 6 7 8 9", 24: "0", 25: "0 3 4 5 7 9", 26: "0",
    27: "0 1 2 3 4", 28: "0 1 2 3", 29: "0 1 3 4", 30: "0 1", 35: "0 1 2 3", 37: "0 1",
    39: f"0 1 2 3 4 5 6 7 8 9 {' '.join(LETTERS)}", 40: "0 1 2", 43: "0 1 2 3 4 5 6 7 8 9", 44: "0 1 2",
    46: "0 1 2 3 4 5", 47: "0 1", 48: "0 1 2 3 4 5", 49: "0 1 2 3 4 5 6", 50: "0 1 2",
    51: "0 1 2 3 4 5 6 8 11 13 14 15 16 17 31 32 33 40 41 42", 52: "0 1", 53: "0 1 2", 54: "0 1", 55: "0 1 3 4",
    56: "0 1 2", 57: "0 1 3 4 5 6 7 8", 59: "0 1", 60: "0 1", 61: "0 1", 62: "0 1", 63: FALLING_GROUPS, 64: "0 1",
    65: "0", 66: RECEIPT_COLUMNS, 67: "0 2", 68: "1 3 5 7 9", 69: "1 3 7", 70: "0 1 2 3 4 5 6 7",
    71: "0 1 2 3 4 5 6 7 8", 82: "0 1", 83: "0 1 2", 84: "0 1", 114: "0 1", 115: "0 1", 116: "0 1 2", 118: "0 1 2 3",
    119: "0 1", 120: "0 1", 121: "0 1", 122: "0 1", 123: "0 1 2", 124: "0 1 2 3 4 5 6", 125: "0 1", 126: "0 1",
    127: "0 1 2",
}  # fmt: skip
DRUG = {
    1: "0 1 3 5 9", 8: UNITS, 11: "1 3 7", 13: "0", 14: "0 1 2 3 5", 15: "0 1", 16: "0 1", 17: "0 1", 18: "0",
    19: "0 1", 20: "0 1 2", 22: "0 1 2 3 6 7 8", 24: "0 1 3 7", 26: "0 1", 27: "0 1", 28: "1 3 4 6 8",
}  # fmt: skip
MATERIAL = {
    1: "0 1 3 5 9", 8: UNITS, 11: "1 2 5 9", 13: "0", 14: "0 1", 17: "0 1 2 5 9", 19: "0 1", 20: "0 1",
    21: "0 1 2 3 4 5 9", 22: "0 2 3 4", 23: "0 1", 31: "0 1 2 3 4 5 6 7 8 9", 33: "0 1",
}  # fmt: skip
COMMENT = {1: "0 1 3 5 9", 3: "8", 4: "10 20 30 31 40 42 50 51 52 53 80 90", 18: "0", 19: "0", 20: "0 1"}
DISEASE = {
    1: "0 1 2 3 5 9", 19: "00 01", 20: "0 1", 21: "00 03 04 05 07 08", 43: "00 09", 44: "00 10",
    **dict.fromkeys([*range(25, 38), 45, 46], "0 1"),
}  # fmt: skip
MODIFIER = {1: "0 1 2 3 5 9", 12: "0 1", 13: "0 1"}
CLOSED = {
    MasterKind.ACT: ACT,
    MasterKind.DRUG: DRUG,
    MasterKind.MATERIAL: MATERIAL,
    MasterKind.COMMENT: COMMENT,
    MasterKind.DISEASE: DISEASE,
    MasterKind.MODIFIER: MODIFIER,
}


def accepted(kind: MasterKind, item: int) -> Iterator[str]:
    form = LAYOUTS[kind].columns[item - 1].form
    for text in CANDIDATES:
        try:
            form.convert(text)
        except Refused:
            continue
        if text not in form.beyond:
            yield text


@pytest.mark.parametrize(
    ("kind", "item", "codes"),
    [(kind, item, codes) for kind, closed in CLOSED.items() for item, codes in closed.items()],
)
def test_a_closed_column_accepts_the_specifications_codes_and_no_others(
    kind: MasterKind, item: int, codes: str
) -> None:
    assert set(accepted(kind, item)) == set(codes.split())
