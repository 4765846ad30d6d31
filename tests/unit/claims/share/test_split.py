import pytest

from services.claims.domain.share.case import (
    AgeClass,
    LimitCategory,
    LongTerm,
    Setting,
    ShareCase,
    SharePayer,
    ShareSplit,
)
from services.claims.domain.share.limits import SourceMark
from services.claims.domain.share.national import NATIONAL
from services.claims.domain.share.programmes import LimitOrder, Programme, ProgrammeTable
from services.claims.domain.share.split import share_of, workings
from services.claims.domain.share.tables import RELIEF, TABLES
from services.shared.kernel.months import Month
from tests.unit.claims.share.cases import ELDERLY, INPATIENT, LATE, NEW, PLAIN, with_programmes

C = LimitCategory
AFTER_TABLE = ProgrammeTable.of(
    [
        Programme(
            number="8113", name="x", percent=10, order=LimitOrder.AFTER, mark=SourceMark.UNVERIFIED, source="invented"
        )
    ]
)


def _yen(split: ShareSplit) -> tuple[dict[int, int], int]:
    return dict(split.payer_yen), split.patient_yen


def test_below_every_limit_the_ratio_decides() -> None:
    assert _yen(share_of(PLAIN)) == ({0: 7_000}, 3_000)


def test_without_a_known_class_no_limit_holds_under_70() -> None:
    assert share_of(INPATIENT._replace(points={"1": 100_000})).patient_yen == 300_000


def test_at_70_and_over_the_card_alone_gives_the_general_limit() -> None:
    case = ELDERLY._replace(points={"1": 20_000})

    assert share_of(case).patient_yen == 18_000
    assert share_of(case._replace(setting=Setting.INPATIENT, points={"1": 40_000})).patient_yen == 57_600


def test_three_tenths_at_70_and_over_without_a_class_are_limited_as_the_highest_income() -> None:
    case = ELDERLY._replace(copay_tenths=3, points={"1": 99_260}, setting=Setting.INPATIENT)

    assert share_of(case).patient_yen == 254_106


def test_a_class_of_the_other_age_is_no_known_class() -> None:
    assert share_of(INPATIENT._replace(points={"1": 50_000}, category=C.ELDERLY_LOW_1)).patient_yen == 150_000
    assert share_of(ELDERLY._replace(points={"1": 50_000}, category=C.O)).patient_yen == 18_000


def test_what_a_limit_cuts_the_insurer_bears() -> None:
    split = share_of(INPATIENT._replace(points={"1": 36_452}, category=C.U))

    assert _yen(split) == ({0: 364_520 - 81_075}, 81_075)


def test_the_two_new_tenths_of_75_and_over_are_relieved_while_the_law_says_so() -> None:
    """6,000 + (80,000 - 30,000) x 10 % = 11,000, where two tenths are 16,000."""
    case = LATE._replace(points={"1": 8_000}, category=C.ELDERLY_GENERAL)

    assert share_of(case._replace(month=Month(2022, 9))).patient_yen == 16_000
    assert share_of(case._replace(month=Month(2022, 10))).patient_yen == 11_000
    assert share_of(case._replace(month=Month(2025, 9))).patient_yen == 11_000
    assert share_of(case._replace(month=Month(2025, 10))).patient_yen == 16_000
    assert share_of(case._replace(month=Month(2025, 9), points={"1": 30_000})).patient_yen == 18_000
    assert share_of(case._replace(month=Month(2025, 9), age=AgeClass.ELDERLY)).patient_yen == 16_000


def test_a_long_term_specified_disease_has_its_own_limit() -> None:
    case = INPATIENT._replace(points={"1": 40_000}, category=C.A)

    assert share_of(case._replace(long_term=LongTerm.STANDARD)).patient_yen == 10_000
    assert share_of(case._replace(long_term=LongTerm.UPPER)).patient_yen == 20_000
    assert share_of(case._replace(long_term=LongTerm.STANDARD, turns_75=True)).patient_yen == 5_000


