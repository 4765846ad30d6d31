"""What the command line decides without a server."""

import stat
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from rich.console import Console

from services.cli.client import keep_private, load_client, shown
from services.cli.coverage import COLUMNS, check_file, read_rows
from services.cli.failures import CommandFailure, ExitCode
from services.cli.main import assemble
from services.cli.submitting import hospital_of, speaking_as_hospital
from services.cli.tracing import Span, trace_tree
from tests.support import uke

EXPECTED_COMMANDS = {
    *(
        "bank",
        "calendar",
        "check",
        "claim",
        "claims",
        "code",
        "codes",
        "coding",
        "correct",
        "coverage",
        "dlq",
        "eligibility",
    ),
    *("events", "hospital", "household", "lag", "ledger", "masters", "model", "outcomes", "payee", "payer"),
    *("payments", "period", "programmes", "review", "share", "statement", "submit", "synonyms", "tariff", "trace"),
}


def test_every_command_is_assembled_from_the_entry_points() -> None:
    assert set(assemble().commands) == EXPECTED_COMMANDS


@pytest.mark.parametrize("name", sorted(EXPECTED_COMMANDS))
def test_every_command_explains_itself(name: str) -> None:
    result = CliRunner().invoke(assemble(), [name, "--help"])

    assert result.exit_code == 0
    assert result.output.startswith("Usage:")


def test_the_environment_wins_over_client_env(tmp_path: Path) -> None:
    (tmp_path / "client.env").write_text("SEIKYU_ZIPKIN_URL=http://kept\nSEIKYU_TOKEN_FILE=/kept\n")

    client = load_client({"SEIKYU_STATE_DIR": str(tmp_path), "SEIKYU_ZIPKIN_URL": "http://own/"})

    assert (client.zipkin_url, client.setting("SEIKYU_TOKEN_FILE")) == ("http://own", "/kept")


def test_without_a_platform_the_command_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(CommandFailure) as caught:
        load_client({"SEIKYU_STATE_DIR": str(tmp_path)}).setting("SEIKYU_CLAIMS_ADDRESS")

    assert caught.value.exit_code == ExitCode.UNAVAILABLE
    assert "make up" in caught.value.advice


def test_a_secret_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "identity" / "hospital.jwt"

    keep_private(file, "first")
    keep_private(file, "second")

    assert file.read_text() == "second"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_the_hospital_of_a_file_is_read_from_its_first_record(tmp_path: Path) -> None:
    file = tmp_path / "a.UKE"
    file.write_bytes(uke.plain_file())
    other = tmp_path / "b.UKE"
    other.write_bytes(b"RE,1\r\n")

    assert (hospital_of(file), hospital_of(other)) == ("1310000003", "")


def test_a_file_is_sent_with_its_own_hospitals_token_where_one_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.UKE"
    file.write_bytes(uke.plain_file())
    client = load_client({"SEIKYU_STATE_DIR": str(tmp_path), "SEIKYU_TOKEN_FILE": "operator"})
    before = speaking_as_hospital(client, file, None).setting("SEIKYU_TOKEN_FILE")
    keep_private(client.hospital_token_file("1310000003"), "token")

    after = speaking_as_hospital(client, file, None).setting("SEIKYU_TOKEN_FILE")
    asked = speaking_as_hospital(client, file, Path("mine")).setting("SEIKYU_TOKEN_FILE")

    assert before == "operator"
    assert after == str(client.hospital_token_file("1310000003"))
    assert asked == "mine"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("01130012,1,2,00,1980-01-01,3,2023-04-01,,standard,,", "sex is 1 or 2"),
        ("01130012,1,2,00,1980-01-01,1,2023-04-01,,golden,,", "unknown copay_class"),
        ("01130012,1,2,00,1980-01-01,1,2023-04-01,,,z,", "unknown limit_category"),
        ("0113,1,2,00,1980-01-01,1,2023-04-01,,standard,,", "payer_number has 6 or 8 digits"),
        ("01130012,1,2,00,1980-13-01,1,2023-04-01,,standard,,", "birth_date is no day of the calendar"),
        ("01130012,1,2,00,1980-01-01,1,,,standard,,", "valid_from is no day of the calendar"),
        ("01130012,1,2,00,1980-01-01,1,2023-04-01,never,standard,,", "valid_to is no day of the calendar"),
    ],
)
def test_a_bad_row_of_coverage_is_named_by_line(tmp_path: Path, row: str, told: str) -> None:
    file = tmp_path / "coverage.csv"
    file.write_text(f"{','.join(COLUMNS)}\n01130012,1,2,00,1980-01-01,1,2023-04-01,,standard,,\n{row}\n")

    with pytest.raises(CommandFailure) as caught:
        list(read_rows(file))

    assert "line 3" in caught.value.message
    assert told in caught.value.message


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x8e\x8e\n", ",".join(COLUMNS).encode() + b"\n\x83\n"])
def test_a_coverage_file_in_another_encoding_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "coverage.csv"
    file.write_bytes(content)

    with pytest.raises(CommandFailure, match="is not UTF-8"):
        check_file(file)


def test_a_command_that_is_interrupted_ends_with_130_and_no_stack_trace() -> None:
    @click.command()
    def interrupted() -> None:
        raise KeyboardInterrupt

    group = assemble()
    group.add_command(interrupted, "interrupted")
    result = CliRunner().invoke(group, ["interrupted"])

    assert result.exit_code == 130
    assert result.stderr == "interrupted\n"


def test_a_path_below_the_current_folder_is_shown_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert shown(tmp_path / ".run" / "client.env") == ".run/client.env"
    assert shown(Path("/elsewhere")) == "/elsewhere"


def test_a_coverage_file_without_a_column_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "coverage.csv"
    file.write_text("payer_number\n")

    with pytest.raises(click.ClickException, match="the header lacks symbol"):
        list(read_rows(file))


def test_a_trace_is_drawn_under_its_parents_and_keeps_spans_whose_parent_is_missing() -> None:
    def span(span_id: str, parent_id: str, name: str, start_us: int) -> Span:
        return Span(
            span_id=span_id, parent_id=parent_id, name=name, service="claims", start_us=start_us, duration_us=1_500
        )

    spans = [span("1", "", "claim", 1_000), span("2", "1", "decide", 2_000), span("3", "9", "lost", 3_000)]
    console = Console(width=100)
    with console.capture() as captured:
        console.print(trace_tree(spans, "abc"))
    lines = captured.get().splitlines()

    assert lines[0] == "trace abc, 3 spans, 1 services"
    assert lines[1].startswith("├── claims       claim")
    assert lines[2].startswith("│   └── claims       decide")
    assert "+1.0 ms  1.5 ms" in lines[2]
    assert lines[3].startswith("└── claims       lost")
