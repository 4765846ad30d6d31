"""`seikyu check FILE.UKE --masters DIR --json` on the real file of October 2021, by the act schedule of 2022-02 alone.

What a unit declares and which records it holds is read from the file's raw lines here, not by the code under test.
"""

import json
import shutil
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from services.cli.main import assemble
from tests.support.official_data import official_data

POINTS: Final = 5
CODE: Final = 3
ABSENT_CODE: Final = "113033370"
"""The one act code of the file that the master of 2022-02 does not hold."""


def _uke() -> Path:
    return official_data("uke", "outpatient_2021-10_part_a.UKE")


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the act schedule of 2022-02-18 and nothing else."""
    folder = tmp_path_factory.mktemp("masters")
    shutil.copy(official_data("masters", "full", "s_ALL20220218.zip"), folder)
    return folder


def _run(masters: Path, *options: str) -> Result:
    return CliRunner().invoke(assemble(), ["check", str(_uke()), "--masters", str(masters), *options])


@pytest.fixture(scope="module")
def told(masters: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_run(masters, "--json").stdout)
    return found


@pytest.fixture(scope="module")
def lines() -> list[list[str]]:
    """The file's lines, taken apart; line 1 is the first."""
    text = _uke().read_bytes().decode("cp932")
    return [[], *(line.split(",") for line in text.split("\r\n"))]


def _units(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [unit for receipt in told["receipts"] for unit in receipt["units"]]


def test_every_receipt_and_every_line_of_treatment_is_told_once(told: dict[str, Any], lines: list[list[str]]) -> None:
    treatment = [number for number, line in enumerate(lines) if line and line[0] in {"SI", "IY", "TO"}]

    assert [receipt["receipt_no"] for receipt in told["receipts"]] == [
        int(line[1]) for line in lines if line and line[0] == "RE"
    ]
    assert [number for unit in _units(told) for number in unit["lines"]] == treatment


def test_declared_points_are_those_of_each_units_last_line(told: dict[str, Any], lines: list[list[str]]) -> None:
    assert [unit["declared_points"] for unit in _units(told)] == [
        int(lines[unit["lines"][-1]][POINTS]) for unit in _units(told)
    ]


def test_every_unit_with_a_price_has_exactly_the_declared_points(told: dict[str, Any]) -> None:
    priced = [unit for unit in _units(told) if unit["priced_points"] is not None]

    assert len(priced) == 151
    assert [unit for unit in priced if unit["priced_points"] != unit["declared_points"]] == []
    assert {unit["why"] for unit in priced} == {""}


def test_at_least_95_percent_of_the_units_of_acts_alone_are_priced(
    told: dict[str, Any], lines: list[list[str]]
) -> None:
    acts = [unit for unit in _units(told) if {lines[number][0] for number in unit["lines"]} == {"SI"}]

    priced = [unit for unit in acts if unit["priced_points"] is not None]
    assert (len(acts), len(priced)) == (155, 151)
    assert len(priced) >= 0.95 * len(acts)


def test_every_unit_without_a_price_says_which_code_or_kind_is_missing(
    told: dict[str, Any], lines: list[list[str]]
) -> None:
    unpriced = [unit for unit in _units(told) if unit["priced_points"] is None]

    reasons = {unit["why"] for unit in unpriced}
    assert len(unpriced) == 20
    assert reasons == {"kind-not-loaded: drug", f"code-not-in-master: {ABSENT_CODE}"}
    for unit in unpriced:
        codes = {lines[number][CODE] for number in unit["lines"]}
        assert (ABSENT_CODE in codes) is (unit["why"] == f"code-not-in-master: {ABSENT_CODE}")


def test_the_totals_are_those_the_file_declares(told: dict[str, Any]) -> None:
    totals = told["totals"]

    assert (totals["receipts"], totals["declared_points"], totals["priced_points"]) == (45, 61_495, 61_495)
    assert (totals["units"], totals["units_priced"]) == (171, 151)
    assert totals["masters_known_on"] == "2022-02-18"


def test_receipts_and_findings_have_the_agreed_form(told: dict[str, Any]) -> None:
    assert {tuple(receipt) for receipt in told["receipts"]} == {
        ("receipt_no", "search_no", "declared_points", "priced_points", "units", "findings")
    }
    assert {tuple(unit) for unit in _units(told)} == {("lines", "declared_points", "priced_points", "why")}
    findings = [finding for receipt in told["receipts"] for finding in receipt["findings"]]
    assert {tuple(finding) for finding in findings} == {("line", "rule", "reason_code", "severity", "message")}
    assert set(told) == {"receipts", "totals"}


def test_no_finding_holds_anything_of_a_patient(told: dict[str, Any], lines: list[list[str]]) -> None:
    personal = {line[at] for line in lines if line and line[0] == "RE" for at in (4, 6, 36) if line[at]}
    personal |= {line[3] for line in lines if line and line[0] == "HO"} - {"１"}
    said = json.dumps(told, ensure_ascii=False)

    assert [each for each in personal if each in said] == []


def test_a_person_sees_declared_and_priced_points_and_what_has_no_price(masters: Path) -> None:
    shown = _run(masters, "--profile", "lenient").stdout

    row = next(line.split() for line in shown.splitlines() if line.split()[:1] == ["1"])
    assert row[:6] == ["1", "13,642", "13,642", "6", "of", "12"]
    assert "kind-not-loaded: drug" in shown
    assert "151 of 171 units priced by masters known on 2022-02-18" in shown


def test_the_same_file_and_masters_give_the_same_bytes(masters: Path) -> None:
    assert _run(masters, "--json").stdout_bytes == _run(masters, "--json").stdout_bytes
