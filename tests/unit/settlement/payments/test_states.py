import re
from itertools import product

import pytest

from services.settlement.domain.payments.states import OVER, STEPS, STEPS_BACK, LedgerStep, PaymentState, step
from tests.support.stack import REPOSITORY

SCHEMA = REPOSITORY / "services" / "settlement" / "sql" / "schema.sql"


def test_the_database_has_the_same_table_of_states() -> None:
    [listed] = re.findall(r"CONSTRAINT payment_event_follows CHECK \((.*?)\) END", SCHEMA.read_text(), re.DOTALL)

    assert set(re.findall(r"'(\w+ \w+)'", listed)) == {
        f"{one.value} {other.value}" for one, other in STEPS_BACK.union(STEPS)
    }


@pytest.mark.parametrize("state", sorted(OVER, key=str))
def test_nothing_follows_what_is_over(state: PaymentState) -> None:
    assert [after for after in PaymentState if step(state, after) is not None] == []


def test_every_payment_can_come_to_an_end() -> None:
    ends = OVER | {PaymentState.SETTLED}
    for state in set(PaymentState) - ends:
        assert any(step(state, after) is not None for after in ends | {PaymentState.RETURNED}), state


def test_a_path_holds_once_and_then_either_completes_or_releases_once() -> None:
    def walk(state: PaymentState, done: tuple[LedgerStep, ...]) -> None:
        moves = [each for each in done if each is not LedgerStep.NOTHING]
        assert moves in (
            [],
            [LedgerStep.HOLD],
            [LedgerStep.HOLD, LedgerStep.RELEASE],
            [LedgerStep.HOLD, LedgerStep.COMPLETE],
            [LedgerStep.HOLD, LedgerStep.COMPLETE, LedgerStep.REVERSE],
        )
        for after in PaymentState:
            asked = step(state, after)
            if asked is not None:
                walk(after, (*done, asked))

    walk(PaymentState.PROPOSED, ())


def test_a_step_back_is_no_step_that_a_bank_or_a_person_asks_for() -> None:
    assert [step(one, other) for one, other in STEPS_BACK] == [None, None, None]


def test_a_settled_payment_is_never_abandoned_and_an_abandoned_one_never_settled() -> None:
    assert step(PaymentState.SETTLED, PaymentState.ABANDONED) is None
    assert step(PaymentState.ABANDONED, PaymentState.SETTLED) is None


def test_no_state_follows_itself() -> None:
    assert [one for one, other in product(PaymentState, PaymentState) if one is other and step(one, other)] == []
