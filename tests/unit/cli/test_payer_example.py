"""The payer's example keeps its books right whatever its topic brings."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from seikyu.claims.v1.household_pb2 import HouseholdMonthStatement, HouseholdStated, HouseholdStatement
from seikyu.settlement.v1.events_pb2 import ClaimSettled

from services.settlement.adapters.payers.notices import write_notice
from services.settlement.domain.notices import type_of
from services.shared.kernel.member import MemberSecret, canonical_member
from tests.support.examples import load_example
from tests.unit.settlement.test_notices import NOTICES

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


def test_every_kind_of_event_has_its_place_in_the_books_and_the_sum_is_what_is_owed(books: sqlite3.Connection) -> None:
    share = ClaimSettled(event_id="evt_a", sequence=1, claim_id="clm_a", share_yen=11_000)
    came = [("jp.seikyu.settlement.claim_settled.v1", share.SerializeToString())]
    came += [(type_of(each), write_notice(each, place)) for place, each in enumerate(NOTICES, 2)]

    taken = [EXAMPLE.take(books, EXAMPLE.settled(*each), {}) for each in came]

    assert taken == [True] * 6
    assert total_yen(books) == 11_000 + 1_140 - 10_440


def test_a_kind_that_the_program_does_not_know_keeps_its_place_and_adds_nothing(books: sqlite3.Connection) -> None:
    [fee, *_] = NOTICES

    EXAMPLE.take(books, EXAMPLE.settled("jp.seikyu.settlement.unheard_of.v1", write_notice(fee, 1)), {})

    assert books.execute("SELECT sequence, share_yen FROM event").fetchone() == (1, 0)


def test_members_are_found_by_keys_of_a_former_secret_and_of_the_one_in_use(tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_text("payer_number,symbol,number\n01130012,123,456\n")
    secrets = {"1": "11" * 32, "2": "22" * 32}

    found = EXAMPLE.members_by_key(file, secrets, "01130012")

    former, present = (MemberSecret(version=int(each), secret=bytes.fromhex(secrets[each])) for each in secrets)
    canonical = canonical_member("01130012", "123", "456")
    assert found == {former.key(canonical): "123-456", present.key(canonical): "123-456"}
    assert present.key(canonical).startswith("2:")
