"""Banks' 200-byte files written by hand from the layouts page, byte by byte; nothing of the reader under test is used.

入出金取引明細 (03) and 振込入金通知 A (01). Days are 和暦. Bank 9999 is assigned to nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

BANK, BRANCH, KIND, NUMBER = "9999", "999", "1", "0000001"
ACCOUNT = BANK + BRANCH + KIND + NUMBER
REIWA, HEISEI = (date(2019, 5, 1), 2018), (date(1989, 1, 8), 1988)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A movement; negative yen went out."""

    day: date
    yen: int
    number: str = ""
    dealing: str = "11"
    code: str = ""
    name: str = ""
    narrative: str = ""
    edi: str = ""
    cancelled: bool = False


def era(day: date) -> str:
    """YYMMDD of the imperial year."""
    zero = REIWA[1] if day >= REIWA[0] else HEISEI[1]
    return f"{day.year - zero:02d}{day.month:02d}{day.day:02d}"


def western(day: date) -> str:
    """YYMMDD of the western year."""
    return f"{day.year % 100:02d}{day.month:02d}{day.day:02d}"


def row(*cells: tuple[str | int, int]) -> bytes:
    """Numbers from the right over zeros, texts from the left over spaces; 200 bytes or the test is wrong."""
    made = b"".join(
        str(value).rjust(length, "0").encode() if isinstance(value, int) else value.encode("cp932").ljust(length)
        for value, length in cells
    )
    assert len(made) == 200, len(made)
    return made


def statement_rows(
    opening: int, lines: Sequence[Line], *, since: date, until: date, account: str = ACCOUNT, days: object = era
) -> list[bytes]:
    """Header, data and trailer of one account."""
    told = western if days is western else era
    came = [line.yen for line in lines if line.yen > 0]
    went = [-line.yen for line in lines if line.yen < 0]
    header = row(
        *(("1", 1), ("03", 2), ("0", 1), (told(until), 6), (told(since), 6), (told(until), 6), (account[:4], 4)),
        *(("ﾃｽﾄ", 15), (account[4:7], 3), ("ﾎﾝﾃﾝ", 15), ("", 3), (account[7], 1), (int(account[8:]), 10), ("ｼﾝｻ", 40)),
        *(("1", 1), ("1", 1), (opening, 14), ("", 71)),
    )
    data = [
        row(
            *(
                ("2", 1),
                (line.number.rjust(8, "0") if line.number else "", 8),
                (told(line.day), 6),
                (told(line.day), 6),
            ),
            *(("1" if line.yen > 0 else "2", 1), (line.dealing, 2), (abs(line.yen), 12), (0, 12), (0, 6), (0, 6)),
            *(("", 1), ("", 7), ("", 3), (line.code, 10), (line.name, 48), ("", 15), ("", 15), (line.narrative, 20)),
            *((line.edi, 20), ("", 1)),
        )
        for line in lines
    ]
    closing = opening + sum(came) - sum(went)
    trailer = row(
        *(("8", 1), (len(came), 6), (sum(came), 13), (len(went), 6), (sum(went), 13), ("1", 1), (closing, 14)),
        *((len(lines), 7), ("", 139)),
    )
    return [header, *data, trailer]


def statement_file(
    opening: int,
    lines: Sequence[Line],
    *,
    since: date | None = None,
    until: date | None = None,
    account: str = ACCOUNT,
    days: object = era,
) -> bytes:
    """入出金取引明細 of one account."""
    told = [line.day for line in lines]
    first, last = since or min(told), until or max(told)
    return ended(statement_rows(opening, lines, since=first, until=last, account=account, days=days), accounts=1)


def ended(rows: Sequence[bytes], accounts: int) -> bytes:
    """With the end record, without line ends."""
    return b"".join([*rows, row(("9", 1), (len(rows) + 1, 10), (accounts, 5), ("", 184))])


def notice_file(lines: Sequence[Line], *, account: str = ACCOUNT) -> bytes:
    """振込入金通知 A."""
    days = [line.day for line in lines]
    header = row(
        *(("1", 1), ("01", 2), ("0", 1), (era(max(days)), 6), (era(min(days)), 6), (era(max(days)), 6)),
        *((account[:4], 4), ("ﾃｽﾄ", 15), (account[4:7], 3), ("ﾎﾝﾃﾝ", 15), (account[7], 1), (account[8:], 7)),
        *(("ｼﾝｻ", 40), ("", 93)),
    )
    data = [
        row(
            *(
                ("2", 1),
                (line.number.rjust(6, "0"), 6),
                (era(line.day), 6),
                (era(line.day), 6),
                (line.yen, 10),
                (0, 10),
            ),
            *((line.code, 10), (line.name, 48), ("", 15), ("", 15), ("1" if line.cancelled else "", 1)),
            *((line.edi, 20), ("", 52)),
        )
        for line in lines
    ]
    told, taken = [x.yen for x in lines if not x.cancelled], [x.yen for x in lines if x.cancelled]
    trailer = row(("8", 1), (len(told), 6), (sum(told), 12), (len(taken), 6), (sum(taken), 12), ("", 163))
    return b"".join([header, *data, trailer])


def numbered(lines: Sequence[Line]) -> list[Line]:
    """The lines with 照会番号 in their order."""
    return [replace(line, number=str(place)) for place, line in enumerate(lines, 1)]
