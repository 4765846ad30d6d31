"""The relay: takes committed outbox rows to Kafka, keeps the order of each key, deletes a row once it is acknowledged."""

from collections.abc import Collection, Sequence
from typing import Protocol

from services.shared.chassis.clock import Clock
from services.shared.chassis.kafka import Publisher
from services.shared.chassis.postgres import OutboxRow


class RelayObserver(Protocol):
    """What the relay tells the metrics."""

    def rows_published(self, count: int) -> None:
        """`count` rows were acknowledged by the broker."""
        ...

    def publish_failed(self) -> None:
        """A batch was not acknowledged; the table is read again."""
        ...

    def oldest_age(self, age_s: float) -> None:
        """Age of the oldest row still in the outbox, seconds; 0 when empty. Told every few seconds."""
        ...


class OutboxRelay:
    """Publishes the outbox rows of the shards that this process owns. Is the HandOver of this process's Database."""

    def __init__(self, dsn: str, publisher: Publisher, *, clock: Clock, observer: RelayObserver | None = None) -> None:
        """`dsn` is the service role's; the relay keeps one connection of its own, whose advisory locks are the ownership."""
        raise NotImplementedError

    @property
    def backlog_rows(self) -> int:
        """Rows handed over and not yet acknowledged, as far as this process knows."""
        raise NotImplementedError

    @property
    def oldest_age_s(self) -> float:
        """Age of the oldest unpublished row at the last look, seconds."""
        raise NotImplementedError

    def owns(self, shards: Collection[int]) -> bool:
        """Whether this process publishes all of these shards."""
        raise NotImplementedError

    def take(self, rows: Sequence[OutboxRow]) -> None:
        """Accept committed rows in memory; drops them (the table has them) when the bounded queue is full."""
        raise NotImplementedError

    async def run(self) -> None:
        """Relay until `stop` was called and everything handed over is published (at most the drain time)."""
        raise NotImplementedError

    def stop(self) -> None:
        """Ask `run` to publish what is queued and return."""
        raise NotImplementedError
