"""A file is made of the payments that the checker approved, to the yen and payee, or of none."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.settlement.domain.payments.batches import Batch, Payable, content_digest, payments_of
from services.settlement.domain.payments.files import Due, Filed, NotSound, pain001_of, zengin
from services.shared.kernel.money import Yen
from tests.support.payments import HOSPITALS, PERIOD, TERMS, TRACE, account, statement_of

PAYS_ON = date(2026, 12, 31)
MADE_AT = datetime(2026, 12, 28, 3, 0, tzinfo=UTC)


def approved() -> Filed:
    """A batch of the hospitals' payments, as it was proposed and approved."""
    payables = [
        Payable(hospital_code=code, statement_id=statement_of(code), yen=yen, pays_on=PAYS_ON, payee_version=1)
        for code, yen in HOSPITALS.items()
    ]
    payments = payments_of(payables, [f"{number:010d}" for number, _ in enumerate(payables, 1)])
    batch = Batch(
        batch_id=f"pmb_{1:032x}",
        period=PERIOD,
        number=1,
        pays_on=PAYS_ON,
        remitter=TERMS.remitter,
        payments=len(payments),
        total_yen=sum(each.yen for each in payments),
        content_sha256=content_digest(payments, [account()] * len(payments), TERMS.remitter, PAYS_ON),
        proposed_by="operator:maker",
        traceparent=TRACE,
    )
    return Filed(batch=batch, due=[Due(payment=each, account=account()) for each in payments])


def moved(filed: Filed) -> Filed:
    """A yen of one payment in another: count and total are the same."""
    first, second, *others = filed.due
    less = replace(first, payment=replace(first.payment, yen=Yen(first.payment.yen - 1)))
    more = replace(second, payment=replace(second.payment, yen=Yen(second.payment.yen + 1)))
    return replace(filed, due=[less, more, *others])


def to_another_payee(filed: Filed) -> Filed:
    first, *others = filed.due
    return replace(filed, due=[replace(first, payment=replace(first.payment, payee_version=2)), *others])


def to_another_account(filed: Filed) -> Filed:
    """The version of the payee is the same, what it says is not."""
    first, *others = filed.due
    return replace(filed, due=[replace(first, account=account(number="7654321")), *others])


def on_another_day(filed: Filed) -> Filed:
    return replace(filed, batch=replace(filed.batch, pays_on=date(2027, 1, 4)))


def made(filed: Filed) -> list[bytes]:
    return [zengin([filed], line_ends=False), pain001_of(f"bkf_{1:032x}", [filed], MADE_AT)]


def test_what_was_approved_is_filed() -> None:
    assert all(made(approved()))


@pytest.mark.parametrize("change", [moved, to_another_payee, to_another_account, on_another_day])
def test_what_was_changed_after_its_approval_is_not_filed(change: Callable[[Filed], Filed]) -> None:
    filed = change(approved())

    with pytest.raises(NotSound):
        zengin([filed], line_ends=True)
    with pytest.raises(NotSound):
        pain001_of(f"bkf_{1:032x}", [filed], MADE_AT)
