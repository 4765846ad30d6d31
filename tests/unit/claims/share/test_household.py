import pytest

from services.claims.domain.share.case import AgeClass, LimitCategory, Setting, SharePayer
from services.claims.domain.share.household import (
    HouseholdClasses,
    HouseholdMonth,
    Place,
    Portion,
    SettledReceipt,
    current,
    household_month,
    is_multi,
    portions_of,
)
from services.claims.domain.share.split import workings
from services.claims.domain.share.yearly import household_year, limit_year_of
from services.shared.kernel.months import Month
from tests.unit.claims.share.cases import INPATIENT, NEW, OLD, with_programmes

C = LimitCategory
YOUNG = HouseholdClasses(under_70=C.U, elderly=None)
OLD_AGE = HouseholdClasses(under_70=None, elderly=C.ELDERLY_GENERAL)
BOTH = HouseholdClasses(under_70=C.U, elderly=C.ELDERLY_GENERAL)


def _receipt(claim: str, *portions: Portion, **given: object) -> SettledReceipt:
    stated = {
        "decision": 1,
        "household": "h",
        "person": "p1",
        "institution": "hospital",
        "month": OLD,
        "setting": Setting.OUTPATIENT,
        "age": AgeClass.GENERAL,
        "turns_75": False,
    } | given
    return SettledReceipt(claim_id=claim, portions=portions, **stated)  # type: ignore[arg-type]  # a test's builder


def _portion(cost_yen: int, tenths: int = 3, left_yen: int | None = None, programme: str = "") -> Portion:
    copay_yen = cost_yen * tenths // 10
    return Portion(programme, copay_yen, copay_yen if left_yen is None else left_yen, cost_yen)


def _elderly(claim: str, cost_yen: int, left_yen: int | None = None, **given: object) -> SettledReceipt:
    return _receipt(claim, _portion(cost_yen, 2, left_yen), **({"age": AgeClass.ELDERLY} | given))


def test_copays_of_several_hospitals_come_under_one_limit() -> None:
    month = household_month(
        [
            _receipt("a", _portion(500_000, left_yen=82_430), setting=Setting.INPATIENT),
            _receipt("b", _portion(100_000), institution="clinic"),
            _receipt("c", _portion(60_000), institution="other", person="p2"),
        ],
        YOUNG,
    )

    assert month.household_refund_yen == 112_430 - 83_430
    assert month.left_yen == 83_430 + 18_000


def test_under_70_less_than_21000_yen_at_a_hospital_stays_out() -> None:
    small = _receipt("b", _portion(69_990), institution="clinic")
    large = _receipt("b", _portion(70_000), institution="clinic")
    first = _receipt("a", _portion(900_000, left_yen=86_430), setting=Setting.INPATIENT)

    assert household_month([first, small], YOUNG).refund_yen == 0
    assert household_month([first, large], YOUNG).refund_yen == 86_430 + 21_000 - 87_130


def test_in_and_out_of_hospital_are_looked_at_apart_and_a_pharmacy_with_its_hospital() -> None:
    first = _receipt("a", _portion(900_000, left_yen=86_430), setting=Setting.INPATIENT)
    clinic = _receipt("b", _portion(40_000), institution="clinic")
    pharmacy = _receipt("c", _portion(40_000), institution="clinic")
    stay = _receipt("c", _portion(40_000), institution="clinic", setting=Setting.INPATIENT)

    assert household_month([first, clinic, pharmacy], YOUNG).refund_yen == 86_430 + 24_000 - (80_100 + 7_130)
    assert household_month([first, clinic, stay], YOUNG).refund_yen == 0


def test_what_a_programme_leaves_enters_by_the_copay_of_its_own_lines() -> None:
    first = _receipt("a", _portion(900_000, left_yen=86_430), setting=Setting.INPATIENT)
    tuberculosis = _receipt("b", _portion(100_000, left_yen=5_000, programme="10"), institution="clinic")
    mixed = _receipt("b", _portion(60_000, left_yen=3_000, programme="10"), _portion(60_000), institution="clinic")

    assert household_month([first, tuberculosis], YOUNG).refund_yen == 86_430 + 5_000 - 87_430
    assert household_month([first, mixed], YOUNG).refund_yen == 0


def test_an_elderly_persons_outpatient_care_has_its_own_limit_over_all_hospitals() -> None:
    """The example of a city's page: 4,000 at one hospital and 18,000 (limited) at another."""
    month = household_month([_elderly("a", 20_000), _elderly("b", 100_000, 18_000, institution="x")], OLD_AGE)

    assert month.outpatient_refunds_yen == {"p1": 4_000}
    assert month.left_yen == 18_000


def test_then_the_elderly_of_a_household_have_one_limit() -> None:
    month = household_month(
        [
            _elderly("a", 100_000, 18_000),
            _elderly("b", 400_000, 57_600, person="p2", setting=Setting.INPATIENT),
            _elderly("c", 50_000, person="p2"),
        ],
        OLD_AGE,
    )

    assert month.outpatient_refunds_yen == {}
    assert month.elderly_refund_yen == 18_000 + 57_600 + 10_000 - 57_600
    assert month.left_yen == 57_600


