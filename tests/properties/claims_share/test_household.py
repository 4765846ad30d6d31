"""What holds for every household's month: conservation, bounds, independence of order, and a slow count of its own."""

from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from services.claims.domain.share.case import AgeClass, LimitCategory, Setting, ShareCase
from services.claims.domain.share.household import (
    HouseholdClasses,
    Portion,
    SettledReceipt,
    household_month,
    portions_of,
)
from services.claims.domain.share.split import workings
from services.shared.kernel.months import Month
from tests.properties.claims_share.oracle import NEW, OLD, WITH_ONE_PERCENT
from tests.properties.claims_share.test_share import two_layers

_young = st.sampled_from([each for each in LimitCategory if not each.is_elderly])
_old = st.sampled_from([each for each in LimitCategory if each.is_elderly])
_classes = st.builds(HouseholdClasses, under_70=_young, elderly=_old, multi=st.booleans())
_months = st.sampled_from([Month(2026, 7), Month(2026, 8)])


@st.composite
def portions(draw: st.DrawFn) -> Portion:
    cost_yen = draw(st.integers(0, 300_000)) * 10
    copay_yen = cost_yen * 3 // 10
    return Portion(draw(st.sampled_from(["", "", "10"])), copay_yen, draw(st.integers(0, copay_yen)), cost_yen)


@st.composite
def households(draw: st.DrawFn, *, turning: bool = True) -> list[SettledReceipt]:
    month = draw(_months)
    ages = {person: draw(st.sampled_from([AgeClass.GENERAL, AgeClass.ELDERLY])) for person in "abc"}
    turns = {person: turning and draw(st.booleans()) for person in "abc"}
    receipts = []
    for number in range(draw(st.integers(1, 6))):
        person = draw(st.sampled_from("abc"))
        receipts.append(
            SettledReceipt(
                claim_id=f"claim{number}",
                decision=1,
                household="h",
                person=person,
                institution=draw(st.sampled_from(["x", "y", "z"])),
                month=month,
                setting=draw(st.sampled_from(Setting)),
                age=ages[person],
                turns_75=turns[person],
                portions=tuple(draw(st.lists(portions(), max_size=2))),
            )
        )
    return receipts


def _limit(category: LimitCategory, month: Month, cost: int, *, multi: bool) -> int:
    base, lower, _ = (NEW if str(month) >= "202608" else OLD)[category]
    if multi:
        return lower
    excess = max(Fraction(0), Fraction(cost) - Fraction(base * 10, 3)) / 100
    return base + (floor(excess + Fraction(1, 2)) if category in WITH_ONE_PERCENT else 0)


def _left(receipts: list[SettledReceipt], classes: HouseholdClasses) -> int:
    """What should stay with a household in which nobody turns 75, counted stage by stage over plain lists."""
    assert classes.under_70 is not None
    assert classes.elderly is not None
    month = receipts[0].month
    flat = [(each, portion) for each in receipts for portion in each.portions]
    old = [(each, portion) for each, portion in flat if each.age is AgeClass.ELDERLY]
    young = [(each, portion) for each, portion in flat if each.age is not AgeClass.ELDERLY]

    def same(one: SettledReceipt, other: SettledReceipt) -> bool:
        return (one.person, one.institution, one.setting) == (other.person, other.institution, other.setting)

    enters = [
        (each, portion)
        for each, portion in young
        if sum(p.copay_yen for e, p in young if same(e, each) and p.programme == portion.programme) >= 21_000
    ]
    aside = sum(portion.left_yen for _, portion in young) - sum(portion.left_yen for _, portion in enters)
    outpatient_limit = (NEW if str(month) >= "202608" else OLD)[classes.elderly][2]
    elderly = sum(portion.left_yen for each, portion in old if each.setting is Setting.INPATIENT)
    for person in "abc":
        mine = sum(p.left_yen for e, p in old if e.person == person and e.setting is Setting.OUTPATIENT)
        elderly += mine if outpatient_limit is None else min(mine, outpatient_limit)
    cost = sum(portion.cost_yen for _, portion in old)
    elderly = min(elderly, _limit(classes.elderly, month, cost, multi=classes.multi))
    total = elderly + sum(portion.left_yen for _, portion in enters)
    if enters:
        cost += sum(portion.cost_yen for _, portion in enters)
        total = min(total, _limit(classes.under_70, month, cost, multi=classes.multi))
    return total + aside


@given(households(), _classes)
def test_what_was_paid_comes_back_or_stays(receipts: list[SettledReceipt], classes: HouseholdClasses) -> None:
    month = household_month(receipts, classes)

    assert month.paid_yen == month.refund_yen + month.left_yen
    assert month.paid_yen == sum(portion.left_yen for each in receipts for portion in each.portions)
    assert min([month.elderly_refund_yen, month.household_refund_yen, *month.left_by_place.values()]) >= 0


@given(households(turning=False), _classes)
def test_what_stays_is_what_a_slow_count_says(receipts: list[SettledReceipt], classes: HouseholdClasses) -> None:
    assert household_month(receipts, classes).left_yen == _left(receipts, classes)


@given(households(), _classes, st.data())
def test_order_repetition_and_older_decisions_change_nothing(
    receipts: list[SettledReceipt], classes: HouseholdClasses, data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(receipts)))
    older = [
        SettledReceipt(
            claim_id=each.claim_id,
            decision=0,
            household=each.household,
            person="b",
            institution="q",
            month=each.month,
            setting=each.setting,
            age=each.age,
            turns_75=False,
            portions=(Portion("", 90_000, 90_000, 300_000),),
        )
        for each in data.draw(st.lists(st.sampled_from(receipts)))
    ]

    shuffled = data.draw(st.permutations([*receipts, *again, *older]))
    assert household_month(shuffled, classes) == household_month(receipts, classes)


@given(households(), _classes)
def test_the_lower_limits_of_the_fourth_month_never_raise_what_stays(
    receipts: list[SettledReceipt], classes: HouseholdClasses
) -> None:
    once = HouseholdClasses(under_70=classes.under_70, elderly=classes.elderly)
    many = HouseholdClasses(under_70=classes.under_70, elderly=classes.elderly, multi=True)

    assert household_month(receipts, many).left_yen <= household_month(receipts, once).left_yen


@given(two_layers)
def test_a_receipt_alone_that_its_class_limited_brings_nothing_more(case: ShareCase) -> None:
    """A household of one receipt, of the class that the receipt was limited by, in a month that is not halved."""
    category = case.category if case.category and case.category.is_elderly is case.age.is_elderly else None
    if category is None:
        return
    alone = case._replace(turns_75=False, multi=False)
    done = workings(alone)
    receipt = SettledReceipt(
        claim_id="claim",
        decision=1,
        household="h",
        person="p",
        institution="x",
        month=case.month,
        setting=case.setting,
        age=case.age,
        turns_75=False,
        portions=portions_of(done),
    )
    classes = HouseholdClasses(under_70=category, elderly=category)

    assert household_month([receipt], classes).refund_yen == 0
