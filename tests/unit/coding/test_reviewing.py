"""Who may do what with a line that a person has to decide."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from services.coding.domain.reviewing import (
    ReviewRefusal,
    ReviewState,
    Standing,
    decided,
    escalated,
    released,
    skipped,
    taken,
)

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LEASE = timedelta(minutes=30)
SATO, SUZUKI = "operator:sato", "operator:suzuki"
HELD = Standing(assignee=SATO, leased_until=NOW + LEASE)
RESOLVED = Standing(decisions=1, resolved_at=NOW)
Act = Callable[..., Standing | ReviewRefusal]


def take(standing: Standing, who: str, at: datetime = NOW) -> Standing | ReviewRefusal:
    return taken(standing, who, now=at, lease=LEASE)


def test_an_item_that_nobody_holds_is_lent_for_the_time_of_a_lease() -> None:
    assert take(Standing(), SATO) == HELD
    assert HELD.state(NOW) is ReviewState.ASSIGNED


def test_an_item_that_somebody_holds_is_lent_to_nobody_else() -> None:
    assert take(HELD, SUZUKI) is ReviewRefusal.HELD_BY_ANOTHER


def test_whoever_holds_an_item_holds_it_longer_by_taking_it_again() -> None:
    later = NOW + timedelta(minutes=20)

    assert take(HELD, SATO, later) == Standing(assignee=SATO, leased_until=later + LEASE)


def test_a_lease_that_is_over_is_as_none() -> None:
    over = NOW + LEASE

    assert HELD.holder(over) == ""
    assert HELD.state(over) is ReviewState.OPEN
    assert take(HELD, SUZUKI, over) == Standing(assignee=SUZUKI, leased_until=over + LEASE)


@pytest.mark.parametrize("act", [released, skipped, escalated, decided])
def test_nothing_is_done_with_an_item_whose_lease_was_lost(act: Act) -> None:
    assert act(HELD, SATO, now=NOW + LEASE) is ReviewRefusal.NOT_HELD
    assert act(Standing(), SATO, now=NOW) is ReviewRefusal.NOT_HELD
    assert act(HELD, SUZUKI, now=NOW) is ReviewRefusal.HELD_BY_ANOTHER


def test_a_released_item_is_as_before_it_was_taken() -> None:
    assert released(HELD, SATO, now=NOW) == Standing()


def test_a_skipped_item_waits_for_others_and_knows_who_skipped_it() -> None:
    standing = skipped(HELD, SATO, now=NOW)

    assert standing == Standing(skipped_by=(SATO,))
    assert standing.state(NOW) is ReviewState.OPEN


def test_an_escalated_item_is_for_anybody_but_who_escalated_it() -> None:
    standing = escalated(HELD, SATO, now=NOW)

    assert standing == Standing(escalated_by=(SATO,))
    assert standing.state(NOW) is ReviewState.ESCALATED
    assert take(standing, SATO) is ReviewRefusal.ESCALATED_BY_CALLER
    assert isinstance(take(standing, SUZUKI), Standing)


def test_a_decided_item_is_resolved_and_may_be_taken_to_be_decided_again() -> None:
    assert decided(HELD, SATO, now=NOW) == RESOLVED
    again = take(RESOLVED, SUZUKI)
    assert isinstance(again, Standing)
    assert again.state(NOW) is ReviewState.ASSIGNED
    assert released(again, SUZUKI, now=NOW) == RESOLVED
    assert decided(again, SUZUKI, now=NOW) == Standing(decisions=2, resolved_at=NOW)


@pytest.mark.parametrize("act", [skipped, escalated])
def test_a_decided_item_is_neither_skipped_nor_escalated(act: Act) -> None:
    again = Standing(decisions=1, resolved_at=NOW, assignee=SATO, leased_until=NOW + LEASE)

    assert act(again, SATO, now=NOW) is ReviewRefusal.ALREADY_RESOLVED


@pytest.mark.parametrize("impossible", [{"assignee": SATO}, {"leased_until": NOW}])
def test_an_impossible_standing_cannot_be_built(impossible: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="lease"):
        Standing(**impossible)  # type: ignore[arg-type]
