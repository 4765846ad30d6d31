"""`seikyu lag`: how far each consumer group is behind the end of its topics, as the broker knows it.

A service's own offsets stand in its database; what it commits to the broker afterwards is what is shown here, so a
group that has just applied a batch may look a batch late for a moment.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import click
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from services.cli.client import Client, load_client
from services.cli.command import console, json_option, print_json, progress, table
from services.cli.failures import CommandFailure, ExitCode
from services.shared.chassis.kafka import METADATA_TIMEOUT_S, client_config


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """One group's place in one topic; events over all partitions."""

    group: str
    topic: str
    partitions: int
    behind: int


def read_lag(client: Client) -> list[Lag]:
    """Every group that the operator may see and that has committed anything, by group and topic. CommandFailure."""
    admin = AdminClient(client_config(client.operator_kafka))
    try:
        listed = admin.list_consumer_groups(request_timeout=METADATA_TIMEOUT_S).result()
        committed = {each.group_id: _committed(admin, each.group_id) for each in listed.valid}
        topics = admin.list_topics(timeout=METADATA_TIMEOUT_S).topics
        names = {name for offsets in committed.values() for name, _ in offsets if name in topics}
        partitions = {name: sorted(topics[name].partitions) for name in names}
        places = [TopicPartition(name, number) for name, numbers in partitions.items() for number in numbers]
        firsts = _offsets(admin, places, OffsetSpec.earliest())  # type: ignore[no-untyped-call]  # upstream's
        ends = _offsets(admin, places, OffsetSpec.latest())  # type: ignore[no-untyped-call]  # upstream's
    except KafkaException as fault:
        raise CommandFailure(
            f"the broker does not answer ({fault.args[0].name()})",
            advice="see whether the broker runs with `make status`",
            code=ExitCode.UNAVAILABLE,
        ) from fault
    return sorted(
        (
            Lag(group=group, topic=name, partitions=len(partitions[name]), behind=_behind(offsets, firsts, ends, name))
            for group, offsets in committed.items()
            for name in {topic for topic, _ in offsets if topic in partitions}
        ),
        key=lambda each: (each.group, each.topic),
    )


Offsets = Mapping[tuple[str, int], int]
NOT_YET: Final = -1
"""What the broker gives for a partition in which the group has committed nothing is below 0."""


def _committed(admin: AdminClient, group: str) -> Offsets:
    asked = [ConsumerGroupTopicPartitions(group)]
    answer = admin.list_consumer_group_offsets(asked, request_timeout=METADATA_TIMEOUT_S)[group].result()
    return {(each.topic, each.partition): each.offset for each in answer.topic_partitions if each.offset > NOT_YET}


def _offsets(admin: AdminClient, places: Sequence[TopicPartition], spec: OffsetSpec) -> Offsets:
    if not places:
        return {}
    asked = admin.list_offsets(dict.fromkeys(places, spec), request_timeout=METADATA_TIMEOUT_S)
    return {(place.topic, place.partition): answer.result().offset for place, answer in asked.items()}


def _behind(committed: Offsets, firsts: Offsets, ends: Offsets, topic: str) -> int:
    """Events between the group's place, or where nothing was committed the first event, and the end."""
    places: Iterable[tuple[str, int]] = (place for place in ends if place[0] == topic)
    return sum(max(0, ends[place] - max(committed.get(place, 0), firsts[place])) for place in places)


@click.command(name="lag")
@json_option
def lag(*, as_json: bool) -> None:
    """Show how many events each consumer group is behind."""
    with progress("asking the broker"):
        found = read_lag(load_client())
    if as_json:
        for each in found:
            print_json(asdict(each))
        return
    made = table(
        f"Consumer groups: {len(found)}", "group", "topic", "partitions", "behind", right=("partitions", "behind")
    )
    for each in found:
        made.add_row(each.group, each.topic, str(each.partitions), f"{each.behind:,}")
    console().print(made)
