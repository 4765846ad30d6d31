"""Batches: what is paid together, whether it may be, and the digest that the checker approves.

A maker proposes, another person approves, and only then is a file made. Every refusal names the hospital it is about.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from hashlib import sha256
from typing import Final

from services.settlement.domain.bank.furikomi import MOST_PAYMENTS, MOST_YEN, Account, AccountType, Remitter
from services.settlement.domain.payments.states import OVER, PaymentState
from services.settlement.domain.transfers import TransferKind, order_id
from services.shared.kernel.ids import SEPARATOR, EventId, TransferId, event_id, payment_id
from services.shared.kernel.money import Yen

PAYMENT: Final = "jp.seikyu.settlement.payment"
"""What the ids of payments' causes derive from."""


class Refusal(Enum):
    """Why payments are not proposed, approved or released, in order of precedence."""

    PERIOD_OPEN = "the period is not closed"
    NO_REMITTER = "the platform's own bank account is not set up"
    NOT_OF_ONE_PERIOD = "the payments are of several periods"
    NOT_OPEN = "only a payment that came back or was refused is instructed again"
    NOTHING_TO_PAY = "no statement of the period leaves anything to pay"
    TOO_MANY = "a file takes at most 999,999 payments"
    NO_PAYEE = "the hospital has no confirmed account"
    OVER_PAYMENT_LIMIT = "the payment is above the limit of one payment"
    OVER_BATCH_LIMIT = "the batch is above its limit"
    PAY_DAYS_DIFFER = "the statements have different pay days; give one"
    NO_PAY_DAY = "the statements have no pay day; give one"
    SAME_PERSON = "the one who proposed the batch may not approve it"
    ALREADY_APPROVED = "the batch was approved by another person"
    NOT_APPROVED = "nobody has approved the batch"
    IN_ANOTHER_FILE = "the batch stands in another file"
    ABANDONED = "a payment of the batch was abandoned"
    PAYEE_CHANGED = "the hospital's account was changed since the batch was proposed"
    NOT_AS_APPROVED = "the batch holds other payments or accounts than were approved; nothing of it is paid"
    PAY_DAY_PAST = "the pay day has passed"
    PAY_DAY_FAR = "the pay day is a year or more away, and a file for the bank names no year"
    NOT_FUNDED = "the bank account does not hold this much"
    OVER_BALANCE = "the ledger does not owe the hospital this much"
    SAME_PERSON_ABANDONS = "what stands in a file is given up by another than who proposed or released it"
    SAME_PERSON_UNSETTLED = "who took back what a bank's line had shown does not also end the payment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A refusal, and the hospital that it is about; empty: the whole batch."""

    why: Refusal
    hospital_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Yen of one payment and of one batch, at most."""

    payment_yen: int
    batch_yen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """The payment whose place another one takes: its last event, and how often the statement was paid so far."""

    payment_id: str
    event_number: int
    state: PaymentState
    attempt: int

    def __post_init__(self) -> None:
        if self.state not in OVER:
            message = f"a payment that is {self.state.value} is not over"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """What a statement leaves to pay, and to which version of the payee; none: it has none that was confirmed.

    `former` is the payment of the same statement that came to nothing.
    """

    hospital_code: str
    statement_id: str
    yen: int
    pays_on: date | None
    payee_version: int | None
    former: Former | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One payment of a batch. `reference`: 10 digits that come back on the bank's statements."""

    payment_id: str
    place: int
    hospital_code: str
    statement_id: str
    yen: Yen
    reference: str
    payee_version: int
    transfer_id: TransferId
    former: Former | None = None

    @property
    def attempt(self) -> int:
        """How often the statement was paid, this payment included."""
        return 1 if self.former is None else self.former.attempt + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Payments that are made together from one account on one day."""

    batch_id: str
    period: str
    number: int
    pays_on: date
    remitter: Remitter
    payments: int
    total_yen: int
    content_sha256: bytes
    proposed_by: str
    traceparent: str

    @property
    def account_id(self) -> str:
        """The ledger's account of the bank account that is debited."""
        return bank_account_id(self.remitter.account)

    @property
    def cause_event_id(self) -> EventId:
        """What the transfers of its payments are caused by."""
        return event_id(PAYMENT, self.batch_id, PaymentState.INSTRUCTED.value)


