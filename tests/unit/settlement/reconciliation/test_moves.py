"""What lines and matches are in the ledger, and what takes them back."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.settlement.domain.bank.statements import BankLine
from services.settlement.domain.reconciliation.by_person import WrongMatch, check_undoing
from services.settlement.domain.reconciliation.moves import (
    arrival,
    arrival_after_all,
    moves_at_import,
    moves_back,
    moves_out_of_queue,
    opening_move,
)
from services.settlement.domain.reconciliation.placed import Act, Match, PlacedLine
from services.settlement.domain.reconciliation.verdicts import Matched, Part, Purpose, Rule
from services.settlement.domain.transfers import Order, TransferKind, order_id
from services.shared.kernel.double_entry import Movement
from services.shared.kernel.money import Yen
from tests.support.bank_statements import ACCOUNT
from tests.unit.settlement.reconciliation.builders import INSURER, PROGRAMME, line, statement, waiting_line

ACT = Act(by="operator:a", at=datetime(2026, 7, 1, tzinfo=UTC), traceparent=f"00-{7:032x}-{7:016x}-00")
BANK, SUSPENSE, PAYER = f"bank:{ACCOUNT}", f"suspense:{ACCOUNT}", f"payer:{INSURER}"
OWN, OTHER = f"own:{ACCOUNT}", "operator:b"


def told(*orders: Order) -> list[tuple[str, str, str, int]]:
    return [
        (each.kind.value, each.movement.from_account, each.movement.to_account, each.movement.amount_yen)
        for each in orders
    ]


def part(purpose: Purpose, target: str, yen: int, statement_id: str = "") -> Part:
    return Part(purpose=purpose, target=target, yen=yen, statement_id=statement_id)


def known(of: BankLine, *parts: Part) -> PlacedLine:
    return replace(waiting_line(of), verdict=Matched(rule=Rule.ALL_STATEMENTS, parts=parts))


def match(named: str, of: Part, order: Order | None) -> Match:
    return Match(
        match_id=named,
        line_id="bkl_1",
        rule=Rule.PERSON,
        part=of,
        transfer_id=order.transfer_id if order is not None else None,
        act=ACT,
    )


def test_an_account_opens_with_what_was_there_and_not_at_all_with_nothing() -> None:
    first = opening_move(statement(500), "stf_1", ACT)

    assert first is not None
    assert told(first) == [("opening", BANK, OWN, 500)]
    assert opening_move(statement(0), "stf_1", ACT) is None


def test_money_goes_to_its_payers_or_to_suspense_and_what_went_out_moves_nothing() -> None:
    parts = (part(Purpose.PAYER, INSURER, 400, "a"), part(Purpose.PAYER, PROGRAMME, 300, "b"))

    assert told(*moves_at_import(known(line(700), *parts), ACT)) == [
        ("incoming", BANK, PAYER, 400),
        ("incoming", BANK, f"payer:{PROGRAMME}", 300),
    ]
    assert told(*moves_at_import(waiting_line(line(700)), ACT)) == [("incoming", BANK, SUSPENSE, 700)]
    assert told(*moves_at_import(waiting_line(line(-700)), ACT)) == []
    assert told(*moves_at_import(known(line(700), part(Purpose.RETURN, "1", 700)), ACT)) == []


@pytest.mark.parametrize(
    ("of", "what", "moved"),
    [
        (line(700), part(Purpose.PAYER, INSURER, 400), [("allocation", SUSPENSE, PAYER, 400)]),
        (line(700), part(Purpose.RETURN, "1", 700), [("reversal", SUSPENSE, BANK, 700)]),
        (line(700), part(Purpose.OWN, "", 7), [("allocation", SUSPENSE, OWN, 7)]),
        (line(-700), part(Purpose.REFUND, INSURER, 700), [("refund", PAYER, BANK, 700)]),
        (line(-700), part(Purpose.OWN, "", 700), [("charge", OWN, BANK, 700)]),
        (line(-700), part(Purpose.PAYMENT, "1", 700), []),
    ],
)
def test_what_a_person_says_moves_the_part_of_a_line(
    of: BankLine, what: Part, moved: list[tuple[str, str, str, int]]
) -> None:
    assert told(*moves_out_of_queue(waiting_line(of), what, "mat_1", ACT)) == moved


def test_what_went_through_suspense_is_back_in_it() -> None:
    placed, what = waiting_line(line(700)), part(Purpose.PAYER, INSURER, 400)
    (order,) = moves_out_of_queue(placed, what, "mat_1", ACT)

    assert arrival_after_all(placed, [match("mat_1", what, order)], ACT) == ()
    assert {name: told(*back) for name, back in moves_back(placed, [match("mat_1", what, order)], ACT).items()} == {
        "mat_1": [("reversal", PAYER, SUSPENSE, 400)]
    }


def test_what_went_to_its_payers_at_once_arrives_in_suspense_once_for_the_line() -> None:
    parts = (part(Purpose.PAYER, INSURER, 400, "a"), part(Purpose.PAYER, PROGRAMME, 300, "b"))
    placed = known(line(700), *parts)
    matches = [
        match(f"mat_{nth}", each, order)
        for nth, (each, order) in enumerate(zip(parts, moves_at_import(placed, ACT), strict=True))
    ]
    back = moves_back(waiting_line(line(700)), matches, ACT)

    assert arrival_after_all(waiting_line(line(700)), matches, ACT) == (arrival(placed, ACT),)
    assert [told(*back[each.match_id]) for each in matches] == [
        [("reversal", PAYER, BANK, 400)],
        [("reversal", f"payer:{PROGRAMME}", BANK, 300)],
    ]


def test_the_same_act_names_the_same_transfers_again() -> None:
    later = replace(ACT, at=datetime(2026, 8, 1, tzinfo=UTC), traceparent=f"00-{8:032x}-{8:016x}-00")
    placed = waiting_line(line(700))

    assert [each.payload_sha256 for each in moves_at_import(placed, ACT)] == [
        each.payload_sha256 for each in moves_at_import(placed, later)
    ]


def test_a_match_that_moved_nothing_is_taken_back_without_moving_anything() -> None:
    own = part(Purpose.OWN, "", 700)

    assert moves_back(waiting_line(line(700)), [match("mat_1", own, None)], ACT) == {"mat_1": ()}


@pytest.mark.parametrize(
    ("of", "ways"), [(line(7), (SUSPENSE, OWN)), (line(-7), (OWN, BANK))], ids=["interest", "charge"]
)
def test_own_money_goes_back_where_it_came_from(of: BankLine, ways: tuple[str, str]) -> None:
    placed, own = waiting_line(of), part(Purpose.OWN, "", 7)
    (order,) = moves_out_of_queue(placed, own, "mat_1", ACT)

    back = moves_back(placed, [match("mat_1", own, order)], ACT)["mat_1"]
    assert told(*back) == [("reversal", *reversed(ways), 7)]


def test_a_charge_that_an_earlier_release_took_from_suspense_goes_back_there() -> None:
    placed, own = waiting_line(line(-7)), part(Purpose.OWN, "", 7)
    (anew,) = moves_out_of_queue(placed, own, "mat_1", ACT)
    former = replace(
        anew,
        transfer_id=order_id(TransferKind.REFUND, "mat_1"),
        kind=TransferKind.REFUND,
        movement=Movement(from_account=SUSPENSE, to_account=BANK, amount_yen=Yen(7)),
    )

    (back,) = moves_back(placed, [match("mat_1", own, former)], ACT)["mat_1"]
    assert told(back) == [("reversal", BANK, SUSPENSE, 7)]
    assert back.reverses == former.transfer_id


def test_a_return_that_never_was_in_suspense_arrives_there_when_it_is_taken_back() -> None:
    placed, matches = waiting_line(line(700)), [match("mat_1", part(Purpose.RETURN, "1", 700), None)]

    assert moves_back(placed, matches, ACT) == {"mat_1": ()}
    assert arrival_after_all(placed, matches, ACT) == (arrival(placed, ACT),)


def test_a_return_out_of_suspense_arrives_there_anew_each_time_it_is_taken_back() -> None:
    seen = set()
    for times in range(3):
        placed, back = replace(waiting_line(line(700)), former_arrivals=times), part(Purpose.RETURN, "1", 700)
        (out,) = moves_out_of_queue(placed, back, f"mat_{times}", ACT)
        (anew,) = moves_back(placed, [match(f"mat_{times}", back, out)], ACT)[f"mat_{times}"]

        assert told(anew) == [("incoming", BANK, SUSPENSE, 700)]
        assert anew == arrival(replace(placed, former_arrivals=times + 1), ACT)
        seen |= {out.reverses, anew.transfer_id}
    assert len(seen) == 4


@pytest.mark.parametrize("purpose", [Purpose.PAYMENT, Purpose.RETURN])
def test_what_was_said_of_a_payment_is_taken_back_by_another_than_who_said_so(purpose: Purpose) -> None:
    matches = [match("mat_1", part(purpose, "1", 700), None)]
    with pytest.raises(WrongMatch, match="the same person"):
        check_undoing(matches, ACT.by)

    check_undoing(matches, OTHER)


def test_who_gave_money_to_a_payer_may_take_it_back() -> None:
    check_undoing([match("mat_1", part(Purpose.PAYER, INSURER, 700), None)], ACT.by)


def test_a_line_that_is_matched_with_nothing_has_nothing_to_take_back() -> None:
    with pytest.raises(WrongMatch):
        check_undoing([], OTHER)
