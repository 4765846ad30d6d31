"""`seikyu share`: what a clerk and a program see, the files it reads, and the exit codes."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.claims.entrypoints.cli import share
from tests.support.official_data import official_data


def _share(*arguments: str | Path) -> Result:
    return CliRunner().invoke(share, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def _figures(*arguments: str | Path) -> dict[str, Any]:
    result = _share(*arguments, "--json")
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.output)
    return answer


def test_a_case_is_shown_with_its_derivation() -> None:
    result = _share("--month", "2024-06", "--points", "36452", "--age", "45", "--class", "ウ", "--inpatient")

    assert result.exit_code == 0
    assert "80,100 + (364,520 - 267,000) x 1 % = 81,075" in result.output
    assert "高額療養費算定基準額" in result.output
    assert "283,445" in result.output


def test_a_program_gets_the_same_as_json() -> None:
    answer = _figures("--month", "2024-06", "--points", "36452", "--age", "45", "--class", "ウ", "--inpatient")

    assert (answer["patient_yen"], answer["window_yen"], answer["billed_yen"]) == (81_075, 81_075, 364_520)
    assert answer["payers"] == [{"position": 0, "number": "insurer", "yen": 283_445}]
    assert answer["table_since"] == "2018-08"
    assert answer["assumptions"] == []


def test_the_window_rounds_to_ten_yen_and_the_receipt_does_not() -> None:
    answer = _figures("--month", "2026-11", "--points", "1235", "--age", "45")

    assert (answer["patient_yen"], answer["window_yen"]) == (3_705, 3_710)


@pytest.mark.parametrize(
    ("birth", "age", "tenths", "turns_75"),
    [
        ("2021-01-01", "未就学児", 2, False),
        ("1981-01-01", "70歳未満", 3, False),
        ("1955-01-01", "70歳以上75歳未満", 2, False),
        ("1951-11-21", "後期高齢者", 1, True),
        ("1951-11-01", "後期高齢者", 1, False),
    ],
)
def test_the_birth_date_decides_age_ratio_and_the_half(birth: str, age: str, tenths: int, turns_75: bool) -> None:
    answer = _figures("--month", "2026-11", "--points", "100", "--birth", birth)

    assert (answer["age"], answer["copay_tenths"], answer["turns_75"]) == (age, tenths, turns_75)


def test_before_the_75th_birthday_the_treatment_day_still_counts_as_70() -> None:
    answer = _figures("--month", "2026-11", "--points", "100", "--birth", "1951-11-21", "--day", "2026-11-20")

    assert (answer["age"], answer["turns_75"]) == ("70歳以上75歳未満", True)


def test_birth_until_april_1944_leaves_one_tenth() -> None:
    answer = _figures("--month", "2018-08", "--points", "34500", "--birth", "1944-04-01", "--inpatient")

    assert (answer["patient_yen"], answer["legacy_yen"]) == (34_500, 23_100)


def test_programmes_bear_in_their_order() -> None:
    answer = _figures(
        *("--month", "2026-11", "--age", "40", "--points", "500", "--programme-points", "2000"),
        *("--programme", "54=2500", "--programme", "80130012=500", "--share", "3=1000"),
    )

    assert [payer["yen"] for payer in answer["payers"]] == [24_500, 3_500, 5_000]
    assert answer["points"] == {"1": 500, "4": 2_000, "3": 1_000}
    assert answer["patient_yen"] == 1_500 + 500


@pytest.mark.parametrize(
    ("word", "tenths"),
    [("一般Ⅱ", 2), ("区カ", 2), ("一般Ⅰ", 1), ("区キ", 1)],
)
def test_the_word_of_75_and_over_tells_the_ratio(word: str, tenths: int) -> None:
    answer = _figures("--month", "2025-11", "--points", "1000", "--class", word)

    assert (answer["age"], answer["class"], answer["copay_tenths"]) == ("後期高齢者", "一般", tenths)
    assert answer["patient_yen"] == 1_000 * tenths
    assert answer["assumptions"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--birth", "1940-01-01", "--class", "一般"), "one tenth was taken"),
        (("--age", "80"), "one tenth was taken"),
        (("--age", "6", "--class", "ウ"), "school age was taken"),
        (("--age", "70", "--class", "一般"), "the month after the birthday was taken"),
        (("--age", "75", "--class", "一般"), "--turns-75 tells"),
        (("--class", "ウ"), "six to 69 was taken"),
        (("--class", "低2"), "70 to 74 was taken"),
        (("--age", "40", "--class", "ウ2"), "ウ was taken without its band"),
    ],
)
def test_what_was_taken_for_granted_of_age_ratio_and_class_is_said(arguments: tuple[str, ...], said: str) -> None:
    answer = _figures("--month", "2024-06", "--points", "100", *arguments)

    assert [each for each in answer["assumptions"] if said in each["english"]]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--birth", "1940-01-01", "--class", "区カ"),
        ("--birth", "1940-01-01", "--class", "一般", "--copay-tenths", "1"),
        ("--birth", "1984-01-01", "--class", "ウ"),
        ("--age", "45", "--class", "ウ"),
        ("--birth", "1940-01-01", "--class", "現役3"),
    ],
)
def test_what_is_told_is_not_taken_for_granted(arguments: tuple[str, ...]) -> None:
    assert _figures("--month", "2025-11", "--points", "100", *arguments)["assumptions"] == []


def test_a_programme_that_no_table_names_is_told_by_its_own_number() -> None:
    answer = _figures("--month", "2024-06", "--age", "45", "--programme", "81130012", "--programme-points", "100")

    assert "programme 81130012 not listed [U]" in " ".join(each["english"] for each in answer["assumptions"])
    assert "第一公費 (not listed) 適用後の負担額" in [each["japanese"] for each in answer["steps"]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--month", "2026-11", "--age", "72", "--class", "区カ"), "of 75 and over"),
        (("--month", "2026-11", "--age", "40", "--legacy-tenth"), "--legacy-tenth is for"),
        (("--month", "2026-11", "--age", "30", "--programme", "5"), "2 to 8 digits"),
        (("--month", "2026-13"), "is no month"),
        (("--points", "5"), "Missing option '--month'"),
        (("--month", "2026-11", "--points", "5"), "one of --birth, --age and --class"),
        (("--month", "2026-11", "--age", "30", "--class", "一般"), "no class of the age given"),
        (("--month", "2026-11", "--class", "ヲ"), "there are ア"),
        (("--month", "2026-11", "--age", "30", "--programme-points", "5"), "needs a --programme"),
        (("--month", "2026-11", "--age", "30", "--programme", "難病"), "NUMBER=LIMIT in digits"),
        (("--month", "2026-11", "--age", "30", "--share", "2=10"), "not given"),
        (("--month", "2026-11", "--age", "30", "--share", "0=10"), "別表21"),
        (("--month", "2026-11", "--age", "30", *("--programme", "54") * 5), "at most 4"),
        (("--month", "2026-11", "--birth", "2026-12-01"), "after the treatment day"),
        (("--month", "2026-11", "--birth", "1980-12-01", "--day", "2026-10-01"), "does not lie in --month"),
    ],
)
def test_what_cannot_be_asked_exits_2_and_names_the_option(arguments: tuple[str, ...], said: str) -> None:
    result = _share(*arguments)

    assert result.exit_code == 2
    assert said in result.output


def test_local_programmes_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "local.csv"
    file.write_text("number,name,outpatient_limit_yen,source\n8013,医療費助成,500,条例\n", encoding="utf-8")

    arguments = ("--month", "2026-11", "--age", "40", "--programme", "80130012", "--programme-points", "1000")
    assert _figures(*arguments)["patient_yen"] == 0
    assert _figures(*arguments, "--programmes", file)["patient_yen"] == 500


def test_a_wrong_local_programme_is_named_by_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "local.csv"
    file.write_text("number,name,percent,source\n80,a,10,x\n81,b,ten,x\n", encoding="utf-8")

    result = _share("--month", "2026-11", "--age", "40", "--programmes", file)
    assert result.exit_code == 2
    assert "local.csv: line 3: percent" in result.output

    file.write_text("law,name\n80,a\n", encoding="utf-8")
    assert "at least number, name and source" in _share("--month", "2026-11", "--programmes", file).output


def test_the_ministrys_file_comes_back_with_the_same_expectations() -> None:
    path = official_data("caps", "worked_examples_part_a.csv")
    result = _share("--month", "2024-06", "--csv", path)

    assert result.exit_code == 0
    stated = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    filled = list(csv.DictReader(io.StringIO(result.stdout)))
    assert list(filled[0]) == list(stated[0])
    assert len(filled) == len(stated)
    for row, truth in zip(filled, stated, strict=True):
        assert all(row[column] == value for column, value in truth.items() if value)
        assert all(row.values()) or not row["programme"] or not row["programme_patient_cap_yen"]


def test_a_row_that_cannot_be_read_stays_empty_and_is_named(tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    header = "setting,bracket,copay_tenths,programme,points_with_programme,points_insurance_only"
    rows = (
        "入院,区ウ,3,,,36452",
        "inpatient,カ,3,,,100",
        "outpatient,ウ,3,難病,10,",
        "外来,ウ,3,,,1x",
        "外来,ウ,,,,10",
        "外来,ウ,30,,,10",
    )
    file.write_text("\n".join([header, *rows]), encoding="cp932")

    result = _share("--month", "2024-06", "--csv", file)
    filled = list(csv.DictReader(io.StringIO(result.stdout)))

    assert result.exit_code == 1
    assert [row["expect_patient_yen"] for row in filled] == ["81075", "", "", "", "", ""]
    for said in (
        "line 3: bracket",
        "line 4: programme",
        "line 5: points_insurance_only",
        "line 6: copay_tenths",
        "line 7: copay",
    ):
        assert said in result.stderr


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    file.write_bytes(b"setting,bracket\n\xff\xfe\x82\n")

    result = _share("--month", "2024-06", "--csv", file)
    assert result.exit_code == 2
    assert "cases.csv: must be UTF-8 or cp932" in result.output


def test_a_file_of_cases_comes_back_as_csv_only(tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    file.write_text("setting,bracket,copay_tenths,points_insurance_only\ninpatient,ウ,3,10\n", encoding="utf-8")

    result = _share("--month", "2024-06", "--csv", file, "--json")
    assert result.exit_code == 2
    assert "exclude each other" in result.output


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    file.write_text("setting,bracket\ninpatient,ウ\n", encoding="utf-8")

    result = _share("--month", "2024-06", "--csv", file)
    assert result.exit_code == 2
    assert "copay_tenths" in result.output
