from services.shared.chassis.group_member import Hold, fresh_events, highest_offsets
from services.shared.chassis.messages import Event


def event(partition: int, offset: int) -> Event:
    return Event("t", partition, offset, "", b"", ())


def offsets(events: list[Event]) -> list[tuple[int, int]]:
    return [(each.partition, each.offset) for each in events]


def test_events_applied_before_and_events_of_lost_partitions_are_dropped() -> None:
    held = {("t", 0): Hold(5, 1)}

    assert offsets(fresh_events([event(0, 4), event(0, 5), event(1, 9), event(0, 6)], held)) == [(0, 5), (0, 6)]


def test_an_event_that_was_fetched_twice_is_taken_once() -> None:
    held = {("t", 0): Hold(5, 1), ("t", 1): Hold(0, 1)}
    twice = [event(0, 5), event(0, 6), event(1, 0), event(0, 5), event(0, 6), event(0, 7)]

    assert offsets(fresh_events(twice, held)) == [(0, 5), (0, 6), (1, 0), (0, 7)]


def test_the_offset_to_store_is_the_one_after_the_last_event_of_each_partition() -> None:
    assert highest_offsets([event(0, 5), event(1, 3), event(0, 9)]) == {("t", 0): 10, ("t", 1): 4}
