"""Corrections on the real platform, typed as their users type them, and found in payers' topics and the ledger."""

import json
import re
from pathlib import Path

from infra.demo.data import HOSPITAL, INSURER, PROGRAMME, UKE_FILE
from services.cli.corrections import one_receipt
from tests.integration.stack.conftest import Platform
from tests.support.waiting import wait_until

CLAIM_MONTH = "2024-07"


def claims(platform: Platform) -> dict[int, dict[str, object]]:
    """The demo's claims by receipt number, as the operator lists them."""
    lines = platform.type("claims", "list", "--month", "202406", "--json").stdout.splitlines()
    return {each["receipt_number"]: each for each in map(json.loads, lines)}


def told(platform: Platform, *words: str) -> dict[str, object]:
    done = platform.type(*words, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def events(platform: Platform, payer: str) -> list[dict[str, object]]:
    """Everything in a payer's topic, as the payer keeps it: what a kill published again is the same, left out."""
    lines = platform.type("events", "tail", payer, "--no-follow", "--json").stdout.splitlines()
    kept: dict[str, dict[str, object]] = {}
    for event in map(json.loads, lines):
        assert kept.setdefault(event["event_id"], event) == event
    return list(kept.values())


def of_claim(platform: Platform, claim_id: object) -> list[int]:
    """What the insurer was told of a claim, in yen, in order."""
    return [int(str(each["share_yen"])) for each in events(platform, INSURER[0]) if each["claim_id"] == claim_id]


def owed(platform: Platform, payer: str) -> int:
    """What the ledger says that a payer owes."""
    shown = platform.type("ledger", "verify").output
    balance = re.search(rf"payer:{payer}\s+(-?[0-9,]+)", shown)
    return -int(balance[1].replace(",", "")) if balance else 0


def receipt_file(folder: Path, number: int) -> Path:
    """One receipt of the demo's file alone."""
    receipts = UKE_FILE.read_bytes().split(b"RE,")
    file = folder / "one.UKE"
    file.write_bytes(one_receipt(b"RE," + receipts[number]))
    return file


def test_corrections_reach_payers_and_ledger_to_the_yen_through_a_kill(platform: Platform, tmp_path: Path) -> None:
    before = claims(platform)
    withdrawn, reviewed, wrong = (str(before[number]["claim_id"]) for number in (1, 2, 3))
    platform.stack.kill_component("settlement")

    told(platform, "correct", "withdraw", withdrawn, "--hospital", HOSPITAL[0])
    told(platform, "correct", "review", reviewed, "--reason", "treatment", "--payer", INSURER[0])
    cut = ("--points", "10", "--code", "B", "--cut", f"{INSURER[0]}:10:70")
    told(platform, "correct", "decide-review", reviewed, *cut)
    told(platform, "correct", "report-error", wrong, "--reason", "wrong-copay", "--payer", INSURER[0])
    waiting = told(platform, "correct", "errors", "--hospital", HOSPITAL[0])
    told(platform, "correct", "answer-error", wrong, "--agree", "--hospital", HOSPITAL[0])
    again = ("--month", CLAIM_MONTH, "--hospital", HOSPITAL[0])
    new = told(platform, "correct", "resubmit", wrong, str(receipt_file(tmp_path, 3)), *again)
    platform.stack.start_service("settlement", {})
    wait_until(lambda: len(of_claim(platform, new["claim_id"])) == 1)
    wait_until(lambda: len(of_claim(platform, reviewed)) == 3)
    wait_until(lambda: len(of_claim(platform, wrong)) == 2)
    wait_until(lambda: len(of_claim(platform, withdrawn)) == 2)

    first = of_claim(platform, reviewed)[0]
    assert of_claim(platform, reviewed) == [first, -first, first - 70]
    assert sum(of_claim(platform, withdrawn)) == sum(of_claim(platform, wrong)) == 0
    states = {number: claim["state"] for number, claim in claims(platform).items() if number <= 3}
    assert states == {1: "CLAIM_STATE_WITHDRAWN", 2: "CLAIM_STATE_REDUCED", 3: "CLAIM_STATE_RETURNED"}
    for payer in (INSURER[0], PROGRAMME[0]):
        stream = events(platform, payer)
        assert [int(str(each["sequence"])) for each in stream] == list(range(1, len(stream) + 1))
        assert sum(int(str(each["share_yen"])) for each in stream) == owed(platform, payer)
    assert wrong in str(waiting)
    assert told(platform, "ledger", "verify")["sound"] is True
    shown = platform.type("claim", reviewed)
    assert "payer_review" in shown.output
