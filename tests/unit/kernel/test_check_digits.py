"""Check digits of insurers, programmes and institutions."""

import pytest

from services.shared.kernel.check_digits import check_digit, check_digit_fits


@pytest.mark.parametrize(
    "number",
    [
        "0110113719",  # an institution's ten digits, from a published guide to 医療機関コード
        "01130012",  # 全国健康保険協会 東京支部, from the real file of October 2021
        "34130021",  # 地方公務員共済, same
        "12141024",  # a programme of 生活保護, same
    ],
)
def test_a_published_number_fits(number: str) -> None:
    assert check_digit_fits(number)


@pytest.mark.parametrize("number", ["0110113710", "01130013", "", "1", "01130o12", "０１１３００１２", " 1130012"])
def test_another_number_does_not_fit(number: str) -> None:
    assert not check_digit_fits(number)


def test_leading_zeros_change_nothing() -> None:
    assert check_digit("130012") == check_digit("00130012")


def test_every_single_wrong_digit_is_noticed() -> None:
    right = "01130012"
    wrong = [right[:at] + digit + right[at + 1 :] for at in range(8) for digit in "0123456789" if digit != right[at]]

    assert not any(check_digit_fits(number) for number in wrong)
