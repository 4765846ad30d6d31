"""Whose accounts a bank's file may tell of: the platform's own and no other's, as they are set."""

from collections.abc import Collection

from services.settlement.domain.bank.records import Violation, violation
from services.settlement.domain.bank.statements import BankFile, BankStatement, WrongBankFile

SETTING = "SEIKYU_BANK_ACCOUNTS"
RULE = "account.not_ours"
_NOT_OURS = f"is none of the platform's own accounts: {SETTING} does not name it"
_NONE_SET = f"cannot be known as the platform's own: no account is set; {SETTING} names them"


def own_accounts(named: str, payment_account: str) -> frozenset[str]:
    """The accounts that a comma separated list names, and the one that hospitals are paid from; those that are set."""
    return frozenset(filter(None, (*named.split(","), payment_account)))


def check_own(file: BankFile, own: Collection[str]) -> None:
    """Refuse a file that tells of an account not in `own`, as a whole. Raises WrongBankFile.

    Each such account is told by its record and never by its number: it may be anybody's.
    """
    wrong = [_foreign(each, own) for each in file.statements if each.account not in own]
    if wrong:
        raise WrongBankFile(wrong)


def _foreign(statement: BankStatement, own: Collection[str]) -> Violation:
    return violation(statement.record, (0, "account"), RULE, _NOT_OURS if own else _NONE_SET)
