"""`seikyu submit --dry-run`: the file goes to the check, nothing is submitted, the exit code tells what was found."""

import json
from pathlib import Path

import pytest
from seikyu.claims.v1 import claim_pb2, claim_service_pb2, explanation_pb2

from tests.integration.cli.conftest import CommandLine
from tests.support import uke

SOUND = claim_service_pb2.CheckedReceipt(receipt_number=1, declared_points=73)
PRICED = explanation_pb2.ExplainedUnit(declared_points=80, priced_points=73, times=1)
UNFIT = claim_pb2.Finding(line=3, record="HO", rule="field.code", severity=claim_pb2.SEVERITY_ERROR)


def _found(effect: "explanation_pb2.RuleEffect.ValueType") -> claim_service_pb2.CheckedReceipt:
    finding = explanation_pb2.RuleFinding(line=5, rule="points.above-price", effect=effect, message="declared 80")
    explanation = explanation_pb2.ClaimExplanation(units=[PRICED], findings=[finding])
    return claim_service_pb2.CheckedReceipt(
        receipt_number=2, declared_points=80, priced_points=73, explanation=explanation
    )


@pytest.fixture
def uke_file(tmp_path: Path) -> Path:
    file = tmp_path / "file.UKE"
    file.write_bytes(uke.plain_file(2))
    return file


def test_the_file_reaches_the_check_whole_and_no_submission(command_line: CommandLine, uke_file: Path) -> None:
    command_line.claims.checked = [SOUND]

    result = command_line.run("submit", str(uke_file), str(uke_file), "--dry-run", "--json")

    assert result.exit_code == 0
    assert b"".join(command_line.claims.chunks) == uke_file.read_bytes() * 2
    assert (command_line.claims.volumes, command_line.claims.tokens) == (2, [])
    assert json.loads(result.output)["summary"]["receipts"] == 1


def test_declared_and_priced_points_stand_side_by_side_with_the_findings(
    command_line: CommandLine, uke_file: Path
) -> None:
    command_line.claims.checked = [SOUND, _found(explanation_pb2.RULE_EFFECT_REDUCE)]

    result = command_line.run("submit", str(uke_file), "--dry-run")

    row = next(line.split() for line in result.output.splitlines() if "-7" in line)
    assert row[:4] == ["2", "80", "73", "-7"]
    assert "points.above-price" in result.output


@pytest.mark.parametrize(
    ("receipt", "exit_code"),
    [
        (_found(explanation_pb2.RULE_EFFECT_RETURN), 1),
        (_found(explanation_pb2.RULE_EFFECT_REDUCE), 1),
        (_found(explanation_pb2.RULE_EFFECT_REFER), 0),
        (_found(explanation_pb2.RULE_EFFECT_NOTE), 0),
        (claim_service_pb2.CheckedReceipt(findings=[UNFIT]), 1),
    ],
    ids=["returned", "reduced", "referred", "noted", "wrong in form"],
)
def test_the_exit_code_is_1_where_a_receipt_would_not_be_accepted(
    command_line: CommandLine, uke_file: Path, receipt: claim_service_pb2.CheckedReceipt, exit_code: int
) -> None:
    command_line.claims.checked = [receipt]

    assert command_line.run("submit", str(uke_file), "--dry-run").exit_code == exit_code


def test_a_set_that_would_be_refused_ends_with_1(command_line: CommandLine, uke_file: Path) -> None:
    command_line.claims.released = False

    result = command_line.run("submit", str(uke_file), "--dry-run")

    assert result.exit_code == 1
    assert "refused as a whole" in result.output
