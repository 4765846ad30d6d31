from dataclasses import replace
from datetime import date

import pytest

from services.settlement.domain.netting import Net, Side, UnpaidStatement
from services.settlement.domain.notices import Head
from services.settlement.domain.statement import (
    Column,
    Cut,
    Draft,
    Former,
    Heads,
    Held,
    Line,
    Place,
    Share,
    StatementDiffers,
    Totals,
    column_of,
    drawn_up,
    is_held,
    refuse_other_sums,
    totals_of,
)
from services.shared.kernel.money import Yen

HEADS = Heads(transfers=Head(), events=Head(), files=Head())
CUT = Cut(
    period="202604",
    account_id="payer:06132013",
    side=Side.PAYER,
    place=Place(version=3, sequence=2),
    receipts=2,
    price_sen=7160,
    fee_yen=Yen(143),
    closes_on=date(2026, 5, 10),
    due_on=date(2026, 5, 20),
    pays_on=date(2026, 5, 21),
)
CLAIMS = Share(counterparty="1310000001", column=Column.CLAIM, is_late=False, lines=2, yen=-750)
FEES = Share(counterparty="1", column=Column.FEE, is_late=False, lines=1, yen=-143)
HELD = Held(
    shares=(FEES, CLAIMS),
    ahead_yen=0,
    open_from=Place(version=4, sequence=3),
    events=2,
    events_yen=750,
    zero_events=0,
    balance_yen=-893,
)


def draft(held: Held = HELD, former: Former | None = None, cut: Cut = CUT) -> Draft:
    return drawn_up("stm_1", cut, former or Former(), held, pays_on=cut.pays_on, heads=HEADS)


@pytest.mark.parametrize(
    ("version", "month", "held"),
    [
        (5, "202604", False),  # the statement before held it
        (5, "202605", True),  # that one passed it over: it was of a later month
        (6, "202604", True),  # 月遅れ
        (6, "202605", True),
        (6, "202606", False),  # of a later month
        (9, "202605", True),
        (10, "202605", False),  # after the cut
    ],
)
def test_an_entry_is_on_the_first_statement_whose_cut_and_month_reach_it(
    version: int, month: str, *, held: bool
) -> None:
    former = Former(period="202604", cut=Place(version=5))

    assert is_held(version=version, month=month, cut=9, period="202605", former=former) is held


def test_what_a_transfer_adds_to_follows_from_what_it_is_or_takes_back() -> None:
    assert column_of("claim", is_reversal=False, is_first_decision=True) is Column.CLAIM
    assert column_of("claim", is_reversal=False, is_first_decision=False) is Column.ADJUSTMENT
    assert column_of("claim", is_reversal=True, is_first_decision=True) is Column.ADJUSTMENT
    assert column_of("fee", is_reversal=True, is_first_decision=False) is Column.FEE
    assert {column_of(kind, is_reversal=False, is_first_decision=False) for kind in ("incoming", "payment")} == {
        Column.PAID
    }


def test_a_statement_adds_up_what_it_holds() -> None:
    drawn = draft()

    assert drawn.totals == Totals(claims_yen=-750, fees_yen=-143, lines=3)
    assert drawn.closing_yen == -893
    assert drawn.net == Net(payable_yen=Yen(893), carried_yen=0)


def test_a_statement_goes_on_where_the_one_before_ended() -> None:
    former = Former(period="202603", closing_yen=-100, carried_yen=50)
    drawn = draft(replace(HELD, balance_yen=-993), former)

    assert drawn.closing_yen == -993
    assert drawn.net == Net(payable_yen=Yen(843), carried_yen=0)


def test_a_statement_that_takes_others_up_is_paid_in_their_stead() -> None:
    april = UnpaidStatement(statement_id="stm_0", period="202603", yen=Yen(100))
    former = Former(period="202603", closing_yen=100, carried_yen=-30, taken_up=(april,))
    cut = replace(CUT, account_id="hospital:1310000001", side=Side.HOSPITAL)
    shares = (replace(CLAIMS, counterparty="06132013", column=Column.ADJUSTMENT, yen=-50),)
    drawn = draft(replace(HELD, shares=shares, events_yen=0, balance_yen=50), former, cut)

    assert drawn.taken_up == (april,)
    assert (drawn.former.brought_yen, drawn.closing_yen) == (70, 50)
    assert drawn.net == Net(payable_yen=Yen(20), carried_yen=0)


def test_shares_over_0_yen_are_lines_that_add_nothing() -> None:
    assert draft(replace(HELD, zero_events=4)).totals == Totals(claims_yen=-750, fees_yen=-143, lines=7)


def test_entries_that_are_not_the_balance_are_no_statement() -> None:
    with pytest.raises(StatementDiffers, match="entries and balance"):
        draft(replace(HELD, balance_yen=-892))


def test_what_belongs_to_later_months_explains_the_balance() -> None:
    assert draft(replace(HELD, ahead_yen=-7, balance_yen=-900)).closing_yen == -893


def test_events_that_are_not_the_entries_are_no_statement() -> None:
    with pytest.raises(StatementDiffers, match="entries and events"):
        draft(replace(HELD, events_yen=749))


def test_a_hospitals_statement_has_no_events_to_compare() -> None:
    shares = (replace(CLAIMS, counterparty="06132013", yen=750),)
    cut = replace(CUT, account_id="hospital:1310000001", side=Side.HOSPITAL)

    assert draft(replace(HELD, shares=shares, events_yen=0, balance_yen=750), cut=cut).net.payable_yen == 750


def test_lines_that_do_not_add_up_to_the_sums_are_no_statement() -> None:
    line = Line(
        column=Column.CLAIM,
        is_late=False,
        kind="claim",
        cause="SUBMITTED",
        counterparty="1310000001",
        claim_id="clm_1",
        claim_month="202604",
        treatment_month="202603",
        receipt_kind="1112",
        points=100,
        yen=-750,
        reduced_yen=0,
        transfer_id="trf_1",
        takes_back="",
        sequence=1,
        posted_on=date(2026, 4, 1),
    )
    with pytest.raises(StatementDiffers, match="lines and sums"):
        refuse_other_sums(draft(), totals_of([line]))
