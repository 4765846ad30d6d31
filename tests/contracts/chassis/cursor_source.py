"""What every CursorSource keeps, the fake and the ledger's alike. Subclass it and give the fixture `streams`."""

from collections.abc import Sequence
from typing import Protocol

from services.shared.chassis.cursor_relay import CursorSource, StreamItem


class Streams(Protocol):
    """A source under test, with a way to fill it. Two streams: their names are the implementation's to choose."""

    source: CursorSource
    first: str
    second: str

    async def append(self, stream: str, count: int) -> None:
        """Append so many events to a stream; their sequence goes on without gap."""
        ...


def places(items: Sequence[StreamItem]) -> list[tuple[str, int]]:
    return [(item.stream, item.sequence) for item in items]


class CursorSourceContract:
    """The claims about a CursorSource."""

    async def test_pending_items_come_by_stream_and_sequence(self, streams: Streams) -> None:
        await streams.append(streams.second, 1)
        await streams.append(streams.first, 2)
        await streams.append(streams.second, 1)

        found = places(await streams.source.pending(10))

        expected = [(stream, number) for stream in (streams.first, streams.second) for number in (1, 2)]
        assert found == sorted(expected)

    async def test_what_was_marked_is_no_longer_pending(self, streams: Streams) -> None:
        await streams.append(streams.first, 3)
        await streams.source.mark_published([(streams.first, 2)])

        assert places(await streams.source.pending(10)) == [(streams.first, 3)]

    async def test_a_cursor_never_moves_back(self, streams: Streams) -> None:
        await streams.append(streams.first, 3)
        await streams.source.mark_published([(streams.first, 3)])
        await streams.source.mark_published([(streams.first, 1)])

        assert await streams.source.pending(10) == []

    async def test_the_limit_cuts_the_list_at_its_end(self, streams: Streams) -> None:
        await streams.append(streams.first, 5)

        assert places(await streams.source.pending(2)) == [(streams.first, 1), (streams.first, 2)]

    async def test_another_cluster_gets_everything_again_with_the_same_ids(self, streams: Streams) -> None:
        await streams.source.restart("cluster-1")
        await streams.append(streams.first, 2)
        before = await streams.source.pending(10)
        await streams.source.mark_published([(streams.first, 2)])
        await streams.source.restart("cluster-2")

        assert await streams.source.pending(10) == before

    async def test_the_same_cluster_starts_nothing_anew(self, streams: Streams) -> None:
        await streams.source.restart("cluster-1")
        await streams.append(streams.first, 2)
        await streams.source.mark_published([(streams.first, 1)])
        await streams.source.restart("cluster-1")

        assert places(await streams.source.pending(10)) == [(streams.first, 2)]
