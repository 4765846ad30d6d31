import pytest

from services.settlement.domain.netting import Net, Side, net
from services.shared.kernel.money import Yen


@pytest.mark.parametrize(
    ("side", "brought", "new", "payable", "carried"),
    [
        (Side.HOSPITAL, 0, 1_000, 1_000, 0),
        (Side.HOSPITAL, 0, -300, 0, -300),
        (Side.HOSPITAL, -300, 1_000, 700, 0),
        (Side.HOSPITAL, -300, 300, 0, 0),
        (Side.HOSPITAL, -300, 100, 0, -200),
        (Side.PAYER, 0, -1_000, 1_000, 0),
        (Side.PAYER, 0, 300, 0, 300),
        (Side.PAYER, 300, -1_000, 700, 0),
        (Side.PAYER, 300, -100, 0, 200),
        (Side.PAYER, 0, 0, 0, 0),
    ],
)
def test_a_net_is_paid_or_carried_over_and_never_both(
    side: Side, *, brought: int, new: int, payable: int, carried: int
) -> None:
    assert net(side, brought_yen=brought, new_yen=new) == Net(payable_yen=Yen(payable), carried_yen=carried)
