"""`seikyu check`: what a person and a program see, and the exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.claims.entrypoints.cli import check
from tests.support import uke


@pytest.fixture
def claim_file(tmp_path: Path) -> Path:
    return tmp_path / "RECEIPTC.UKE"


def _check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(check, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def test_a_sound_file_exits_0(claim_file: Path) -> None:
    claim_file.write_bytes(uke.plain_file(3))

    result = _check(claim_file)

    assert result.exit_code == 0
    assert "All 3 receipts would be accepted" in result.output


def test_a_refused_receipt_exits_1_and_is_shown_with_its_place(claim_file: Path) -> None:
    claim_file.write_bytes(uke.plain_file().replace(b",1,19800101,", b",3,19800101,"))

    result = _check(claim_file)

    assert result.exit_code == 1
    assert "RE.sex" in result.output
    assert "field.code" in result.output
    assert "1 of 1 receipts would be refused" in result.output


def test_sums_that_differ_exit_1(claim_file: Path) -> None:
    receipt = uke.receipt(uke.head(), uke.insurer(points="80"), uke.disease(), uke.act())
    claim_file.write_bytes(uke.volume([receipt], uke.totals(1, 80)))

    result = _check(claim_file)

    assert result.exit_code == 1
    assert "sum.points-above-lines" in result.output


def test_a_broken_frame_exits_1(claim_file: Path) -> None:
    claim_file.write_bytes(uke.volume([uke.plain_receipt()], uke.totals(2, 73)))

    result = _check(claim_file)

    assert result.exit_code == 1
    assert "The whole set would be refused" in result.output
    assert len(json.loads(_check(claim_file, "--json").output)["findings"]) == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a claim file"])
def test_a_file_that_is_no_claim_file_exits_2(claim_file: Path, content: bytes) -> None:
    claim_file.write_bytes(content)

    result = _check(claim_file)

    assert result.exit_code == 2
    assert "no claim file" in result.output


def test_a_missing_file_exits_2_and_says_so(tmp_path: Path) -> None:
    result = _check(tmp_path / "nowhere.UKE")

    assert result.exit_code == 2
    assert "does not exist" in result.output


def test_lenient_lets_pass_what_strict_refuses(claim_file: Path) -> None:
    receipt = uke.receipt(uke.head(), uke.insurer(), uke.act())
    claim_file.write_bytes(uke.volume([receipt], uke.totals(1, 73)))

    assert _check(claim_file).exit_code == 1
    assert _check(claim_file, "--profile", "lenient").exit_code == 0


def test_volumes_are_given_in_order(tmp_path: Path) -> None:
    first, last = tmp_path / "1.UKE", tmp_path / "2.UKE"
    first.write_bytes(uke.volume([uke.plain_receipt(1)], uke.totals("", "", "01")))
    last.write_bytes(uke.volume([uke.plain_receipt(2)], uke.totals(2, 146), uke.institution(volume="01")))

    assert _check(first, last).exit_code == 0
    assert _check(last, first).exit_code == 1


def test_json_holds_the_totals_and_each_finding_with_rule_line_field_and_place(claim_file: Path) -> None:
    claim_file.write_bytes(uke.plain_file(2).replace(b"SY,2500013", b"SY,250001x", 1))

    result = _check(claim_file, "--json")

    said = json.loads(result.output)
    assert result.exit_code == 1
    assert said["receipts"] == 2
    assert said["receipts_rejected"] == 1
    assert said["declared"] == said["counted"] == {"payer_records": 2, "points": 146}
    assert said["findings"] == [
        {
            "line": 4,
            "record": "SY",
            "field": "disease_code",
            "rule": "field.mode",
            "section": "(3)ウ(ウ)",
            "severity": "error",
            "message": "the field holds characters of another mode (数字)",
        }
    ]


def test_many_findings_are_summed_by_rule(claim_file: Path) -> None:
    receipts = [uke.receipt(uke.head(receipt_number=str(at + 1)), uke.insurer(), uke.act()) for at in range(150)]
    claim_file.write_bytes(uke.volume(receipts, uke.totals(150, 150 * 73)))

    result = _check(claim_file)

    assert "All 150 findings by rule" in result.output
