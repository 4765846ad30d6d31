from dataclasses import replace

import pytest

from services.settlement.adapters.bank.bank_codes import assigned_banks
from services.settlement.domain.bank.furikomi import Account
from services.settlement.domain.payments.payees import (
    Payee,
    PayeeFault,
    Refusal,
    as_kept,
    confirmation_refusal,
    faults_of,
    is_assigned,
)
from tests.unit.settlement.bank.builders import account

BANKS = {"0001": {"001", "004"}}
ASSIGNED = replace(account(), bank="0001", branch="001")
TEST_BANKS = frozenset({"9999"})


def faults(told: Account) -> list[PayeeFault]:
    return list(faults_of(told, BANKS, TEST_BANKS))


def test_an_account_at_an_assigned_branch_is_a_payee_s() -> None:
    assert faults(ASSIGNED) == []
    assert is_assigned(ASSIGNED, BANKS)


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        (replace(ASSIGNED, bank="001"), PayeeFault.BANK_DIGITS),
        (replace(ASSIGNED, bank="00０1"), PayeeFault.BANK_DIGITS),
        (replace(ASSIGNED, branch="1"), PayeeFault.BRANCH_DIGITS),
        (replace(ASSIGNED, number=""), PayeeFault.ACCOUNT_DIGITS),
        (replace(ASSIGNED, number="12345678"), PayeeFault.ACCOUNT_DIGITS),
        (replace(ASSIGNED, number="-1"), PayeeFault.ACCOUNT_DIGITS),
        (replace(ASSIGNED, name=" "), PayeeFault.NAME_EMPTY),
        (replace(ASSIGNED, name="医療法人"), PayeeFault.NAME_NOT_WRITABLE),
        (replace(ASSIGNED, bank="0002"), PayeeFault.BANK_UNASSIGNED),
        (replace(ASSIGNED, branch="003"), PayeeFault.BRANCH_UNASSIGNED),
        (replace(ASSIGNED, bank="9998"), PayeeFault.BANK_UNASSIGNED),
    ],
)
def test_what_no_bank_takes_is_told(told: Account, fault: PayeeFault) -> None:
    assert faults(told) == [fault]


def test_a_bank_for_tests_is_taken_and_marked_as_nobody_s() -> None:
    assert faults(account()) == []
    assert not is_assigned(account(), BANKS)


def test_bank_9999_and_its_branch_999_stay_assigned_to_nobody() -> None:
    day, banks = assigned_banks()

    assert int(day) >= 20260824
    assert "9999" not in banks
    assert len(banks) > 1_000


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("ビョウイン", "ﾋﾞﾖｳｲﾝ"),
        ("キャノン　ショー", "ｷﾔﾉﾝ ｼﾖ-"),
        ("(イ)ガッコウカイ", "(ｲ)ｶﾞﾂｺｳｶｲ"),
        ("abc ・".replace("・", "."), "ABC ."),
        ("ア" * 29 + "ガ", "ｱ" * 29),
        ("びょういん", "ﾋﾞﾖｳｲﾝ"),
    ],
)
def test_a_name_is_kept_as_it_stands_in_the_file(told: str, kept: str) -> None:
    assert as_kept(account(told)).name == kept


def test_a_number_is_kept_with_seven_digits() -> None:
    assert as_kept(account(number="12")).number == "0000012"


PAYEE = Payee(
    hospital_code="1310000001",
    version=2,
    account=ASSIGNED,
    banks_of="20260824",
    is_assigned=True,
    proposed_by="operator:a",
)


def test_another_person_confirms_the_latest_version() -> None:
    assert confirmation_refusal(PAYEE, latest=2, confirmer="operator:b") is None


def test_the_one_who_proposed_does_not_confirm() -> None:
    assert confirmation_refusal(PAYEE, latest=2, confirmer="operator:a") is Refusal.SAME_PERSON


def test_a_version_that_another_one_followed_is_not_confirmed() -> None:
    assert confirmation_refusal(PAYEE, latest=3, confirmer="operator:b") is Refusal.NOT_LATEST
