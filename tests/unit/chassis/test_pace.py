"""The pace of a consumer: what tells light load from heavy."""

import pytest

from services.shared.chassis.pace import Pace
from tests.support.chassis_fakes import SetClock


def test_a_steady_stream_is_told_as_its_events_a_second() -> None:
    clock = SetClock()
    pace = Pace(clock)
    for _ in range(80):
        clock.advance(0.1)
        pace.came(140)
    assert pace.per_second() == pytest.approx(1_400, rel=0.1)


def test_silence_is_told_within_seconds() -> None:
    clock = SetClock()
    pace = Pace(clock)
    pace.came(5_000)
    clock.advance(5.0)
    assert pace.per_second() < 50


def test_nothing_came_yet() -> None:
    assert Pace(SetClock()).per_second() == 0.0
