"""Double entry (複式簿記): a transfer moves a positive amount from one account to another, in two legs summing to zero.

Refuses to build a transfer that could not balance. Postgres checks the same again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.shared.kernel.money import Yen


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a transfer: `amount_yen` is negative for the account that gives."""

    account_id: str
    amount_yen: Yen


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """`amount_yen` > 0 from one account to another one."""

    from_account: str
    to_account: str
    amount_yen: Yen

    def __post_init__(self) -> None:
        if self.amount_yen <= 0:
            message = f"a transfer moves a positive amount, not {self.amount_yen}"
            raise ValueError(message)
        if self.from_account == self.to_account:
            raise ValueError("a transfer moves between two accounts")

    @property
    def legs(self) -> tuple[Leg, Leg]:
        """What it takes from the one and gives to the other."""
        return Leg(self.from_account, Yen(-self.amount_yen)), Leg(self.to_account, self.amount_yen)


def is_balanced(legs: Iterable[Leg]) -> bool:
    """Whether the legs sum to zero."""
    return sum(leg.amount_yen for leg in legs) == 0
