"""Where the official data lies that tests read and the project does not hold.

Tests look beside the repository, in ../shared/data, or where SEIKYU_DATA points. Without the data a test is skipped, or
fails where SEIKYU_REQUIRE_DATA is set.
"""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def official_data(*parts: str) -> Path:
    """The path of an official file; skips (or fails) the asking test where it is missing."""
    path = Path(os.environ.get("SEIKYU_DATA", _BESIDE)).joinpath(*parts)
    if path.exists():
        return path
    reason = f"official data is missing: {'/'.join(parts)}"
    if os.environ.get("SEIKYU_REQUIRE_DATA"):
        pytest.fail(reason)
    pytest.skip(reason)


def part_a() -> bytes:
    """The real outpatient file of October 2021: 45 receipts, 85 payer records, 61,495 points."""
    return official_data("uke", "outpatient_2021-10_part_a.UKE").read_bytes()
