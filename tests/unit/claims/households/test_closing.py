"""When a treatment month's claims are in."""

from datetime import date

import pytest

from services.claims.domain.households.closing import SubmissionEnd, is_in, latest_month_in, latest_year_in
from services.shared.kernel.months import Month


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 6, 12), False),
        (date(2026, 6, 13), True),
        (date(2026, 5, 31), False),
        (date(2027, 1, 1), True),
    ],
)
def test_a_month_is_in_once_the_last_day_for_its_claims_is_past(today: date, expected: bool) -> None:
    assert is_in(Month(2026, 5), today) is expected


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 6, 12), Month(2026, 4)),
        (date(2026, 6, 13), Month(2026, 5)),
        (date(2026, 1, 12), Month(2025, 11)),
        (date(2026, 1, 13), Month(2025, 12)),
    ],
)
def test_the_latest_month_in_follows_the_calendar(today: date, expected: Month) -> None:
    assert latest_month_in(today) == expected


def test_each_month_has_the_last_day_of_its_own_time() -> None:
    ends = (
        SubmissionEnd(since=Month(2020, 1), day=10, mark="test"),
        SubmissionEnd(since=Month(2026, 5), day=20, mark="test"),
    )

    assert is_in(Month(2026, 4), date(2026, 5, 11), ends)
    assert not is_in(Month(2026, 5), date(2026, 6, 11), ends)
    assert is_in(Month(1999, 4), date(1999, 5, 11), ends)


@pytest.mark.parametrize(
    ("latest", "expected"),
    [
        (Month(2026, 7), Month(2025, 8)),
        (Month(2026, 8), Month(2025, 8)),
        (Month(2026, 6), Month(2024, 8)),
    ],
)
def test_a_year_is_in_with_its_july(latest: Month, expected: Month) -> None:
    assert latest_year_in(latest) == expected
