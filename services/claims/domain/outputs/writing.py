"""How these files are written: cp932, CR LF, no quotation marks; full-width text; months of an era where it is so."""

from typing import Final

from services.claims.domain.uke.characters import ENCODING, STANDARD_WIDE
from services.shared.kernel.imperial_eras import imperial_era_on
from services.shared.kernel.months import Month

_TO_WIDE: Final = {code: code + 0xFEE0 for code in range(ord("!"), ord("~") + 1)} | {ord(" "): 0x3000}
_UNKNOWN: Final = "〓"
"""The printers' sign for a character that is not in the set."""


def wide(text: str) -> str:
    """The text in 漢字 mode: every character of JIS X 0208-1983, commas included, so that none splits a field."""
    return "".join([each if each in STANDARD_WIDE else _UNKNOWN for each in text.translate(_TO_WIDE)])


def era_month(month: Month) -> str:
    """GYYMM by the era on the month's last day; ValueError before the first era."""
    era = imperial_era_on(month.last_day)
    if era is None:
        raise ValueError("no era is known for this month")
    return f"{era.code}{month.year - era.year_zero:02d}{month.month:02d}"


def written(*fields: str) -> bytes:
    """One record."""
    return (",".join(fields) + "\r\n").encode(ENCODING)