def test_the_long_term_limit_is_one_for_the_receipt_and_the_programme_takes_of_it() -> None:
    """Dialysis under 更生医療: of the insurer's 10,000 the programme leaves what its ticket states."""
    case = with_programmes(INPATIENT, {"1": 5_000, "2": 40_000}, SharePayer(1, "15130012", limit_yen=5_000))
    split = share_of(case._replace(long_term=LongTerm.STANDARD))

    assert _yen(split) == ({0: 440_000, 1: 5_000}, 5_000)


def test_a_local_programme_bears_of_what_the_class_limit_leaves() -> None:
    case = with_programmes(INPATIENT, {"2": 100_000}, SharePayer(1, "83130012", burden_yen=500))

    assert _yen(share_of(case._replace(category=C.U))) == ({0: 1_000_000 - 87_430, 1: 86_930}, 500)
    assert _yen(share_of(case)) == ({0: 700_000, 1: 299_500}, 500)


def test_a_programme_before_the_limit_leaves_its_part_to_the_limit() -> None:
    """One tenth of 1,000,000 is left, and ウ has 87,430 for that cost."""
    case = with_programmes(INPATIENT, {"2": 100_000}, SharePayer(1, "81130012"))._replace(category=C.U)

    assert _yen(share_of(case, AFTER_TABLE)) == ({0: 712_570, 1: 200_000}, 87_430)


def test_a_local_programme_behind_a_national_one_takes_what_that_leaves() -> None:
    case = with_programmes(
        PLAIN,
        {"1": 500, "4": 2_000},
        SharePayer(1, "54130018", limit_yen=2_500),
        SharePayer(2, "80130012", burden_yen=500),
    )

    assert _yen(share_of(case)) == ({0: 17_500, 1: 3_500, 2: 2_000}, 1_500 + 500)


def test_four_programmes_bear_in_their_order_whatever_the_order_of_the_payers() -> None:
    programmes = (
        SharePayer(1, "15130012", burden_yen=4_000),
        SharePayer(2, "54130018", burden_yen=3_000),
        SharePayer(3, "83130012", burden_yen=1_500),
        SharePayer(4, "84130012", burden_yen=0),
    )
    expected = ({0: 35_000, 1: 11_000, 2: 1_000, 3: 1_500, 4: 1_500}, 0)

    assert _yen(share_of(with_programmes(PLAIN, {"9": 5_000}, *programmes))) == expected
    assert _yen(share_of(with_programmes(PLAIN, {"9": 5_000}, *reversed(programmes)))) == expected


def test_lines_that_no_insurer_shares_are_the_programmes() -> None:
    case = PLAIN._replace(points={"5": 1_000}, payers=(SharePayer(1, "12130012", burden_yen=0),), copay_tenths=10)

    assert _yen(share_of(case)) == ({1: 10_000}, 0)


def test_public_assistance_pays_up_to_its_own_limit_and_the_insurer_the_rest() -> None:
    case = with_programmes(INPATIENT, {"2": 30_000}, SharePayer(1, "12130012", burden_yen=0))

    assert _yen(share_of(case)) == ({0: 300_000 - 35_400, 1: 35_400}, 0)


def test_under_70_a_layer_below_21000_yen_does_not_enter_the_class_limit() -> None:
    """Layer 15,000: the patient pays the insurance layer's own limit and the programme's 2,500 beside it."""
    tuberculosis = SharePayer(1, "10130012")
    apart = with_programmes(INPATIENT, {"1": 110_000, "2": 5_000}, tuberculosis)._replace(category=C.A)
    together = with_programmes(INPATIENT, {"1": 110_000, "2": 7_000}, tuberculosis)._replace(category=C.A)

    assert share_of(apart).patient_yen == 255_180 + 2_500
    assert share_of(together).patient_yen == 252_600 + (1_170_000 - 842_000) // 100


