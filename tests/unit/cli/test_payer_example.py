"""The payer's example keeps its books right whatever its topic brings."""

import sqlite3
from collections.abc import Iterator

import pytest
from seikyu.claims.v1.household_pb2 import HouseholdMonthStatement, HouseholdStated, HouseholdStatement
from seikyu.settlement.v1.events_pb2 import ClaimSettled

from tests.support.examples import load_example

EXAMPLE = load_example("payer_consumer")


@pytest.fixture
def books() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(EXAMPLE.BOOKS)
    yield connection
    connection.close()


def event(sequence: int, name: str, share_yen: int = 700) -> ClaimSettled:
    return ClaimSettled(event_id=f"evt_{name}", sequence=sequence, claim_id=f"clm_{name}", share_yen=share_yen)


def total_yen(books: sqlite3.Connection) -> int:
    return int(books.execute("SELECT coalesce(sum(share_yen), 0) FROM event").fetchone()[0])


def test_an_event_that_comes_twice_counts_once(books: sqlite3.Connection) -> None:
    taken = [EXAMPLE.take(books, each, {}) for each in (event(1, "a"), event(2, "b"), event(1, "a"), event(2, "b"))]

    assert taken == [True, True, False, False]
    assert total_yen(books) == 1_400


def test_a_gap_stops_the_books(books: sqlite3.Connection) -> None:
    EXAMPLE.take(books, event(1, "a"), {})

    with pytest.raises(EXAMPLE.StreamBroken, match="event 3 came after 1"):
        EXAMPLE.take(books, event(3, "c"), {})


def test_two_events_at_one_place_stop_the_books(books: sqlite3.Connection) -> None:
    EXAMPLE.take(books, event(1, "a"), {})

    with pytest.raises(EXAMPLE.StreamBroken):
        EXAMPLE.take(books, event(1, "z"), {})
    assert total_yen(books) == 700


def test_a_member_is_found_by_its_key(books: sqlite3.Connection) -> None:
    key = EXAMPLE.member_key(b"s" * 32, "01130012", "１２", "３")
    found = ClaimSettled(event_id="evt_a", sequence=1, payer_member_key=key)

    EXAMPLE.take(books, found, {key: "12-3"})

    assert books.execute("SELECT member FROM event").fetchone() == ("12-3",)


def stated(sequence: int, name: str, number: int = 1, refund_yen: int = 0) -> HouseholdStated:
    month = HouseholdMonthStatement(refund_yen=refund_yen)
    statement = HouseholdStatement(statement_id=f"hst_{name}", since="202405", month=month)
    return HouseholdStated(event_id=f"evt_{name}{number}", sequence=sequence, number=number, statement=statement)


def test_the_latest_version_of_a_statement_is_what_holds(books: sqlite3.Connection) -> None:
    came = (stated(1, "a", 1, 29_000), stated(2, "b"), stated(3, "a", 2, 0), stated(1, "a", 1, 29_000))

    taken = [EXAMPLE.take_statement(books, each, {}) for each in came]

    assert taken == [True, True, True, False]
    assert sorted(row[2:] for row in books.execute(EXAMPLE.LATEST)) == [(1, 0), (2, 0)]


def test_a_gap_among_statements_stops_the_books(books: sqlite3.Connection) -> None:
    EXAMPLE.take_statement(books, stated(1, "a"), {})

    with pytest.raises(EXAMPLE.StreamBroken, match="statement 3 came after 1"):
        EXAMPLE.take_statement(books, stated(3, "b"), {})
