"""`seikyu` against the real platform: what each command shows, and how it ends."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

import pytest
from confluent_kafka import Producer

from infra.demo.data import CASES, COVERAGE_FILE, HOSPITAL, INSURER, UKE_FILE
from infra.local.settings import REPOSITORY
from services.cli.client import load_client
from services.shared.chassis.kafka import client_config
from tests.integration.stack.conftest import Platform
from tests.support.waiting import wait_until

WITHIN_S = 20.0


def poison(platform: Platform, topic: str) -> str:
    """An event that its consumer cannot read, written as the operator; returns its key."""
    key = f"clm_{token_hex(16)}"
    client = load_client({"SEIKYU_STATE_DIR": str(platform.stack.settings.state_dir)})
    producer = Producer(client_config(client.operator_kafka))
    producer.produce(topic, key=key, value=b"\xff\xff nothing that protobuf can read")
    assert producer.flush(WITHIN_S) == 0
    return key


def dead_letters(platform: Platform, topic: str, key: str) -> list[dict[str, object]]:
    lines = platform.type("dlq", "list", topic, "--json").stdout.splitlines()
    return [letter for letter in map(json.loads, lines) if letter["key"] == key]


@pytest.mark.parametrize("topic", ["claims.received", "coding.requested", "claims.adjudicated"])
def test_a_poisoned_event_becomes_a_dead_letter_that_can_be_looked_at(platform: Platform, topic: str) -> None:
    key = poison(platform, topic)
    wait_until(lambda: bool(dead_letters(platform, topic, key)))

    [letter] = dead_letters(platform, topic, key)
    shown = platform.type("dlq", "show", topic, str(letter["offset"]))
    assert (letter["reason"], letter["origin_topic"]) == ("unreadable", topic)
    assert shown.exit_code == 0
    assert key in shown.output
    assert "nothing that protobuf can read" not in shown.output


def test_a_replayed_dead_letter_reaches_its_origin_again_and_its_key_waits_no_longer(platform: Platform) -> None:
    key = poison(platform, "claims.received")
    wait_until(lambda: bool(dead_letters(platform, "claims.received", key)))
    [letter] = dead_letters(platform, "claims.received", key)

    replayed = platform.type("dlq", "replay", "claims.received", str(letter["offset"]), "--json")

    assert json.loads(replayed.stdout) == {"published": 1, "keys_freed": 1}
    wait_until(lambda: len(dead_letters(platform, "claims.received", key)) == 2)
    assert [each["reason"] for each in dead_letters(platform, "claims.received", key)] == ["unreadable"] * 2


@pytest.mark.parametrize("command", ["show", "replay"])
def test_a_dead_letter_that_is_not_there_ends_with_5(platform: Platform, command: str) -> None:
    missing = platform.type("dlq", command, "claims.received", "999999")

    assert missing.exit_code == 5
    assert "dlq list claims.received" in missing.stderr


def test_a_claim_and_its_trace_are_shown(platform: Platform) -> None:
    returned = json.loads(platform.type("claims", "list", "--state", "returned", "--json").stdout.splitlines()[0])
    claim_id = returned["claim_id"]

    assert platform.type("claim", claim_id).exit_code == 0
    wait_until(lambda: platform.type("trace", claim_id).exit_code == 0)
    trace = platform.type("trace", claim_id).output
    assert f"trace {returned['trace_id']}" in trace
    assert f"/zipkin/traces/{returned['trace_id']}" in trace


def test_a_hospital_lists_its_own_claims(platform: Platform) -> None:
    token = platform.stack.settings.state_dir / "identity" / f"hospital-{HOSPITAL[0]}.jwt"

    listed = platform.type("claims", "list", "--json", SEIKYU_TOKEN_FILE=str(token)).stdout.splitlines()

    claims = [json.loads(line) for line in listed]
    assert {claim["hospital_code"] for claim in claims} == {HOSPITAL[0]}
    assert len(claims) >= len(CASES)


def test_the_same_file_watched_again_ends_with_the_first_answers(platform: Platform) -> None:
    again = json.loads(platform.type("submit", str(UKE_FILE), "--watch", "--json").stdout)

    assert {answer["repeated_submission"] for answer in again["answers"]} == {True}
    states = {claim["receipt_number"]: claim["state"] for claim in again["claims"]}
    expected = {number: f"CLAIM_STATE_{case.expected.upper()}" for number, case in enumerate(CASES, start=1)}
    assert states == expected


def test_the_ledger_is_sound(platform: Platform) -> None:
    verified = platform.type("ledger", "verify")

    assert verified.exit_code == 0
    assert f"payer:{INSURER[0]}" in verified.output


def test_coverage_imported_again_changes_nothing(platform: Platform) -> None:
    again = json.loads(platform.type("coverage", "import", str(COVERAGE_FILE), "--json").stdout)

    assert (again["recorded"], again["rows"]) == ("0", again["unchanged"])


def test_a_past_day_is_answered_as_it_was_known_then_and_the_command_says_how_to_ask_for_now(
    platform: Platform,
) -> None:
    payer, symbol, number, branch, birth, sex = COVERAGE_FILE.read_text().splitlines()[1].split(",")[:6]
    asked = (
        payer,
        number,
        "--symbol",
        symbol,
        "--branch",
        branch,
        "--birth",
        birth,
        "--sex",
        sex,
        "--on",
        "2024-05-01",
    )

    then = platform.type("eligibility", "check", *asked)
    now = platform.type("eligibility", "check", *asked, "--as-known", "now")

    assert (then.exit_code, now.exit_code) == (1, 0)
    assert "--as-known now" in then.stderr


@pytest.mark.parametrize(("text", "exit_code"), [("高血圧症", 0), ("季節の変わり目の不調", 1)])
def test_a_diagnosis_gets_a_code_or_says_that_there_is_none(platform: Platform, text: str, exit_code: int) -> None:
    assert platform.type("code", text).exit_code == exit_code


def test_every_consumer_group_catches_up(platform: Platform) -> None:
    def lags() -> dict[str, int]:
        lines = platform.type("lag", "--json").stdout.splitlines()
        return {each["group"]: each["behind"] for each in map(json.loads, lines)}

    wait_until(lambda: len(lags()) >= 4 and not any(lags().values()))
    assert {name.split(".")[0] for name in lags()} >= {"claims", "eligibility", "settlement"}


@pytest.mark.parametrize(
    ("words", "environment", "exit_code", "told"),
    [
        (("claim", f"clm_{'0' * 32}"), {}, 5, "NOT_FOUND"),
        (("claim", "nonsense"), {}, 2, "claim_id"),
        (("hospital", "enrol", "12", "--name", "x"), {}, 2, "hospital_code"),
        (("ledger", "verify"), {"SEIKYU_TOKEN_FILE": "README.md"}, 2, "holds no token"),
        (("ledger", "verify"), {"SEIKYU_TOKEN_FILE": "LICENSE-that-is-not"}, 2, "cannot be read"),
        (("ledger", "verify"), {"SEIKYU_SETTLEMENT_ADDRESS": "127.0.0.1:1"}, 3, "make up"),
        (("trace", f"clm_{'0' * 32}"), {}, 5, "NOT_FOUND"),
        (("events", "tail", "99999999"), {}, 5, "seikyu payer enrol 99999999"),
        (("lag",), {"SEIKYU_KAFKA_BOOTSTRAP": "127.0.0.1:1"}, 3, "make status"),
        (("dlq", "list", "claims.received"), {"SEIKYU_KAFKA_BOOTSTRAP": "127.0.0.1:1"}, 3, "make status"),
    ],
)
def test_what_cannot_be_done_ends_with_its_code_and_says_what_to_do(
    *, platform: Platform, words: tuple[str, ...], environment: dict[str, str], exit_code: int, told: str
) -> None:
    result = platform.type(*words, **environment)

    assert result.exit_code == exit_code
    assert told in result.stderr
    assert "Traceback" not in result.output


def test_a_hospital_may_not_do_an_operators_work(platform: Platform) -> None:
    token = platform.stack.settings.state_dir / "identity" / f"hospital-{HOSPITAL[0]}.jwt"

    result = platform.type("ledger", "verify", SEIKYU_TOKEN_FILE=str(token))

    assert result.exit_code == 4
    assert "SEIKYU_TOKEN_FILE" in result.stderr


def test_a_payer_with_a_wrong_password_is_told_so(platform: Platform) -> None:
    kept = platform.stack.settings.state_dir / "identity" / f"payer-{INSURER[0]}.json"
    wrong = kept.with_name("payer-06000000.json")
    wrong.write_text(kept.read_text().replace('"kafka_password": "', '"kafka_password": "x'))

    result = platform.type("events", "tail", "06000000", "--no-follow")

    assert result.exit_code == 4
    assert "credentials" in result.stderr


@contextmanager
def following(platform: Platform, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A command that runs until it is interrupted."""
    environment = {**os.environ, "SEIKYU_STATE_DIR": str(platform.stack.settings.state_dir), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "services.cli.main", *words]
    with subprocess.Popen(command, env=environment, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_events_are_followed_live_until_ctrl_c(platform: Platform) -> None:
    with following(platform, "events", "tail", INSURER[0], "--from-beginning") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        process.send_signal(signal.SIGINT)
        process.wait(WITHIN_S)

    assert process.returncode == 0
    assert lines[0].split()[:2] == ["seq", "claim"]
    assert [int(line.split()[0]) for line in lines[1:]] == [1, 2, 3]
    assert re.fullmatch(r"clm_[0-9a-f]{32}", lines[1].split()[1])
