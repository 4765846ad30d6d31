"""A payment's life as a table: which state follows which, and what each step asks of the ledger.

    proposed -> instructed -> accepted -> settled -> returned -> reinstructed

A payment that is refused by the bank, or that came back, is never made again itself: another one takes its place and
says so. Postgres holds the same table (payment_event_follows); a test compares the two.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final


class PaymentState(Enum):
    """Where a payment stands."""

    PROPOSED = "proposed"
    """A maker proposed it; nothing is held, nothing was sent."""
    INSTRUCTED = "instructed"
    """It stands in a file for the bank; its yen are held in the ledger."""
    ACCEPTED = "accepted"
    """The bank took it in (受付)."""
    REFUSED = "refused"
    """The bank did not; what was held is released."""
    SETTLED = "settled"
    """The bank's statement shows it; the ledger has its entries."""
    RETURNED = "returned"
    """The money came back (資金返却, 組戻); the ledger has taken it back."""
    REINSTRUCTED = "reinstructed"
    """Another payment took its place."""
    ABANDONED = "abandoned"
    """It will not be made; what is owed stays owed, and may be proposed again."""


class LedgerStep(Enum):
    """What a step asks of the ledger's transfer from the hospital to the bank."""

    NOTHING = "nothing"
    HOLD = "hold"
    COMPLETE = "complete"
    RELEASE = "release"
    REVERSE = "reverse"


_NOTHING, _RELEASE, _COMPLETE = LedgerStep.NOTHING, LedgerStep.RELEASE, LedgerStep.COMPLETE
STEPS: Final[Mapping[tuple[PaymentState, PaymentState], LedgerStep]] = {
    (PaymentState.PROPOSED, PaymentState.INSTRUCTED): LedgerStep.HOLD,
    (PaymentState.PROPOSED, PaymentState.ABANDONED): _NOTHING,
    (PaymentState.INSTRUCTED, PaymentState.ACCEPTED): _NOTHING,
    (PaymentState.INSTRUCTED, PaymentState.REFUSED): _RELEASE,
    (PaymentState.INSTRUCTED, PaymentState.SETTLED): _COMPLETE,
    (PaymentState.INSTRUCTED, PaymentState.ABANDONED): _RELEASE,
    (PaymentState.ACCEPTED, PaymentState.REFUSED): _RELEASE,
    (PaymentState.ACCEPTED, PaymentState.SETTLED): _COMPLETE,
    (PaymentState.ACCEPTED, PaymentState.ABANDONED): _RELEASE,
    (PaymentState.REFUSED, PaymentState.REINSTRUCTED): _NOTHING,
    (PaymentState.REFUSED, PaymentState.ABANDONED): _NOTHING,
    (PaymentState.SETTLED, PaymentState.RETURNED): LedgerStep.REVERSE,
    (PaymentState.RETURNED, PaymentState.REINSTRUCTED): _NOTHING,
    (PaymentState.RETURNED, PaymentState.ABANDONED): _NOTHING,
}
"""Every step that there is; any other is refused."""
STEPS_BACK: Final = frozenset(
    {
        (PaymentState.SETTLED, PaymentState.INSTRUCTED),
        (PaymentState.SETTLED, PaymentState.ACCEPTED),
        (PaymentState.RETURNED, PaymentState.SETTLED),
    }
)
"""Where a payment goes that a bank's line was matched with wrongly: to the state in which that found it, and no other.
After a debit the ledger's transfer is reversed and its yen held anew, after a return they are posted anew, both under
another id. No other step of a payment takes these."""
OVER: Final = frozenset({PaymentState.REINSTRUCTED, PaymentState.ABANDONED})
"""Nothing follows; the statement that it paid may be in another payment."""

AT_BANK: Final = frozenset({PaymentState.INSTRUCTED, PaymentState.ACCEPTED})
"""It stands in a file that the bank may have, and nothing says yet what became of it."""


def step(before: PaymentState, after: PaymentState) -> LedgerStep | None:
    """What the ledger is asked for; none where the one may not follow the other."""
    return STEPS.get((before, after))
