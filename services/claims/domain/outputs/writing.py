"""How these files are written: cp932, CR LF, no quotation marks; full-width text; months of an era where it is so."""

from datetime import date
from typing import Final

from services.claims.domain.uke.characters import ENCODING, STANDARD_WIDE
from services.shared.kernel.months import Month

_TO_WIDE: Final = {code: code + 0xFEE0 for code in range(ord("!"), ord("~") + 1)} | {ord(" "): 0x3000}
_UNKNOWN: Final = "〓"
"""The printers' sign for a character that is not in the set."""
_ERAS: Final = (("5", date(2019, 5, 1), 2018), ("4", date(1989, 1, 8), 1988), ("3", date(1926, 12, 25), 1925))
"""年号区分, first day, year before the first: 令和, 平成, 昭和 (元号を改める政令)."""


def wide(text: str) -> str:
    """The text in 漢字 mode: every character of JIS X 0208-1983, commas included, so that none splits a field."""
    return "".join([each if each in STANDARD_WIDE else _UNKNOWN for each in text.translate(_TO_WIDE)])


def era_month(month: Month) -> str:
    """GYYMM by the era on the month's last day; ValueError before 昭和."""
    for digit, begins, before in _ERAS:
        if month.last_day >= begins:
            return f"{digit}{month.year - before:02d}{month.month:02d}"
    raise ValueError("no era is known for this month")


def written(*fields: str) -> bytes:
    """One record."""
    return (",".join(fields) + "\r\n").encode(ENCODING)
