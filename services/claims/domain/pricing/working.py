"""How a price came about: kept as numbers while pricing, said in words only when somebody asks."""

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from services.claims.domain.pricing.roundings import HUNDREDTHS

TEN_MILLIONTHS = 10_000_000


class How(Enum):
    """What a figure of the working is; its value is how it is said, of the numbers that it needs."""

    ROUNDED = "{0} rounded"
    """Points of the master with decimals: hundredths."""
    STEPPED = "{0} + {1} × {2} steps"
    """きざみ: base in hundredths, step points in hundredths, steps."""
    ADDED_PERCENT = "{0} % of {1}"
    """％加算: hundredths of a percent, points."""
    REDUCED_PERCENT = "-{0} % of {1}"
    """％減算: hundredths of a percent, points."""
    BUNDLE = "{0} items as one: {1}"
    """包括対象検査: items, points."""
    DRUGS = "drugs of {0} yen: {1}"
    """薬剤料: ten-millionths of a yen, points."""
    MATERIALS = "materials of {0} yen: {1}"
    """材料料: ten-millionths of a yen, points."""


class Figure(NamedTuple):
    """One figure of the working that is more than plain points."""

    how: How
    numbers: tuple[int, ...]


Working = int | Figure
"""Plain points (or yen in section 97), or a figure."""

_SCALES: dict[How, tuple[int, ...]] = {
    How.ROUNDED: (HUNDREDTHS,),
    How.STEPPED: (HUNDREDTHS, HUNDREDTHS, 1),
    How.ADDED_PERCENT: (HUNDREDTHS, 1),
    How.REDUCED_PERCENT: (HUNDREDTHS, 1),
    How.BUNDLE: (1, 1),
    How.DRUGS: (TEN_MILLIONTHS, 1),
    How.MATERIALS: (TEN_MILLIONTHS, 1),
}


def in_words(working: Iterable[Working]) -> str:
    """Its figures joined: "288", "250 + 2 × 16 steps", "130 + 1140 + 70 % of 130 + 70 % of 1140"."""
    text = ""
    for figure in working:
        words = _said(figure)
        if not text:
            text = words
        elif words.startswith("-"):
            text = f"{text} - {words[1:]}"
        else:
            text = f"{text} + {words}"
    return text


def _said(figure: Working) -> str:
    if isinstance(figure, int):
        return str(figure)
    numbers = map(_number, figure.numbers, _SCALES[figure.how])
    return figure.how.value.format(*numbers)


def _number(value: int, scale: int) -> str:
    whole, part = divmod(abs(value), scale)
    sign = "-" if value < 0 else ""
    if not part:
        return f"{sign}{whole}"
    digits = len(str(scale)) - 1
    return f"{sign}{whole}.{part:0{digits}d}".rstrip("0")
