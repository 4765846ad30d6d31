from dataclasses import replace
from datetime import timedelta

import pytest

from services.settlement.domain.reconciliation.positions import Due, DueKind, Positions, Sums, differences, short_of_own
from tests.support.bank_statements import ACCOUNT
from tests.unit.settlement.reconciliation.builders import DAY

PROVED = Sums(
    account=ACCOUNT,
    until=DAY,
    opening_yen=1_000,
    closing_yen=1_000 + 900 - 650,
    in_yen=900,
    out_yen=650,
    payer_yen=500,
    return_yen=100,
    payment_yen=300,
    refund_yen=50,
    own_in_yen=30,
    own_out_yen=20,
    in_transit_yen=77,
    bank_yen=1_250 + 280,
    pending_yen=77,
    suspense_yen=270,
    own_ledger_yen=1_000 + 10,
    own_in_suspense_yen=0,
)


def test_every_yen_is_matched_in_transit_or_in_the_queue() -> None:
    assert (PROVED.matched_in_yen, PROVED.matched_out_yen, PROVED.own_yen) == (600, 350, 10)
    assert (PROVED.queued_in_yen, PROVED.queued_out_yen) == (270, 280)
    assert list(differences(PROVED)) == []


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("closing_yen", "closing balance"),
        ("bank_yen", "the ledger's bank account"),
        ("suspense_yen", "the ledger's suspense account"),
        ("pending_yen", "pending payments"),
        ("in_transit_yen", "pending payments"),
        ("payer_yen", "the ledger's suspense account"),
        ("own_in_yen", "the ledger's own account"),
        ("own_ledger_yen", "the ledger's own account"),
        ("own_in_suspense_yen", "the ledger's own account"),
    ],
)
def test_a_single_yen_that_is_nowhere_is_told(field: str, words: str) -> None:
    wrong = replace(PROVED, **{field: getattr(PROVED, field) + 1})

    assert any(words in each for each in differences(wrong))


def test_what_an_earlier_release_put_into_suspense_stands_there_and_is_own() -> None:
    former = replace(PROVED, suspense_yen=270 + 1_000, own_ledger_yen=10, own_in_suspense_yen=1_000)

    assert list(differences(former)) == []


@pytest.mark.parametrize(("charges", "short"), [(1_030, None), (1_031, 1)])
def test_charges_beyond_what_is_the_platforms_own_are_due(charges: int, short: int | None) -> None:
    due = short_of_own(replace(PROVED, own_out_yen=charges))

    assert (due and due.yen) == short
    if due is not None:
        late = Positions(as_of=DAY + timedelta(days=1), accounts=(), due=(due,))
        assert [(each.kind, each.subject) for each in late.overdue] == [(DueKind.OWN, ACCOUNT)]


def test_more_matched_than_moved_is_told() -> None:
    assert "more is matched than moved" in list(differences(replace(PROVED, return_yen=371)))


@pytest.mark.parametrize("kind", DueKind)
def test_the_alarm_rings_when_a_date_has_passed_and_not_on_it(kind: DueKind) -> None:
    due = Due(kind=kind, subject="x", yen=5, due_on=DAY)
    on_time = Positions(as_of=DAY, accounts=(PROVED,), due=(due,))
    late = replace(on_time, as_of=DAY + timedelta(days=1))

    assert (on_time.is_in_order, late.is_in_order) == (True, False)
    assert late.overdue == [due]


def test_an_account_that_is_not_proved_rings_it_too() -> None:
    wrong = replace(PROVED, bank_yen=0)
    positions = Positions(as_of=DAY, accounts=(PROVED, wrong), due=())

    assert (positions.unproved, positions.is_in_order) == ([wrong], False)


def test_what_is_overdue_is_told_the_oldest_first() -> None:
    dues = [Due(kind=DueKind.QUEUE, subject=str(nth), yen=1, due_on=DAY - timedelta(days=nth)) for nth in (1, 3, 2)]

    assert [each.subject for each in Positions(as_of=DAY, accounts=(), due=tuple(dues)).overdue] == ["3", "2", "1"]
