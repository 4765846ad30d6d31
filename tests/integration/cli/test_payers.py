"""`seikyu payer ...` and `seikyu events replay` against fakes: what is asked, with whose token, and what is kept."""

import json
import stat
from itertools import pairwise
from pathlib import Path
from typing import Any

import grpc
import pytest
from seikyu.claims.v1 import enrolment_service_pb2 as enrolments
from seikyu.settlement.v1 import payer_service_pb2 as payers

from tests.integration.cli.conftest import CommandLine
from tests.integration.cli.fake_payers import RECEIPT

PAYER = "01130012"
CLAIM = "clm_" + "1" * 32


@pytest.fixture
def enrolled(command_line: CommandLine) -> CommandLine:
    """A payer that was enrolled from here."""
    assert command_line.run("payer", "enrol", PAYER, "--name", "架空健康保険協会").exit_code == 0
    return command_line


def kept(command_line: CommandLine) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((command_line.state_dir / "identity" / f"payer-{PAYER}.json").read_text())
    return found


def test_a_certificate_is_kept_with_its_key_where_one_is_signed(command_line: CommandLine) -> None:
    command_line.enrolments.certifies = True

    command_line.run("payer", "enrol", PAYER, "--name", "架空健康保険協会")

    key = Path(kept(command_line)["certificate_key_file"])
    assert Path(kept(command_line)["certificate_file"]).read_bytes() == b"certificate"
    assert key.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_a_payer_without_certificate_is_enrolled_all_the_same(enrolled: CommandLine) -> None:
    assert "certificate_file" not in kept(enrolled)
    assert kept(enrolled)["member_secrets"] == {"1": "73" * 32}


def test_a_rotation_keeps_new_credentials_and_every_secret(enrolled: CommandLine) -> None:
    told = json.loads(enrolled.run("payer", "rotate", PAYER, "--grace-hours", "24", "--json").output)

    found = kept(enrolled)
    assert told["former_kafka_username"] == f"payer-{PAYER}"
    assert (found["kafka_username"], found["kafka_password"], found["token"]) == (
        f"payer-{PAYER}.b",
        "another",
        "rotated-token",
    )
    assert found["member_secrets"] == {"1": "01" * 32, "2": "02" * 32}
    assert found["group_prefix"] == f"payer-{PAYER}."


def test_a_rotation_that_broke_off_goes_on_with_the_same_request(enrolled: CommandLine) -> None:
    enrolled.payers.refusal = grpc.StatusCode.UNAVAILABLE

    broken = enrolled.run("payer", "rotate", PAYER)
    before = kept(enrolled)
    done = enrolled.run("payer", "rotate", PAYER)

    assert (broken.exit_code, done.exit_code) == (3, 0)
    assert before["kafka_password"] == "secret", "nothing is kept of half a rotation"
    ids = [each.request_id for each in enrolled.enrolments.asked if isinstance(each, enrolments.RotatePayerRequest)]
    ids += [each.request_id for each in enrolled.payers.asked if isinstance(each, payers.RotatePayerRequest)]
    assert len(ids) == 4
    assert len(set(ids)) == 1


def test_a_second_rotation_is_another_request(enrolled: CommandLine) -> None:
    enrolled.run("payer", "rotate", PAYER)
    enrolled.run("payer", "rotate", PAYER)

    ids = [each.request_id for each in enrolled.payers.asked if isinstance(each, payers.RotatePayerRequest)]
    assert len(set(ids)) == 2


def test_an_unenrolment_tells_both_services_and_how_far_the_events_are(enrolled: CommandLine) -> None:
    told = enrolled.run("payer", "unenrol", PAYER)

    assert "11 of 12 events were published" in told.output
    assert [type(each).__name__ for each in enrolled.payers.asked] == ["UnenrolPayerRequest"]
    assert isinstance(enrolled.enrolments.asked[-1], enrolments.UnenrolPayerRequest)


