"""総合振込: payments to many payees as the file that a bank takes. The same payments are the same bytes, always.

Refuses what no bank would take, with the payee's place, the field and why; nothing is cut but names, and those never
between a kana and its mark.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from services.settlement.domain.bank.characters import Alphabet, NotWritable, fitted, written
from services.settlement.domain.bank.layouts import TRANSFERS, Field, Record

MOST_YEN: Final = 9_999_999_999
"""Of one transfer: ten digits."""
MOST_PAYMENTS: Final = 999_999
"""Of one group: 合計件数 has six digits."""
MOST_TOTAL_YEN: Final = 999_999_999_999
"""Of one group: 合計金額 has twelve digits."""


class AccountType(Enum):
    """預金種目."""

    ORDINARY = "1"
    """普通."""
    CURRENT = "2"
    """当座."""
    SAVINGS = "4"
    """貯蓄; never a payer's."""
    OTHER = "9"


class Novelty(Enum):
    """新規コード."""

    OTHER = "0"
    FIRST = "1"
    CHANGED = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A bank account: 4-digit bank, 3-digit branch, type, 7-digit number, and the name it is held under."""

    bank: str
    branch: str
    kind: AccountType
    number: str
    name: str
    bank_name: str = ""
    branch_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One transfer: to whom, how many yen, and a reference of up to 20 digits that comes back on statements."""

    payee: Account
    yen: int
    reference: str = ""
    novelty: Novelty = Novelty.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Remitter:
    """振込依頼人: the code that its bank gave it, and the account that is debited."""

    code: str
    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What is paid together: one header, its payments, one trailer."""

    remitter: Remitter
    pay_day: date
    payments: Sequence[Payment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpayable:
    """Why a file cannot be made: the payment's place from 0 (None: the remitter or the sums), the field, the rule.

    `offset`: the byte from 0 within the record at which the field begins. `group` from 0.
    """

    payment: int | None
    field: str
    rule: str
    said: str
    offset: int = 0
    group: int = 0


class CannotBeFiled(Exception):
    """Nothing is written; every reason is told."""

    def __init__(self, reasons: Sequence[Unpayable]) -> None:
        super().__init__(f"{len(reasons)} fields cannot stand in a bank file")
        self.reasons = tuple(reasons)


def rendered(remitter: Remitter, pay_day: date, payments: Sequence[Payment], *, line_ends: bool = False) -> bytes:
    """The file of one group; with CR LF behind every record where `line_ends`. Raises CannotBeFiled."""
    return rendered_groups([Group(remitter=remitter, pay_day=pay_day, payments=payments)], line_ends=line_ends)


def rendered_groups(groups: Sequence[Group], *, line_ends: bool = False) -> bytes:
    """The file: groups with their trailers in order, and the end record. Raises CannotBeFiled."""
    rows: list[bytes] = []
    reasons: list[Unpayable] = []
    for number, group in enumerate(groups):
        writer = _Writer(number)
        rows += _rows_of(group, writer)
        reasons += [*_reasons(group, number), *writer.reasons]
    if reasons or not groups:
        raise CannotBeFiled(reasons)
    rows.append(_row(TRANSFERS.end) if TRANSFERS.end is not None else b"")
    separator = b"\r\n" if line_ends else b""
    return b"".join(row + separator for row in rows)


def _rows_of(group: Group, writer: "_Writer") -> list[bytes]:
    head = writer.header(group.remitter, group.pay_day)
    rows = [writer.data(place, payment) for place, payment in enumerate(group.payments)]
    total = min(sum(payment.yen for payment in group.payments), MOST_TOTAL_YEN)
    count = min(len(rows), MOST_PAYMENTS)
    trailer = _row(TRANSFERS.trailer, count=f"{count:06}".encode(), total_yen=f"{max(total, 0):012}".encode())
    return [head, *rows, trailer]


def _reasons(group: Group, number: int) -> Iterator[Unpayable]:
    """What is wrong with sums and with the kind of account."""
    layout, payments = TRANSFERS.trailer, group.payments
    if not 1 <= len(payments) <= MOST_PAYMENTS:
        said = f"are not 1 to {MOST_PAYMENTS:,}"
        yield Unpayable(
            payment=None, field="payments", rule="count", said=said, offset=layout["count"].at, group=number
        )
    if group.remitter.account.kind is AccountType.SAVINGS:
        at, said = TRANSFERS.header["account_type"].at, "is no payer's account"
        yield Unpayable(payment=None, field="account_type", rule="payer", said=said, offset=at, group=number)
    at, said = TRANSFERS.data["amount_yen"].at, "is not 1 to 9,999,999,999"
    for place, payment in enumerate(payments):
        if not 1 <= payment.yen <= MOST_YEN:
            yield Unpayable(payment=place, field="amount_yen", rule="amount", said=said, offset=at, group=number)
    if sum(min(payment.yen, MOST_YEN) for payment in payments) > MOST_TOTAL_YEN:
        at, said = layout["total_yen"].at, "is above 999,999,999,999"
        yield Unpayable(payment=None, field="total_yen", rule="amount", said=said, offset=at, group=number)


class _Writer:
    """Writes records; what cannot be written is kept as a reason."""

    def __init__(self, group: int) -> None:
        self.reasons: list[Unpayable] = []
        self._group = group
        self._names: dict[tuple[str, Alphabet], bytes | NotWritable] = {}

    def header(self, remitter: Remitter, pay_day: date) -> bytes:
        account, layout = remitter.account, TRANSFERS.header
        return _row(
            layout,
            kind=b"21",
            encoding=b"0",
            payer_code=self._digits(None, layout["payer_code"], remitter.code),
            payer_name=self._text(None, layout["payer_name"], account.name, is_needed=True),
            pay_day=f"{pay_day:%m%d}".encode(),
            **self._account(None, layout, account),
        )

    def data(self, place: int, payment: Payment) -> bytes:
        layout, payee = TRANSFERS.data, payment.payee
        reference = payment.reference.zfill(layout["reference"].length) if payment.reference else ""
        return _row(
            layout,
            payee_name=self._text(place, layout["payee_name"], payee.name, is_needed=True),
            amount_yen=f"{min(max(payment.yen, 0), MOST_YEN):010}".encode(),
            novelty=payment.novelty.value.encode(),
            reference=self._digits(place, layout["reference"], reference) if reference else b" " * 20,
            manner=b"7",
            **self._account(place, layout, payee),
        )

    def _account(self, place: int | None, layout: Record, account: Account) -> dict[str, bytes]:
        return {
            "bank": self._digits(place, layout["bank"], account.bank),
            "bank_name": self._text(place, layout["bank_name"], account.bank_name),
            "branch": self._digits(place, layout["branch"], account.branch),
            "branch_name": self._text(place, layout["branch_name"], account.branch_name),
            "account_type": account.kind.value.encode(),
            "account": self._digits(place, layout["account"], account.number.zfill(layout["account"].length)),
        }

    def _digits(self, place: int | None, field: Field, told: str) -> bytes:
        if len(told) == field.length and told.isascii() and told.isdigit():
            return told.encode()
        self._refuse(place, field, "digits", f"is not {field.length} digits")
        return b"0" * field.length

    def _text(self, place: int | None, field: Field, told: str, *, is_needed: bool = False) -> bytes:
        found = self._written(told, field.alphabet)
        if isinstance(found, NotWritable):
            self._refuse(place, field, "alphabet", str(found))
            return b" " * field.length
        if is_needed and not found.strip():
            self._refuse(place, field, "required", "is empty")
        return fitted(found.lstrip(b" "), field.length)

    def _written(self, told: str, alphabet: Alphabet) -> bytes | NotWritable:
        key = (told, alphabet)
        if key not in self._names:
            try:
                self._names[key] = written(told, alphabet)
            except NotWritable as refused:
                self._names[key] = refused
        return self._names[key]

    def _refuse(self, place: int | None, field: Field, rule: str, said: str) -> None:
        self.reasons.append(
            Unpayable(payment=place, field=field.name, rule=rule, said=said, offset=field.at, group=self._group)
        )


def _row(record: Record, **values: bytes) -> bytes:
    """The record with the values in their places; what has none is blank, the mark is the record's own."""
    row = bytearray(b" " * record.size)
    row[:1] = record.mark.encode()
    for name, value in values.items():
        row[record.slices[name]] = value
    return bytes(row)
