"""`seikyu events tail PAYER`: a payer's settlement events, read as that payer's own principal."""

from collections.abc import Iterator, Sequence
from typing import Final

import click
from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaError, KafkaException, TopicPartition
from rich.table import Table
from seikyu.settlement.v1.events_pb2 import SETTLEMENT_KIND_REVERSAL, ClaimSettled

from services.cli.client import Client, load_client, read_payer
from services.cli.command import as_dict, console, json_option, print_json, progress, table, yen
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
        config = consumer_config(access, group=f"{kept['group_prefix']}tail", instance_id=None)
        self._is_refused = False
        self._consumer = Consumer({**config, "error_cb": self._hear})

    def so_far(self) -> list[ClaimSettled]:
        """Every event that the topic holds now, oldest first. Raises CommandFailure."""
        events: list[ClaimSettled] = []
        try:
            partition = TopicPartition(self._topic, 0)
            low, high = self._consumer.get_watermark_offsets(partition, timeout=METADATA_TIMEOUT_S)
            self._consumer.assign([TopicPartition(self._topic, 0, low)])
            events.extend(self._until(high) if high > low else ())
        except KafkaException as error:
            raise self._failure(error) from error
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
            return CommandFailure(f"{self._topic} may not be read", advice=advice, code=ExitCode.NOT_PERMITTED)
        if "UNKNOWN_TOPIC" in name:
            advice = "enrol the payer with `seikyu payer enrol`"
            message = f"there is no {self._topic} for this principal"
            return CommandFailure(message, advice=advice, code=ExitCode.NOT_FOUND)
        advice = "see whether the broker runs with `make status`"
        return CommandFailure(f"the broker does not answer ({name})", advice=advice, code=ExitCode.UNAVAILABLE)

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


_TITLES: Final = ("seq", "claim", "transfer", "hospital", "claimed", "kind", "points", "yen")


def events_table(found: Sequence[ClaimSettled], title: str) -> Table:
    """One row per event; why, where not all are shares of first decisions."""
    titles = (*_TITLES, "why") if any(map(_why, found)) else _TITLES
    made = table(title, *titles, right=("seq", "points", "yen"))
    for event in found:
        made.add_row(*(*_cells(event), _why(event))[: len(titles)])
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


def _why(event: ClaimSettled) -> str:
    """Nothing for the share of a first decision; else the cause, and whether a share is taken back."""
    cause = event.cause.lower() if event.cause not in {"", "SUBMITTED"} else ""
    return f"reversal: {cause}" if event.kind == SETTLEMENT_KIND_REVERSAL else cause


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
        if no_follow:
            _show_all(reader, f"settlement.{payer_number}", as_json=as_json)
        else:
            _follow(reader, from_beginning=from_beginning, as_json=as_json)
    except KeyboardInterrupt:
        click.echo("", err=True)
    finally:
        reader.close()


def _show_all(reader: PayerEvents, title: str, *, as_json: bool) -> None:
    with progress("reading events"):
        found = reader.so_far()
    if not as_json:
        console().print(events_table(found, title))
        return
    for event in found:
        print_json(as_dict(event))


def _follow(reader: PayerEvents, *, from_beginning: bool, as_json: bool) -> None:
    if not as_json:
        click.echo(_aligned(_TITLES))
    for event in reader.follow(from_beginning=from_beginning):
        if as_json:
            print_json(as_dict(event))
        else:
            click.echo(f"{_aligned(_cells(event))}  {_why(event)}".rstrip())


def _aligned(cells: Sequence[str]) -> str:
    """One line of a table that has no end."""
    seq, claim, transfer, hospital, claimed, kind, points, amount = cells
    return f"{seq:>6}  {claim:<36}  {transfer:<36}  {hospital:<10}  {claimed:<7}  {kind:<4}  {points:>8}  {amount:>10}"
