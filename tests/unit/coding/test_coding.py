from datetime import date

import pytest

from services.coding.domain.coding import Coding, Route, code_of
from services.coding.domain.decompose import Decomposed
from services.coding.domain.gate import Gate
from services.coding.domain.master import Billing, Disease, DiseaseMaster, ModifierClass
from services.coding.domain.verify import Patient, Refusal, Sex
from services.shared.kernel.months import Month
from tests.unit.coding.builders import MASTER, MODIFIERS, ROWS, disease, modifier

OCTOBER = Month(2024, 10)


def coded(text: str, *rows: Disease, month: Month = OCTOBER) -> str:
    coding = code_of(text, month, DiseaseMaster("test", rows))
    return coding.disease.code if coding.disease is not None else ""


def test_a_name_an_abbreviation_or_kana_of_one_code_is_that_code() -> None:
    row = disease("8833421", "高血圧症", "コウケツアツショウ", "高血圧")

    assert [coded(text, row) for text in ("高血圧症", "高血圧", "ｺｳｹﾂｱﾂｼｮｳ")] == ["8833421"] * 3


def test_a_text_that_means_two_codes_is_left_unresolved() -> None:
    assert coded("ハイエン", disease("4860030", "肺炎", "ハイエン"), disease("0000001", "胚炎", "ハイエン")) == ""


def test_a_text_near_a_name_is_left_unresolved() -> None:
    assert coded("高血圧症など", disease("8833421", "高血圧症")) == ""


@pytest.mark.parametrize(
    ("text", "route", "code", "modifiers"),
    [
        ("白内障", Route.EXACT, "3669004", ()),
        ("左白内障", Route.DECOMPOSED, "3669004", ("2049",)),
        ("白内障疑い", Route.DECOMPOSED, "3669004", ("8002",)),
        ("両側白内障の再発の疑い", Route.DECOMPOSED, "3669004", ("2058", "8065", "8002")),
        ("左白内障あり", Route.DECOMPOSED, "3669004", ("2049",)),
        ("最近やや疼痛増強", Route.DECOMPOSED, "7245001", ()),
        ("左大腿疼痛", Route.REVIEW, "7245001", ("2049", "1076")),
        ("慢性胃炎", Route.REVIEW, "5359011", ("4043",)),
        ("胃癌の既往", Route.REVIEW, "1519003", ("8142",)),
        ("左骨折", Route.REVIEW, "8290001", ("2049",)),
        ("骨折", Route.REVIEW, "8290001", ()),
        ("白内障なし", Route.NOT_A_DIAGNOSIS, "", ()),
        ("白内障の家族歴", Route.NOT_A_DIAGNOSIS, "", ()),
        ("謎", Route.UNRESOLVED, "", ()),
        ("", Route.UNRESOLVED, "", ()),
    ],
)
def test_a_text_goes_by_the_first_route_that_it_fits(
    text: str, route: Route, code: str, modifiers: tuple[str, ...]
) -> None:
    coding = code_of(text, OCTOBER, MASTER)

    assert (coding.route, coding.modifier_codes) == (route, modifiers)
    assert (coding.disease.code if coding.disease is not None else "") == code


def test_a_name_of_the_master_that_denies_something_is_a_diagnosis() -> None:
    assert coded("糖尿病・合併症なし", disease("2500013", "糖尿病・合併症なし")) == "2500013"


@pytest.mark.parametrize(("code", "name"), [("7009", "軽度"), ("7017", "重症"), ("4024", "再発")])
def test_a_degree_and_a_relapse_before_the_disease_leave_it_as_it_is(code: str, name: str) -> None:
    master = DiseaseMaster("test", ROWS, [*MODIFIERS, modifier(code, name, ModifierClass.OTHER)])

    coding = code_of(f"左{name}白内障", OCTOBER, master)

    assert (coding.route, coding.modifier_codes) == (Route.DECOMPOSED, ("2049", code))


def test_an_abbreviation_is_its_disease_alone_and_with_modifiers_where_the_master_has_no_such_name() -> None:
    short = {"CAT": "白内障", "謎": "謎の病", "胃炎": "白内障"}
    master = DiseaseMaster("test", MASTER.rows, MASTER.modifiers, short)

    assert code_of("ｃａｔ", OCTOBER, master).route is Route.EXACT
    assert code_of("左CAT", OCTOBER, master).modifier_codes == ("2049",)
    assert code_of("謎", OCTOBER, master).route is Route.UNRESOLVED
    assert code_of("胃炎", OCTOBER, master).disease == MASTER.live("胃炎", OCTOBER)[0]


def test_a_refused_code_is_for_a_person_and_says_why() -> None:
    screened = disease("1234567", "癌検診", billing=Billing.NOT_CLAIMABLE)
    prostate = disease("8836591", "前立腺肥大症", icd10="N40")
    first = code_of("癌検診", OCTOBER, DiseaseMaster("test", [screened]))
    other = code_of("前立腺肥大症", OCTOBER, DiseaseMaster("test", [prostate]), Patient(sex=Sex.FEMALE))

    assert (first.route, first.refusal, first.reason) == (Route.REVIEW, Refusal.NOT_CLAIMABLE, "not-claimable")
    assert (other.route, other.reason) == (Route.REVIEW, "sex")


def test_what_is_no_diagnosis_says_why() -> None:
    assert code_of("白内障なし", OCTOBER, MASTER).reason == "negated"
    assert code_of("白内障", OCTOBER, MASTER).reason == ""


@pytest.mark.parametrize(
    ("month", "code"),
    [(Month(2024, 3), ""), (Month(2024, 4), "1234567"), (Month(2024, 6), "1234567"), (Month(2024, 7), "")],
)
def test_a_code_is_found_only_in_the_months_it_lives_in(month: Month, code: str) -> None:
    row = disease("1234567", "病", valid_from=date(2024, 4, 30), valid_to=date(2024, 6, 1))

    assert coded("病", row, month=month) == code


def test_a_name_that_moved_to_another_code_follows_the_month() -> None:
    old = disease("1111111", "病", valid_to=date(2024, 5, 31))
    new = disease("2222222", "病", valid_from=date(2024, 6, 1))

    assert coded("病", old, new, month=Month(2024, 5)) == "1111111"
    assert coded("病", old, new, month=Month(2024, 6)) == "2222222"


def test_the_uncoded_code_is_never_an_answer() -> None:
    assert coded("未コード化傷病名", disease("0000999", "未コード化傷病名")) == ""


FOUND = Decomposed(base=disease("1234567", "病"), modifiers=())


def test_a_coding_that_contradicts_its_route_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="routes with a code"):
        Coding(route=Route.EXACT, normalised_text="病")
    with pytest.raises(ValueError, match="routes with a code"):
        Coding(route=Route.UNRESOLVED, normalised_text="病", found=FOUND)
    with pytest.raises(ValueError, match="says why"):
        Coding(route=Route.NOT_A_DIAGNOSIS, normalised_text="病")
    with pytest.raises(ValueError, match="says why"):
        Coding(route=Route.UNRESOLVED, normalised_text="病", gate=Gate.RISK)
    with pytest.raises(ValueError, match="for a person"):
        Coding(route=Route.EXACT, normalised_text="病", found=FOUND, refusal=Refusal.SEX)


@pytest.mark.parametrize("code", ["", "123456", "12345678", "１２３４５６７"])
def test_a_disease_code_has_seven_digits(code: str) -> None:
    with pytest.raises(ValueError, match="7 digits"):
        disease(code, "病")
