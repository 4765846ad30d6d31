from dataclasses import replace

import pytest

from services.settlement.domain.bank.statements import BankFile, BankStatement, Source, WrongBankFile
from services.settlement.domain.reconciliation.own_accounts import check_own, own_accounts
from tests.support.bank_statements import ACCOUNT
from tests.unit.settlement.reconciliation.builders import line, statement

OTHER = "999999910000002"
OURS, FOREIGN = statement(0, line(5)), replace(statement(0, line(5)), account=OTHER, record=4)


def refused(own: frozenset[str], *statements: BankStatement) -> list[tuple[int, str, str]]:
    with pytest.raises(WrongBankFile) as fault:
        check_own(BankFile(source=Source.ZENGIN_STATEMENT, statements=statements), own)
    return [(each.record, each.rule, each.said) for each in fault.value.violations]


def test_a_file_of_own_accounts_alone_is_no_fault() -> None:
    check_own(BankFile(source=Source.CAMT_054, statements=(OURS, FOREIGN)), frozenset({ACCOUNT, OTHER}))


def test_one_account_that_is_anothers_refuses_the_file_by_its_record_and_not_by_its_number() -> None:
    ((record, rule, said),) = refused(frozenset({ACCOUNT}), OURS, FOREIGN)

    assert (record, rule) == (4, "account.not_ours")
    assert "SEIKYU_BANK_ACCOUNTS does not name it" in said
    assert OTHER not in said


def test_where_no_account_is_set_every_statement_is_refused_by_the_name_of_the_setting() -> None:
    told = refused(own_accounts("", ""), OURS, FOREIGN)

    assert [record for record, _, _ in told] == [1, 4]
    assert {said for _, _, said in told} == {
        "cannot be known as the platform's own: no account is set; SEIKYU_BANK_ACCOUNTS names them"
    }


@pytest.mark.parametrize(
    ("named", "payment_account", "own"),
    [
        ("", "", set()),
        ("", ACCOUNT, {ACCOUNT}),
        (OTHER, ACCOUNT, {ACCOUNT, OTHER}),
        (f"{OTHER},{ACCOUNT}", "", {ACCOUNT, OTHER}),
        (f"{ACCOUNT},{OTHER}", ACCOUNT, {ACCOUNT, OTHER}),
    ],
)
def test_the_account_that_hospitals_are_paid_from_counts_beside_those_that_are_named(
    named: str, payment_account: str, own: set[str]
) -> None:
    assert own_accounts(named, payment_account) == own
