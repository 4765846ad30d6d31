"""What is said of a bank line: matched, by which rule and with what; or in the queue, and why."""

from dataclasses import dataclass
from enum import Enum


class Rule(Enum):
    """Why a line was matched; in the order in which rules are tried."""

    PAYMENT_REFERENCE = "payment_reference"
    """The line names the reference (顧客コード1) of one payment, and the amount is its."""
    BATCH_TOTAL = "batch_total"
    """総合振込: the whole of one batch on its day."""
    BATCH_TOTAL_LATE = "batch_total_late"
    """The whole of one batch, within three days after its day."""
    PAYEE_AND_DAY = "payee_and_day"
    """One payment of this amount on its day to the payee that the line names."""
    RETURN_REFERENCE = "return_reference"
    """資金返却: the line names the reference of one settled payment, and the amount is its."""
    RETURN_PAYEE = "return_payee"
    """資金返却: the bank's word for it, and one settled payment of this amount to the payee that the line names."""
    ONE_STATEMENT = "one_statement"
    """A known payer pays what one of its statements asks for."""
    ALL_STATEMENTS = "all_statements"
    """A known payer pays the sum of all its open statements."""
    OLDEST_STATEMENTS = "oldest_statements"
    """A known payer pays the sum of its earliest open statements."""
    PERSON = "person"
    """A person said so; who and why stand beside it."""


class Why(Enum):
    """Why a line waits for a person."""

    UNKNOWN_REMITTER = "unknown_remitter"
    """Nothing in the line names a payer, and nobody matched this remitter before."""
    SEVERAL_PAYERS = "several_payers"
    """The line, or what people matched before, names more than one payer."""
    PARTIAL = "partial"
    """A known payer pays less than its earliest open statements ask for."""
    OVER = "over"
    """A known payer pays more than all of its open statements ask for."""
    DUPLICATE = "duplicate"
    """A known payer pays again what one of its paid statements asked for."""
    NOTHING_OWED = "nothing_owed"
    """A known payer has no open statement."""
    UNCLEAR_RETURN = "unclear_return"
    """The bank says 資金返却, and no single settled payment is meant for sure."""
    CORRECTION = "correction"
    """取引区分 訂正: the bank mends something of its own."""
    UNKNOWN_DEBIT = "unknown_debit"
    """Money went out, and no instructed payment or batch has this amount, day and name."""
    SEVERAL_PAYMENTS = "several_payments"
    """Money went out, and more than one payment or batch could be meant."""
    UNDONE = "undone"
    """A rule had matched it at its import, and a person took that back."""


class Purpose(Enum):
    """What matched money is."""

    PAYER = "payer"
    """A payer's money."""
    PAYMENT = "payment"
    """Payments to hospitals, shown by the bank."""
    RETURN = "return"
    """資金返却 of a payment."""
    REFUND = "refund"
    """Given back to a payer, who had paid too much."""
    OWN = "own"
    """The platform's own: interest, charges of the bank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Yen of a line for one purpose. `target`: a payer's number, a batch or payment id; `statement_id` of a payer's."""

    purpose: Purpose
    target: str
    yen: int
    statement_id: str = ""
    payment_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The whole line, in parts."""

    rule: Rule
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """The whole line waits."""

    why: Why


Verdict = Matched | Queued
