"""Acts read ahead: the shelves answer as they would when asked, and months share what equal rows say."""

from services.claims.domain.edits.watch import watch_of
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.book import PriceBook, book_of
from services.claims.domain.readied import read_acts
from services.shared.kernel.months import Month
from tests.unit.claims.pricing.builders import act

FIRST, SECOND = Month.parse("202406"), Month.parse("202407")
VISIT, TEST = act("112007410", "75"), act("160000110", "26")
DEARER = act("160000110", "27")


def test_an_act_read_ahead_has_the_price_that_it_has_when_it_is_asked_for() -> None:
    schedule = MonthSchedule.of(FIRST, acts=[VISIT, TEST])

    read_acts(schedule, None)

    assert book_of(schedule).acts.whole.keys() == {VISIT.code, TEST.code}
    assert book_of(schedule).acts.whole[TEST.code] == PriceBook(schedule).acts.ask(TEST.code, ())
    assert watch_of(schedule).acts.whole.keys() == {VISIT.code, TEST.code}


def test_months_share_what_the_same_row_says_and_nothing_of_a_row_that_changed() -> None:
    first, second = MonthSchedule.of(FIRST, acts=[VISIT, TEST]), MonthSchedule.of(SECOND, acts=[VISIT, DEARER])

    read_acts(first, None)
    read_acts(second, first)

    one, other = book_of(first).acts.whole, book_of(second).acts.whole
    assert one[VISIT.code] is other[VISIT.code]
    assert one[TEST.code] != other[TEST.code]
    assert watch_of(second).acts.whole[TEST.code].row is DEARER
