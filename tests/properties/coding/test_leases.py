"""Whatever people do with an item and when: only its holder decides it, by a book that is kept apart from the rules."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.reviewing import (
    NEW,
    ReviewRefusal,
    ReviewState,
    Standing,
    decided,
    escalated,
    released,
    skipped,
    taken,
)

START = datetime(2026, 11, 2, tzinfo=UTC)
LEASE_MIN = 30
PEOPLE = ("ito", "sato", "suzuki")
Act = Callable[[Standing, str, datetime], Standing | ReviewRefusal]
ACTS: dict[str, Act] = {
    "take": lambda standing, who, now: taken(standing, who, now=now, lease=timedelta(minutes=LEASE_MIN)),
    "release": lambda standing, who, now: released(standing, who, now=now),
    "skip": lambda standing, who, now: skipped(standing, who, now=now),
    "escalate": lambda standing, who, now: escalated(standing, who, now=now),
    "decide": lambda standing, who, now: decided(standing, who, now=now),
}
DEEDS = st.lists(
    st.tuples(st.sampled_from(list(ACTS)), st.sampled_from(PEOPLE), st.integers(min_value=0, max_value=40)), max_size=40
)


@dataclass(slots=True)
class Book:
    """Who took the item last and when, in minutes, and who may not have it; written from what succeeded alone."""

    minute: int = 0
    holder: str = ""
    taken_at: int = 0
    barred: frozenset[str] = frozenset()
    decisions: int = 0

    @property
    def present_holder(self) -> str:
        return self.holder if self.minute < self.taken_at + LEASE_MIN else ""

    def allows(self, act: str, who: str) -> bool:
        if act == "take":
            return self.present_holder in ("", who) and who not in self.barred
        return self.present_holder == who and (act in ("release", "decide") or not self.decisions)

    def write(self, act: str, who: str) -> None:
        self.holder = who if act == "take" else ""
        self.taken_at = self.minute if act == "take" else self.taken_at
        self.barred |= {who} if act == "escalate" else frozenset()
        self.decisions += act == "decide"


@given(DEEDS)
def test_what_succeeds_is_what_a_book_of_holders_allows(deeds: list[tuple[str, str, int]]) -> None:
    standing, book = NEW, Book()
    for act, who, later in deeds:
        book.minute += later
        now = START + timedelta(minutes=book.minute)
        outcome = ACTS[act](standing, who, now)

        assert isinstance(outcome, Standing) == book.allows(act, who)
        if isinstance(outcome, Standing):
            standing = outcome
            book.write(act, who)
        assert standing.holder(now) == book.present_holder
        assert standing.decisions == book.decisions
        assert (standing.state(now) is ReviewState.RESOLVED) == (bool(book.decisions) and not book.present_holder)
