"""`seikyu outcomes`: the file arrives whole, for its owner only, or what was there before stays."""

import json
import stat
from pathlib import Path

import grpc
import pytest

from tests.integration.cli.conftest import CommandLine

RETURNS = ("outcomes", "returns", "--month")


@pytest.mark.parametrize("month", ["2024-06", "202406"])
def test_the_file_is_written_whole_and_only_its_owner_may_read_it(
    command_line: CommandLine, tmp_path: Path, month: str
) -> None:
    file = tmp_path / "RECEIPTC.HEN"

    result = command_line.run(*RETURNS, month, "--agency", "kokuhoren", "-o", str(file), "--json")

    assert result.exit_code == 0
    assert json.loads(result.output) == {"file": str(file), "bytes": 17, "receipts": 1}
    assert file.read_bytes() == b"HI,2,202406\r\nHG\r\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_cut_points_are_fetched_as_the_hospital_that_is_named(command_line: CommandLine, tmp_path: Path) -> None:
    command_line.run("hospital", "enrol", "1310000003", "--name", "架空診療所")
    named = ("--hospital", "1310000003", "-o", str(tmp_path / "cuts.csv"))

    result = command_line.run("outcomes", "reductions", "--month", "2024-06", *named)

    assert result.exit_code == 0
    assert "1 receipts" in result.output
    assert command_line.claims.tokens == ["Bearer hospital-token"]


def test_a_stream_that_breaks_off_leaves_what_was_there(command_line: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "RECEIPTC.HEN"
    file.write_bytes(b"last month's")
    command_line.claims.refusal = grpc.StatusCode.PERMISSION_DENIED

    result = command_line.run(*RETURNS, "2024-06", "-o", str(file))

    assert result.exit_code == 4
    assert [path.name for path in tmp_path.iterdir() if "HEN" in path.name] == ["RECEIPTC.HEN"]
    assert file.read_bytes() == b"last month's"


def test_a_hospital_that_was_never_enrolled_from_here_is_named(command_line: CommandLine, tmp_path: Path) -> None:
    result = command_line.run(*RETURNS, "2024-06", "--hospital", "1310000011", "-o", str(tmp_path / "x"))

    assert result.exit_code == 5
    assert "hospital 1310000011" in result.stderr


@pytest.mark.parametrize("month", ["2024-13", "24-06", "june"])
def test_a_month_that_is_none_is_refused(command_line: CommandLine, tmp_path: Path, month: str) -> None:
    assert command_line.run(*RETURNS, month, "-o", str(tmp_path / "x")).exit_code == 2
