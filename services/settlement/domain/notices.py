"""What a payer is told beside its claims: fees, statements, payments, the close of a period. Owns their words and ids.

Each has a place of its own in the payer's gap-free sequence, like every share. Refuses to know how they are written.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from services.shared.kernel.ids import EventId, TransferId, event_id
from services.shared.kernel.money import Yen

FEE_CHARGED: Final = "jp.seikyu.settlement.fee_charged.v1"
STATEMENT_ISSUED: Final = "jp.seikyu.settlement.statement_issued.v1"
PAYMENT_INSTRUCTED: Final = "jp.seikyu.settlement.payment_instructed.v1"
PAYMENT_RECEIVED: Final = "jp.seikyu.settlement.payment_received.v1"
PERIOD_CLOSED: Final = "jp.seikyu.settlement.period_closed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest block of a chain and the SHA-256 of its head, hexadecimal; no block yet: 0 and no digits."""

    block: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Who is told, by which cause and when: what every notice has.

    `cause` is the id of what brought it about (a statement, a batch, a transfer); the event's id derives from it, so
    that telling it again is the same event. `period` is YYYYMM.
    """

    payer_number: str
    cause: str
    period: str
    traceparent: str
    at: datetime

    def event_id(self, event_type: str) -> EventId:
        """The id of this payer's notice of that type and cause."""
        return event_id(event_type, self.payer_number, self.cause)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeCharged:
    """審査支払手数料 of a period, as what the payer owes; yen and receipts negative where it is taken back."""

    told: Told
    fee_yen: Yen
    receipts: int
    review_authority: str
    transfer_id: TransferId


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementIssued:
    """A payer's statement (請求書): amounts as what the payer owes; the sum of its parts is `closing_yen`.

    Raises ValueError where it is not.
    """

    told: Told
    statement_id: str
    opening_yen: int
    claims_yen: int
    adjustments_yen: int
    fees_yen: int
    paid_yen: int
    closing_yen: int
    payable_yen: Yen
    due_on: date
    lines: int
    first_sequence: int
    last_sequence: int
    transfers_head: Head
    events_head: Head
    files_head: Head
    csv_sha256: str
    pdf_sha256: str

    def __post_init__(self) -> None:
        owed = self.opening_yen + self.claims_yen + self.adjustments_yen + self.fees_yen - self.paid_yen
        if owed != self.closing_yen:
            message = "a statement's parts must add up to what it closes with"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentInstructed:
    """The file that pays hospitals for this payer's claims of the period went to the bank."""

    told: Told
    batch_id: str
    pays_on: date
    file_sha256: str
    files_head: Head
    records_head: Head


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReceived:
    """Money of the payer came in; negative where it is given back. `statement_id` empty where it pays none in full."""

    told: Told
    received_yen: int
    value_date: date
    statement_id: str
    transfer_id: TransferId


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodClosed:
    """What is decided from now on for the period comes in a later one."""

    told: Told
    statement_id: str


Notice = FeeCharged | StatementIssued | PaymentInstructed | PaymentReceived | PeriodClosed


def type_of(notice: Notice) -> str:
    """The ce_type under which the payer gets it."""
    match notice:
        case FeeCharged():
            return FEE_CHARGED
        case StatementIssued():
            return STATEMENT_ISSUED
        case PaymentInstructed():
            return PAYMENT_INSTRUCTED
        case PaymentReceived():
            return PAYMENT_RECEIVED
        case PeriodClosed():
            return PERIOD_CLOSED


def subject_of(notice: Notice) -> str:
    """What it is about, its Kafka key: the statement, the batch or the transfer."""
    match notice:
        case StatementIssued() | PeriodClosed():
            return notice.statement_id
        case PaymentInstructed():
            return notice.batch_id
        case FeeCharged() | PaymentReceived():
            return notice.transfer_id


def event_id_of(notice: Notice) -> EventId:
    """The notice's id: the same whenever it is told again."""
    return notice.told.event_id(type_of(notice))
