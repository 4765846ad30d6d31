"""Edits of codes: whether the masters know them, and on the treatment day."""

from collections.abc import Callable

from services.claims.domain.edits.hits import Hit, Hits
from services.claims.domain.edits.places import Places
from services.claims.domain.edits.watch import Watch
from services.claims.domain.masters.kinds import MasterKind


def unknown(kind: MasterKind) -> Callable[[Places], Hits]:
    """A code of this kind that no day of the month knows, by a master that tells of every code."""

    def find(places: Places) -> Hits:
        if is_exhaustive(places.watch, kind):
            for unread in places.unread:
                if unread.kind is kind and not unread.days:
                    yield Hit(unread.line, f"{unread.code} is in force on no day of the month")

    return find


def not_live(kind: MasterKind) -> Callable[[Places], Hits]:
    """A line's code of this kind that is in force in the month, but not on its treatment day."""

    def find(places: Places) -> Hits:
        for unread in places.unread:
            if unread.kind is kind and unread.days:
                days = ", ".join(str(day) for day in unread.days)
                yield Hit(unread.line, f"{unread.code} is not in force on day {days}")

    return find


def untold(places: Places) -> Hits:
    """A code that the master lacks, but the master came out after the month: it no longer tells what was abolished."""
    for unread in places.unread:
        if not unread.days and not is_exhaustive(places.watch, unread.kind):
            yield Hit(unread.line, f"{unread.code} is not in a master that was published after the month")


def is_exhaustive(watch: Watch, kind: MasterKind) -> bool:
    """Whether a code that this master lacks is known not to exist."""
    return watch.schedule.exhaustive(kind)
