"""What a person may say of a line, and how a recall goes."""

from datetime import timedelta

import pytest

from services.settlement.domain.bank.statements import BankLine
from services.settlement.domain.reconciliation.by_person import WrongMatch, meant
from services.settlement.domain.reconciliation.recall import (
    ANSWER_WITHIN,
    FOLLOWS,
    Recall,
    RecallState,
    WrongRecall,
    moved,
)
from services.settlement.domain.reconciliation.verdicts import Part, Purpose
from tests.unit.settlement.reconciliation.builders import (
    DAY,
    INSURER,
    expected,
    line,
    outgoing,
    owed,
    waiting_line,
)

KNOWN = (
    owed("a", 700),
    outgoing("1", 700, batch="one", settled=True),
    outgoing("2", 100, batch="two"),
    outgoing("3", 200, batch="two"),
)


def part(purpose: Purpose, target: str, yen: int, statement: str = "") -> Part:
    return Part(purpose=purpose, target=target, yen=yen, statement_id=statement)


def refused(told: BankLine, *parts: Part, open_yen: int | None = None) -> tuple[str, str]:
    with pytest.raises(WrongMatch) as fault:
        meant(waiting_line(told), told.yen if open_yen is None else open_yen, parts, expected(*KNOWN))
    return fault.value.field, fault.value.rule


def taken(told: BankLine, *parts: Part) -> list[tuple[str, ...]]:
    return [each.payment_ids for each in meant(waiting_line(told), told.yen, parts, expected(*KNOWN))]


def test_a_credit_may_be_several_payers_money_and_the_platforms_own() -> None:
    split = (part(Purpose.PAYER, INSURER, 400), part(Purpose.PAYER, INSURER, 200, "a"), part(Purpose.OWN, "", 1))

    assert taken(line(700), *split) == [(), (), ()]


def test_a_returned_payment_takes_the_whole_line() -> None:
    assert taken(line(700), part(Purpose.RETURN, "1", 700)) == [("1",)]
    assert refused(line(800), part(Purpose.RETURN, "1", 700)) == ("parts", "whole_line")


def test_a_debit_may_be_a_payment_or_a_batch() -> None:
    assert taken(line(-300), part(Purpose.PAYMENT, "two", 300)) == [("2", "3")]
    assert taken(line(-300), part(Purpose.PAYMENT, "2", 100), part(Purpose.PAYMENT, "3", 200)) == [("2",), ("3",)]
    assert taken(line(-50), part(Purpose.REFUND, INSURER, 50)) == [()]


@pytest.mark.parametrize(
    ("told", "parts", "where"),
    [
        (line(100), [part(Purpose.PAYER, INSURER, 101)], ("parts", "within_line")),
        (line(100), [part(Purpose.PAYMENT, "2", 100)], ("parts[0].purpose", "direction")),
        (line(100), [part(Purpose.REFUND, INSURER, 100)], ("parts[0].purpose", "direction")),
        (line(-100), [part(Purpose.PAYER, INSURER, 100)], ("parts[0].purpose", "direction")),
        (line(-100), [part(Purpose.RETURN, "2", 100)], ("parts[0].purpose", "direction")),
        (line(100), [part(Purpose.PAYER, "99999999", 100)], ("parts[0].target", "payer")),
        (line(100), [part(Purpose.PAYER, INSURER, 100, "b")], ("parts[0].statement_id", "statement")),
        (line(-100), [part(Purpose.PAYMENT, "9", 100)], ("parts[0].target", "payment")),
        (line(-90), [part(Purpose.PAYMENT, "2", 90)], ("parts[0].target", "payment")),
        (line(100), [part(Purpose.RETURN, "2", 100)], ("parts[0].target", "payment")),
        (line(100), [part(Purpose.OWN, "us", 100)], ("parts[0].target", "empty")),
        (line(100), [part(Purpose.OWN, "", 50), part(Purpose.PAYER, "9", 50)], ("parts[1].target", "payer")),
    ],
)
def test_what_cannot_be_is_refused_by_field_and_rule(told: BankLine, parts: list[Part], where: tuple[str, str]) -> None:
    assert refused(told, *parts) == where


def test_no_more_is_taken_than_is_open() -> None:
    assert refused(line(100), part(Purpose.PAYER, INSURER, 60), open_yen=50) == ("parts", "within_line")


RECALL = Recall(
    recall_id="rcl_1", number=1, payment_id="1", state=RecallState.REQUESTED, answer_by=DAY, reason="wrong hospital"
)


def test_the_bank_has_its_time_from_when_it_was_asked() -> None:
    sent = moved(RECALL, RecallState.SENT, reason="by telephone", on=DAY)

    assert (sent.number, sent.state, sent.answer_by) == (2, RecallState.SENT, DAY + ANSWER_WITHIN)


@pytest.mark.parametrize("before", RecallState)
@pytest.mark.parametrize("after", RecallState)
def test_a_recall_goes_only_as_its_table_says(before: RecallState, after: RecallState) -> None:
    recall = Recall(recall_id="r", number=3, payment_id="1", state=before, answer_by=DAY, reason="")
    if after in FOLLOWS[before]:
        assert moved(recall, after, reason="", on=DAY + timedelta(days=1)).state is after
    else:
        with pytest.raises(WrongRecall):
            moved(recall, after, reason="", on=DAY)


def test_money_may_come_back_after_a_refusal_and_nothing_follows_it() -> None:
    refusal = moved(RECALL, RecallState.REFUSED, reason="", on=DAY)
    back = moved(refusal, RecallState.RETURNED, reason="", on=DAY)

    assert FOLLOWS[back.state] == frozenset()
