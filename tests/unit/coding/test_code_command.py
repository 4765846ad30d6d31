import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.coding.entrypoints.code import code
from tests.support.official_data import official_data


def typed(*words: str, given: str = "", masters: str = "") -> Result:
    nowhere = {"SEIKYU_CODER_MODEL": None, "XDG_DATA_HOME": "/nowhere"}
    return CliRunner().invoke(code, words, input=given, env={"SEIKYU_MASTERS": masters, **nowhere})


def test_each_line_is_answered_by_one_line_of_json_in_order() -> None:
    result = typed("--lines", "--json", "--on", "2024-10-31", given="左白内障の疑い\n肺炎なし\r\n\n膝関節湿疹\n謎の病")
    answers = [json.loads(line) for line in result.stdout.splitlines()]

    assert result.exit_code == 0
    assert [(each["text"], each["route"]) for each in answers] == [
        ("左白内障の疑い", "auto"),
        ("肺炎なし", "not-a-diagnosis"),
        ("", "review"),
        ("膝関節湿疹", "review"),
        ("謎の病", "review"),
    ]
    assert answers[0]["codes"][0] == {
        "code": "3669004",
        "name": "白内障",
        "modifiers": ["2049", "8002"],
        "icd10": "H269",
        "p": 0.97,
    }
    assert answers[1]["codes"] == answers[2]["codes"] == []
    assert answers[1]["evidence"]["reason"] == "negated"
    assert answers[3]["codes"][0]["modifiers"] == ["1640"]


def test_behind_the_first_code_stands_what_else_the_text_may_mean_never_more_probable() -> None:
    [answer] = [json.loads(line) for line in typed("--lines", given="本態の高血圧症").stdout.splitlines()]
    probabilities = [each["p"] for each in answer["codes"]]

    assert answer["route"] == "review"
    assert len({each["code"] for each in answer["codes"]}) == len(probabilities) > 1
    assert probabilities == sorted(probabilities, reverse=True)


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [
        (("高血圧症",), 0),
        (("謎の病",), 1),
        (("前立腺肥大症",), 0),
        (("前立腺肥大症", "--sex", "2", "--age", "64"), 1),
        (("ＣＯＶＩＤ－１９", "--month", "201901"), 1),
        (("ＣＯＶＩＤ－１９", "--on", "2024-10-01"), 0),
        ((), 2),
        (("高血圧症", "--lines"), 2),
        (("高血圧症", "--month", "202413"), 2),
        (("高血圧症", "--sex", "3"), 2),
    ],
)
def test_the_exit_code_says_whether_the_code_is_sure(words: tuple[str, ...], exit_code: int) -> None:
    assert typed(*words).exit_code == exit_code


def test_a_reader_is_told_route_code_modifiers_name_and_icd10() -> None:
    assert typed("両側白内障").stdout == "auto  decomposed  3669004  2058  白内障  H269\n"
    assert typed("前立腺肥大症", "--sex", "2").stdout == "review  review  8836591  前立腺肥大症  N40  sex\n"


def test_a_line_too_long_to_be_a_mention_gets_no_code() -> None:
    [answer] = [json.loads(line) for line in typed("--lines", given="白" * 201).stdout.splitlines()]

    assert (answer["codes"], answer["route"]) == ([], "review")


def test_the_masters_of_a_folder_stand_for_the_extracts_by_option_or_by_environment(tmp_path: Path) -> None:
    shutil.copy(official_data("masters", "full", "b_20240601.zip"), tmp_path)
    rare = ("シェーグレン症候群", "--on", "2024-10-01")

    assert typed(*rare).exit_code == 1
    assert "no z_*.zip" in typed(*rare, masters=str(tmp_path)).output
    shutil.copy(official_data("masters", "full", "z_20250601.zip"), tmp_path)
    assert typed(*rare, masters=str(tmp_path)).exit_code == 0
    assert typed(*rare, "--masters", str(tmp_path)).exit_code == 0
