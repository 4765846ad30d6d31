"""The way to Kafka: one set of client settings, and the publisher that the relays share."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.shared.chassis.messages import Announcement

ConfigValue = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaAccess:
    """Where the broker is and who we are there. Without `username` the connection is plain (tests only)."""

    bootstrap: str
    client_id: str
    username: str = ""
    password: str = ""
    ca_file: Path | None = None


class PublishFailed(Exception):  # noqa: N818 - named for what happened
    """At least one announcement of a batch is not known to be in the log; publish all of them again, in order."""


def client_config(access: KafkaAccess) -> dict[str, ConfigValue]:
    """What every client needs: addresses, SASL_SSL with SCRAM-SHA-512 where a user is given, quiet logs."""
    raise NotImplementedError


def producer_config(access: KafkaAccess) -> dict[str, ConfigValue]:
    """An idempotent producer: acks=all, gap-free, linger 5 ms, lz4."""
    raise NotImplementedError


def consumer_config(access: KafkaAccess, *, group: str, instance_id: str | None) -> dict[str, ConfigValue]:
    """A batch consumer: cooperative-sticky, optional static membership, no automatic commit, no automatic reset."""
    raise NotImplementedError


async def cluster_id(access: KafkaAccess) -> str:
    """The broker cluster's id: another one means that the log was deleted. Raises TransientFault when it does not answer."""
    raise NotImplementedError


class Publisher:
    """An idempotent producer that publishes batches in order, off the event loop. One per relay."""

    def __init__(self, access: KafkaAccess) -> None:
        self._access = access

    async def publish(self, batch: Sequence[Announcement]) -> None:
        """Return when every announcement is acknowledged by all replicas. Raises PublishFailed; then the producer is new."""
        raise NotImplementedError

    async def close(self) -> None:
        """Give up what is in flight and free the thread."""
        raise NotImplementedError
