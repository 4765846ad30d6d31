"""`seikyu dlq list|show|replay`: events that a consumer put aside. Shows metadata only, never a payload.

A poisoned key stays parked at the service whose consumer put its event aside, and a replayed event of a parked key
comes straight back: so replay first asks those services to free the keys of the chosen letters.
"""

import dataclasses
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import click
from seikyu.operations.v1 import operations_service_pb2
from seikyu.operations.v1.operations_service_pb2_grpc import OperationsServiceStub

from services.cli.client import Client, load_client
from services.cli.command import console, json_option, print_json, progress, run, table
from services.cli.failures import CommandFailure, ExitCode
from services.shared.chassis.dead_letters import DeadLetter, list_dead_letters, replay
from services.shared.chassis.messages import DEAD_LETTER_SUFFIX

TOPICS: Final = (
    "claims.received",
    "eligibility.determined",
    "coding.requested",
    "coding.advice",
    "coding.backlog",
    "coding.completed",
    "claims.adjudicated",
)
LIMIT: Final = 10_000
KEYS_PER_CALL: Final = 1_000


@click.group(name="dlq")
def dlq() -> None:
    """Look at dead letters and replay them."""


@dlq.command(name="list")
@click.argument("topic", required=False)
@json_option
def list_(*, topic: str | None, as_json: bool) -> None:
    """List the dead letters of TOPIC, or of all topics."""
    letters = run(_letters(load_client(), [topic] if topic else list(TOPICS)))
    if as_json:
        for letter in letters:
            print_json(_as_json(letter))
        return
    made = table(f"Dead letters: {len(letters):,}", "topic", "offset", "key", "reason", "group", "tries", "failed at")
    for letter in letters:
        failed_at = letter.first_failed_at.isoformat(timespec="seconds") if letter.first_failed_at else ""
        tries = str(letter.attempts)
        made.add_row(letter.topic, str(letter.offset), letter.key, letter.reason, letter.group, tries, failed_at)
    console().print(made)


@dlq.command(name="show")
@click.argument("topic")
@click.argument("offset", type=click.IntRange(min=0))
@json_option
def show(*, topic: str, offset: int, as_json: bool) -> None:
    """Show all that may be shown of the dead letter at OFFSET of TOPIC."""
    letters = run(_letters(load_client(), [topic]))
    found = next((letter for letter in letters if letter.offset == offset), None)
    if found is None:
        advice = f"`seikyu dlq list {topic}` names the offsets"
        raise CommandFailure("there is no such dead letter", advice=advice, code=ExitCode.NOT_FOUND)
    if as_json:
        print_json(_as_json(found))
        return
    made = table("Dead letter", "field", "value")
    for name, value in _as_json(found).items():
        made.add_row(name, str(value))
    console().print(made)


@dlq.command(name="replay")
@click.argument("topic")
@click.argument("offsets", nargs=-1, type=click.IntRange(min=0))
@click.option("--all", "every", is_flag=True, help="All dead letters of the topic.")
@json_option
def replay_(*, topic: str, offsets: tuple[int, ...], every: bool, as_json: bool) -> None:
    """Free the keys of the dead letters at OFFSETS of TOPIC, and publish them to their origin again.

    Consumers know what they have applied.
    """
    if bool(offsets) == every:
        raise click.UsageError("name offsets, or give --all")
    freed, published = run(_replayed(load_client(), _dead(topic), None if every else offsets))
    if as_json:
        print_json({"published": published, "keys_freed": freed})
        return
    console().print(f"Events published again: {published:,}; parked keys freed: {freed:,}")


async def _replayed(client: Client, topic: str, offsets: Sequence[int] | None) -> tuple[int, int]:
    with progress("replaying"):
        letters = await _letters(client, [topic])
        chosen = [letter for letter in letters if offsets is None or letter.offset in offsets]
        if missing := set(offsets or ()) - {letter.offset for letter in chosen}:
            raise CommandFailure(
                f"there is no dead letter at {', '.join(map(str, sorted(missing)))}; nothing was replayed",
                advice=f"`seikyu dlq list {topic}` names the offsets",
                code=ExitCode.NOT_FOUND,
            )
        freed = await _freed(client, chosen)
        return freed, await replay(client.operator_kafka, topic, offsets=offsets, limit=LIMIT)


async def _freed(client: Client, letters: Sequence[DeadLetter]) -> int:
    """How many keys were parked and no longer are. Raises AioRpcError; nothing was replayed then."""
    freed = 0
    for group in sorted({letter.group for letter in letters if letter.group}):
        keys = sorted({letter.key for letter in letters if letter.group == group and letter.key})
        async with client.channel(group.partition(".")[0]) as channel:
            for at in range(0, len(keys), KEYS_PER_CALL):
                request = operations_service_pb2.FreeParkedKeysRequest(
                    request_id=str(uuid.uuid4()), consumer_group=group, keys=keys[at : at + KEYS_PER_CALL]
                )
                freed += (await OperationsServiceStub(channel).FreeParkedKeys(request)).freed
    return freed


async def _letters(client: Client, topics: Sequence[str]) -> list[DeadLetter]:
    dead = [_dead(topic) for topic in topics]
    with progress("reading dead letters"):
        access = client.operator_kafka
        return [letter for topic in dead for letter in await list_dead_letters(access, topic, limit=LIMIT)]


def _dead(topic: str) -> str:
    if topic.removesuffix(DEAD_LETTER_SUFFIX) not in TOPICS:
        raise click.UsageError(f"{topic} has no dead letters; the topics are {', '.join(TOPICS)}")
    return f"{topic.removesuffix(DEAD_LETTER_SUFFIX)}{DEAD_LETTER_SUFFIX}"


def _as_json(letter: DeadLetter) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in dataclasses.asdict(letter).items()
    }
