import pytest

from services.shared.chassis.cursor_relay import StreamItem
from tests.contracts.chassis.cursor_source import CursorSourceContract
from tests.support.chassis_fakes import StreamsInMemory
from tests.support.chassis_ledger import announce


class FilledInMemory:
    first = "06132013"
    second = "39131156"

    def __init__(self) -> None:
        self.source = StreamsInMemory()

    async def append(self, stream: str, count: int) -> None:
        reached = len(self.source.items.get(stream, []))
        for number in range(reached + 1, reached + count + 1):
            event = announce(f"settlement.{stream}", "btc_1", f"evt_{stream}_{number}")
            self.source.append(StreamItem(stream=stream, sequence=number, announcement=event))


class TestStreamsInMemory(CursorSourceContract):
    @pytest.fixture
    def streams(self) -> FilledInMemory:
        return FilledInMemory()
