"""Commands against servers over real TLS: what is sent, what is shown, how they end."""

import json
import stat
from pathlib import Path

import grpc
import pytest

from tests.integration.cli.conftest import CLAIM_ID, CommandLine
from tests.support import uke

CHUNK_BYTES = 262_144


@pytest.fixture
def uke_file(tmp_path: Path) -> Path:
    file = tmp_path / "file.UKE"
    file.write_bytes(uke.plain_file(2_000))
    return file


def test_a_file_arrives_byte_for_byte_in_chunks(command_line: CommandLine, uke_file: Path) -> None:
    result = command_line.run("submit", str(uke_file), "--profile", "lenient")

    assert result.exit_code == 0
    assert b"".join(command_line.claims.chunks) == uke_file.read_bytes()
    assert max(len(chunk) for chunk in command_line.claims.chunks) == CHUNK_BYTES
    assert command_line.claims.profiles == [2]


def test_volumes_of_a_set_are_told_apart(command_line: CommandLine, uke_file: Path) -> None:
    command_line.run("submit", str(uke_file), str(uke_file))

    assert command_line.claims.volumes == 2


def test_a_file_is_sent_as_its_hospital_once_that_is_enrolled(command_line: CommandLine, uke_file: Path) -> None:
    command_line.run("submit", str(uke_file))
    enrolled = command_line.run("hospital", "enrol", "1310000003", "--name", "架空診療所", "--json")
    command_line.run("submit", str(uke_file))

    assert command_line.claims.tokens == ["Bearer operator-token", "Bearer hospital-token"]
    assert stat.S_IMODE(Path(json.loads(enrolled.output)["token_file"]).stat().st_mode) == 0o600


def test_watching_ends_with_the_decisions(command_line: CommandLine, uke_file: Path) -> None:
    result = command_line.run("submit", str(uke_file), "--watch", "--json")

    found = json.loads(result.output)
    assert result.exit_code == 0
    assert [claim["state"] for claim in found["claims"]] == ["CLAIM_STATE_APPROVED"]
    assert found["summary"]["submission_id"] == "sub_1"


@pytest.mark.parametrize("first_set", ["sub_0", ""], ids=["in another set", "without a set"])
def test_a_file_that_was_submitted_before_is_watched_where_its_claims_came_in(
    command_line: CommandLine, uke_file: Path, first_set: str
) -> None:
    command_line.claims.first_set = first_set

    result = command_line.run("submit", str(uke_file), "--watch", "--json")

    assert [claim["claim_id"] for claim in json.loads(result.output)["claims"]] == [CLAIM_ID]


def test_a_file_that_names_no_hospital_is_not_sent(command_line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear payer")

    result = command_line.run("submit", str(tmp_path / "letter.txt"))

    assert result.exit_code == 2
    assert "is no claim file" in result.stderr
    assert command_line.claims.tokens == []


def test_a_token_file_that_holds_no_token_is_named(command_line: CommandLine, uke_file: Path) -> None:
    result = command_line.run("submit", str(uke_file), "--token-file", str(uke_file))

    assert result.exit_code == 2
    assert "holds no token" in result.stderr


def test_an_id_is_never_cut_to_fit(command_line: CommandLine) -> None:
    assert CLAIM_ID in command_line.run("claims", "list").output


def test_a_topic_without_dead_letters_is_refused_with_those_that_have_some(command_line: CommandLine) -> None:
    result = command_line.run("dlq", "list", "settlement.01130012")

    assert result.exit_code == 2
    assert "claims.adjudicated" in result.stderr


def test_nothing_but_the_answer_is_printed_where_no_terminal_is(command_line: CommandLine) -> None:
    result = command_line.run("ledger", "verify", "--json")

    assert result.stderr == ""
    assert len(result.stdout.splitlines()) == 1


def test_a_refused_set_ends_with_1(command_line: CommandLine, uke_file: Path) -> None:
    command_line.claims.released = False

    result = command_line.run("submit", str(uke_file), "--watch")

    assert result.exit_code == 1
    assert "refused as a whole" in result.output


def test_a_claim_is_shown_with_its_shares(command_line: CommandLine) -> None:
    result = command_line.run("claim", CLAIM_ID)

    assert result.exit_code == 0
    assert all(each in result.output for each in (CLAIM_ID, "approved", "01130012", "511", "219"))


@pytest.mark.parametrize(
    ("status", "exit_code"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, 2),
        (grpc.StatusCode.INTERNAL, 3),
        (grpc.StatusCode.PERMISSION_DENIED, 4),
        (grpc.StatusCode.UNAUTHENTICATED, 4),
        (grpc.StatusCode.NOT_FOUND, 5),
        (grpc.StatusCode.ALREADY_EXISTS, 1),
    ],
)
def test_a_refusal_ends_with_its_documented_code_and_no_stack_trace(
    command_line: CommandLine, status: grpc.StatusCode, exit_code: int
) -> None:
    command_line.claims.refusal = status

    result = command_line.run("claim", CLAIM_ID)

    assert result.exit_code == exit_code
    assert result.stderr.startswith(f"seikyu: {status.name}: there is no such resource")
    assert "Traceback" not in result.output


def test_all_pages_are_listed_one_json_object_a_line(command_line: CommandLine) -> None:
    result = command_line.run("claims", "list", "--json")

    assert [json.loads(line)["claim_id"] for line in result.stdout.splitlines()] == [CLAIM_ID, CLAIM_ID]
    assert command_line.claims.pages == ["", "second"]


def test_listing_stops_at_the_limit(command_line: CommandLine) -> None:
    result = command_line.run("claims", "list", "--json", "--limit", "1")

    assert len(result.stdout.splitlines()) == 1
    assert command_line.claims.pages == [""]


def test_a_payers_credentials_are_kept_for_its_owner_only(command_line: CommandLine) -> None:
    result = command_line.run("payer", "enrol", "01130012", "--name", "架空健康保険協会", "--json")

    file = Path(json.loads(result.output)["credentials_file"])
    kept = json.loads(file.read_text())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (kept["topic"], kept["kafka_username"]) == ("settlement.01130012", "payer-01130012")
    assert kept["member_secret_hex"] == "73" * 32
    assert "secret" not in result.output.replace("credentials", "")


@pytest.mark.parametrize(("sound", "exit_code"), [(True, 0), (False, 1)])
def test_the_ledgers_verdict_is_the_exit_code(command_line: CommandLine, sound: bool, exit_code: int) -> None:
    command_line.settlement.sound = sound

    result = command_line.run("ledger", "verify")

    assert result.exit_code == exit_code
    assert ("trf_1 does not balance" in result.output) is not sound
    assert "-1,234" in result.output


def test_a_payer_that_was_never_enrolled_has_no_events_to_show(command_line: CommandLine) -> None:
    result = command_line.run("events", "tail", "01130012")

    assert result.exit_code == 5
    assert "seikyu payer enrol 01130012" in result.stderr


def test_a_server_that_is_not_there_ends_with_3(command_line: CommandLine) -> None:
    env_file = command_line.state_dir / "client.env"
    env_file.write_text(env_file.read_text() + "SEIKYU_CLAIMS_ADDRESS=127.0.0.1:1\n")

    result = command_line.run("claim", CLAIM_ID)

    assert result.exit_code == 3
    assert "make up" in result.stderr
