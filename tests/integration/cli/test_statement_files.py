"""`seikyu statement csv|pdf`: the document stands whole, for its owner only, and never over a file of other content."""

import json
import stat
from pathlib import Path

import grpc
import pytest

from tests.integration.cli.conftest import CommandLine
from tests.integration.cli.fake_periods import WHOLE

STATEMENT = "stm_" + "0" * 32


@pytest.fixture(params=["csv", "pdf"])
def command(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return ("statement", request.param, STATEMENT)


def parts(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir() if "april" in each.name]


def test_the_document_is_written_whole_and_the_same_again_changes_nothing(
    command_line: CommandLine, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "april"

    first = command_line.run(*command, "-o", str(file), "--json")
    written = file.stat()
    again = command_line.run(*command, "-o", str(file), "--json")

    assert (first.exit_code, again.exit_code) == (0, 0)
    assert json.loads(first.output) == json.loads(again.output)
    assert (file.read_bytes(), json.loads(first.output)["bytes"]) == (WHOLE, len(WHOLE))
    assert (file.stat().st_ino, stat.S_IMODE(file.stat().st_mode)) == (written.st_ino, 0o600)
    assert parts(tmp_path) == ["april"]


def test_a_file_of_other_content_stays_unless_it_is_to_be_replaced(
    command_line: CommandLine, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "april"
    file.write_bytes(b"mine")

    refused = command_line.run(*command, "-o", str(file))
    kept = file.read_bytes()
    done = command_line.run(*command, "-o", str(file), "--force")

    assert (refused.exit_code, kept) == (1, b"mine")
    assert "--force" in refused.stderr
    assert (done.exit_code, file.read_bytes()) == (0, WHOLE)


@pytest.mark.parametrize("how", [(), ("--force",)])
def test_a_document_that_is_another_or_breaks_off_leaves_nothing(
    command_line: CommandLine, tmp_path: Path, command: tuple[str, ...], how: tuple[str, ...]
) -> None:
    command_line.periods.names = b"another"
    other = command_line.run(*command, "-o", str(tmp_path / "april"), *how)
    command_line.periods.refusal = grpc.StatusCode.UNAVAILABLE
    broken = command_line.run(*command, "-o", str(tmp_path / "april"), *how)

    assert (other.exit_code, broken.exit_code) == (1, 3)
    assert "verify the ledger" in other.stderr
    assert parts(tmp_path) == []


def test_a_file_that_cannot_be_written_is_told_as_that(
    command_line: CommandLine, tmp_path: Path, command: tuple[str, ...]
) -> None:
    result = command_line.run(*command, "-o", str(tmp_path / "no-such-folder" / "april"))

    assert result.exit_code == 2
    assert "cannot be written: No such file or directory" in result.stderr