def bank_account_id(account: Account) -> str:
    """`bank:` and 15 digits: bank 4, branch 3, type 1, number 7."""
    return f"bank:{account.bank}{account.branch}{account.kind.value}{account.number.zfill(7)}"


def remitter_of(account_digits: str, *, code: str, name: str) -> Remitter:
    """The remitter whose account is those 15 digits. Raises ValueError."""
    return Remitter(
        code=code,
        account=Account(
            bank=account_digits[:4],
            branch=account_digits[4:7],
            kind=AccountType(account_digits[7:8]),
            number=account_digits[8:],
            name=name,
        ),
    )


def payments_of(payables: Sequence[Payable], references: Sequence[str]) -> Sequence[Payment]:
    """The payments of a batch in the order of the payables. Raises ValueError for one without a payee."""
    made: list[Payment] = []
    for place, (each, reference) in enumerate(zip(payables, references, strict=True)):
        if each.payee_version is None:
            message = "a payment needs a payee that was confirmed"
            raise ValueError(message)
        named = payment_id(each.statement_id, 1 if each.former is None else each.former.attempt + 1)
        made.append(
            Payment(
                payment_id=named,
                place=place,
                hospital_code=each.hospital_code,
                statement_id=each.statement_id,
                yen=Yen(each.yen),
                reference=reference,
                payee_version=each.payee_version,
                transfer_id=order_id(TransferKind.PAYMENT, named),
                former=each.former,
            )
        )
    return made


def is_covered(payable: Payable, free_yen: Mapping[str, int]) -> bool:
    """Whether the ledger owes the hospital this much beside its other payments.

    `free_yen` by hospital: its balance less payments that are pending or proposed.
    """
    return payable.yen <= free_yen[payable.hospital_code]


def proposal_refusals(payables: Sequence[Payable], limits: Limits) -> Iterator[Refused]:
    """Why these are not paid together; the most yen of one payment are also what a bank takes."""
    if not payables:
        yield Refused(why=Refusal.NOTHING_TO_PAY)
    if len(payables) > MOST_PAYMENTS:
        yield Refused(why=Refusal.TOO_MANY)
    for each in payables:
        if each.payee_version is None:
            yield Refused(why=Refusal.NO_PAYEE, hospital_code=each.hospital_code)
        if not 0 < each.yen <= min(limits.payment_yen, MOST_YEN):
            yield Refused(why=Refusal.OVER_PAYMENT_LIMIT, hospital_code=each.hospital_code)
    if sum(each.yen for each in payables) > limits.batch_yen:
        yield Refused(why=Refusal.OVER_BATCH_LIMIT)


def pay_day(payables: Sequence[Payable], asked: date | None) -> date | Refusal:
    """The day asked for, else the one that all statements name."""
    if asked is not None:
        return asked
    days = {each.pays_on for each in payables}
    if None in days or not days:
        return Refusal.NO_PAY_DAY
    return Refusal.PAY_DAYS_DIFFER if len(days) > 1 else next(day for day in days if day is not None)


def content_digest(
    payments: Sequence[Payment], accounts: Sequence[Account], remitter: Remitter, pays_on: date
) -> bytes:
    """SHA-256 over everything that the checker approves: the account, the day, and each payment with where it goes.

    `accounts` are those of the payees, one for each payment. Raises ValueError where they are not as many.
    """
    head = (bank_account_id(remitter.account), remitter.code, remitter.account.name, pays_on.isoformat())
    digest = sha256(SEPARATOR.join(head).encode())
    for each, to in zip(payments, accounts, strict=True):
        paid = (each.payment_id, each.hospital_code, str(each.payee_version), str(each.yen), each.reference)
        parts = (*paid, to.bank, to.branch, to.kind.value, to.number, to.name)
        digest.update(b"\n" + SEPARATOR.join(parts).encode())
    return digest.digest()
