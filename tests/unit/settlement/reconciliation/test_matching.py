from datetime import date, timedelta
from typing import Any

import pytest

from services.settlement.domain.bank.statements import BankLine
from services.settlement.domain.reconciliation.candidates import MOST_CANDIDATES, candidates
from services.settlement.domain.reconciliation.expected import Expected
from services.settlement.domain.reconciliation.matching import judged, verdict_on
from services.settlement.domain.reconciliation.verdicts import Matched, Purpose, Rule, Verdict, Why
from tests.support.bank_statements import ACCOUNT
from tests.unit.settlement.reconciliation.builders import (
    DAY,
    INSURER,
    PROGRAMME,
    expected,
    from_payer,
    line,
    outgoing,
    owed,
)

REMITTER = ("", "ﾄｳｷﾖｳｹﾝﾎﾟ")


def told(verdict: Verdict) -> object:
    """The rule with its targets, or why it waits."""
    if isinstance(verdict, Matched):
        return verdict.rule, [(part.purpose, part.statement_id or part.target, part.yen) for part in verdict.parts]
    return verdict.why


def on(one: BankLine, what: Expected) -> object:
    return told(verdict_on(one, ACCOUNT, what))


def payer(statement: str, yen: int) -> tuple[Purpose, str, int]:
    return Purpose.PAYER, statement, yen


def test_a_payer_pays_what_its_statement_asks_for() -> None:
    assert on(from_payer(700), expected(owed("a", 700))) == (Rule.ONE_STATEMENT, [payer("a", 700)])


@pytest.mark.parametrize(
    "named",
    [
        {"remitter_code": f"00{INSURER}"},
        {"edi": INSURER},
        {"edi": f"ｼﾝﾘﾖｳ {INSURER}"},
        {"narrative": f"{INSURER} 202604"},
    ],
)
def test_a_payer_is_known_by_its_number_wherever_the_line_has_it(named: dict[str, Any]) -> None:
    assert on(line(700, **named), expected(owed("a", 700))) == (Rule.ONE_STATEMENT, [payer("a", 700)])


@pytest.mark.parametrize("edi", [f"1{INSURER}", f"{INSURER}1", "99999999", "0613201"])
def test_digits_that_only_hold_a_payers_number_name_nobody(edi: str) -> None:
    assert on(line(700, edi=edi), expected(owed("a", 700))) is Why.UNKNOWN_REMITTER


def test_a_remitter_that_people_matched_before_is_known_by_its_name() -> None:
    known = expected(owed("a", 700), remitters={REMITTER: frozenset({INSURER})})

    assert on(line(700, remitter=REMITTER[1]), known) == (Rule.ONE_STATEMENT, [payer("a", 700)])
    assert on(line(700, remitter="ﾀﾞﾚｶ"), known) is Why.UNKNOWN_REMITTER


def test_a_remitter_that_stands_for_two_payers_is_for_a_person() -> None:
    both = expected(owed("a", 700), remitters={REMITTER: frozenset({INSURER, PROGRAMME})})

    assert on(line(700, remitter=REMITTER[1]), both) is Why.SEVERAL_PAYERS
    assert on(line(700, edi=f"{INSURER} {PROGRAMME}"), both) is Why.SEVERAL_PAYERS


def test_the_earliest_due_of_equal_statements_is_paid_first() -> None:
    late, early = owed("late", 700, due=DAY + timedelta(days=30)), owed("early", 700)

    assert on(from_payer(700), expected(late, early)) == (Rule.ONE_STATEMENT, [payer("early", 700)])


def test_all_open_statements_may_be_paid_at_once_and_so_may_the_oldest_of_them() -> None:
    three = (owed("a", 100), owed("b", 200, due=DAY + timedelta(days=1)), owed("c", 400, due=DAY + timedelta(days=2)))

    assert on(from_payer(700), expected(*three)) == (
        Rule.ALL_STATEMENTS,
        [payer("a", 100), payer("b", 200), payer("c", 400)],
    )
    assert on(from_payer(300), expected(*three)) == (Rule.OLDEST_STATEMENTS, [payer("a", 100), payer("b", 200)])
    assert on(from_payer(600), expected(*three)) is Why.PARTIAL


