"""Instants on the wire: aware UTC datetimes to protobuf's Timestamp and back, remembered, as a batch shares a few."""

from datetime import UTC, datetime
from functools import lru_cache

from google.protobuf.timestamp_pb2 import Timestamp


@lru_cache(maxsize=1_024)
def timestamp(instant: datetime) -> Timestamp:
    """The protobuf form of an instant. Shared: assigning it to a field copies it, changing it is forbidden."""
    stamp = Timestamp()
    stamp.FromDatetime(instant)
    return stamp


def instant(stamp: Timestamp) -> datetime:
    """The aware UTC form of a protobuf timestamp; ValueError or OverflowError beyond the calendar."""
    return _instant(stamp.seconds, stamp.nanos)


@lru_cache(maxsize=1_024)
def _instant(seconds: int, nanos: int) -> datetime:
    return Timestamp(seconds=seconds, nanos=nanos).ToDatetime(tzinfo=UTC)