def test_a_receipt_is_asked_for_with_the_payers_own_token_and_written_for_its_owner_only(
    enrolled: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "receipt.uke"

    done = enrolled.run("payer", "receipt", PAYER, CLAIM, "--reason", "audit", "--reader", "s-1", "-o", str(file))

    assert done.exit_code == 0
    assert file.read_bytes() == RECEIPT
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert enrolled.payers.tokens == ["Bearer payer-token"]
    assert "HO,01130012" not in done.output
    [asked] = enrolled.payers.asked
    assert asked == payers.GetReceiptRequest(claim_id=CLAIM, reason=payers.RECEIPT_READ_REASON_AUDIT, reader="s-1")


def test_a_receipt_without_a_reason_is_not_asked_for(enrolled: CommandLine, tmp_path: Path) -> None:
    done = enrolled.run("payer", "receipt", PAYER, CLAIM, "-o", str(tmp_path / "receipt.uke"))

    assert done.exit_code == 2
    assert enrolled.payers.asked == []


def test_who_read_what_is_listed_from_all_pages(command_line: CommandLine) -> None:
    told = command_line.run("payer", "reads", PAYER, "--json")

    assert [json.loads(line)["read_id"] for line in told.output.splitlines()] == ["rrd_1", "rrd_2"]
    assert "audit" in command_line.run("payer", "reads", PAYER).output


def test_a_review_is_asked_for_with_the_payers_own_token(enrolled: CommandLine) -> None:
    told = enrolled.run("payer", "review", PAYER, CLAIM, "--reason", "treatment")

    assert "under_review" in told.output.replace(" ", "_").lower()
    assert enrolled.payers.tokens == ["Bearer payer-token"]


def test_a_payers_stream_and_statement_are_shown(command_line: CommandLine) -> None:
    assert "12 events, 11 on settlement.01130012" in command_line.run("payer", "show", PAYER).output
    shown = command_line.run("payer", "statement", PAYER, "--period", "2026-06").output
    assert "to be paid: 1,533 yen until 2026-08-20" in shown
    assert (
        json.loads(command_line.run("payer", "statement", PAYER, "--period", "2026-06", "--json").output)[
            "statement_id"
        ]
        == "stm_1"
    )


def test_events_are_replayed_on_the_topic_or_written_as_lines(command_line: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"

    told = json.loads(command_line.run("events", "replay", PAYER, "--from", "2", "--json").output)
    written = command_line.run("events", "replay", PAYER, "--from", "1", "-o", str(file))

    assert (told["events"], told["last_sequence"]) == (2, 3)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert written.exit_code == 0
    assert [(line["sequence"], line["ce_id"], line["value_base64"]) for line in lines] == [
        (1, "evt_1", "AQ=="),
        (2, "evt_2", "AQ=="),
        (3, "evt_3", "AQ=="),
    ]


def test_events_are_in_the_file_before_the_next_page_is_asked_for(command_line: CommandLine, tmp_path: Path) -> None:
    file, sizes = tmp_path / "events.jsonl", list[int]()
    beside = tmp_path / ".events.jsonl.part"
    command_line.payers.events, command_line.payers.events_of_page = 500, 100
    command_line.payers.before_page = lambda: sizes.append(beside.stat().st_size)

    told = json.loads(command_line.run("events", "replay", PAYER, "--from", "1", "-o", str(file), "--json").output)

    page = len(b"".join(file.read_bytes().splitlines(keepends=True)[:100]))
    assert told["events"] == len(file.read_bytes().splitlines()) == 500
    assert sizes[0] == 0
    assert all(later - earlier > page // 2 for earlier, later in pairwise(sizes))
    assert (stat.S_IMODE(file.stat().st_mode), beside.exists()) == (0o600, False)


def test_events_that_break_off_leave_the_file_that_was_there(command_line: CommandLine, tmp_path: Path) -> None:
    file, asked = tmp_path / "events.jsonl", iter([None])
    file.write_text("yesterday's")
    command_line.payers.before_page = lambda: next(asked)

    result = command_line.run("events", "replay", PAYER, "--from", "1", "-o", str(file))

    assert result.exit_code == 3
    assert file.read_text() == "yesterday's"
    assert [each.name for each in tmp_path.iterdir() if "events" in each.name] == ["events.jsonl"]


def test_events_that_cannot_be_written_are_told_as_that(command_line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("no folder")

    result = command_line.run("events", "replay", PAYER, "--from", "1", "-o", str(tmp_path / "folder" / "events.jsonl"))

    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
