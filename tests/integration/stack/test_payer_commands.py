"""What a payer and its operator type about payers: receipts, replays, rotation and unenrolment on the real platform."""

import asyncio
import json
import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import confluent_kafka
import pytest
from seikyu.settlement.v1 import payer_service_pb2 as payers
from seikyu.settlement.v1.payer_service_pb2_grpc import PayerServiceStub

from infra.demo.data import INSURER, UKE_FILE
from infra.local.settings import REPOSITORY
from services.shared.chassis.channel import ClientCertificate, open_channel
from tests.integration.stack.conftest import Platform
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from seikyu.settlement.v1.payer_service_pb2_grpc import PayerServiceAsyncStub

PAYER = INSURER[0]
NEWCOMER = "06132013"
UNKNOWN = "clm_" + "0" * 32


def told(platform: Platform, *words: str) -> dict[str, object]:
    """What a command tells programs."""
    done = platform.type(*words, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def events(platform: Platform, payer: str = PAYER) -> list[dict[str, object]]:
    """All events on the payer's topic, read with the credentials that are kept now."""
    done = platform.type("events", "tail", payer, "--no-follow", "--json")
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def settled(platform: Platform) -> list[dict[str, object]]:
    """The payer's events once all that are announced are on its topic."""

    def is_out() -> bool:
        state = told(platform, "payer", "show", PAYER)
        return state["last_sequence"] == state["published_sequence"] != "0"

    wait_until(is_out)
    return events(platform)


def test_a_payer_reads_the_receipt_behind_a_payable_and_the_read_is_listed(platform: Platform, tmp_path: Path) -> None:
    claim = str(settled(platform)[0]["claim_id"])
    file = tmp_path / "receipt.uke"

    read = told(platform, "payer", "receipt", PAYER, claim, "--reason", "audit", "--reader", "staff-1", "-o", str(file))

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes().startswith(b"RE,")
    assert all(line in UKE_FILE.read_bytes() for line in file.read_bytes().split(b"\r\n"))
    [listed] = [
        json.loads(line)
        for line in platform.type("payer", "reads", PAYER, "--json").stdout.splitlines()
        if str(read["read_id"]) in line
    ]
    assert (listed["claim_id"], listed["reader"], listed["given"]) == (claim, "staff-1", True)
    assert "staff-1" in platform.type("payer", "reads", PAYER).stdout


def test_a_receipt_that_is_not_the_payers_ends_with_5_and_writes_nothing(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "receipt.uke"

    done = platform.type("payer", "receipt", PAYER, UNKNOWN, "--reason", "audit", "-o", str(file))

    assert done.exit_code == 5
    assert not file.exists()


def test_a_replay_brings_events_again_and_a_file_has_them_as_lines(platform: Platform, tmp_path: Path) -> None:
    before = settled(platform)
    file = tmp_path / "events.jsonl"

    again = told(platform, "events", "replay", PAYER, "--from", "2", "--to", "3")
    written = told(platform, "events", "replay", PAYER, "--from", "1", "-o", str(file))

    assert (again["events"], again["last_sequence"]) == (2, 3)
    wait_until(lambda: len(events(platform)) == len(before) + 2)
    assert events(platform)[-2:] == before[1:3]
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert written["events"] == len(lines) == len({event["event_id"] for event in before})
    assert [line["ce_id"] for line in lines] == [event["event_id"] for event in before][: len(lines)]


def test_a_statement_that_is_not_issued_ends_with_5(platform: Platform) -> None:
    assert platform.type("payer", "statement", PAYER, "--period", "2031-01").exit_code == 5


def test_rotated_credentials_read_on_and_the_certificate_speaks_on_the_other_port(platform: Platform) -> None:
    assert platform.type("payer", "enrol", NEWCOMER, "--name", "架空健康保険組合").exit_code == 0
    file = platform.stack.settings.state_dir / "identity" / f"payer-{NEWCOMER}.json"
    before = json.loads(file.read_text())

    given = told(platform, "payer", "rotate", NEWCOMER, "--grace-hours", "1")

    after = json.loads(file.read_text())
    assert (before["kafka_username"], after["kafka_username"]) == (f"payer-{NEWCOMER}", f"payer-{NEWCOMER}.b")
    assert given["former_kafka_username"] == before["kafka_username"]
    assert sorted(after["member_secrets"]) == ["1", "2"]
    assert after["member_secret_hex"] == after["member_secrets"]["1"] == before["member_secret_hex"]
    assert events(platform, NEWCOMER) == []
    assert not file.with_suffix(".rotating").exists()
    assert asyncio.run(stream_by_certificate(platform, after)).kafka_username == after["kafka_username"]


async def stream_by_certificate(platform: Platform, kept: dict[str, str]) -> payers.GetPayerResponse:
    """The state of the newcomer's stream, asked with its certificate on the port that demands one."""
    identity = ClientCertificate(cert_file=Path(kept["certificate_file"]), key_file=Path(kept["certificate_key_file"]))
    address = f"localhost:{platform.stack.parts.ports('settlement')[1]}"
    async with open_channel(address, ca_file=Path(kept["kafka_ca_file"]), identity=identity) as channel:
        stub: PayerServiceAsyncStub = PayerServiceStub(channel)
        return await stub.GetPayer(payers.GetPayerRequest(payer_number=NEWCOMER))


def test_unenrolled_a_payer_reads_nothing_until_it_is_enrolled_again(platform: Platform) -> None:
    assert platform.type("payer", "enrol", NEWCOMER, "--name", "架空健康保険組合").exit_code == 0

    gone = told(platform, "payer", "unenrol", NEWCOMER)

    refused = platform.type("events", "tail", NEWCOMER, "--no-follow")
    assert gone["last_sequence"] == 0
    assert refused.exit_code == 4, refused.output
    assert platform.type("payer", "receipt", NEWCOMER, UNKNOWN, "--reason", "audit", "-o", os.devnull).exit_code == 4
    assert platform.type("payer", "enrol", NEWCOMER, "--name", "架空健康保険組合").exit_code == 0
    assert events(platform, NEWCOMER) == []


def test_the_short_sample_adds_up_what_the_ledger_says(platform: Platform) -> None:
    found = settled(platform)
    credentials = platform.stack.settings.state_dir / "identity" / f"payer-{PAYER}.json"

    done = platform.run_example("payer_short.py", str(credentials))

    by_id = {str(event["event_id"]): int(str(event["share_yen"])) for event in found}
    assert done.stdout.splitlines()[-1] == f"{len(by_id)} events, owed {sum(by_id.values()):,} yen", done.stderr


def newer_librdkafka() -> Path:
    """The library of the Python client: Debian 12's own cannot log in to Kafka 4 by SCRAM."""
    [library] = Path(confluent_kafka.__file__).parents[1].glob("confluent_kafka.libs/librdkafka-*.so*")
    return library


def test_the_kcat_sample_shows_every_event_with_its_headers(platform: Platform) -> None:
    if shutil.which("kcat") is None:
        pytest.skip("kcat is a Debian package and is not installed here; .ci/run installs it")
    found = settled(platform)
    credentials = platform.stack.settings.state_dir / "identity" / f"payer-{PAYER}.json"
    sample = REPOSITORY / "docs" / "examples" / "payer_kcat.sh"

    done = subprocess.run(
        ["sh", str(sample), str(credentials)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=REPOSITORY,
        env={**os.environ, "LD_PRELOAD": str(newer_librdkafka())},
    )

    lines = done.stdout.splitlines()
    assert len(lines) >= len(found), done.stderr
    assert all("ce_type=jp.seikyu.settlement." in line and "ce_id=evt_" in line for line in lines)
