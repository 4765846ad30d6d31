"""Percentages and what they apply to: codes, points and columns as the act master of 2022-02 has them."""

import pytest

from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.priced import PricedUnit, Unpriced
from services.claims.domain.pricing.units import price_unit
from services.shared.kernel.months import Month
from tests.unit.claims.pricing.builders import MAY, act, done, stepped_act, unit

NOTE, GENERAL = {68: "7", 69: "7"}, {68: "9", 69: "7"}
EARLY = {87: "20180401"}
ADD, TAKE = {11: "5"}, {11: "6"}
SURGERY, TREATMENT, BEDS = {85: "K", 91: "10"}, {85: "J", 91: "09"}, {85: "A", 90: "1", 91: "02"}

ECHO, TAPER = "160072110", "160000190"
ECG, SCOPE, UNDER_3, LATE_SCOPE = "160068410", "160093810", "160155390", "160204170"
FILM_READ, XRAY, INFANT_XRAY, XRAYS = "170000410", "170027910", "170034170", {38: "7001", 85: "E", 91: "04"}
CT, SECOND_CT, CONTRAST, TOMOGRAPHY = "170011810", "170022290", "170012070", {38: "7002", 85: "E", 91: "04"}
OPERATION, SMALL_OPERATION, MINOR, SUTURE, NOTE_50 = "150000010", "150000020", "150268970", "150339210", "150000070"
UNDER_3_SURGERY, HOLIDAY_SURGERY, HIV, LACKING, NEWBORN = (
    "150000290",
    "150371290",
    "150268890",
    "150382490",
    "150000190",
)
DRESSING, HOLIDAY_DRESSING = "140000610", "140000290"
BED, PERIOD, LEAVE, CROWDED = "190117710", "190101770", "190107290", "190107690"

SCHEDULE = MonthSchedule.of(
    MAY,
    acts=[
        act(ECHO, "150.00", {52: "1", 63: "40"}),
        act(TAPER, "10.00", NOTE | TAKE | {52: "1"}),
        act(ECG, "130.00", {40: "1", 52: "1"}),
        act(SCOPE, "1140.00", {38: "6017", 40: "1", 43: "1", 52: "1"}),
        act(UNDER_3, "70.00", NOTE | ADD | {40: "1"}),
        act(LATE_SCOPE, "80.00", NOTE | ADD | {43: "4"}),
        act(FILM_READ, "85.00", XRAYS),
        stepped_act(XRAY, "68.00", "1", "5", "1", "34.00", "1", columns=XRAYS | {40: "2"}),
        act(INFANT_XRAY, "30.00", NOTE | ADD | XRAYS | {39: "3", 40: "2"}),
        act(CT, "900.00", TOMOGRAPHY | {52: "1"}),
        act(SECOND_CT, "20.00", NOTE | TAKE | TOMOGRAPHY | {39: "1", 52: "1"}),
        act(CONTRAST, "500.00", NOTE | TOMOGRAPHY | {39: "2"}),
        act(OPERATION, "10000.00", SURGERY | {38: "5001", 40: "1", 43: "1", 44: "2", 47: "1"}),
        act(SMALL_OPERATION, "3005.00", SURGERY | {40: "1", 43: "1"}),
        act(NOTE_50, "500.00", SURGERY | NOTE | {38: "5001", 39: "1"}),
        act(MINOR, "50.00", SURGERY | NOTE | TAKE),
        stepped_act(SUTURE, "2500.00", "1", "99999999", "1", "2500.00", "0", columns=SURGERY | NOTE | {62: "1"}),
        act(UNDER_3_SURGERY, "100.00", SURGERY | GENERAL | ADD | {40: "1"}),
        act(HOLIDAY_SURGERY, "160.00", SURGERY | GENERAL | ADD | {43: "9"}),
        act(HIV, "4000.00", SURGERY | GENERAL),
        act(LACKING, "20.00", SURGERY | GENERAL | TAKE | {44: "1"}),
        act(NEWBORN, "300.00", SURGERY | GENERAL | ADD | {40: "1", 47: "1"}),
        act(DRESSING, "52.00", TREATMENT | {43: "1"}),
        act(HOLIDAY_DRESSING, "80.00", TREATMENT | GENERAL | ADD | {43: "2"}),
        act(BED, "1650.00", BEDS | {48: "1"}),
        act(PERIOD, "450.00", BEDS | NOTE | {48: "2"}),
        act(LEAVE, "85.00", BEDS | GENERAL | TAKE | {48: "4"}),
        act(CROWDED, "10.00", BEDS | NOTE | TAKE | {48: "5"}),
    ],
)


def _answer(*codes: str, quantities: dict[str, str] | None = None) -> PricedUnit:
    counts = quantities or {}
    return price_unit(unit(*(done(code, counts.get(code)) for code in codes)), SCHEDULE)


