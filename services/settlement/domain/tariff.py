"""Review fees (審査支払手数料): a dated price per receipt of each authority, which is data, and what it comes to.

Refuses to hold a price: every one comes from a loaded file, with its source and how sure it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from services.settlement.domain.review_authority import NATIONAL
from services.shared.kernel.money import Yen

SEN_A_YEN: Final = 100


class Rounding(Enum):
    """What becomes of a fraction of a yen of a payer's whole month."""

    DOWN = "down"
    HALF_UP = "half_up"
    UP = "up"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFee:
    """A price per receipt (円銭 in 1/100 yen) from a claim month YYYYMM on, until another one begins.

    `authority` is 1, 2 and a prefecture, or 2 alone for every 国保連 that has no price of its own. `mark` says how sure
    the price is (R read in a source, P excerpt, S second hand, U unverified), `source` where it stands.
    """

    authority: str
    since: str
    price_sen: int
    rounding: Rounding
    mark: str
    source: str

    def __post_init__(self) -> None:
        if self.price_sen < 0:
            raise ValueError("a price is not negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedFee:
    """A price as it was loaded; the highest version of an authority and month holds."""

    fee: ReviewFee
    version: int
    loaded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeCharge:
    """What a payer is charged for a month."""

    receipts: int
    price_sen: int
    fee_yen: Yen


def fee_in_force(fees: Iterable[ReviewFee], authority: str, period: str) -> ReviewFee | None:
    """The authority's own price of a claim month, else that of its kind, else none."""
    begun = [fee for fee in fees if fee.since <= period]
    own = [fee for fee in begun if fee.authority == authority]
    of_kind = [fee for fee in begun if fee.authority == authority[:1] == NATIONAL]
    return max(own or of_kind, key=lambda fee: fee.since, default=None)


def loaded_until(loaded: Iterable[LoadedFee], moment: datetime) -> list[ReviewFee]:
    """The prices that held at a moment: of each authority and month the last version that was loaded by then."""
    known = sorted((each for each in loaded if each.loaded_at <= moment), key=lambda each: each.version)
    return list({(each.fee.authority, each.fee.since): each.fee for each in known}.values())


def fee_yen(receipts: int, price_sen: int, rounding: Rounding) -> Yen:
    """Receipts at a price, rounded once over the payer's whole month and never per receipt.

    Rounding down is that of 国等の債権債務等の金額の端数計算に関する法律 第2条 (less than one yen is left off); which
    rounding an authority uses stands beside its price.
    """
    sen = receipts * price_sen
    whole, rest = divmod(sen, SEN_A_YEN)
    rises = {Rounding.DOWN: False, Rounding.HALF_UP: 2 * rest >= SEN_A_YEN, Rounding.UP: rest > 0}[rounding]
    return Yen(whole + rises)


def charge(receipts: int, fee: ReviewFee) -> FeeCharge:
    """What so many receipts cost at a price."""
    owed = fee_yen(receipts, fee.price_sen, fee.rounding)
    return FeeCharge(receipts=receipts, price_sen=fee.price_sen, fee_yen=owed)
