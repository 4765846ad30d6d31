"""Payees: a hospital's bank account, in versions, each proposed by one person and confirmed by another.

Only what a bank takes becomes a payee, so that a payment's file cannot fail on it later. Pure: the list of assigned
banks is an argument.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from services.settlement.domain.bank.assigned import Banks
from services.settlement.domain.bank.characters import Alphabet, NotWritable, fitted, read, written
from services.settlement.domain.bank.furikomi import Account, AccountType
from services.settlement.domain.bank.layouts import TRANSFERS

BANK_DIGITS: Final = 4
BRANCH_DIGITS: Final = 3
MOST_ACCOUNT_DIGITS: Final = 7
PAYEE_TYPES: Final = frozenset(AccountType)


class PayeeFault(Enum):
    """Why an account is no payee's, in order of precedence."""

    BANK_DIGITS = "a bank's code is 4 digits"
    BRANCH_DIGITS = "a branch's code is 3 digits"
    ACCOUNT_DIGITS = "an account's number is 1 to 7 digits"
    NAME_EMPTY = "the name is empty"
    NAME_NOT_WRITABLE = "the name has no form in a bank file: kana, letters, digits and ( ) - . only"
    BANK_UNASSIGNED = "the code is of no bank"
    BRANCH_UNASSIGNED = "the code is of no branch of the bank"


FIELDS: Final = {
    PayeeFault.BANK_DIGITS: "bank",
    PayeeFault.BRANCH_DIGITS: "branch",
    PayeeFault.ACCOUNT_DIGITS: "account_number",
    PayeeFault.NAME_EMPTY: "name",
    PayeeFault.NAME_NOT_WRITABLE: "name",
    PayeeFault.BANK_UNASSIGNED: "bank",
    PayeeFault.BRANCH_UNASSIGNED: "branch",
}
"""The field of the request that each is about."""


class Refusal(Enum):
    """Why a version is not confirmed, in order of precedence."""

    NOT_LATEST = "a later version was proposed"
    SAME_PERSON = "the one who proposed it may not confirm it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """A version of a hospital's account. `banks_of`: the day of the list it was checked against, YYYYMMDD.

    `is_assigned` is False for a bank that is set up for tests only.
    """

    hospital_code: str
    version: int
    account: Account
    banks_of: str
    is_assigned: bool
    proposed_by: str
    confirmed_by: str | None = None


def faults_of(account: Account, banks: Banks, allowed: Container[str]) -> Iterator[PayeeFault]:
    """What no bank would take of it, and codes that nobody has; those of the banks in `allowed` may be unassigned."""
    if not _is_digits(account.bank, BANK_DIGITS):
        yield PayeeFault.BANK_DIGITS
    elif not _is_digits(account.branch, BRANCH_DIGITS):
        yield PayeeFault.BRANCH_DIGITS
    elif account.bank not in allowed:
        yield from _unassigned(account, banks)
    if not any(_is_digits(account.number, length) for length in range(1, MOST_ACCOUNT_DIGITS + 1)):
        yield PayeeFault.ACCOUNT_DIGITS
    try:
        if not written(account.name, Alphabet.NAME).strip():
            yield PayeeFault.NAME_EMPTY
    except NotWritable:
        yield PayeeFault.NAME_NOT_WRITABLE


def as_kept(account: Account) -> Account:
    """The account as the bank will read it: seven digits, and the name as it stands in the file, cut where it must be.

    So the one who confirms sees what is sent.
    """
    length = TRANSFERS.data["payee_name"].length
    name = read(fitted(written(account.name, Alphabet.NAME).lstrip(b" "), length))
    return replace(account, number=account.number.zfill(MOST_ACCOUNT_DIGITS), name=name)


def is_assigned(account: Account, banks: Banks) -> bool:
    """Whether somebody has the bank's and the branch's code."""
    return not any(_unassigned(account, banks))


def confirmation_refusal(payee: Payee, *, latest: int, confirmer: str) -> Refusal | None:
    """Why this person may not confirm the version."""
    if payee.version != latest:
        return Refusal.NOT_LATEST
    return Refusal.SAME_PERSON if payee.proposed_by == confirmer else None


def _unassigned(account: Account, banks: Banks) -> Iterator[PayeeFault]:
    branches = banks.get(account.bank)
    if branches is None:
        yield PayeeFault.BANK_UNASSIGNED
    elif account.branch not in branches:
        yield PayeeFault.BRANCH_UNASSIGNED


def _is_digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()
