"""Thousands of plausible receipts from fixed seeds against the independent count: what a search seldom meets."""

import random

import pytest

from services.claims.domain.share.case import AgeClass, LimitCategory, Setting, ShareCase, SharePayer
from services.claims.domain.share.split import share_of
from services.shared.kernel.months import Month
from tests.properties.claims_share.oracle import LAWS, expected

CASES = 4_000
MONTHS = (Month(2018, 8), Month(2024, 6), Month(2026, 8))
SHARES = ("1", "2", "3")
"""The insurer alone, with the first programme, with the second."""


def _case(draw: random.Random) -> ShareCase:
    programmes = draw.choice([0, 1, 1, 2])
    return ShareCase(
        month=draw.choice(MONTHS),
        points={share: draw.randint(0, draw.choice([600, 40_000, 300_000])) for share in SHARES[: programmes + 1]},
        payers=(
            SharePayer(0, "01130012"),
            *(
                SharePayer(
                    position,
                    f"{draw.choice(LAWS)}130012",
                    draw.choice([None, None, draw.randint(0, 30_000)]),
                    draw.choice([None, draw.randint(0, 30_000)]),
                )
                for position in range(1, programmes + 1)
            ),
        ),
        copay_tenths=draw.randint(1, 3),
        setting=draw.choice(list(Setting)),
        age=draw.choice([AgeClass.GENERAL, AgeClass.ELDERLY]),
        category=draw.choice([None, *LimitCategory]),
        multi=draw.random() < 0.5,
        turns_75=draw.random() < 0.3,
        legacy_tenth=draw.random() < 0.2,
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_receipts_of_up_to_two_programmes_are_split_as_an_independent_count_says(seed: int) -> None:
    """To the yen; within two where a limit lies on lines of a local programme and others."""
    draw = random.Random(seed)
    for _ in range(CASES):
        case = _case(draw)
        split, truth = share_of(case), expected(case)
        near = 1 if len(case.payers) <= 2 else 3
        assert abs(split.patient_yen - truth.patient) < near, case
        assert abs(split.legacy_yen - truth.legacy) < near, case
        assert all(abs(split.payer_yen[position] - yen) < near for position, yen in truth.payers.items()), case
