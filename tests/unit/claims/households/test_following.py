"""Decisions are followed in the order of recording, and only once they are old enough."""

from datetime import UTC, datetime, timedelta

from services.claims.application.stating_due import Touched, settled_before
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.months import Month

NOON = datetime(2026, 6, 20, 12, tzinfo=UTC)


def decided(minute: int) -> Touched:
    return Touched(
        claim_id=ClaimId(f"clm_{minute}"),
        month=Month(2026, 5),
        decided_at=NOON + timedelta(minutes=minute),
        household="h",
        payer_number="01130012",
        receipt=b"",
        position=f"{minute}.0",
    )


def test_following_stops_before_the_first_decision_that_is_too_young() -> None:
    touched = [decided(0), decided(3), decided(1)]

    assert settled_before(touched, NOON + timedelta(minutes=2)) == touched[:1]


def test_a_decision_of_the_very_instant_is_old_enough() -> None:
    assert settled_before([decided(2)], NOON + timedelta(minutes=2)) == [decided(2)]


def test_nothing_is_followed_where_the_first_is_too_young() -> None:
    assert settled_before([decided(5), decided(0)], NOON) == []
