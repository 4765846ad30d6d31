"""An automatic code that was wrong, on the real platform: who used it is told, it is taken back, and decides anew."""

import json
from pathlib import Path
from typing import Any

from tests.e2e.codes.test_late_code import EPILEPSY, masters, told
from tests.e2e.codes.test_revised_code import claims
from tests.integration.stack.conftest import Platform
from tests.support import uke
from tests.support.waiting import wait_until

TEXT = "てんかん"


def file_of_one(folder: Path) -> str:
    """One of the demo's members: a visit for epilepsy in words."""
    head = uke.head(sex="2", name="見本　春子", kana="")
    insurer = uke.insurer(symbol="２６４", member_number="１０５５３５")
    branch = uke.line("SN", bearer="1", confirmation="01", branch="00")
    text = uke.disease(disease_code="0000999", name=TEXT, start_date="20240501")
    file = folder / "coded.UKE"
    file.write_bytes(uke.volume([uke.receipt(head, insurer, branch, text, uke.act())], uke.totals(1, 73)))
    return str(file)


def used_by(platform: Platform, claim_id: str) -> list[dict[str, Any]]:
    """The claim's lines that have the code in force."""
    lines = platform.type("claims", "coded", "--code", EPILEPSY, "--json").stdout.splitlines()
    return [each for each in map(json.loads, lines) if each["claim_id"] == claim_id]


def test_a_code_that_is_taken_back_takes_back_what_was_decided_by_it(platform: Platform, tmp_path: Path) -> None:
    before = claims(platform)
    for words in (("masters", "import", *masters(tmp_path)), ("submit", file_of_one(tmp_path), "--watch")):
        done = platform.type(*words)
        assert done.exit_code == 0, done.output
    [claim_id] = claims(platform) - before
    wait_until(lambda: told(platform, "claim", claim_id)["state"] == "CLAIM_STATE_APPROVED")
    number = told(platform, "claim", claim_id)["decision"]["number"]
    [used] = used_by(platform, claim_id)

    taken_back = platform.type("codes", "reverse", TEXT, "--code", EPILEPSY, "--not-codable", "--why", "別の病名")
    wait_until(lambda: told(platform, "claim", claim_id)["decision"]["number"] == number + 1)

    after = told(platform, "claim", claim_id)
    assert (used["use"], used["diagnosis"]["route"], used["diagnosis"]["decided_by"]) == (
        "CODE_USE_DEPENDED",
        "exact",
        "coder",
    )
    assert taken_back.exit_code == 0, taken_back.output
    decision = after["decision"]
    assert (after["state"], decision["cause"]) == ("CLAIM_STATE_PENDED", "DECISION_CAUSE_LATE_CODE")
    [line] = after["coded_diagnoses"]
    assert (line["disease_code"], line["late"]) == ("", True)
    assert [each["disease_code"] for each in line["earlier"]] == [EPILEPSY]
    assert line["revision"] == decision["coding_revision"]
    assert used_by(platform, claim_id) == []