def test_then_the_whole_household_has_one() -> None:
    month = household_month(
        [
            _elderly("a", 400_000, 57_600, person="p2", setting=Setting.INPATIENT),
            _receipt("b", _portion(500_000, left_yen=82_430), setting=Setting.INPATIENT),
        ],
        BOTH,
    )

    assert month.elderly_refund_yen == 0
    assert month.household_refund_yen == 57_600 + 82_430 - (80_100 + (900_000 - 267_000) // 100)


def test_from_the_fourth_month_on_the_household_pays_less() -> None:
    receipts = [_receipt("a", _portion(500_000, left_yen=82_430), setting=Setting.INPATIENT)]
    classes = HouseholdClasses(under_70=C.U, elderly=None, multi=True)

    assert household_month(receipts, classes).left_yen == 44_400


def test_in_the_month_of_the_75th_birthday_a_person_alone_has_half_the_limit() -> None:
    month = household_month(
        [
            _elderly("a", 100_000, 18_000, turns_75=True),
            _elderly("b", 300_000, 57_600, turns_75=True, setting=Setting.INPATIENT),
            _elderly("c", 60_000, person="p2"),
        ],
        OLD_AGE,
    )

    assert month.outpatient_refunds_yen == {"p1": 9_000}
    assert month.turning_75_refunds_yen == {"p1": 9_000 + 57_600 - 28_800}
    assert month.left_yen == 28_800 + 12_000


def test_without_a_known_class_nothing_comes_back_and_that_is_said() -> None:
    receipts = [_receipt("a", _portion(900_000))]
    unknown = household_month(receipts, HouseholdClasses(under_70=None, elderly=None))

    assert (unknown.refund_yen, unknown.left_yen, unknown.classes_known) == (0, 270_000, False)
    assert household_month(receipts, YOUNG).classes_known


def test_the_latest_decision_of_a_claim_counts() -> None:
    first = _receipt("a", _portion(900_000))
    reduced = _receipt("a", _portion(100_000), decision=2)
    withdrawn = _receipt("a", decision=3)

    assert current([reduced, first]) == (reduced,)
    assert household_month([withdrawn, first, reduced], YOUNG).paid_yen == 0


def test_one_decision_with_two_contents_is_refused() -> None:
    with pytest.raises(ValueError, match="two contents"):
        current([_receipt("a", _portion(100)), _receipt("a", _portion(200))])


def test_receipts_of_two_households_or_months_or_none_make_no_month() -> None:
    for receipts in (
        [],
        [_receipt("a"), _receipt("b", household="other")],
        [_receipt("a"), _receipt("b", month=OLD.plus(1))],
    ):
        with pytest.raises(ValueError, match="one household"):
            household_month(receipts, YOUNG)


def test_the_fourth_month_within_twelve_is_one_of_many() -> None:
    month = Month(2026, 11)
    three = [Month(2025, 12), Month(2026, 3), Month(2026, 10)]

    assert is_multi(three, month)
    assert not is_multi([Month(2025, 11), *three[1:]], month)
    assert not is_multi([*three[1:], Month(2026, 11), Month(2026, 10)], month)


def test_a_split_gives_the_portions_of_its_receipt() -> None:
    case = with_programmes(INPATIENT, {"1": 110_000, "2": 10_000}, SharePayer(1, "10130012"))._replace(category=C.A)
    assisted = with_programmes(INPATIENT, {"1": 100, "2": 10_000}, SharePayer(1, "12130012", 0))

    assert portions_of(workings(case)) == (
        Portion("10130012", 30_000, 5_000, 100_000),
        Portion("", 330_000, 251_180, 1_100_000),
    )
    assert portions_of(workings(assisted)) == (Portion("", 300, 300, 1_000),)


def _month(month: Month, left: dict[Place, int]) -> HouseholdMonth:
    return HouseholdMonth(
        household="h",
        month=month,
        paid_yen=sum(left.values()),
        outpatient_refunds_yen={},
        turning_75_refunds_yen={},
        elderly_refund_yen=0,
        household_refund_yen=0,
        left_by_place=left,
        classes_known=True,
    )


OUTPATIENT = Place("p1", inpatient=False, elderly=True)


def test_a_years_outpatient_care_of_an_elderly_person_has_a_limit() -> None:
    months = [_month(Month(2024, 8).plus(at), {OUTPATIENT: 18_000}) for at in range(12)]
    year = household_year(months, C.ELDERLY_GENERAL)

    assert year.since == Month(2024, 8)
    assert year.outpatient_refunds_yen == {"p1": 12 * 18_000 - 144_000}
    assert year.left_yen == 144_000


def test_from_the_table_with_yearly_limits_on_the_household_has_one_too() -> None:
    months = [
        _month(NEW.plus(at), {Place("p1", inpatient=True, elderly=False): 60_000, OUTPATIENT: 1_000})
        for at in range(10)
    ]

    assert household_year(months, C.U).household_refund_yen == 610_000 - 530_000
    assert household_year(months, C.A).household_refund_yen == 0
    assert household_year(months, None).left_yen == 610_000


def test_a_year_is_august_to_july_of_one_household() -> None:
    assert limit_year_of(Month(2026, 7)) == Month(2025, 8)
    assert limit_year_of(Month(2026, 8)) == Month(2026, 8)
    for months in ([], [_month(Month(2026, 7), {}), _month(NEW, {})], [_month(NEW, {}), _month(NEW, {})]):
        with pytest.raises(ValueError, match="August to July"):
            household_year(months, C.U)
