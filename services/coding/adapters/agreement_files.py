"""Writes and reads what confirming was worth for one model under one prompt: a small JSON file, made by measuring."""

import json
from itertools import pairwise
from typing import Any, Final

from services.coding.application.advising import Agreement, MeasuredBin

FORM: Final = 1
MAX_BYTES: Final = 65_536
MAX_BINS: Final = 100
_KEYS: Final = frozenset(("form", "model", "prompt_version", "measured_with", "bins"))


class BadAgreement(Exception):
    """The file holds no measurement of this form; the message says why."""


def agreement_bytes(agreement: Agreement, *, measured_with: str) -> bytes:
    """The file. `measured_with` names coder, master and mentions, for the reader."""
    bins = [{"low": b.low, "high": b.high, "confirmed": b.confirmed, "right": b.right} for b in agreement.bins]
    content = {
        "form": FORM,
        "model": agreement.model,
        "prompt_version": agreement.prompt_version,
        "measured_with": measured_with,
        "bins": bins,
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"


def read_agreement(content: bytes) -> Agreement:
    """The measurement of a file. Raises BadAgreement."""
    if len(content) > MAX_BYTES:
        raise BadAgreement("it is longer than 64 KB")
    try:
        return _agreement(json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise BadAgreement("it is none of those that `make eval MODEL=...` writes") from fault


def _agreement(read: dict[str, Any]) -> Agreement:
    if read.keys() != _KEYS or read["form"] != FORM or len(read["bins"]) > MAX_BINS:
        raise ValueError("another form")
    bins = tuple(
        MeasuredBin(
            low=float(each["low"]),
            high=float(each["high"]),
            confirmed=_count(each["confirmed"]),
            right=_count(each["right"]),
        )
        for each in read["bins"]
    )
    if any(later.low < earlier.high for earlier, later in pairwise(bins)):
        raise ValueError("parts of the band that overlap")
    return Agreement(model=_word(read["model"]), prompt_version=_word(read["prompt_version"]), bins=bins)


def _count(told: object) -> int:
    if isinstance(told, bool) or not isinstance(told, int):
        raise TypeError("not a count")
    return told


def _word(told: object) -> str:
    if not isinstance(told, str) or not told:
        raise ValueError("not a name")
    return told
