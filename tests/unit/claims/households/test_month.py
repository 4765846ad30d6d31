"""A household's month made of claims. Expected yen are worked out by hand from 健康保険法施行令 第41条 and 第42条."""

from collections.abc import Sequence
from dataclasses import replace

from services.claims.domain.households.doubts import Doubt
from services.claims.domain.households.reading import KeptClaim, read_claim
from services.claims.domain.households.statement import Household, MonthStatement, month_statement
from services.claims.domain.outcome import Outcome
from services.claims.domain.share.case import LimitCategory
from services.shared.kernel.months import Month
from tests.support.households import (
    ELDERLY_INPATIENT,
    ELDERLY_OUTPATIENT,
    INPATIENT,
    KEY,
    kept_claim,
    receipt_of,
)

C = LimitCategory
MAY = Month(2024, 5)
HOME = Household(key="h" * 32, payer_number="01130012")
OTHER_HOSPITAL = "1322222222"
STAY = kept_claim("a", receipt_of(50_000, kind=INPATIENT))
"""500,000 yen in hospital, class ウ: 80,100 + 1 % of 233,000 = 82,430 yen at the window."""
VISITS = kept_claim("b", receipt_of(10_000), hospital=OTHER_HOSPITAL)
"""100,000 yen at another hospital: 30,000 yen, three tenths, below the limit."""


def stated(*claims: KeptClaim, earlier: Sequence[Month] = ()) -> MonthStatement:
    return month_statement(HOME, MAY, [read_claim(each) for each in claims], earlier=earlier, platform_key=KEY)


def withdrawn(claim: KeptClaim) -> KeptClaim:
    assert claim.terms is not None
    terms = replace(claim.terms, outcome=Outcome.WITHDRAWN, patient_yen=0, shares=(), billed_points=0)
    return replace(claim, number=2, decision_id=f"{claim.decision_id}-2", terms=terms)


def test_two_hospitals_of_21000_yen_and_more_come_under_one_limit() -> None:
    statement = stated(STAY, VISITS)

    # 80,100 + (600,000 - 267,000) x 1 % = 83,430 of the 82,430 + 30,000 that were paid
    assert statement.result.paid_yen == 112_430
    assert statement.result.household_refund_yen == 29_000
    assert statement.result.left_yen == 83_430
    assert statement.classes.under_70 is C.U
    assert statement.high_cost
    assert statement.doubts == ()


def test_less_than_21000_yen_at_a_hospital_stays_out() -> None:
    small = kept_claim("b", receipt_of(6_999), hospital=OTHER_HOSPITAL)

    assert stated(STAY, small).result.refund_yen == 0
    assert stated(STAY, small).result.left_yen == 82_430 + 20_997


def test_two_members_of_the_household_are_two_persons_whose_branches_are_told() -> None:
    one = kept_claim("a", receipt_of(20_000, branch="00"))
    other = kept_claim("b", receipt_of(20_000, branch="01", born="20000101"), hospital=OTHER_HOSPITAL)

    statement = stated(one, other)

    # 60,000 each; 80,100 + (400,000 - 267,000) x 1 % = 81,430 for both, in proportion
    assert sorted(each.branch for each in statement.persons) == ["00", "01"]
    assert statement.result.household_refund_yen == 120_000 - 81_430
    assert sorted(statement.result.left_by_place.values()) == [40_715, 40_715]


def test_a_claim_without_a_branch_is_of_the_one_who_shares_birth_date_and_sex() -> None:
    named, unnamed = receipt_of(4_000, branch="02"), receipt_of(4_000)

    statement = stated(kept_claim("a", named), kept_claim("b", unnamed))

    # 12,000 + 12,000 at one hospital come to 24,000 and enter; the limit of 80,100 is not reached
    (person,) = statement.persons
    assert person.branch == "02"
    assert {each.person for each in statement.claims} == {person.key}


def test_twins_are_told_apart_by_their_branches_and_what_names_none_is_doubted() -> None:
    claims = [kept_claim(name, receipt_of(4_000, branch=branch)) for name, branch in (("a", "02"), ("b", "03"))]

    statement = stated(*claims, kept_claim("c", receipt_of(4_000)))

    assert [each.branch for each in sorted(statement.persons, key=lambda each: each.branch)] == ["", "02", "03"]
    assert statement.doubts == (Doubt.PERSON_UNCERTAIN,)


def test_without_a_class_nothing_comes_back_and_that_is_said() -> None:
    stay = kept_claim("a", receipt_of(50_000, kind=INPATIENT), category=None)

    statement = stated(stay)

    assert statement.result.refund_yen == 0
    assert statement.result.left_yen == 150_000
    assert statement.doubts == (Doubt.CLASS_UNKNOWN,)


def test_marks_tell_the_class_that_eligibility_does_not() -> None:
    stay = kept_claim("a", receipt_of(50_000, kind=INPATIENT, marks="28"), category=None)
    visits = kept_claim("b", receipt_of(10_000), hospital=OTHER_HOSPITAL, category=None)

    assert stated(stay, visits).result.household_refund_yen == 29_000


def test_claims_that_tell_different_classes_are_not_decided_between() -> None:
    poorer = kept_claim("b", receipt_of(10_000), hospital=OTHER_HOSPITAL, category=C.E)

    statement = stated(STAY, poorer)

    assert statement.result.refund_yen == 0
    assert statement.doubts == (Doubt.CLASS_CONTRADICTED,)