@pytest.mark.parametrize(
    ("yen", "things", "why"),
    [
        (699, [owed("a", 700)], Why.PARTIAL),
        (701, [owed("a", 700)], Why.OVER),
        (700, [owed("a", 700, received=700)], Why.DUPLICATE),
        (700, [owed("a", 700, received=700), owed("b", 100)], Why.DUPLICATE),
        (700, [], Why.NOTHING_OWED),
        (700, [owed("a", 700, payer=PROGRAMME)], Why.NOTHING_OWED),
    ],
)
def test_what_is_no_exact_payment_waits_with_its_reason(yen: int, things: list[object], why: Why) -> None:
    assert on(from_payer(yen), expected(*things)) is why  # type: ignore[arg-type]


def test_a_rest_is_matched_exactly_like_a_whole_statement() -> None:
    assert on(from_payer(300), expected(owed("a", 700, received=400))) == (Rule.ONE_STATEMENT, [payer("a", 300)])


def test_the_second_of_two_equal_lines_is_a_duplicate() -> None:
    verdicts = judged([from_payer(700), from_payer(700)], ACCOUNT, expected(owed("a", 700)))

    assert [told(each) for each in verdicts] == [(Rule.ONE_STATEMENT, [payer("a", 700)]), Why.DUPLICATE]


# Money that went out.


def test_a_batch_is_found_by_its_total_on_its_day() -> None:
    batch = expected(outgoing("1", 100), outgoing("2", 250))
    verdict = verdict_on(line(-350), ACCOUNT, batch)

    assert told(verdict) == (Rule.BATCH_TOTAL, [(Purpose.PAYMENT, "batch", 350)])
    assert isinstance(verdict, Matched)
    assert verdict.parts[0].payment_ids == ("1", "2")


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (0, (Rule.BATCH_TOTAL, [(Purpose.PAYMENT, "batch", 350)])),
        (3, (Rule.BATCH_TOTAL_LATE, [(Purpose.PAYMENT, "batch", 350)])),
        (4, Why.UNKNOWN_DEBIT),
        (-1, Why.UNKNOWN_DEBIT),
    ],
)
def test_a_batch_may_show_up_to_three_days_late_and_never_early(days: int, found: object) -> None:
    batch = expected(outgoing("1", 100), outgoing("2", 250))

    assert on(line(-350, day=DAY + timedelta(days=days)), batch) == found


def test_two_batches_of_one_amount_and_day_are_for_a_person() -> None:
    assert (
        on(line(-100), expected(outgoing("1", 100, batch="a"), outgoing("2", 100, batch="b"))) is Why.SEVERAL_PAYMENTS
    )


def test_a_payment_that_the_line_names_goes_before_a_batch_of_the_same_amount() -> None:
    both = expected(outgoing("1", 100, batch="a"), outgoing("2", 100, batch="b"))

    assert on(line(-100, edi="0000000002"), both) == (Rule.PAYMENT_REFERENCE, [(Purpose.PAYMENT, "2", 100)])


def test_a_single_payment_is_found_by_its_payee_and_day() -> None:
    batch = expected(outgoing("1", 100, name="ｱｲﾋﾞﾖｳｲﾝ"), outgoing("2", 100, name="ﾍﾞﾂﾋﾞﾖｳｲﾝ"))

    assert on(line(-100, remitter="ｱｲﾋﾞﾖ"), batch) == (Rule.PAYEE_AND_DAY, [(Purpose.PAYMENT, "1", 100)])
    assert on(line(-100, remitter="ｱｲﾋﾞﾖ", day=DAY + timedelta(days=1)), batch) is Why.UNKNOWN_DEBIT


def test_a_payment_out_of_another_account_is_never_meant() -> None:
    assert on(line(-100), expected(outgoing("1", 100, account="999999810000002"))) is Why.UNKNOWN_DEBIT


def test_a_batch_of_which_a_payment_was_shown_is_whole_no_more() -> None:
    batch = expected(outgoing("1", 100), outgoing("2", 250))
    verdicts = [told(each) for each in judged([line(-100, edi="0000000001"), line(-350)], ACCOUNT, batch)]

    assert verdicts == [(Rule.PAYMENT_REFERENCE, [(Purpose.PAYMENT, "1", 100)]), Why.UNKNOWN_DEBIT]


