"""The check digit of insurers, public programmes and institutions (検証番号).

From the digit left of the check digit, digits are weighted 2, 1, 2, 1 and so on; the digits of the products are added;
the check digit completes the sum to a multiple of ten. One algorithm serves 保険者番号 (6 or 8 digits), 公費負担者番号
(8 digits) and the institution's ten digits: prefecture (2), 点数表 (1) and 医療機関コード (7).
"""

from functools import lru_cache

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def check_digit(body: str) -> int:
    """The check digit that belongs behind these ASCII digits; ValueError for anything but digits."""
    digits = [int(character) for character in reversed(body)]
    total = sum(_DOUBLED[digit] if place % 2 == 0 else digit for place, digit in enumerate(digits))
    return -total % 10


@lru_cache(maxsize=16_384)
def check_digit_fits(number: str) -> bool:
    """Whether the number's last digit is its check digit; False for anything but two or more ASCII digits."""
    if len(number) < 2 or not number.isascii() or not number.isdigit():  # noqa: PLR2004 - a body and its check digit
        return False
    return int(number[-1]) == check_digit(number[:-1])
