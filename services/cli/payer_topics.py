"""A payer's topics, read as that payer's own principal: its settlement events, its households' statements."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Generic, TypeVar

import click
from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from google.protobuf.message import Message as ProtobufMessage
from rich.table import Table

from services.cli.client import Client, read_payer
from services.cli.command import as_dict, console, print_json, progress
from services.cli.failures import CommandFailure, ExitCode
from services.shared.chassis.kafka import METADATA_TIMEOUT_S, consumer_config

READ_WAIT_S: Final = 0.5
SILENCE_LIMIT: Final = 20
"""So many waits without an event, 10 s in all, mean that the broker does not answer."""
EventT = TypeVar("EventT", bound=ProtobufMessage)


class PayerTopicKind(Enum):
    """A payer's topics; the value is the name under which its credentials keep the topic's."""

    SETTLEMENTS = "topic"
    STATEMENTS = "statements_topic"

    @property
    def prefix(self) -> str:
        """What the topic's name begins with; credentials of earlier releases do not name all topics."""
        return "settlement" if self is PayerTopicKind.SETTLEMENTS else "statements"


class PayerTopic(Generic[EventT]):
    """One of a payer's topics as its own principal reads it; commits nothing."""

    def __init__(
        self, client: Client, payer_number: str, kind: PayerTopicKind, read: Callable[[str, bytes], EventT]
    ) -> None:
        """Needs what `payer enrol` kept; CommandFailure without it. `read` makes an event of ce_type and value."""
        kept = read_payer(client, payer_number)
        self.name = str(kept.get(kind.value, f"{kind.prefix}.{payer_number}"))
        self._event = read
        access = client.kafka(kept["kafka_username"], kept["kafka_password"], client_id=f"payer-{payer_number}")
        config = consumer_config(access, group=f"{kept['group_prefix']}tail", instance_id=None)
        self._is_refused = False
        self._consumer = Consumer({**config, "error_cb": self._hear})

    def so_far(self) -> list[EventT]:
        """Every event that the topic holds now, oldest first. Raises CommandFailure."""
        events: list[EventT] = []
        try:
            partition = TopicPartition(self.name, 0)
            low, high = self._consumer.get_watermark_offsets(partition, timeout=METADATA_TIMEOUT_S)
            self._consumer.assign([TopicPartition(self.name, 0, low)])
            events.extend(self._until(high) if high > low else ())
        except KafkaException as error:
            raise self._failure(error) from error
        return events

    def follow(self, *, from_beginning: bool) -> Iterator[EventT]:
        """Events as they come, without end. Raises CommandFailure."""
        start = OFFSET_BEGINNING if from_beginning else OFFSET_END
        try:
            self._consumer.get_watermark_offsets(TopicPartition(self.name, 0), timeout=METADATA_TIMEOUT_S)
            self._consumer.assign([TopicPartition(self.name, 0, start)])
            while True:
                for _, event in self._read():
                    yield event
        except KafkaException as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    def _hear(self, error: KafkaError) -> None:
        """What the client library learns between two reads; a wrong password is told here alone."""
        self._is_refused |= error.code() == KafkaError._AUTHENTICATION  # noqa: SLF001 - its public name

    def _failure(self, error: KafkaException) -> CommandFailure:
        self._consumer.poll(0)  # lets _hear be called
        name = str(error.args[0].name())
        if self._is_refused or "AUTHORIZATION" in name:
            advice = "its credentials are not the ones that the broker knows: enrol the payer with `seikyu payer enrol`"
            return CommandFailure(f"{self.name} may not be read", advice=advice, code=ExitCode.NOT_PERMITTED)
        if "UNKNOWN_TOPIC" in name or "UNKNOWN_PARTITION" in name:  # another's topic is not told of either
            advice = "enrol the payer with `seikyu payer enrol`"
            message = f"there is no {self.name} for this principal"
            return CommandFailure(message, advice=advice, code=ExitCode.NOT_FOUND)
        advice = "see whether the broker runs with `make status`"
        return CommandFailure(f"the broker does not answer ({name})", advice=advice, code=ExitCode.UNAVAILABLE)

    def _until(self, end: int) -> Iterator[EventT]:
        silent_waits = 0
        while True:
            found = self._read()
            for offset, event in found:
                yield event
                if offset + 1 >= end:
                    return
            silent_waits = 0 if found else silent_waits + 1
            if silent_waits > SILENCE_LIMIT:
                raise CommandFailure("the broker fell silent", advice="try again", code=ExitCode.UNAVAILABLE)

    def _read(self) -> list[tuple[int, EventT]]:
        found = []
        for message in self._consumer.consume(500, READ_WAIT_S):
            error = message.error()
            if error is not None:
                raise KafkaException(error)
            found.append((message.offset() or 0, self._event(_ce_type(message), message.value() or b"")))
        return found


def _ce_type(message: Message) -> str:
    """Which kind of event the message is; empty without the header."""
    headers: dict[str, Any] = dict(message.headers() or ())
    return bytes(headers.get("ce_type") or b"").decode("ascii", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[EventT]):
    """How events are shown: together as a table under a title, or line by line under a heading."""

    table: Callable[[Sequence[EventT], str], Table]
    heading: str
    line: Callable[[EventT], str]


def tell_events(
    reader: PayerTopic[EventT], listing: Listing[EventT], *, from_beginning: bool, no_follow: bool, as_json: bool
) -> None:
    """What the topic holds now, or what comes until Ctrl-C; closes the reader."""
    try:
        if no_follow:
            _show_all(reader, listing, as_json=as_json)
        else:
            _follow(reader, listing, from_beginning=from_beginning, as_json=as_json)
    except KeyboardInterrupt:
        click.echo("", err=True)
    finally:
        reader.close()


def _show_all(reader: PayerTopic[EventT], listing: Listing[EventT], *, as_json: bool) -> None:
    with progress("reading events"):
        found = reader.so_far()
    if not as_json:
        console().print(listing.table(found, reader.name))
        return
    for event in found:
        print_json(as_dict(event))


def _follow(reader: PayerTopic[EventT], listing: Listing[EventT], *, from_beginning: bool, as_json: bool) -> None:
    if not as_json:
        click.echo(listing.heading)
    for event in reader.follow(from_beginning=from_beginning):
        if as_json:
            print_json(as_dict(event))
        else:
            click.echo(listing.line(event))
