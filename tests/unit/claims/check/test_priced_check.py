"""`seikyu check --masters`: by a small act master, what a person and a program see, and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.claims.domain.masters.kinds import MasterKind
from services.claims.entrypoints.cli import check
from services.claims.entrypoints.priced_check import MOST_ROWS
from tests.support import uke
from tests.support.kept_masters import return_visit_master
from tests.unit.claims.masters.rows.samples import csv_of, record


@pytest.fixture
def masters(tmp_path: Path) -> Path:
    """A folder with a full act master, published on 2024-04-01, of one act: the return visit at 73 points."""
    folder = tmp_path / "masters"
    folder.mkdir()
    return_visit_master(folder)
    return folder


@pytest.fixture
def claim_file(tmp_path: Path) -> Path:
    return tmp_path / "RECEIPTC.UKE"


def _check(claim_file: Path, masters: Path, *options: str) -> Result:
    return CliRunner().invoke(check, [str(claim_file), "--masters", str(masters), *options])


def _receipt(points: str, number: int = 1, code: str = "112007410") -> bytes:
    """A return visit that declares these points; each number is another person."""
    head = uke.head(receipt_number=str(number), birth_date="19800102")
    member = uke.insurer(points=points, member_number=str(number).translate({48 + n: 0xFF10 + n for n in range(10)}))
    return uke.receipt(head, member, uke.disease(), uke.act(points=points, item_code=code))


def test_a_receipt_that_declares_its_price_passes(claim_file: Path, masters: Path) -> None:
    claim_file.write_bytes(uke.volume([_receipt("73")], uke.totals(1, 73)))

    result = _check(claim_file, masters)

    assert result.exit_code == 0
    row = next(line.split() for line in result.stdout.splitlines() if line.split()[:1] == ["1"])
    assert row[:6] == ["1", "73", "73", "1", "of", "1"]
    assert "1 of 1 units priced by masters known on 2024-04-01" in result.stdout


def test_what_is_declared_above_the_price_is_a_reduction_with_both_figures(claim_file: Path, masters: Path) -> None:
    claim_file.write_bytes(uke.volume([_receipt("80")], uke.totals(1, 80)))

    result = _check(claim_file, masters, "--json")

    (receipt,) = json.loads(result.stdout)["receipts"]
    assert result.exit_code == 1
    assert (receipt["declared_points"], receipt["priced_points"]) == (80, 73)
    assert receipt["units"] == [{"lines": [5], "declared_points": 80, "priced_points": 73, "why": ""}]
    (found,) = [each for each in receipt["findings"] if each["severity"] == "reduce"]
    assert (found["line"], found["rule"], found["reason_code"]) == (5, "points.above-price", "F")
    assert {"80", "73"} <= set(found["message"].replace(",", "").replace(":", "").split())


@pytest.mark.parametrize(
    ("declared", "expected"),
    [("80", ("sum.points-above-lines", "reduce", "H")), ("70", ("sum.points-below-lines", "return", ""))],
)
def test_a_sum_that_is_not_that_of_the_lines_is_cut_or_returned(
    claim_file: Path, masters: Path, declared: str, expected: tuple[str, str, str]
) -> None:
    receipt = uke.receipt(uke.head(), uke.insurer(points=declared), uke.disease(), uke.act())
    claim_file.write_bytes(uke.volume([receipt], uke.totals(1, declared)))

    result = _check(claim_file, masters, "--json")

    (told,) = json.loads(result.stdout)["receipts"]
    found = [(each["rule"], each["severity"], each["reason_code"]) for each in told["findings"] if each["line"] == 3]
    assert (result.exit_code, found) == (1, [expected])


def test_a_code_that_the_master_does_not_hold_has_no_price_and_is_named(claim_file: Path, masters: Path) -> None:
    claim_file.write_bytes(uke.volume([_receipt("73", code="199999999")], uke.totals(1, 73)))

    (receipt,) = json.loads(_check(claim_file, masters, "--json").stdout)["receipts"]

    assert receipt["units"] == [
        {"lines": [5], "declared_points": 73, "priced_points": None, "why": "code-not-in-master: 199999999"}
    ]
    assert receipt["priced_points"] == 73


def test_a_line_whose_kind_is_not_loaded_stands_as_declared(claim_file: Path, masters: Path) -> None:
    drug = uke.drug(treatment_section="21", points="5")
    receipt = uke.receipt(uke.head(), uke.insurer(points="78"), uke.disease(), uke.act(), drug)
    claim_file.write_bytes(uke.volume([receipt], uke.totals(1, 78)))

    result = _check(claim_file, masters, "--json")

    (told,) = json.loads(result.stdout)["receipts"]
    assert result.exit_code == 0
    assert told["units"][1] == {
        "lines": [6],
        "declared_points": 5,
        "priced_points": None,
        "why": "kind-not-loaded: drug",
    }
    assert (told["declared_points"], told["priced_points"]) == (78, 78)


def test_a_receipt_that_cannot_be_read_has_findings_and_no_units(claim_file: Path, masters: Path) -> None:
    broken = _receipt("73").replace(b"SI,12,", b"SI,xx,")
    claim_file.write_bytes(uke.volume([broken, _receipt("73", 2)], uke.totals(2, 146)))

    said = json.loads(_check(claim_file, masters, "--json").stdout)

    assert [receipt["units"] == [] for receipt in said["receipts"]] == [True, False]
    assert said["receipts"][0]["findings"][0]["severity"] == "error"
    assert said["totals"]["receipts_rejected"] == 1


def test_the_search_number_of_a_receipt_that_comes_again_is_told(claim_file: Path, masters: Path) -> None:
    fields = _receipt("73").split(b"\r\n", 1)
    head = fields[0].split(b",")
    head[18] = b"1" * 30
    claim_file.write_bytes(uke.volume([b",".join(head) + b"\r\n" + fields[1]], uke.totals(1, 73)))

    (receipt,) = json.loads(_check(claim_file, masters, "--json").stdout)["receipts"]

    assert receipt["search_no"] == "1" * 30


def test_many_receipts_and_findings_are_counted_beyond_the_table(claim_file: Path, masters: Path) -> None:
    count = MOST_ROWS + 20
    claim_file.write_bytes(uke.volume([_receipt("80", at + 1) for at in range(count)], uke.totals(count, 80 * count)))

    result = _check(claim_file, masters)

    assert "and 20 more receipts" in result.stdout
    assert "findings by rule (the gravest 100 are above)" in result.stdout
    assert result.stdout.count("points.above-price") == MOST_ROWS + 1


def test_totals_that_disagree_refuse_the_set_but_price_its_receipts(claim_file: Path, masters: Path) -> None:
    claim_file.write_bytes(uke.volume([_receipt("73")], uke.totals(2, 73)))

    result = _check(claim_file, masters)

    assert result.exit_code == 1
    assert "The whole set would be refused" in result.stdout
    assert "frame.total-count" in result.stdout
    assert "1 of 1 units priced" in result.stdout


def test_a_file_that_is_no_claim_file_exits_2(claim_file: Path, masters: Path) -> None:
    claim_file.write_bytes(b"PK\x03\x04 not a claim file")

    result = _check(claim_file, masters)

    assert result.exit_code == 2
    assert "no claim file" in result.stdout


def test_a_folder_without_master_files_exits_2_and_says_so(claim_file: Path, tmp_path: Path) -> None:
    claim_file.write_bytes(uke.plain_file())
    (tmp_path / "empty").mkdir()

    result = _check(claim_file, tmp_path / "empty")

    assert result.exit_code == 2
    assert "holds no master file" in result.stderr


def test_a_master_file_that_is_not_as_published_exits_2_and_is_named(claim_file: Path, masters: Path) -> None:
    claim_file.write_bytes(uke.plain_file())
    (masters / "s_20240601.csv").write_bytes(csv_of([record(MasterKind.ACT, {12: "many"})]))

    result = _check(claim_file, masters)

    assert result.exit_code == 2
    assert "s_20240601.csv" in result.stderr
    assert "line 1" in result.stderr


def test_a_reader_that_wants_no_more_is_no_fault_of_the_file(claim_file: Path, masters: Path) -> None:
    claim_file.write_bytes(uke.volume([_receipt("73")], uke.totals(1, 73)))
    command = [sys.executable, "-m", "services.cli.main", "check", str(claim_file), "--masters", str(masters), "--json"]

    with subprocess.Popen(
        command,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        said = running.stderr.read()

    assert (running.returncode, said) == (1, b"")


def test_a_receipt_number_that_is_none_is_told_and_the_file_is_read_on(claim_file: Path, masters: Path) -> None:
    receipts = [_receipt("73", number=999_999_999_999), _receipt("73", number=2)]
    claim_file.write_bytes(uke.volume(receipts, uke.totals(2, 146)))

    result = _check(claim_file, masters, "--json")

    first, second = json.loads(result.stdout)["receipts"]
    assert result.exit_code == 1
    assert first["receipt_no"] == 0
    assert "field.number-too-long" in [each["rule"] for each in first["findings"]]
    assert (second["receipt_no"], second["priced_points"]) == (2, 73)
    assert "record.receipt-number" not in [each["rule"] for each in second["findings"]]
