"""Transfers that are no claim's: fees, money that came in, was allocated, paid or given back; and what reverses them.

Positive balances are owed to an account's holder, negative ones by it. Money in the platform's own bank account is
therefore a negative balance: the bank owes it. Pending transfers move nothing yet and count against the limits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import Final

from services.shared.kernel.double_entry import Movement
from services.shared.kernel.ids import SEPARATOR, EventId, TransferId, reversal_id, transfer_id_of

MOST_YEN: Final = 10**15
"""Of one transfer: what is beyond is a mistake. The medical expenditure of the country in a year is 5 * 10**13."""


class TransferKind(Enum):
    """Why money moves. CLAIM is posted by decisions only; a REVERSAL is the mirror of what it takes back."""

    CLAIM = "claim"
    REVERSAL = "reversal"
    FEE = "fee"
    """審査支払手数料: payer to fee account, at period close."""
    INCOMING = "incoming"
    """入金: bank to payer, or to suspense while nobody knows whose it is."""
    ALLOCATION = "allocation"
    """消込: suspense to payer, or to the platform's own money."""
    PAYMENT = "payment"
    """支払: hospital to bank; pending from its instruction until the bank's statement shows it."""
    OPENING = "opening"
    """期首残高: bank to own, of the first statement that is imported; to suspense before there were own accounts."""
    REFUND = "refund"
    """返金: payer to bank; charges too, out of suspense, before there were own accounts."""
    CHARGE = "charge"
    """手数料: own to bank, what the bank took for itself."""


class ContradictoryTransfer(Exception):
    """A transfer stands under the same id with another `field`; `pending` where one is pending and the other is not."""

    def __init__(self, transfer_id: str, field: str) -> None:
        super().__init__(f"{transfer_id} stands with another {field}")
        self.transfer_id = transfer_id
        self.field = field


class AlreadyResolved(Exception):
    """A pending transfer was posted and is to be voided, or the other way round."""

    def __init__(self, transfer_id: str) -> None:
        super().__init__(transfer_id)
        self.transfer_id = transfer_id


class UnknownPending(Exception):
    """No pending transfer was ever held under the id."""

    def __init__(self, transfer_id: str) -> None:
        super().__init__(transfer_id)
        self.transfer_id = transfer_id


class LimitExceeded(Exception):
    """An account would pass its limit, pending transfers counted: nothing of the batch was written."""

    def __init__(self, account_id: str) -> None:
        super().__init__(account_id)
        self.account_id = account_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A transfer to be posted or held, without a claim. `period` is YYYYMM; `cause_event_id` names what caused it.

    `payer_number` where it is a payer's; `reverses` names what a REVERSAL takes back. ValueError for what cannot be.
    """

    transfer_id: TransferId
    movement: Movement
    kind: TransferKind
    cause_event_id: EventId
    traceparent: str
    period: str
    payer_number: str = ""
    reverses: TransferId | None = None

    def __post_init__(self) -> None:
        if self.kind is TransferKind.CLAIM:
            raise ValueError("transfers of claims are posted by their decisions")
        if (self.kind is TransferKind.REVERSAL) != (self.reverses is not None):
            raise ValueError("a reversal names what it takes back, and nothing else does")
        if self.movement.amount_yen > MOST_YEN:
            raise ValueError(f"a transfer moves at most {MOST_YEN} yen, not {self.movement.amount_yen}")

    @property
    def payload_sha256(self) -> bytes:
        """The digest by which a repetition is known to say the same: of everything but the trace it was made in."""
        words = (
            self.transfer_id,
            self.kind.value,
            self.movement.from_account,
            self.movement.to_account,
            str(self.movement.amount_yen),
            self.cause_event_id,
            self.period,
            self.payer_number,
            self.reverses or "",
        )
        return sha256(SEPARATOR.join(words).encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """An account: its balance without pending transfers, its number of entries, and what is pending on it."""

    balance_yen: int
    version: int
    pending_in_yen: int
    pending_out_yen: int


NO_BALANCE: Final = Balance(balance_yen=0, version=0, pending_in_yen=0, pending_out_yen=0)
"""Of an account that nothing was ever posted or held on."""


def order_id(kind: TransferKind, *parts: str) -> TransferId:
    """Id of a transfer from what it is for: the same parts name the same transfer again."""
    return transfer_id_of(kind.value, *parts)


def reversal_of_order(order: Order, *, cause_event_id: EventId, traceparent: str, period: str) -> Order:
    """The transfer that takes an order back as a whole; there is at most one. `period` is the one that it falls into.

    ValueError for the reversal of a reversal.
    """
    if order.kind is TransferKind.REVERSAL:
        raise ValueError("a reversal is not taken back; what it took back is ordered anew")
    movement = order.movement
    return Order(
        transfer_id=reversal_id(order.transfer_id),
        movement=Movement(
            from_account=movement.to_account, to_account=movement.from_account, amount_yen=movement.amount_yen
        ),
        kind=TransferKind.REVERSAL,
        cause_event_id=cause_event_id,
        traceparent=traceparent,
        period=period,
        payer_number=order.payer_number,
        reverses=order.transfer_id,
    )


def one_of_each(orders: Iterable[Order]) -> Sequence[Order]:
    """The orders with each id once, in their order.

    Raises:
        ContradictoryTransfer: an id stands twice with other content.
    """
    found: dict[TransferId, Order] = {}
    for order in orders:
        first = found.setdefault(order.transfer_id, order)
        if first is not order and first.payload_sha256 != order.payload_sha256:
            raise ContradictoryTransfer(order.transfer_id, differing_field(first, order))
    return tuple(found.values())


def differing_field(first: Order, second: Order) -> str:
    """The first field in which two orders of one id differ, by the name that the ledger has for it."""
    for name, one, other in (
        ("kind", first.kind, second.kind),
        ("from_account", first.movement.from_account, second.movement.from_account),
        ("to_account", first.movement.to_account, second.movement.to_account),
        ("amount_yen", first.movement.amount_yen, second.movement.amount_yen),
        ("period", first.period, second.period),
        ("payer_number", first.payer_number, second.payer_number),
        ("reverses", first.reverses, second.reverses),
        ("cause_event_id", first.cause_event_id, second.cause_event_id),
    ):
        if one != other:
            return name
    return "payload_sha256"
