"""`seikyu check --masters` says of generated receipts what the measurements say of them."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from services.claims.entrypoints.cli import check
from tests.support.mutator.faults import pointed
from tests.support.mutator.raw import CODE, HO_POINTS, POINTS, RawReceipt
from tests.support.official_data import official_data
from tests.support.uke import institution, totals, volume
from tests.support.valid_receipts.generate import valid_receipts

COUNT: Final = 60
SEED: Final = 8
CLAIMED: Final = "202504"
TOO_DEAR: Final = 3
"""The receipt, from 0, whose first unit of one act states a point too much."""


def a_file(receipts: list[RawReceipt]) -> bytes:
    payers = [[fields for fields in each.records if fields[0] in {"HO", "KO"}] for each in receipts]
    points = sum(int(each[0][HO_POINTS]) for each in payers)
    numbered = [each.put(1, 1, str(number)).to_bytes() for number, each in enumerate(receipts, 1)]
    return volume(numbered, totals(sum(map(len, payers)), points), institution(claim_month=CLAIMED))


def dearer(receipt: RawReceipt) -> RawReceipt:
    line = next(line for line in receipt.lines("SI") if receipt.fields(line)[1] and receipt.fields(line)[POINTS])
    fields = receipt.fields(line)
    return pointed(receipt, fields[CODE], int(fields[POINTS]) + 1)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    made = [each.receipt for each in valid_receipts(official_data("masters"), COUNT, SEED)]
    made[TOO_DEAR] = dearer(made[TOO_DEAR])
    path: Path = tmp_path_factory.mktemp("check") / "RECEIPTC.UKE"
    path.write_bytes(a_file(made))
    done = CliRunner().invoke(check, [str(path), "--masters", str(official_data("masters")), "--json"])
    receipts: list[dict[str, Any]] = json.loads(done.output)["receipts"]
    return receipts


def test_every_unit_but_the_one_too_dear_is_priced_as_it_declares(checked: list[dict[str, Any]]) -> None:
    differing = [
        (place, unit["declared_points"] - unit["priced_points"])
        for place, receipt in enumerate(checked)
        for unit in receipt["units"]
        if unit["declared_points"] != unit["priced_points"]
    ]

    assert differing == [(TOO_DEAR, 1)]


def test_nothing_but_the_point_too_much_is_more_than_a_note(checked: list[dict[str, Any]]) -> None:
    heavy = [
        (place, finding["reason_code"], finding["severity"])
        for place, receipt in enumerate(checked)
        for finding in receipt["findings"]
        if finding["severity"] != "note"
    ]

    assert heavy == [(TOO_DEAR, "F", "reduce")]
