"""A check tells what the patient would pay, with the local programmes that are known; figures by hand."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.claims.domain.adjudication import adjudication_facts
from services.claims.domain.expected_share import expected_share, ratio_of
from services.claims.domain.share.national import NATIONAL
from services.claims.domain.uke.codes import RECEIPT_KINDS
from services.cli.main import assemble
from services.shared.kernel.months import Month
from tests.support import uke
from tests.support.examined import NOTHING_EXAMINED
from tests.support.kept_masters import return_visit_master
from tests.support.programmes import programme_file
from tests.unit.claims.adjudication.builders import billed, insurer, patient

LOCAL = "83136010"


@pytest.mark.parametrize(
    ("kind", "tenths"),
    [("1112", 3), ("1114", 2), ("1116", 3), ("1118", 2), ("1110", 3), ("1318", 1), ("1310", 3)],
    ids=["insured", "preschool", "family", "70 general", "70 seventy percent", "75 general", "75 seventy percent"],
)
def test_the_ratio_is_that_of_the_receipts_kind(kind: str, tenths: int) -> None:
    assert ratio_of(RECEIPT_KINDS[kind], Month(2024, 6)) == tenths


def test_a_receipt_that_would_not_be_accepted_has_no_split() -> None:
    sound = billed([insurer(100)], [("1", 100)])
    contradicting = billed([insurer(100)], [("2", 100)])

    done = expected_share(sound, NOTHING_EXAMINED, NATIONAL)
    assert done is not None
    assert done.split.patient_yen == 300
    assert expected_share(contradicting, NOTHING_EXAMINED, NATIONAL) is None


def test_a_real_receipts_facts_are_split() -> None:
    done = expected_share(adjudication_facts(patient()), NOTHING_EXAMINED, NATIONAL)

    assert done is not None
    assert done.split.patient_yen == 219


def _checked(folder: Path, *arguments: str) -> Result:
    """A file of one receipt that is shared with a local programme, checked with a master of its act."""
    masters = folder / "masters"
    masters.mkdir(exist_ok=True)
    return_visit_master(masters)
    receipt = uke.receipt(
        uke.head(kind="1122"),
        uke.insurer(),
        uke.programme(programme_number=LOCAL),
        uke.disease(),
        uke.act(share="2"),
    )
    file = folder / "claims.UKE"
    file.write_bytes(uke.volume([receipt], uke.totals(2, 73)))
    return CliRunner().invoke(assemble(), ["check", str(file), "--masters", str(masters), "--json", *arguments])


def test_a_check_splits_with_the_local_programmes_of_a_file(tmp_path: Path) -> None:
    local = tmp_path / "local.txt"
    local.write_bytes(programme_file("8313,子ども医療,10,,50,,,,,条例"))

    national = tmp_path / "other.txt"
    national.write_bytes(programme_file("8413,別の医療,10,,50,,,,,条例"))

    without = json.loads(_checked(tmp_path, "--programmes", str(national)).stdout)["receipts"][0]
    beside = json.loads(_checked(tmp_path, "--programmes", str(local)).stdout)["receipts"][0]

    assert (without["patient_yen"], beside["patient_yen"]) == (0, 50)
    assert any("子ども医療" in step["text"] for step in beside["share_steps"])
    assert any("eligibility was not asked" in step["text"] for step in beside["share_steps"])


def test_without_such_a_file_the_agreed_form_stays(tmp_path: Path) -> None:
    assert "patient_yen" not in json.loads(_checked(tmp_path).stdout)["receipts"][0]


def test_a_wrong_file_of_programmes_is_used_wrongly(tmp_path: Path) -> None:
    local = tmp_path / "local.txt"
    local.write_bytes(programme_file("8313,子ども医療,ten,,,,,,,条例"))

    result = _checked(tmp_path, "--programmes", str(local))

    assert result.exit_code == 2
    assert "line 2: percent" in result.output
