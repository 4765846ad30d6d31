"""The demo's bank: tells of the platform's account as 入出金取引明細, 200 bytes a record. Nobody has its code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

BANK, BRANCH, KIND, NUMBER = "9999", "999", "2", "0000001"
REIWA_BEGAN_AFTER: Final = 2018
RECORD_BYTES: Final = 200
CREDIT, DEBIT = "1", "2"
TRANSFER: Final = "11"
"""取引区分 振込."""
Cell = tuple[str | int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A line of the account; negative yen went out. `code`: 依頼人コード, `edi`: the reference that came with it."""

    day: date
    yen: int
    code: str = ""
    name: str = ""
    narrative: str = ""
    edi: str = ""


def statement(opening_yen: int, movements: Sequence[Movement]) -> bytes:
    """The account over the days of the movements, with CR LF behind each record."""
    since, until = movements[0].day, movements[-1].day
    rows = [
        _header(opening_yen, since, until),
        *(_line(place, each) for place, each in enumerate(movements, 1)),
        _trailer(opening_yen, movements),
        _record(("9", 1), (len(movements) + 3, 10), (1, 5), ("", 184)),
    ]
    return b"".join(row + b"\r\n" for row in rows)


def _header(opening_yen: int, since: date, until: date) -> bytes:
    days = ((_imperial(until), 6), (_imperial(since), 6), (_imperial(until), 6))
    account = ((BANK, 4), ("ﾐﾎﾝ", 15), (BRANCH, 3), ("ﾎﾝﾃﾝ", 15), ("", 3), (KIND, 1), (int(NUMBER), 10))
    owner = (("ｾｲｷﾕｳ ﾃｽﾄ", 40), ("1", 1), ("1", 1), (opening_yen, 14), ("", 71))
    return _record(("1", 1), ("03", 2), ("0", 1), *days, *account, *owner)


def _line(place: int, moved: Movement) -> bytes:
    day = _imperial(moved.day)
    what = ((CREDIT if moved.yen > 0 else DEBIT, 1), (TRANSFER, 2), (abs(moved.yen), 12))
    cheques = ((0, 12), (0, 6), (0, 6), ("", 1), ("", 7), ("", 3))
    whose = ((moved.code, 10), (moved.name, 48), ("", 15), ("", 15), (moved.narrative, 20), (moved.edi, 20), ("", 1))
    return _record(("2", 1), (place, 8), (day, 6), (day, 6), *what, *cheques, *whose)


def _trailer(opening_yen: int, movements: Sequence[Movement]) -> bytes:
    came = [each.yen for each in movements if each.yen > 0]
    went = [-each.yen for each in movements if each.yen < 0]
    sums = ((len(came), 6), (sum(came), 13), (len(went), 6), (sum(went), 13))
    closing = (("1", 1), (opening_yen + sum(came) - sum(went), 14), (len(movements), 7), ("", 139))
    return _record(("8", 1), *sums, *closing)


def _imperial(day: date) -> str:
    return f"{day.year - REIWA_BEGAN_AFTER:02}{day:%m%d}"


def _record(*cells: Cell) -> bytes:
    """Numbers from the right over zeros, texts from the left over spaces."""
    made = b"".join(
        str(value).rjust(length, "0").encode() if isinstance(value, int) else value.encode("cp932").ljust(length)
        for value, length in cells
    )
    if len(made) != RECORD_BYTES:
        raise ValueError(f"a record of {len(made)} bytes")
    return made
