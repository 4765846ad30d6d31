"""What a file's name says, and which era a day is of."""

from datetime import date

import pytest

from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.publication import published_on
from services.claims.domain.masters.revisions import ALWAYS, REVISIONS, era_of


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["s_20240531.zip"], date(2024, 5, 31)),
        (["s_ALL20220218.csv"], date(2022, 2, 18)),
        (["download (1).zip", "b_20240601.txt"], date(2024, 6, 1)),
        (["y_r07_ALL20260317.csv"], date(2026, 3, 17)),
        (["y_update_20260611.csv"], date(2026, 6, 11)),
        (["s_20241399.csv"], None),
        (["s.csv"], None),
        (["1202405310.csv"], None),
    ],
)
def test_a_file_is_known_from_the_day_in_its_name(names: list[str], expected: date | None) -> None:
    assert published_on(*names) == expected


@pytest.mark.parametrize(
    ("kind", "day", "first"),
    [
        (MasterKind.ACT, date(2021, 10, 1), date(2020, 4, 1)),
        (MasterKind.ACT, date(2024, 5, 31), date(2022, 4, 1)),
        (MasterKind.ACT, date(2024, 6, 1), date(2024, 6, 1)),
        (MasterKind.DRUG, date(2024, 5, 31), date(2024, 4, 1)),
        (MasterKind.DRUG, date(2025, 4, 1), date(2025, 4, 1)),
    ],
)
def test_an_era_begins_on_the_revision_before_the_day(kind: MasterKind, day: date, first: date) -> None:
    era = era_of(kind, day, REVISIONS)

    assert era is not None
    assert era.first == first


def test_diseases_have_one_era_without_end() -> None:
    assert era_of(MasterKind.DISEASE, date(2021, 10, 1), REVISIONS) == ALWAYS


def test_a_day_beyond_the_last_revision_known_is_of_no_era() -> None:
    assert era_of(MasterKind.ACT, date(2028, 6, 1), REVISIONS) is None
    assert era_of(MasterKind.ACT, date(2017, 1, 1), REVISIONS) is None


def test_every_kind_has_its_days_in_order() -> None:
    assert set(REVISIONS) == set(MasterKind)
    for days in REVISIONS.values():
        assert [each.day for each in days] == sorted({each.day for each in days})
