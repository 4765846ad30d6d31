from dataclasses import replace

import pytest

from services.settlement.domain.bank.checking import checked
from services.settlement.domain.bank.furikomi import (
    MOST_YEN,
    Account,
    AccountType,
    CannotBeFiled,
    Payment,
    Remitter,
    rendered,
)
from tests.unit.settlement.bank.builders import PAY_DAY, REMITTER, account, file_of
from tests.unit.settlement.bank.test_checking import BY_HAND


def refused(payment: Payment, remitter: Remitter = REMITTER) -> list[tuple[int | None, str, str]]:
    with pytest.raises(CannotBeFiled) as caught:
        rendered(remitter, PAY_DAY, [payment])
    return [(each.payment, each.field, each.rule) for each in caught.value.reasons]


def test_a_payment_is_the_file_that_was_written_by_hand() -> None:
    remitter = Remitter(code="0123456789", account=account("シンサシハライ", "1", bank_name="テスト"))

    assert rendered(remitter, PAY_DAY, [Payment(payee=account("びょういん"), yen=3544)]) == BY_HAND


def test_the_same_payments_are_the_same_bytes_and_pass_the_strict_reader() -> None:
    payments = [
        Payment(payee=account(f"ガッコウ {number}"), yen=number, reference=str(number)) for number in range(1, 50)
    ]
    content = file_of(*payments, line_ends=True)

    assert content == file_of(*payments, line_ends=True)
    assert len(content) == 122 * (49 + 3)
    assert checked(content).violations == []
    assert checked(content).groups[0].total_yen == 49 * 50 // 2
    assert checked(content).groups[0].data[4]["reference"] == "00000000000000000005"


@pytest.mark.parametrize("yen", [0, -1, MOST_YEN + 1, 2**63])
def test_a_sum_that_no_bank_takes_is_refused(yen: int) -> None:
    assert refused(Payment(payee=account(), yen=yen)) == [(0, "amount_yen", "amount")]


def test_the_largest_sum_is_taken() -> None:
    assert checked(file_of(Payment(payee=account(), yen=MOST_YEN))).groups[0].total_yen == MOST_YEN


WELL = account()


@pytest.mark.parametrize(
    ("payee", "wrong"),
    [
        (replace(WELL, name="病院"), (0, "payee_name", "alphabet")),
        (replace(WELL, name=" "), (0, "payee_name", "required")),
        (replace(WELL, bank="999"), (0, "bank", "digits")),
        (replace(WELL, branch="99９"), (0, "branch", "digits")),
        (replace(WELL, number="12345678"), (0, "account", "digits")),
        (replace(WELL, bank_name="(ギンコウ)"), (0, "bank_name", "alphabet")),
    ],
)
def test_what_no_bank_takes_is_refused_with_the_payee_s_place_and_the_field(
    payee: Account, wrong: tuple[int, str, str]
) -> None:
    assert refused(Payment(payee=payee, yen=1)) == [wrong]


def test_a_reference_is_digits_that_come_back_on_statements() -> None:
    assert refused(Payment(payee=account(), yen=1, reference="clm")) == [(0, "reference", "digits")]
    assert refused(Payment(payee=account(), yen=1, reference="1" * 21)) == [(0, "reference", "digits")]


def test_every_reason_is_told_at_once() -> None:
    savings = replace(REMITTER, code="1", account=replace(REMITTER.account, kind=AccountType.SAVINGS))

    assert refused(Payment(payee=account("病院"), yen=0), savings) == [
        (None, "account_type", "payer"),
        (0, "amount_yen", "amount"),
        (None, "payer_code", "digits"),
        (0, "payee_name", "alphabet"),
    ]


def test_a_file_has_at_least_one_payment() -> None:
    with pytest.raises(CannotBeFiled) as caught:
        rendered(REMITTER, PAY_DAY, [])

    assert [each.rule for each in caught.value.reasons] == ["count"]


def test_a_long_name_is_cut_between_characters_that_may_be_parted() -> None:
    content = file_of(Payment(payee=account("ア" * 29 + "ガ"), yen=1))

    assert checked(content).violations == []
    assert checked(content).groups[0].data[0]["payee_name"] == "ｱ" * 29
