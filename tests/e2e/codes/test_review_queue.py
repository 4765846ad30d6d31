"""A reviewer at the command line on the real platform: what no coder can name waits, is decided, decides the claim."""

import json
from pathlib import Path
from typing import Any

from tests.e2e.codes.test_late_code import EPILEPSY, MONTH, masters, told
from tests.integration.stack.conftest import Platform
from tests.support import uke
from tests.support.waiting import wait_until

TEXT = "秋の不調"


def file_of_one(folder: Path) -> str:
    """A month that came late, of one of the demo's members: a visit for what no coder can name."""
    head = uke.head(treatment_month=MONTH, sex="2", name="見本　冬子", kana="")
    insurer = uke.insurer(symbol="５１３", member_number="７６６９１６")
    branch = uke.line("SN", bearer="1", confirmation="01", branch="00")
    text = uke.disease(disease_code="0000999", name=TEXT, start_date="20240401")
    file = folder / "reviewed.UKE"
    file.write_bytes(uke.volume([uke.receipt(head, insurer, branch, text, uke.act())], uke.totals(1, 73)))
    return str(file)


def waiting(platform: Platform) -> list[dict[str, Any]]:
    """The items of our text."""
    lines = platform.type("review", "list", "--json").stdout.splitlines()
    return [each for each in map(json.loads, lines) if "不調" in each["text"] and each["treatment_month"] == MONTH]


def test_a_diagnosis_that_a_reviewer_names_decides_the_claim_that_waited_for_nobody(
    platform: Platform, tmp_path: Path
) -> None:
    for words in (("masters", "import", *masters(tmp_path)), ("submit", file_of_one(tmp_path), "--watch")):
        done = platform.type(*words)
        assert done.exit_code == 0, done.output
    wait_until(lambda: len(waiting(platform)) == 1)
    [item] = waiting(platform)
    claim_id = item["claim_id"]
    before = told(platform, "claim", claim_id)["decision"]

    taken = told(platform, "review", "take", item["item_id"])
    resolved = told(platform, "review", "resolve", item["item_id"], "--code", EPILEPSY, "--why", "紹介状の病名")
    wait_until(lambda: told(platform, "claim", claim_id)["decision"]["number"] == before["number"] + 1)

    after = told(platform, "claim", claim_id)
    assert taken["state"] == "REVIEW_STATE_ASSIGNED"
    assert resolved["decision"]["revision"] == 1
    assert (before["outcome"], after["decision"]["outcome"]) == ("CLAIM_STATE_PENDED", "CLAIM_STATE_APPROVED")
    [line] = after["coded_diagnoses"]
    assert (line["disease_code"], line["revision"], line["decided_by"]) == (EPILEPSY, 1, "person")
    assert waiting(platform) == []
