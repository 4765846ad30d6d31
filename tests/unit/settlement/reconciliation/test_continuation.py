from datetime import date, timedelta

import pytest

from services.settlement.domain.bank.statements import BankLine
from services.settlement.domain.reconciliation.continuation import (
    Account,
    Break,
    Broken,
    KnownLine,
    days_not_told,
    new_from,
)
from tests.unit.settlement.reconciliation.builders import DAY, line, statement

A, B, C = line(100, edi="A"), line(-40, edi="B"), line(7, edi="C")


def account(opening: int, *lines: BankLine, begins: date = DAY, until: date = DAY) -> Account:
    known, balance = [], opening
    for each in lines:
        balance += each.signed_yen
        known.append(KnownLine(content_sha256=each.content_sha256, balance_yen=balance))
    return Account(begins_on=begins, until=until, before_yen=opening, lines=tuple(known))


def broken(known: Account | None, *lines: BankLine, opening: int, **others: object) -> Broken:
    with pytest.raises(Broken) as refused:
        new_from(known, statement(opening, *lines, **others))  # type: ignore[arg-type]
    return refused.value


def test_of_an_account_that_nothing_is_known_of_all_is_new() -> None:
    assert new_from(None, statement(5, A, B)) == 0


@pytest.mark.parametrize(
    ("opening", "lines", "first"),
    [
        (0, [A, B, C], 2),
        (0, [A, B], 2),
        (0, [A], 1),
        (100, [B, C], 1),
        (60, [C], 0),
        (100, [B], 1),
        (60, [], 0),
        (0, [], 0),
    ],
    ids=["reaches beyond", "the same", "shorter", "overlaps", "goes on", "inside", "empty", "empty before"],
)
def test_known_lines_are_counted_once(opening: int, lines: list[BankLine], first: int) -> None:
    assert new_from(account(0, A, B), statement(opening, *lines)) == first


def test_a_statement_that_opens_elsewhere_leaves_a_gap_and_says_which() -> None:
    gap = broken(account(0, A, B), C, opening=59)

    assert (gap.why, gap.expected_yen, gap.found_yen) == (Break.GAP, 60, 59)
    assert "closed with 60" in gap.said


def test_a_statement_that_says_other_things_of_known_days_contradicts() -> None:
    assert broken(account(0, A, B), A, line(-40, edi="X"), opening=0).why is Break.CONTRADICTION


def test_a_statement_before_the_first_is_refused() -> None:
    earlier = DAY - timedelta(days=1)

    assert broken(account(0, A), A, opening=0, since=earlier).why is Break.BEFORE_THE_FIRST


def test_lines_that_may_be_known_or_new_are_for_the_bank_to_tell_apart() -> None:
    in_and_out = (line(100), line(-100))

    assert broken(account(0, *in_and_out), *in_and_out, opening=0).why is Break.AMBIGUOUS


def test_inquiry_numbers_tell_equal_lines_apart() -> None:
    first = (line(100, inquiry_number="1"), line(-100, inquiry_number="2"))
    second = (line(100, inquiry_number="3"), line(-100, inquiry_number="4"))
    known = account(0, *first)

    assert (new_from(known, statement(0, *first)), new_from(known, statement(0, *second))) == (2, 0)
    assert new_from(known, statement(0, *first, *second)) == 2


@pytest.mark.parametrize("known", [None, account(0, A)])
def test_lines_that_do_not_lead_to_the_closing_balance_are_refused(known: Account | None) -> None:
    wrong = broken(known, A, opening=0, closing=99)

    assert (wrong.why, wrong.expected_yen, wrong.found_yen) == (Break.OWN_SUM, 100, 99)


@pytest.mark.parametrize("days", [0, 1, 3])
def test_days_that_nobody_told_of_are_counted(days: int) -> None:
    since = DAY + timedelta(days=days)

    assert days_not_told(account(0, A), statement(100, since=since, until=since)) == max(0, days - 1)


def test_every_break_has_words_for_the_operator() -> None:
    assert all(Broken(each, expected_yen=1, found_yen=2).said for each in Break)
