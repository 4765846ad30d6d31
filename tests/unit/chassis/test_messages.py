from datetime import UTC, datetime

from services.shared.chassis.kafka import wire_headers
from services.shared.chassis.messages import Announcement, Event
from services.shared.chassis.postgres import packed_headers, unpacked_headers

ANNOUNCED = Announcement(
    topic="claims.received",
    key="clm_1",
    event_id="evt_1",
    type="seikyu.claims.v1.ClaimReceived",
    source="claims",
    subject="clm_1",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    value=b"",
    time=datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC),
    extra_headers=(("sequence", "12"),),
)


def received(*headers: tuple[str, bytes | None]) -> Event:
    return Event("claims.received", 0, 5, "clm_1", b"", headers)


def test_an_event_that_is_raised_says_the_same_under_the_raised_flag() -> None:
    trace = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0"
    event = received(("ce_id", b"evt_1"), ("traceparent", trace + b"0"), ("sequence", b"12"))

    raised = event.raised()

    assert raised.traceparent == (trace + b"1").decode()
    assert raised.raised().traceparent == raised.traceparent
    assert (raised.event_id, raised.header("sequence"), raised.key, raised.offset) == ("evt_1", "12", "clm_1", 5)
    assert event.traceparent == (trace + b"0").decode()


def test_what_is_no_traceparent_is_not_raised() -> None:
    assert received(("traceparent", b"nonsense")).raised().traceparent == "nonsense"
    assert received(("ce_id", b"evt_1")).raised().headers == [("ce_id", b"evt_1")]


def test_what_is_announced_is_what_is_received() -> None:
    headers = [
        (name, value if isinstance(value, bytes) else (value or "").encode()) for name, value in wire_headers(ANNOUNCED)
    ]

    event = received(*headers)

    assert event.event_id == "evt_1"
    assert event.type == "seikyu.claims.v1.ClaimReceived"
    assert event.source == "claims"
    assert event.subject == "clm_1"
    assert event.traceparent == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert event.time == datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
    assert event.header("sequence") == "12"


def test_a_missing_header_reads_as_empty_and_a_missing_time_as_none() -> None:
    event = received(("ce_type", None))

    assert event.event_id == ""
    assert event.type == ""
    assert event.time is None


def test_of_a_repeated_header_the_last_one_counts() -> None:
    assert received(("ce_id", b"first"), ("ce_id", b"second")).event_id == "second"


def test_extra_headers_survive_the_outbox_row() -> None:
    headers = (("sequence", "7"), ("note", "a=b"), ("empty", ""))

    assert unpacked_headers(packed_headers(headers)) == headers
    assert packed_headers(()) is None
    assert unpacked_headers(None) == ()
