"""A reviewer's codes on the real platform: what the coder left open is decided by a person and later taken back."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from confluent_kafka import Producer
from seikyu.coding.v1 import coding_service_pb2
from seikyu.coding.v1.events_pb2 import CodingCompleted

from services.shared.chassis.traceparent import new_traceparent
from tests.bench.__main__ import kafka_config
from tests.e2e.codes.test_late_code import EPILEPSY, masters, told
from tests.integration.stack.conftest import Platform
from tests.support import uke
from tests.support.waiting import PATIENCE_S, wait_until

LINE, DOUBT = 4, "8002"
REVIEWED = coding_service_pb2.CODING_ROUTE_REVIEWED


def file_of_one(folder: Path) -> str:
    """One of the demo's members: a visit for what no coder can name."""
    head = uke.head(sex="2", name="見本　冬子", kana="")
    insurer = uke.insurer(symbol="５１３", member_number="７６６９１６")
    branch = uke.line("SN", bearer="1", confirmation="01", branch="00")
    text = uke.disease(disease_code="0000999", name="季節の不調", start_date="20240501")
    file = folder / "open.UKE"
    file.write_bytes(uke.volume([uke.receipt(head, insurer, branch, text, uke.act())], uke.totals(1, 73)))
    return str(file)


def claims(platform: Platform) -> set[str]:
    lines = platform.type("claims", "list", "--json").stdout.splitlines()
    return {str(json.loads(each)["claim_id"]) for each in lines}


def decision(platform: Platform, claim_id: str) -> dict[str, Any]:
    found: dict[str, Any] = told(platform, "claim", claim_id)["decision"]
    return found


def review(platform: Platform, claim_id: str, revision: int, code: str, *modifiers: str) -> None:
    """As coding announces what a person decided."""
    message = CodingCompleted(claim_id=claim_id, coder_version="test", revision=revision)
    message.codings.add(line=LINE, route=REVIEWED, disease_code=code, modifier_codes=modifiers)
    message.completed_time.GetCurrentTime()
    producer = Producer(kafka_config(dict(platform.variables)))
    headers: list[tuple[str, str | bytes | None]] = [
        ("ce_id", f"evt_{uuid4().hex}".encode()),
        ("traceparent", new_traceparent(raised=False).encode()),
    ]
    producer.produce("coding.completed", key=claim_id.encode(), value=message.SerializeToString(), headers=headers)
    assert producer.flush(PATIENCE_S) == 0


def uses(platform: Platform, claim_id: str) -> list[tuple[str, int]]:
    """What the code is to the claim's decision, and how many late decisions saw it."""
    lines = platform.type("claims", "coded", "--code", EPILEPSY, "--route", "reviewed", "--json").stdout.splitlines()
    found = [each for each in map(json.loads, lines) if each["claim_id"] == claim_id]
    return [(each["use"], len(each["late_decision_ids"])) for each in found]


def dead_letters(platform: Platform) -> list[str]:
    """Why answers of coding's were put aside."""
    lines = platform.type("dlq", "list", "coding.completed", "--json").stdout.splitlines()
    return [str(each["reason"]) for each in map(json.loads, lines)]


def test_a_reviewer_s_code_decides_anew_where_the_decision_depends_on_it_and_nowhere_else(
    platform: Platform, tmp_path: Path
) -> None:
    before = claims(platform)
    for words in (("masters", "import", *masters(tmp_path)), ("submit", file_of_one(tmp_path), "--watch")):
        done = platform.type(*words)
        assert done.exit_code == 0, done.output
    [claim_id] = claims(platform) - before
    first = decision(platform, claim_id)

    review(platform, claim_id, 1, EPILEPSY)
    wait_until(lambda: decision(platform, claim_id)["number"] == 2)
    used = uses(platform, claim_id)
    review(platform, claim_id, 2, EPILEPSY, DOUBT)
    review(platform, claim_id, 3, "")
    wait_until(lambda: decision(platform, claim_id)["number"] == 3)

    told_of = told(platform, "claim", claim_id)
    assert (first["outcome"], first["coding_revision"]) == ("CLAIM_STATE_PENDED", 0)
    assert [(each["outcome"], each["cause"], each["coding_revision"]) for each in told_of["decisions"][1:]] == [
        ("CLAIM_STATE_APPROVED", "DECISION_CAUSE_LATE_CODE", 1),
        ("CLAIM_STATE_PENDED", "DECISION_CAUSE_LATE_CODE", 3),
    ]
    [line] = told_of["coded_diagnoses"]
    assert (line["disease_code"], line["revision"], line["decided_by"]) == ("", 3, "person")
    assert [each["disease_code"] for each in line["earlier"]] == [EPILEPSY, EPILEPSY, ""]
    assert (used, uses(platform, claim_id)) == ([("CODE_USE_DEPENDED", 1)], [])
    assert "訂正前" in platform.type("claim", claim_id, "--lang", "ja").output
    assert told(platform, "ledger", "verify")["sound"] is True

    review(platform, claim_id, 3, EPILEPSY)
    wait_until(lambda: "contradictory" in dead_letters(platform))
    assert decision(platform, claim_id)["number"] == len(told_of["decisions"])
