"""A month's acts read before the first receipt asks for them.

What an act's row says of its price and to the edits is worked out from some ninety columns, a hundred times slower than
it is looked up. It is done for all acts where the schedule is told, outside the event loop, and once for months that
share a row. Drugs, materials and diseases say little and are read as they are asked for.
"""

from services.claims.domain.edits.reducing import reducing_codes
from services.claims.domain.edits.watch import watch_of
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.book import book_of


def read_acts(schedule: MonthSchedule, like: MonthSchedule | None) -> None:
    """Fill the shelves of the schedule's acts, taking from another month's what equal rows say there."""
    book_of(schedule).acts.fill(None if like is None else book_of(like).acts)
    watch_of(schedule).acts.fill(None if like is None else watch_of(like).acts)
    reducing_codes(schedule)
