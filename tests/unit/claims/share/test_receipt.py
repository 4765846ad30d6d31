import pytest

from services.claims.domain.share.case import AgeClass, LimitCategory, LongTerm, Setting, ShareCase
from services.claims.domain.share.receipt import age_class_of, case_of_receipt, stated_category
from services.claims.domain.share.split import share_of
from services.claims.domain.uke.codes import RECEIPT_KINDS, SPECIAL_MARK
from tests.unit.claims.share.cases import OLD

C = LimitCategory


def _case(kind: str, **given: object) -> ShareCase:
    stated = {
        "points": {"1": 40_000},
        "payers": ((0, "01130012", None),),
        "copay_tenths": 3,
    } | given
    return case_of_receipt(kind=RECEIPT_KINDS[kind], month=OLD, **stated)  # type: ignore[arg-type]  # a test's builder


@pytest.mark.parametrize(
    ("kind", "age", "setting"),
    [
        ("1111", AgeClass.GENERAL, Setting.INPATIENT),
        ("1112", AgeClass.GENERAL, Setting.OUTPATIENT),
        ("1114", AgeClass.PRESCHOOL, Setting.OUTPATIENT),
        ("1118", AgeClass.ELDERLY, Setting.OUTPATIENT),
        ("1110", AgeClass.ELDERLY, Setting.OUTPATIENT),
        ("1319", AgeClass.LATE_ELDERLY, Setting.INPATIENT),
        ("1212", AgeClass.GENERAL, Setting.OUTPATIENT),
    ],
)
def test_the_receipt_kind_tells_age_and_setting(kind: str, age: AgeClass, setting: Setting) -> None:
    assert age_class_of(RECEIPT_KINDS[kind]) is age
    assert _case(kind).setting is setting


@pytest.mark.parametrize("offset", [0, 5])
def test_each_mark_is_a_class_of_its_age(offset: int) -> None:
    for place, (young, old) in enumerate(
        [
            (C.A, C.ELDERLY_ACTIVE_3),
            (C.I, C.ELDERLY_ACTIVE_2),
            (C.U, C.ELDERLY_ACTIVE_1),
            (C.E, C.ELDERLY_GENERAL),
            (C.O, C.ELDERLY_LOW_2),
        ]
    ):
        mark = str(26 + offset + place)
        assert SPECIAL_MARK.meanings[mark] == f"{'多' if offset else '区'}{young.value}"
        assert stated_category(AgeClass.GENERAL, [mark], "") is young
        assert stated_category(AgeClass.ELDERLY, [mark], "") is old


def test_marks_of_the_late_elderly_are_general_income() -> None:
    assert {stated_category(AgeClass.LATE_ELDERLY, [mark], "") for mark in ("41", "42", "43", "44")} == {
        C.ELDERLY_GENERAL
    }
    assert stated_category(AgeClass.GENERAL, ["41"], "") is None


@pytest.mark.parametrize(
    ("age", "burden_class", "category"),
    [
        (AgeClass.GENERAL, "1", C.O),
        (AgeClass.GENERAL, "2", C.O),
        (AgeClass.GENERAL, "3", None),
        (AgeClass.ELDERLY, "1", C.ELDERLY_LOW_2),
        (AgeClass.ELDERLY, "2", C.ELDERLY_LOW_2),
        (AgeClass.LATE_ELDERLY, "3", C.ELDERLY_LOW_1),
        (AgeClass.LATE_ELDERLY, "4", C.ELDERLY_LOW_1),
    ],
)
def test_the_class_of_burden_tells_low_incomes(
    age: AgeClass, burden_class: str, category: LimitCategory | None
) -> None:
    assert stated_category(age, (), burden_class) is category


def test_the_class_of_burden_is_finer_than_the_mark() -> None:
    assert stated_category(AgeClass.ELDERLY, ["30"], "3") is C.ELDERLY_LOW_1


def test_what_the_receipt_states_wins_over_what_eligibility_knows() -> None:
    assert _case("1111", category=C.A, marks=("28",)).category is C.U
    assert _case("1111", category=C.A, marks=("07",)).category is C.A
    assert _case("1111", category=C.A).category is C.A


def test_the_fourth_month_is_known_from_the_mark() -> None:
    assert share_of(_case("1111", marks=("28",))).patient_yen == 81_430
    assert share_of(_case("1111", marks=("33",))).patient_yen == 44_400


def test_the_mark_of_a_long_term_disease_limits_the_receipt() -> None:
    assert _case("1112", marks=("02",)).long_term is LongTerm.STANDARD
    assert share_of(_case("1112", marks=("26", "16"))).patient_yen == 20_000


def test_a_programme_leaves_what_its_record_declares() -> None:
    case = _case("1122", points={"2": 1_000}, payers=((0, "01130012", None), (1, "54130018", 1_500)), marks=("27",))

    assert share_of(case).payer_yen == {0: 7_000, 1: 1_500}


def test_a_programme_that_declares_nothing_leaves_nothing_unless_its_law_states_a_percentage() -> None:
    recovery = _case("1122", points={"2": 1_000}, payers=((0, "01130012", None), (1, "15130012", None)))
    tuberculosis = _case("1122", points={"2": 1_000}, payers=((0, "01130012", None), (1, "10130012", None)))

    assert share_of(recovery).patient_yen == 0
    assert share_of(tuberculosis).patient_yen == 500
