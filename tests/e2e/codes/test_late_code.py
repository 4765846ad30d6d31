"""A code that comes late on the real platform: coding is away until the claim is decided, then finds the disease."""

import json
from pathlib import Path
from typing import Any

from infra.demo.data import INSURER
from services.claims.domain.masters.kinds import MasterKind
from tests.integration.stack.conftest import Platform
from tests.support import uke
from tests.support.waiting import wait_until
from tests.unit.claims.masters.rows.samples import csv_of, record

VISIT, EPILEPSY = "112007410", "3459001"
MONTH = "202404"


def masters(folder: Path) -> tuple[str, str]:
    """The visit at 73 points, which demands epilepsy, and that disease."""
    acts, diseases = folder / "s_20240401.csv", folder / "b_20240401.csv"
    visit = {3: VISIT, 12: "73.00", 25: "5", 87: "20240401"}
    acts.write_bytes(csv_of([record(MasterKind.ACT, visit)]))
    diseases.write_bytes(csv_of([record(MasterKind.DISEASE, {3: EPILEPSY, 4: EPILEPSY, 21: "05"})]))
    return str(acts), str(diseases)


def file_of_one(folder: Path) -> str:
    """A month that came late, of one of the demo's members: a visit for epilepsy in words."""
    head = uke.head(treatment_month=MONTH, sex="2", name="見本　秋男", kana="")
    insurer = uke.insurer(symbol="４８４", member_number="４２０１１０")
    branch = uke.line("SN", bearer="1", confirmation="01", branch="00")
    text = uke.disease(disease_code="0000999", name="てんかん", start_date="20240401")
    receipt = uke.receipt(head, insurer, branch, text, uke.act())
    file = folder / "late.UKE"
    file.write_bytes(uke.volume([receipt], uke.totals(1, 73)))
    return str(file)


def told(platform: Platform, *words: str) -> dict[str, Any]:
    done = platform.type(*words, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def claim_of_the_month(platform: Platform) -> dict[str, Any]:
    lines = platform.type("claims", "list", "--json").stdout.splitlines()
    [claim] = [each for each in map(json.loads, lines) if each["treatment_month"] == MONTH]
    return told(platform, "claim", str(claim["claim_id"]))


def shares(platform: Platform, claim_id: str) -> list[int]:
    """What the insurer was told of the claim, in yen."""
    lines = platform.type("events", "tail", INSURER[0], "--no-follow", "--json").stdout.splitlines()
    return [int(each["share_yen"]) for each in map(json.loads, lines) if each["claim_id"] == claim_id]


def test_a_claim_pended_for_want_of_a_code_is_paid_once_the_late_code_names_the_disease(
    platform: Platform, tmp_path: Path
) -> None:
    done = platform.type("masters", "import", *masters(tmp_path))
    assert done.exit_code == 0, done.output
    platform.stack.kill_component("coding")
    done = platform.type("submit", file_of_one(tmp_path), "--watch")
    assert done.exit_code == 0, done.output
    before = claim_of_the_month(platform)

    platform.stack.start_service("coding", {})
    wait_until(lambda: claim_of_the_month(platform)["decision"]["number"] == 2)
    claim_id = before["claim_id"]
    wait_until(lambda: shares(platform, claim_id) == [511])

    assert before["state"] == "CLAIM_STATE_PENDED"
    assert [each["code"] for each in before["decision"]["reasons"]] == ["DISEASE_PERHAPS"]
    after = claim_of_the_month(platform)
    assert (after["state"], after["decision"]["cause"]) == ("CLAIM_STATE_APPROVED", "DECISION_CAUSE_LATE_CODE")
    found = after["decision"]["explanation"]["found_diagnoses"]
    assert [each["disease_code"] for each in found] == [EPILEPSY]
    shown = platform.type("claim", claim_id, "--lang", "ja").output
    assert "傷病名コードの後着" in shown
    assert "審査で用いた未コード化傷病名のコード" in shown
    assert told(platform, "ledger", "verify")["sound"] is True
