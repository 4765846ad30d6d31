import pytest

from services.settlement.domain.review_authority import fee_account, review_authority
from services.settlement.domain.tariff import ReviewFee, Rounding, charge, fee_in_force, fee_yen


def fee(authority: str, since: str, price_sen: int, rounding: Rounding = Rounding.DOWN) -> ReviewFee:
    return ReviewFee(authority=authority, since=since, price_sen=price_sen, rounding=rounding, mark="S", source="test")


@pytest.mark.parametrize(
    ("payer", "authority"),
    [
        ("138057", "213"),  # 国民健康保険 in Tokyo
        ("018010", "201"),
        ("39131010", "213"),  # 後期高齢者医療
        ("67138010", "213"),  # 退職者医療
        ("01130012", "1"),  # 協会けんぽ
        ("06132013", "1"),  # 組合健保
        ("34130013", "1"),  # 共済
        ("12131010", "1"),  # 生活保護, a public programme
        ("54136015", "1"),  # 難病
    ],
)
def test_the_number_of_a_payer_tells_its_review_authority(payer: str, authority: str) -> None:
    assert review_authority(payer) == authority
    assert fee_account(authority) == f"fee:{authority}"


@pytest.mark.parametrize(("rounding", "expected"), [(Rounding.DOWN, 214), (Rounding.HALF_UP, 215), (Rounding.UP, 215)])
def test_the_fee_of_a_month_is_rounded_once_over_all_receipts(rounding: Rounding, expected: int) -> None:
    assert fee_yen(3, 7160, rounding) == expected  # 214.80


@pytest.mark.parametrize(("rounding", "expected"), [(Rounding.DOWN, 0), (Rounding.HALF_UP, 1), (Rounding.UP, 1)])
def test_half_a_yen_rises_where_the_tariff_says_so(rounding: Rounding, expected: int) -> None:
    assert fee_yen(1, 50, rounding) == expected


@pytest.mark.parametrize("rounding", Rounding)
def test_a_sum_without_a_fraction_is_never_rounded(rounding: Rounding) -> None:
    assert fee_yen(5, 7160, rounding) == 358
    assert fee_yen(0, 7160, rounding) == 0


def test_the_price_is_that_of_the_latest_month_begun() -> None:
    fees = [fee("1", "202204", 7160), fee("1", "202404", 7000), fee("1", "202604", 6900)]

    assert fee_in_force(fees, "1", "202403") == fees[0]
    assert fee_in_force(fees, "1", "202404") == fees[1]
    assert fee_in_force(fees, "1", "202512") == fees[1]
    assert fee_in_force(fees, "1", "202203") is None


def test_a_prefectures_own_price_goes_before_that_of_all_prefectures() -> None:
    fees = [fee("2", "202504", 5000), fee("213", "202204", 4500)]

    assert fee_in_force(fees, "213", "202604") == fees[1]
    assert fee_in_force(fees, "227", "202604") == fees[0]
    assert fee_in_force(fees, "1", "202604") is None


def test_what_is_charged_names_receipts_and_price() -> None:
    charged = charge(2, fee("1", "202204", 7160))

    assert (charged.receipts, charged.price_sen, charged.fee_yen) == (2, 7160, 143)


def test_a_price_is_not_negative() -> None:
    with pytest.raises(ValueError):
        fee("1", "202204", -1)