def test_the_class_limit_holds_over_what_a_programme_leaves_even_alone() -> None:
    """オ: five percent of 850,000 are 42,500, the class's limit 35,400; 15,000 beside it are below 21,000."""
    case = with_programmes(PLAIN, {"1": 5_000, "2": 85_000}, SharePayer(1, "10130012"))._replace(category=C.O)
    done = workings(case)

    assert done.split.patient_yen == 35_400 + 15_000
    assert done.split.payer_yen[1] == 85_930 - 42_500


def test_what_does_not_enter_the_class_limit_is_not_cut_by_it() -> None:
    """As before, but the 15,000 beside it are a local programme's to bear: all of them are still there."""
    programmes = (SharePayer(1, "10130012"), SharePayer(2, "80130012", burden_yen=0))
    case = with_programmes(PLAIN, {"2": 85_000, "3": 5_000}, *programmes)._replace(category=C.O)

    assert _yen(share_of(case)) == ({0: 900_000 - 35_400 - 43_430 - 15_000, 1: 43_430, 2: 15_000}, 35_400)


def test_multi_holds_for_a_programmes_lines_by_class_in_hospital_only() -> None:
    intractable = SharePayer(1, "54130018", limit_yen=10_000)
    inpatient = with_programmes(INPATIENT, {"2": 60_000}, intractable)._replace(category=C.U, multi=True)
    outpatient = inpatient._replace(setting=Setting.OUTPATIENT)

    assert workings(inpatient).takings[0].layer_yen == 44_400
    assert workings(outpatient).takings[0].layer_yen == 80_100 + 3_330


def test_the_one_limit_of_a_programme_follows_the_table_of_the_month() -> None:
    case = with_programmes(INPATIENT, {"2": 85_000}, SharePayer(1, "10130012"))

    assert workings(case).takings[0].layer_yen == 85_930
    assert workings(case._replace(month=NEW)).takings[0].layer_yen == 85_800 + (850_000 - 286_000) // 100


def test_a_share_whose_payer_is_missing_is_refused() -> None:
    with pytest.raises(ValueError, match="names a payer"):
        share_of(PLAIN._replace(points={"2": 100}))
    with pytest.raises(ValueError, match="names a payer"):
        share_of(PLAIN._replace(payers=(SharePayer(1, "12130012", 0),)))


def test_a_receipt_of_the_insurer_alone_is_split_as_its_workings_say() -> None:
    cases: list[ShareCase] = [
        base._replace(points={"1": points}, category=category, multi=multi, turns_75=turns)
        for base in (PLAIN, INPATIENT, ELDERLY, LATE)
        for points in (0, 1, 999, 7_000, 30_000, 120_001)
        for category in (None, *LimitCategory)
        for multi in (False, True)
        for turns in (False, True)
    ]

    assert all(share_of(case) == workings(case).split for case in cases)


def test_no_limit_of_a_table_lies_below_its_floor() -> None:
    for table in TABLES:
        flats = (table.designated_under_70, table.designated_elderly, table.designated_elderly_outpatient)
        more = (table.assisted_under_70, table.assisted_elderly, table.assisted_elderly_outpatient)
        yen = [each.base_yen for each in (*flats, *more, table.long_term, table.long_term_upper, RELIEF.limit) if each]
        for limits in table.classes.values():
            known = (limits.whole.base_yen, limits.whole.multi_yen, limits.outpatient and limits.outpatient.base_yen)
            yen += [each for each in known if each is not None]

        assert table.floor_yen * 2 <= min(yen)


def test_local_rows_stand_beside_the_national_ones() -> None:
    table = NATIONAL.with_rows(AFTER_TABLE.find("8113", NEW) for _ in range(1))

    assert table.find("81139999", NEW).percent == 10
    assert table.find("54130018", NEW).order is LimitOrder.BY_CLASS
