from datetime import UTC, datetime

from services.shared.chassis.dead_letters import described
from services.shared.chassis.messages import DeadLetterReason, Event, PoisonEvent
from services.shared.chassis.poison import DeadLetterRatio, Verdict, dead_letter, verdict

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"


def event(*headers: tuple[str, bytes]) -> Event:
    own = (("ce_id", b"evt_1"), ("ce_time", b"2026-11-20T00:00:00+00:00"), ("traceparent", f"{TRACE}00".encode()))
    return Event("claims.received", 2, 17, "clm_1", b"\x00bytes", (*own, *headers))


def aside(failed: Event, reason: DeadLetterReason = DeadLetterReason.FAILED) -> Verdict:
    return Verdict(event=failed, reason=reason, exception_type="KeyError")


def test_a_dead_letter_keeps_bytes_key_id_and_time_and_raises_the_flag() -> None:
    letter = dead_letter(aside(event()), group="eligibility", now=NOW)

    assert (letter.topic, letter.key, letter.event_id) == ("claims.received.dlq", "clm_1", "evt_1")
    assert letter.value == b"\x00bytes"
    assert letter.time == datetime(2026, 11, 20, tzinfo=UTC)
    assert letter.traceparent == f"{TRACE}01"


def test_a_dead_letter_says_why_where_from_and_since_when() -> None:
    letter = dead_letter(aside(event(("sequence", b"4"))), group="eligibility", now=NOW)

    assert letter.extra_headers == (
        ("sequence", "4"),
        ("dlq-reason", "failed"),
        ("dlq-exception-type", "KeyError"),
        ("dlq-group", "eligibility"),
        ("origin-topic", "claims.received"),
        ("origin-partition", "2"),
        ("origin-offset", "17"),
        ("attempts", "1"),
        ("first-failed-at", "2026-11-21T00:00:00+00:00"),
    )


def test_a_replayed_event_that_fails_again_counts_on_from_its_first_failure() -> None:
    again = event(("attempts", b"2"), ("first-failed-at", b"2026-11-01T00:00:00+00:00"))

    letter = dict(dead_letter(aside(again), group="g", now=NOW).extra_headers)

    assert letter["attempts"] == "3"
    assert letter["first-failed-at"] == "2026-11-01T00:00:00+00:00"


def test_garbage_without_headers_can_be_put_aside_too() -> None:
    garbage = Event("claims.received", 0, 0, "", b"", [("traceparent", b"x"), ("attempts", b"\xff")])

    letter = dead_letter(aside(garbage, DeadLetterReason.UNREADABLE), group="g", now=NOW)

    assert (letter.event_id, letter.traceparent, letter.time) == ("", "x", NOW)
    assert dict(letter.extra_headers)["attempts"] == "1"


def test_what_is_shown_of_a_dead_letter_holds_no_payload() -> None:
    shown = described(event(("dlq-reason", b"invalid"), ("origin-offset", b"9"), ("attempts", b"1")))

    assert (shown.reason, shown.origin_offset, shown.attempts, shown.value_bytes) == ("invalid", 9, 1, 6)
    assert "bytes'" not in repr(shown)


def test_an_exception_of_ours_is_a_failure_and_poison_keeps_its_reason() -> None:
    assert verdict(event(), KeyError("name")).reason is DeadLetterReason.FAILED
    assert verdict(event(), PoisonEvent(DeadLetterReason.UNREADABLE)).reason is DeadLetterReason.UNREADABLE
    assert verdict(event(), KeyError("name")).exception_type == "KeyError"


def test_the_ratio_is_passed_only_by_more_dead_letters_than_the_limit_within_the_window() -> None:
    ratio = DeadLetterRatio(window=100, limit=20)
    ratio.record(50, 20)

    assert ratio.would_pass(1)
    assert not ratio.would_pass(0)


def test_dead_letters_that_left_the_window_no_longer_count() -> None:
    ratio = DeadLetterRatio(window=100, limit=20)
    ratio.record(50, 20)
    for _ in range(10):
        ratio.record(10, 0)

    assert not ratio.would_pass(20)
