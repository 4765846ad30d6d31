"""Yen and points. Both are integers; one point is ten yen (診療報酬の算定方法, 1点の単価は10円)."""

from typing import Final, NewType

Yen = NewType("Yen", int)
Points = NewType("Points", int)

YEN_PER_POINT: Final = 10
TENTHS: Final = 10


def yen_of(points: Points) -> Yen:
    """What `points` cost: ten yen a point."""
    return Yen(points * YEN_PER_POINT)


def copay_yen(points: Points, copay_tenths: int) -> Yen:
    """The patient's part of `points` at a ratio of `copay_tenths` tenths.

    Exact: ten yen a point times a tenth is one yen, so nothing is rounded. (The rounding to ten yen of 健保法 75条
    happens at the hospital's window, once per payment, and is not part of a receipt's split.)
    """
    if not 0 <= copay_tenths <= TENTHS:
        message = f"copay_tenths must be 0 to {TENTHS}, not {copay_tenths}"
        raise ValueError(message)
    return Yen(points * copay_tenths)
