"""Netting of a month: what is paid for it, and what cannot be paid and is carried into the next.

Only money that is new counts: an earlier statement that is not paid yet stays payable under its own number, so that
nothing is paid twice whenever payments overlap closes. Where a hospital's balance does not cover its unpaid statements
(corrections came in between), no payment of them could be made: the next statement takes them up and is paid instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from services.shared.kernel.money import Yen


class Side(Enum):
    """Whose account a statement is of: a payer owes (its balance is negative), a hospital is owed."""

    PAYER = "payer"
    HOSPITAL = "hospital"

    @property
    def sign(self) -> int:
        """What turns the account's yen into what its holder reads: owed by a payer, owed to a hospital."""
        return -1 if self is Side.PAYER else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """`payable_yen` >= 0 is paid for this month; `carried_yen`, as the account counts it, waits for the next."""

    payable_yen: Yen
    carried_yen: int


def net(side: Side, *, brought_yen: int, new_yen: int) -> Net:
    """Nets a month: what was brought from the month before, and what the month adds (claims, adjustments, fees).

    Both as the account counts them. A net the wrong way round, a hospital that owes or a payer that is owed, moves no
    money: it is carried over as it is.
    """
    owed = side.sign * (brought_yen + new_yen)
    if owed >= 0:
        return Net(payable_yen=Yen(owed), carried_yen=0)
    return Net(payable_yen=Yen(0), carried_yen=side.sign * owed)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpaidStatement:
    """A hospital's statement that leaves `yen` > 0 to pay and that no payment pays or is under way to pay."""

    statement_id: str
    period: str
    yen: Yen


def taken_up(*, balance_yen: int, under_way_yen: int, unpaid: Sequence[UnpaidStatement]) -> tuple[UnpaidStatement, ...]:
    """繰入: the unpaid statements that go into the one that is cut now; all where the balance does not cover them.

    `balance_yen` is the hospital's, `under_way_yen` what payments that are proposed, instructed, refused or came back
    are still to take out of it. A statement that is taken up is never paid itself.
    """
    is_covered = sum(each.yen for each in unpaid) <= balance_yen - under_way_yen
    return () if is_covered else tuple(unpaid)
