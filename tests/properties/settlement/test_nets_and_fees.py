"""Over any run of months: what is paid and what is carried is what was new, and fees lose less than a yen a month."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.settlement.domain.netting import Side, net
from services.settlement.domain.tariff import Rounding, fee_yen

amounts = st.integers(-(2**63), 2**63) | st.sampled_from([0, 1, -1, 10**10, -(10**10)])
BY_HAND = {Rounding.DOWN: ROUND_DOWN, Rounding.HALF_UP: ROUND_HALF_UP, Rounding.UP: ROUND_UP}


@pytest.mark.parametrize("side", Side)
@given(months=st.lists(amounts, max_size=24))
def test_all_that_was_new_is_paid_or_still_carried(side: Side, months: list[int]) -> None:
    paid, carried = 0, 0
    for new in months:
        netted = net(side, brought_yen=carried, new_yen=new)
        assert netted.payable_yen >= 0
        assert netted.payable_yen == 0 or netted.carried_yen == 0
        assert side.sign * netted.carried_yen <= 0
        paid, carried = paid + netted.payable_yen, netted.carried_yen

    assert side.sign * paid + carried == sum(months)


@given(receipts=st.integers(0, 10**8), price_sen=st.integers(0, 10**6), rounding=st.sampled_from(list(Rounding)))
def test_a_fee_is_the_product_rounded_once(receipts: int, price_sen: int, rounding: Rounding) -> None:
    exact = Decimal(receipts) * Decimal(price_sen) / 100

    assert fee_yen(receipts, price_sen, rounding) == int(exact.to_integral_value(BY_HAND[rounding]))
