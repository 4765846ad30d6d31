"""Local programmes (地方単独事業) as rows of text: which columns there are, and what is refused.

One row is one programme, told by its 法別番号 or the beginning of its 負担者番号. `percent` of the cost and monthly
limits are what it leaves to the patient; empty means there is none.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final, TypeVar

from services.claims.domain.share.limits import SourceMark
from services.claims.domain.share.programmes import LeftRounding, LimitOrder, Programme
from services.shared.kernel.months import Month

COLUMNS: Final = (
    *("number", "name", "percent", "inpatient_limit_yen", "outpatient_limit_yen"),
    *("order", "rounding", "since", "until", "source"),
)
_Word = TypeVar("_Word", bound=Enum)


def programme_of_row(row: Mapping[str, str]) -> Programme:
    """The programme of a row; ValueError that names the column. Months are YYYY-MM."""
    return Programme(
        number=_text(row, "number"),
        name=_text(row, "name"),
        percent=_whole(row, "percent"),
        inpatient_limit_yen=_whole(row, "inpatient_limit_yen"),
        outpatient_limit_yen=_whole(row, "outpatient_limit_yen"),
        order=_word(row, "order", LimitOrder, LimitOrder.BEFORE),
        rounding=_word(row, "rounding", LeftRounding, LeftRounding.ONE_YEN),
        blank_is_nothing=_whole(row, "percent") is None,
        since=_month(row, "since"),
        until=_month(row, "until"),
        mark=SourceMark.SEEN,
        source=_text(row, "source"),
    )


def _text(row: Mapping[str, str], column: str) -> str:
    text = row.get(column, "").strip()
    if not text:
        raise ValueError(f"{column}: must not be empty")
    return text


def _whole(row: Mapping[str, str], column: str) -> int | None:
    text = row.get(column, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{column}: must be a whole number of 0 or more, not {text!r}")
    return int(text)


def _month(row: Mapping[str, str], column: str) -> Month | None:
    text = row.get(column, "").strip()
    if not text:
        return None
    try:
        return Month.parse(text.replace("-", ""))
    except ValueError as error:
        raise ValueError(f"{column}: must be YYYY-MM, not {text!r}") from error


def _word(row: Mapping[str, str], column: str, words: type[_Word], otherwise: _Word) -> _Word:
    text = row.get(column, "").strip()
    if not text:
        return otherwise
    try:
        return words(text)
    except ValueError as error:
        known = ", ".join(str(each.value) for each in words)
        raise ValueError(f"{column}: must be one of {known}, not {text!r}") from error
