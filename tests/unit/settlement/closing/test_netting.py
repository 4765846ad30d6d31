import pytest

from services.settlement.domain.netting import Net, Side, UnpaidStatement, net, taken_up
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


def unpaid(*yen: int) -> tuple[UnpaidStatement, ...]:
    return tuple(
        UnpaidStatement(statement_id=f"stm_{month}", period=f"2026{month:02}", yen=Yen(each))
        for month, each in enumerate(yen, 4)
    )


@pytest.mark.parametrize(
    ("balance", "under_way", "owed", "is_taken_up"),
    [
        (100, 0, (100,), False),  # payable under its own number, as ever
        (99, 0, (100,), True),
        (150, 0, (100, 50), False),
        (149, 0, (100, 50), True),
        (-200, 0, (100,), True),  # more was taken back than the statement left
        (100, 50, (100,), True),  # a payment of another statement takes 50 of it
        (150, 50, (100,), False),
        (-1, 0, (), False),
    ],
)
def test_unpaid_statements_are_taken_up_where_the_balance_does_not_cover_them(
    balance: int, under_way: int, owed: tuple[int, ...], *, is_taken_up: bool
) -> None:
    found = taken_up(balance_yen=balance, under_way_yen=under_way, unpaid=unpaid(*owed))

    assert found == (unpaid(*owed) if is_taken_up else ())
