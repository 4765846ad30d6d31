"""Roundings of the patient's part, each with its source. A receipt's yen are exact to one yen, a window's to ten."""

from typing import Final

TEN_YEN: Final = 10
FIVE_YEN: Final = 5


def window_yen(yen: int) -> int:
    """What is paid at the window (窓口): below five yen down, from five yen up to ten.

    健康保険法 第75条, 国民健康保険法 第42条の2. Once a payment; the receipt's own figure stays as it is, so a month's
    payments may differ from it.
    """
    return (yen + FIVE_YEN) // TEN_YEN * TEN_YEN


def down_to_ten_yen(yen: int) -> int:
    """Below ten yen down: what a programme's own ordinance may say (10円未満切捨て)."""
    return yen // TEN_YEN * TEN_YEN