def test_a_batch_is_taken_once() -> None:
    verdicts = [told(each) for each in judged([line(-100), line(-100)], ACCOUNT, expected(outgoing("1", 100)))]

    assert verdicts == [(Rule.BATCH_TOTAL, [(Purpose.PAYMENT, "1", 100)]), Why.UNKNOWN_DEBIT]


# Money that came back.


def returned(target: str, yen: int, rule: Rule) -> object:
    return rule, [(Purpose.RETURN, target, yen)]


def test_a_settled_payment_that_the_line_names_came_back() -> None:
    paid = expected(outgoing("1", 100, settled=True))

    assert on(line(100, edi="0000000001"), paid) == returned("1", 100, Rule.RETURN_REFERENCE)


def test_a_payment_that_was_never_settled_does_not_come_back() -> None:
    assert on(line(100, edi="0000000001"), expected(outgoing("1", 100))) is Why.UNKNOWN_REMITTER


@pytest.mark.parametrize("field", ["narrative", "remitter", "edi"])
def test_the_banks_word_and_the_payees_name_make_a_return(field: str) -> None:
    paid = expected(outgoing("1", 100, settled=True), outgoing("2", 100, name="ﾍﾞﾂ", settled=True))
    texts: dict[str, Any] = {"remitter": "ﾋﾞﾖｳｲﾝ"} | {field: "ﾋﾞﾖｳｲﾝ ｼｷﾝﾍﾝｷﾔｸ"}

    assert on(line(100, **texts), paid) == returned("1", 100, Rule.RETURN_PAYEE)


def test_a_return_that_could_be_two_payments_or_none_is_for_a_person() -> None:
    two = expected(outgoing("1", 100, settled=True), outgoing("2", 100, settled=True))

    assert on(line(100, narrative="ﾋﾞﾖｳｲﾝ ﾍﾝｷﾔｸ"), two) is Why.UNCLEAR_RETURN
    assert on(line(100, narrative="ﾍﾝｷﾔｸ"), expected()) is Why.UNCLEAR_RETURN


def test_a_payment_comes_back_once() -> None:
    lines = [line(100, edi="0000000001"), line(100, edi="0000000001")]
    verdicts = [told(each) for each in judged(lines, ACCOUNT, expected(outgoing("1", 100, settled=True)))]

    assert verdicts == [returned("1", 100, Rule.RETURN_REFERENCE), Why.UNKNOWN_REMITTER]


def test_a_payment_may_go_out_and_come_back_in_one_file() -> None:
    lines = [line(-100), line(100, edi="0000000001")]
    verdicts = [told(each) for each in judged(lines, ACCOUNT, expected(outgoing("1", 100)))]

    assert verdicts == [
        (Rule.BATCH_TOTAL, [(Purpose.PAYMENT, "1", 100)]),
        returned("1", 100, Rule.RETURN_REFERENCE),
    ]


@pytest.mark.parametrize("yen", [100, -100])
def test_a_correction_of_the_bank_is_always_for_a_person(yen: int) -> None:
    assert on(line(yen, dealing="19"), expected(outgoing("1", 100))) is Why.CORRECTION


# Candidates.


def shown(one: BankLine, what: Expected) -> list[tuple[Purpose, str]]:
    return [(each.purpose, each.statement_id or each.target) for each in candidates(one, ACCOUNT, what)]


def test_the_payers_own_open_statements_are_shown_before_others_of_the_amount() -> None:
    what = expected(owed("own", 500), owed("other", 700, payer=PROGRAMME), outgoing("1", 700, settled=True))

    assert shown(from_payer(700), what) == [
        (Purpose.PAYER, "own"),
        (Purpose.PAYER, "other"),
        (Purpose.RETURN, "1"),
    ]


def test_payments_of_the_amount_are_shown_the_nearest_day_first() -> None:
    near, far = (
        outgoing("1", 100, batch="a", day=DAY - timedelta(days=2)),
        outgoing("2", 100, batch="b", day=date(2026, 5, 1)),
    )

    assert shown(line(-100), expected(far, near))[0] == (Purpose.PAYMENT, "1")


def test_no_more_candidates_are_shown_than_a_person_reads() -> None:
    many = [owed(str(nth), 700, payer=PROGRAMME) for nth in range(50)]

    assert len(shown(line(700), expected(*many))) == MOST_CANDIDATES
