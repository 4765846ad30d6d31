"""`seikyu events tail PAYER`: a payer's settlement events, read as that payer's own principal."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import click
from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaException, TopicPartition
from rich.table import Table
from seikyu.settlement.v1.events_pb2 import ClaimSettled

from services.cli.client import Client, load_client, read_payer
from services.cli.command import as_dict, console, json_option, print_json, table, yen
from services.cli.failures import CommandFailure, ExitCode
from services.shared.chassis.kafka import METADATA_TIMEOUT_S, consumer_config

READ_WAIT_S: Final = 0.5
SILENCE_LIMIT: Final = 20
"""So many waits without an event, 10 s in all, mean that the broker does not answer."""


class PayerEvents:
    """One payer's topic as its own principal reads it; commits nothing."""

    def __init__(self, client: Client, payer_number: str) -> None:
        """Needs what `payer enrol` kept; CommandFailure without it."""
        kept = read_payer(client, payer_number)
        self._topic = str(kept["topic"])
        access = client.kafka(kept["kafka_username"], kept["kafka_password"], client_id=f"payer-{payer_number}")
        group = f"{kept['group_prefix']}tail"
        self._consumer = Consumer(consumer_config(access, group=group, instance_id=None))

    def so_far(self) -> list[ClaimSettled]:
        """Every event that the topic holds now, oldest first. Raises CommandFailure."""
        events: list[ClaimSettled] = []
        try:
            partition = TopicPartition(self._topic, 0)
            low, high = self._consumer.get_watermark_offsets(partition, timeout=METADATA_TIMEOUT_S)
            self._consumer.assign([TopicPartition(self._topic, 0, low)])
            events.extend(self._until(high) if high > low else ())
        except KafkaException as error:
            raise _failure(error, self._topic) from error
        return events

    def follow(self, *, from_beginning: bool) -> Iterator[ClaimSettled]:
        """Events as they come, without end. Raises CommandFailure."""
        start = OFFSET_BEGINNING if from_beginning else OFFSET_END
        try:
            self._consumer.get_watermark_offsets(TopicPartition(self._topic, 0), timeout=METADATA_TIMEOUT_S)
            self._consumer.assign([TopicPartition(self._topic, 0, start)])
            while True:
                for _, event in self._read():
                    yield event
        except KafkaException as error:
            raise _failure(error, self._topic) from error

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    def _until(self, end: int) -> Iterator[ClaimSettled]:
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

    def _read(self) -> list[tuple[int, ClaimSettled]]:
        found = []
        for message in self._consumer.consume(500, READ_WAIT_S):
            error = message.error()
            if error is not None:
                raise KafkaException(error)
            found.append((message.offset() or 0, ClaimSettled.FromString(message.value() or b"")))
        return found


def _failure(error: KafkaException, topic: str) -> CommandFailure:
    name = str(error.args[0].name())
    if "AUTHORIZATION" in name or "AUTHENTICATION" in name:
        advice = "use the payer's own credentials: enrol it again with `seikyu payer enrol`"
        return CommandFailure(f"{topic} may not be read ({name})", advice=advice, code=ExitCode.NOT_PERMITTED)
    if "UNKNOWN_TOPIC" in name:
        advice = "enrol the payer with `seikyu payer enrol`"
        return CommandFailure(f"there is no {topic} for this principal", advice=advice, code=ExitCode.NOT_FOUND)
    advice = "see whether the broker runs with `make status`"
    return CommandFailure(f"the broker does not answer ({name})", advice=advice, code=ExitCode.UNAVAILABLE)


_TITLES: Final = ("seq", "claim", "transfer", "hospital", "claimed", "kind", "points", "yen")


def events_table(found: Sequence[ClaimSettled], title: str) -> Table:
    """One row per event."""
    made = table(title, *_TITLES, right=("seq", "points", "yen"))
    for event in found:
        made.add_row(*_cells(event))
    return made


def _cells(event: ClaimSettled) -> tuple[str, ...]:
    return (
        str(event.sequence),
        event.claim_id,
        event.transfer_id or "none (0 yen)",
        event.hospital_code,
        event.claim_month,
        event.receipt_kind,
        f"{event.points:,}",
        yen(event.share_yen),
    )


@click.group(name="events")
def events() -> None:
    """Read payers' settlement events."""


@events.command(name="tail")
@click.argument("payer_number")
@click.option("--from-beginning", is_flag=True, help="From the topic's first event.")
@click.option("--no-follow", is_flag=True, help="Print what the topic holds now, then stop.")
@json_option
def tail(*, payer_number: str, from_beginning: bool, no_follow: bool, as_json: bool) -> None:
    """Follow PAYER_NUMBER's events until Ctrl-C; with --json one per line."""
    reader = PayerEvents(load_client(), payer_number)
    try:
        found = iter(reader.so_far()) if no_follow else reader.follow(from_beginning=from_beginning)
        if no_follow and not as_json:
            console().print(events_table(list(found), f"settlement.{payer_number}"))
            return
        for event in found:
            _print_one(event, as_json=as_json)
    except KeyboardInterrupt:
        click.echo("", err=True)
    finally:
        reader.close()


def _print_one(event: ClaimSettled, *, as_json: bool) -> None:
    if as_json:
        shown: dict[str, Any] = as_dict(event)
        print_json(shown)
    else:
        click.echo("  ".join(_cells(event)))
