from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from services.shared.chassis.instants import instant, timestamp

MOMENT = datetime(2026, 4, 1, 3, 0, 0, 123_456, tzinfo=UTC)


def test_an_instant_is_the_same_after_the_wire() -> None:
    assert instant(timestamp(MOMENT)) == MOMENT
    assert instant(timestamp(MOMENT)).tzinfo is UTC


def test_an_instant_counts_from_the_epoch_in_utc() -> None:
    assert timestamp(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=86_400)) == Timestamp(seconds=86_400)
