from dataclasses import replace
from datetime import date

import pytest

from services.settlement.domain.bank.furikomi import MOST_YEN, AccountType
from services.settlement.domain.payments.batches import (
    Former,
    Limits,
    Payable,
    Refusal,
    Refused,
    bank_account_id,
    content_digest,
    pay_day,
    payments_of,
    proposal_refusals,
    remitter_of,
)
from services.settlement.domain.payments.states import PaymentState
from services.shared.kernel.money import Yen
from tests.support.payments import account
from tests.unit.settlement.bank.builders import PAY_DAY, REMITTER

LIMITS = Limits(payment_yen=1_000_000, batch_yen=1_500_000)
PAYABLE = Payable(hospital_code="1310000001", statement_id="stm_1", yen=700, pays_on=PAY_DAY, payee_version=1)
OTHER = replace(PAYABLE, hospital_code="1310000002", statement_id="stm_2")


def refusals(*payables: Payable) -> list[tuple[Refusal, str]]:
    return [(each.why, each.hospital_code) for each in proposal_refusals(payables, LIMITS)]


def test_what_is_within_its_limits_is_proposed() -> None:
    assert refusals(PAYABLE, OTHER) == []


def test_nothing_to_pay_is_said() -> None:
    assert refusals() == [(Refusal.NOTHING_TO_PAY, "")]


def test_a_hospital_without_an_account_is_named() -> None:
    assert refusals(PAYABLE, replace(OTHER, payee_version=None)) == [(Refusal.NO_PAYEE, "1310000002")]


@pytest.mark.parametrize("yen", [0, -1, 1_000_001, MOST_YEN + 1, 10**10, 2**63])
def test_a_hostile_amount_is_refused_and_its_hospital_named(yen: int) -> None:
    found = refusals(PAYABLE, replace(OTHER, yen=yen))

    assert (Refusal.OVER_PAYMENT_LIMIT, "1310000002") in found


def test_payments_that_are_together_above_the_batch_s_limit_are_refused() -> None:
    large = [replace(PAYABLE, yen=1_000_000), replace(OTHER, yen=500_001)]

    assert refusals(*large) == [(Refusal.OVER_BATCH_LIMIT, "")]


def test_the_bank_s_own_limit_holds_whatever_the_settings_say() -> None:
    wide = Limits(payment_yen=2**63, batch_yen=2**70)

    assert list(proposal_refusals([replace(PAYABLE, yen=MOST_YEN)], wide)) == []
    assert list(proposal_refusals([replace(PAYABLE, yen=MOST_YEN + 1)], wide)) == [
        Refused(why=Refusal.OVER_PAYMENT_LIMIT, hospital_code="1310000001")
    ]


def test_the_pay_day_is_the_one_that_all_statements_name() -> None:
    assert pay_day([PAYABLE, OTHER], None) == PAY_DAY
    assert pay_day([PAYABLE, replace(OTHER, pays_on=date(2027, 1, 4))], None) is Refusal.PAY_DAYS_DIFFER
    assert pay_day([PAYABLE, replace(OTHER, pays_on=None)], None) is Refusal.NO_PAY_DAY
    assert pay_day([PAYABLE, replace(OTHER, pays_on=None)], date(2027, 2, 1)) == date(2027, 2, 1)


def test_a_payment_in_the_place_of_another_is_the_statement_s_next_attempt() -> None:
    former = Former(payment_id="pay_1", event_number=4, state=PaymentState.REINSTRUCTED, attempt=1)

    [first] = payments_of([PAYABLE], ["0000000001"])
    [second] = payments_of([replace(PAYABLE, former=former)], ["0000000002"])

    assert (first.attempt, second.attempt) == (1, 2)
    assert len({first.payment_id, second.payment_id}) == len({first.transfer_id, second.transfer_id}) == 2


def test_a_payment_that_is_not_over_has_no_follower() -> None:
    with pytest.raises(ValueError, match="not over"):
        Former(payment_id="pay_1", event_number=1, state=PaymentState.SETTLED, attempt=1)


def test_a_payment_needs_a_payee() -> None:
    with pytest.raises(ValueError, match="payee"):
        payments_of([replace(PAYABLE, payee_version=None)], ["0000000001"])


def test_whatever_is_changed_of_a_batch_changes_what_is_approved() -> None:
    [payment] = payments_of([PAYABLE], ["0000000001"])
    to = account()
    digest = content_digest([payment], [to], REMITTER, PAY_DAY)
    changed = [
        ([replace(payment, yen=Yen(701))], [to], REMITTER, PAY_DAY),
        ([replace(payment, payee_version=2)], [to], REMITTER, PAY_DAY),
        ([replace(payment, reference="0000000002")], [to], REMITTER, PAY_DAY),
        ([payment, payment], [to, to], REMITTER, PAY_DAY),
        ([payment], [to], replace(REMITTER, code="1" * 10), PAY_DAY),
        ([payment], [to], REMITTER, date(2026, 12, 22)),
        ([payment], [replace(to, bank="9998")], REMITTER, PAY_DAY),
        ([payment], [replace(to, branch="998")], REMITTER, PAY_DAY),
        ([payment], [replace(to, kind=AccountType.CURRENT)], REMITTER, PAY_DAY),
        ([payment], [replace(to, number="7654321")], REMITTER, PAY_DAY),
        ([payment], [replace(to, name="ﾍﾞﾂﾉﾋﾞﾖｳｲﾝ")], REMITTER, PAY_DAY),
    ]

    assert len({digest, *(content_digest(*each) for each in changed)}) == 1 + len(changed)


def test_an_account_s_id_tells_the_whole_account() -> None:
    account_id = bank_account_id(REMITTER.account)

    assert account_id == "bank:999999910000001"
    assert remitter_of(account_id.removeprefix("bank:"), code="0123456789", name="ｼﾝｻｼﾊﾗｲ") == REMITTER
