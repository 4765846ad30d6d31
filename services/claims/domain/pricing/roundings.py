"""The roundings of the fee schedule, each by name and source. Integers in, integers out."""

from typing import Final

HUNDREDTHS: Final = 100
"""Points stand in the master with two decimals (医科診療行為マスター 項番12, 34), so in hundredths they are whole."""
PER_CENT: Final = 100 * HUNDREDTHS
"""A percentage of the master, with its two decimals (項番12), divides by this."""


def half_up(numerator: int, denominator: int) -> int:
    """四捨五入: to the nearest whole, a half up. 医科診療行為マスター 項番35 (点数算定式), 別紙７－１."""
    return (2 * numerator + denominator) // (2 * denominator)


def rounded_up(numerator: int, denominator: int) -> int:
    """切上げ: to the next whole. 医科診療行為マスター 項番35 (点数算定式)."""
    return -(-numerator // denominator)


def points_of_hundredths(hundredths: int) -> int:
    """Whole points of an act's points in hundredths, a half up (項番35: 四捨五入)."""
    return half_up(hundredths, HUNDREDTHS)