@pytest.mark.parametrize(
    ("codes", "points"),
    [
        # The example of 別紙７－１: the second examination of a month counts 90 %.
        ((ECHO,), 150),
        ((ECHO, TAPER), 135),
        # Real receipts of 2021-10: rounded act by act, twice over what the first made of it.
        ((ECG, UNDER_3), 221),
        ((ECG, SCOPE, UNDER_3), 2159),
        ((ECG, SCOPE, UNDER_3, UNDER_3), 3671),
        # By 注加算コード.
        ((CT, SECOND_CT), 720),
        ((CT, SECOND_CT, CONTRAST), 1220),
        ((CT, CONTRAST, SECOND_CT), 1120),
        # By 逓減対象区分 of the same part.
        ((CT, ECHO, TAPER), 900 + 135),
        # By 時間加算区分: the electrocardiogram has none.
        ((ECG, SCOPE, LATE_SCOPE), 130 + 1140 + 912),
        ((DRESSING, HOLIDAY_DRESSING), 52 + 42),
        # 通則加算 over 所定点数: with additions of notes, without one another, without appliances (項番62).
        ((OPERATION, UNDER_3_SURGERY), 20_000),
        ((OPERATION, UNDER_3_SURGERY, HOLIDAY_SURGERY), 10_000 + 10_000 + 16_000),
        ((OPERATION, NOTE_50, HOLIDAY_SURGERY), 10_500 + 16_800),
        ((OPERATION, HIV, HOLIDAY_SURGERY), 10_000 + 4_000 + 16_000),
        ((OPERATION, LACKING), 8_000),
        ((OPERATION, NEWBORN), 40_000),
        # ２以上の手術の５０％併施加算: the act before it.
        ((OPERATION, SMALL_OPERATION, MINOR), 10_000 + 1_503),
        ((OPERATION, SMALL_OPERATION, MINOR, UNDER_3_SURGERY), 2 * (10_000 + 1_503)),
        # An addition of a note belongs to the act of its group, not to the one before it.
        ((OPERATION, SMALL_OPERATION, NOTE_50, MINOR), 10_000 + 500 + 1_503),
        # 入院料: leave takes basic fees, overcrowding the additions for the period as well.
        ((BED, LEAVE), 248),
        ((BED, CROWDED), 1_485),
    ],
)
def test_a_percentage_applies_to_the_acts_before_it_that_the_master_ties_to_it(
    codes: tuple[str, ...], points: int
) -> None:
    assert _answer(*codes).points == points


def test_appliances_are_no_part_of_the_points_that_general_additions_raise() -> None:
    answer = _answer(OPERATION, SUTURE, HOLIDAY_SURGERY, quantities={SUTURE: "2"})

    assert answer.points == 10_000 + 5_000 + 16_000


def test_a_percentage_of_a_stepped_act_is_of_what_its_steps_come_to() -> None:
    answer = _answer(XRAY, INFANT_XRAY, quantities={XRAY: "3"})

    assert (answer.points, answer.line_points) == (136 + 41, (136, 41))
    assert answer.arithmetic == "68 + 34 × 2 steps + 30 % of 136"


def test_a_percentage_with_two_ties_takes_acts_that_have_both() -> None:
    # Reading the film is of the group (注加算コード) and takes no addition for age (通則年齢).
    answer = _answer(FILM_READ, XRAY, INFANT_XRAY, quantities={XRAY: "1"})

    assert answer.line_points == (85, 68, 20)


def test_a_reduction_is_said_with_its_sign() -> None:
    answer = _answer(ECHO, TAPER)

    assert (answer.line_points, answer.arithmetic) == ((150, -15), "150 - 10 % of 150")


@pytest.mark.parametrize("codes", [(UNDER_3,), (DRESSING, UNDER_3), (OPERATION, HOLIDAY_DRESSING), (LEAVE, BED)])
def test_a_percentage_with_nothing_before_it_to_apply_to_leaves_its_unit_without_a_price(
    codes: tuple[str, ...],
) -> None:
    assert _answer(*codes).why is Unpriced.NOTHING_TO_APPLY_TO


def test_cutting_an_act_takes_its_share_of_a_percentage_with_it() -> None:
    whole = unit(done(ECG), done(SCOPE), done(UNDER_3))

    assert price_unit(whole, SCHEDULE, without={2}).points == 221
    assert price_unit(whole, SCHEDULE, without={3}).points == 1270


def test_in_a_month_that_no_rule_covers_a_percentage_has_no_price() -> None:
    acts = [act(ECHO, "150.00", EARLY | {52: "1"}), act(TAPER, "10.00", EARLY | NOTE | TAKE | {52: "1"})]
    answer = price_unit(unit(done(ECHO), done(TAPER)), MonthSchedule.of(Month(2020, 3), acts=acts))

    assert (answer.points, answer.why, answer.missing) == (None, Unpriced.PRESCRIBED_NOT_KNOWN, TAPER)
