import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.coding.entrypoints.code import code
from tests.support.official_data import official_data
from tests.unit.coding_naming.test_name_master_files import ACT, DRUG, content, record


def typed(*words: str, masters: Path | None, given: str = "") -> Result:
    return CliRunner().invoke(code, words, input=given, env={"SEIKYU_MASTERS": str(masters) if masters else None})


@pytest.fixture
def masters(tmp_path: Path) -> Path:
    (tmp_path / "y_ALL20240321.csv").write_bytes(
        content(
            record(40, DRUG),
            record(40, {**DRUG, 3: "622269701", 5: "アムロジピンＯＤ錠１０ｍｇ「ＹＤ」", 35: "", 37: "", 38: ""}),
            record(40, {**DRUG, 3: "622415901", 5: "アムロジピンＯＤ錠１０ｍｇ「トーワ」", 35: "", 37: "", 38: ""}),
        )
    )
    (tmp_path / "s_20240531.csv").write_bytes(content(record(150, ACT)))
    return tmp_path


def test_each_line_is_answered_in_the_form_of_diseases(masters: Path) -> None:
    given = "シンバスタチン錠5mg\nアムロジピンOD錠10mg\r\n\n" + "薬" * 300
    result = typed("--kind", "drug", "--lines", "--on", "2024-04-30", masters=masters, given=given)
    answers = [json.loads(line) for line in result.stdout.splitlines()]

    assert result.exit_code == 0
    assert [each["route"] for each in answers] == ["auto", "review", "review", "review"]
    assert answers[0]["codes"][0] == {
        "code": "622315400",
        "name": "シンバスタチン５ｍｇ錠",
        "modifiers": [],
        "icd10": "",
        "p": 0.98,
    }
    assert answers[0]["evidence"]["generic_code"] == "2189011F1ZZZ"
    assert {each["code"] for each in answers[1]["codes"]} >= {"622269701", "622415901"}
    assert answers[1]["evidence"]["reason"] == "several"
    assert answers[2]["codes"] == answers[3]["codes"] == []


@pytest.mark.parametrize(
    ("words", "exit_code", "shown"),
    [
        (("小腸切除術（その他のもの）", "--month", "202406"), 0, "auto  exact  150181210  小腸切除術（その他）"),
        (("小腸切除術（その他のもの）", "--month", "202405"), 1, "not-live"),
        (("歯", "--month", "202406"), 1, "review"),
        (("小腸切除術", "--sex", "1"), 2, "--sex"),
    ],
)
def test_a_name_ends_with_the_code_of_whether_it_is_sure(
    words: tuple[str, ...], exit_code: int, shown: str, masters: Path
) -> None:
    result = typed("--kind", "procedure", *words, masters=masters)

    assert result.exit_code == exit_code
    assert shown in result.output


@pytest.mark.parametrize(("kind", "file"), [("drug", "y_*.zip"), ("procedure", "s_*.zip")])
def test_a_missing_master_is_named(kind: str, file: str, tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        result = typed("--kind", kind, "何か", masters=folder)

        assert result.exit_code == 1
        assert file in result.output


def test_official_names_are_coded_from_the_official_files() -> None:
    folder = official_data("masters")

    drug = typed("--kind", "drug", "ﾉﾙﾊﾞｽｸ5mg錠", "--on", "2025-04-01", "--json", masters=folder)
    act = typed("--kind", "procedure", "後頭下穿刺(検査)", "--on", "2025-04-01", "--json", masters=folder)

    assert [json.loads(drug.stdout)["codes"][0]["name"], json.loads(drug.stdout)["route"]] == [
        "ノルバスク錠５ｍｇ",
        "auto",
    ]
    assert json.loads(act.stdout)["codes"][0]["code"] == "160096210"
