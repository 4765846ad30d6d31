"""The batch consumer: up to 500 events, one transaction with effect, announcements and offsets, then the Kafka commit."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Protocol, TypeVar

from services.shared.chassis.kafka import KafkaAccess
from services.shared.chassis.messages import DeadLetterReason, Event, Received
from services.shared.chassis.postgres import Database, Transaction

Body = TypeVar("Body")
Parse = Callable[[Event], Body]
"""Event to body; raises PoisonEvent when it can never be read."""
Handle = Callable[[Sequence[Received[Body]], Transaction], Awaitable[None]]
"""The effect of a batch: events of several partitions in consumption order, applied in the given transaction.

Must be idempotent and must not open a transaction of its own. TransientFault: the batch is tried again. PoisonEvent or any
other exception: the batch is rolled back and halved until the event to blame stands alone; that one is dead-lettered.
"""


class ConsumerState(Enum):
    """What a consumer is doing, for health."""

    STARTING = "starting"
    RUNNING = "running"
    RETRYING = "retrying"
    """A transient fault lasts; partitions are paused."""
    STOPPED = "stopped"
    """Too many dead letters: a person must look. Consumes nothing."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerLimits:
    """Every bound of the consumer."""

    batch_events: int = 500
    linger_s: float = 0.02
    """How long to gather more after the first event of a batch."""
    idle_wait_s: float = 0.25
    """How long one wait for a first event lasts; also the longest a stop waits for it."""
    commit_interval_s: float = 0.5
    dead_letter_window: int = 1_000
    dead_letter_limit: int = 200
    """More dead letters than this among the last `dead_letter_window` events stop the consumer."""
    retry_first_s: float = 0.05
    retry_cap_s: float = 5.0
    retry_total_s: float = 600.0
    """A transient fault that lasts longer than this crashes the process, so that its supervisor sees it."""


class ConsumerObserver(Protocol):
    """What the consumer tells telemetry. All in batches, nothing per event on the good path."""

    def batch_applied(self, events: Sequence[Event], duration_s: float) -> None:
        """One transaction took these events (for counts, time lag and the linked batch span)."""
        ...

    def dead_lettered(self, event: Event, reason: DeadLetterReason) -> None:
        """One event was put aside."""
        ...

    def retried(self) -> None:
        """A transient fault; the batch is tried again."""
        ...

    def fenced(self) -> None:
        """Another process holds a partition of the batch; the batch was rolled back."""
        ...

    def stopped(self) -> None:
        """The dead-letter limit was passed."""
        ...


class BatchConsumer(Generic[Body]):
    """Consumes topics as one group member, effectively once. One instance per (process, group)."""

    def __init__(
        self,
        *,
        access: KafkaAccess,
        database: Database,
        group: str,
        topics: Sequence[str],
        parse: Parse[Body],
        handle: Handle[Body],
        instance_id: str | None = None,
        limits: ConsumerLimits | None = None,
        observer: ConsumerObserver | None = None,
    ) -> None:
        """`group` also names the crash points: `consumer.<group>.before-commit`, `.after-commit`, `.after-offset-commit`."""
        raise NotImplementedError

    @property
    def state(self) -> ConsumerState:
        """For health: STOPPED is unhealthy for good, RETRYING for now."""
        raise NotImplementedError

    async def run(self) -> None:
        """Consume until `stop` was called or the dead-letter limit is passed (then state is STOPPED and run returns)."""
        raise NotImplementedError

    def stop(self) -> None:
        """Ask `run` to finish the batch in hand, leave the group and return."""
        raise NotImplementedError
