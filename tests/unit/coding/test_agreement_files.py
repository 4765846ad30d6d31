"""The file of what confirming was worth: read back as written, and refused where it is anything else."""

import json
from typing import Any

import pytest

from services.coding.adapters.agreement_files import BadAgreement, agreement_bytes, read_agreement
from services.coding.application.advising import Agreement, MeasuredBin

MEASURED = Agreement(
    model="tiny",
    prompt_version="pick-1",
    bins=(
        MeasuredBin(low=0.3, high=0.6, confirmed=100, right=70),
        MeasuredBin(low=0.6, high=0.9, confirmed=1_000, right=980),
    ),
)
WRITTEN: dict[str, Any] = json.loads(agreement_bytes(MEASURED, measured_with="random split"))


def test_it_is_read_back_as_it_was_written() -> None:
    assert read_agreement(agreement_bytes(MEASURED, measured_with="random split")) == MEASURED


def bent(**changed: object) -> bytes:
    return json.dumps(WRITTEN | changed).encode()


FIRST, SECOND = WRITTEN["bins"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 60_000,
        b" " * 70_000,
        bent(form=2),
        bent(model=""),
        bent(prompt_version=1),
        bent(more="x"),
        bent(bins=[FIRST | {"right": 101}]),
        bent(bins=[FIRST | {"confirmed": 1e9}]),
        bent(bins=[FIRST | {"right": True}]),
        bent(bins=[FIRST | {"low": -0.1}]),
        bent(bins=[FIRST | {"high": float("nan")}]),
        bent(bins=[SECOND, FIRST]),
        bent(bins=[FIRST, FIRST]),
        bent(bins=[FIRST] * 101),
        bent(bins={"low": 0.1}),
    ],
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(BadAgreement):
        read_agreement(content)