def test_from_the_fourth_month_on_the_lower_limit_holds() -> None:
    three = [Month(2023, 8), Month(2023, 12), Month(2024, 3)]

    # 44,400 (多数回該当) of the 82,430 paid
    assert stated(STAY, earlier=three).result.household_refund_yen == 82_430 - 44_400
    assert stated(STAY, earlier=three[1:]).result.household_refund_yen == 0


def test_at_70_and_over_outpatient_care_of_several_hospitals_comes_under_the_persons_limit() -> None:
    def visits(name: str, hospital: str) -> KeptClaim:
        receipt = receipt_of(6_000, kind=ELDERLY_OUTPATIENT, born="19500101")
        return kept_claim(name, receipt, hospital=hospital, tenths=2, category=C.ELDERLY_GENERAL)

    statement = stated(visits("a", "1311111111"), visits("b", OTHER_HOSPITAL))

    # 12,000 at each; at most 18,000 a person; such a month does not count for 多数回該当
    (person,) = statement.persons
    assert statement.result.outpatient_refunds_yen == {person.key: 6_000}
    assert statement.result.left_yen == 18_000
    assert not statement.high_cost


def test_at_70_and_over_the_card_alone_gives_a_class_and_that_is_said() -> None:
    def visits(name: str, hospital: str, tenths: int = 2) -> KeptClaim:
        receipt = receipt_of(6_000, kind=ELDERLY_OUTPATIENT, born="19500101")
        return kept_claim(name, receipt, hospital=hospital, tenths=tenths, category=None)

    general = stated(visits("a", "1311111111"), visits("b", OTHER_HOSPITAL))
    active = stated(visits("a", "1311111111", tenths=3))

    assert general.result.left_yen == 18_000
    assert (general.classes.elderly, general.doubts) == (C.ELDERLY_GENERAL, (Doubt.CLASS_BY_CARD,))
    assert active.classes.elderly is C.ELDERLY_ACTIVE_3


def test_at_70_and_over_a_stay_is_added_to_what_outpatient_care_left() -> None:
    receipt = receipt_of(50_000, kind=ELDERLY_INPATIENT, born="19500101")
    stay = kept_claim("a", receipt, tenths=2, category=C.ELDERLY_GENERAL)
    visits = receipt_of(6_000, kind=ELDERLY_OUTPATIENT, born="19500101")
    other = kept_claim("b", visits, hospital=OTHER_HOSPITAL, tenths=2, category=C.ELDERLY_GENERAL)

    # 57,600 at the window for the stay, 12,000 for the visits; at most 57,600 for both
    assert stated(stay, other).result.elderly_refund_yen == 12_000


def test_a_withdrawn_claim_brings_nothing_and_is_not_told() -> None:
    statement = stated(STAY, withdrawn(VISITS))

    assert statement == stated(STAY)
    assert stated(withdrawn(STAY), withdrawn(VISITS)).is_empty


def test_without_covers_the_one_ratio_that_explains_the_decision_is_taken() -> None:
    visits = replace(VISITS, covers=None)

    statement = stated(STAY, visits)

    assert statement.result.household_refund_yen == 29_000
    assert [each.doubt for each in statement.claims] == [None, Doubt.COPAY_INFERRED]


def test_covers_of_other_payers_alone_are_as_good_as_none() -> None:
    visits = replace(VISITS, covers=tuple(replace(each, payer_number="06132013") for each in VISITS.covers or ()))

    assert stated(STAY, visits).claims[1].doubt is Doubt.COPAY_INFERRED


def test_without_covers_a_claim_whose_yen_no_ratio_explains_is_left_out() -> None:
    statement = stated(replace(STAY, covers=None), VISITS)

    # 82,430 yen are three tenths under the limit of ウ, and no class is kept
    assert statement.claims[0].doubt is Doubt.COPAY_UNKNOWN
    assert statement.result.paid_yen == 30_000


def test_a_reduced_claim_enters_with_the_points_that_were_left() -> None:
    declared = receipt_of(10_000).replace(b",10000,", b",10500,", 1)
    reduced = kept_claim("b", declared, hospital=OTHER_HOSPITAL)

    statement = stated(STAY, reduced)

    # 500 points stood above the lines (増減点事由 H) and were cut; the lines' 10,000 points are left
    assert reduced.terms is not None
    assert reduced.terms.reduced_points == 500
    assert statement.result.household_refund_yen == 29_000


def test_a_decision_that_todays_split_does_not_give_is_left_out() -> None:
    assert STAY.terms is not None
    other = replace(STAY, terms=replace(STAY.terms, patient_yen=82_431))

    statement = stated(other, VISITS)

    assert statement.claims[0].doubt is Doubt.SPLIT_DIFFERS
    assert statement.claims[0].portions == ()
    assert statement.result.paid_yen == 30_000


def test_a_receipt_that_is_read_no_longer_is_told_and_left_out() -> None:
    statement = stated(replace(STAY, facts=None), VISITS)

    assert statement.claims[0].doubt is Doubt.UNREADABLE
    assert statement.result.paid_yen == 30_000


def test_beside_those_of_75_and_over_others_of_the_household_cannot_be_seen() -> None:
    receipt = receipt_of(6_000, kind="1318", born="19400101")
    late = kept_claim("a", receipt, tenths=1, category=C.ELDERLY_GENERAL)

    assert Doubt.OTHERS_UNSEEN in stated(late).doubts


def test_keys_of_persons_hold_no_birth_date() -> None:
    (person,) = stated(STAY).persons

    assert len(person.key) == 16
    assert "1980" not in person.key
