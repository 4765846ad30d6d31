"""Households' statements on a running platform: stated by the operator, announced, and followed by their payer."""

import json
from collections.abc import Iterable

from confluent_kafka import Consumer
from seikyu.claims.v1.household_pb2 import HouseholdStated

from infra.demo.data import INSURER
from services.cli.client import load_client
from services.shared.chassis.kafka import client_config
from tests.integration.stack.conftest import Platform

TOPIC = "household.stated"
MOST_POLLS = 60


def announced(platform: Platform, most: int) -> list[HouseholdStated]:
    """What stands on the topic, as the operator reads it; at most so many."""
    client = load_client({**platform.variables, "SEIKYU_STATE_DIR": str(platform.stack.settings.state_dir)})
    settings = client_config(client.operator_kafka)
    consumer = Consumer(settings | {"group.id": "operator.households", "auto.offset.reset": "earliest"})
    found: list[HouseholdStated] = []
    try:
        consumer.subscribe([TOPIC])
        for _ in range(MOST_POLLS):
            found += [HouseholdStated.FromString(each.value() or b"") for each in consumer.consume(most, 1.0)]
            if len(found) >= most:
                break
    finally:
        consumer.close()
    return found


def by_id(versions: Iterable[HouseholdStated]) -> dict[str, HouseholdStated]:
    return {each.event_id: each for each in versions}


def test_a_months_households_are_stated_announced_and_read_by_their_payer(platform: Platform) -> None:
    first = platform.type("household", "recompute", "--month", "2024-05", "--json")
    again = platform.type("household", "recompute", "--month", "2024-05", "--json")
    assert first.exit_code == 0, first.output
    listed = platform.type("household", "list", "--month", "2024-05", "--json")
    own = platform.type("household", "list", "--month", "2024-05", "--payer", INSURER[0], "--json")

    told = json.loads(first.output)
    everything, mine = ([json.loads(each) for each in done.output.splitlines()] for done in (listed, own))
    assert int(told["stated"]) == len(everything) > 0
    assert json.loads(again.output)["unchanged"] == told["stated"]
    assert [each for each in everything if each["statement"]["payer_number"] == INSURER[0]] == mine
    assert all(each["statement"]["payer_member_key"] for each in mine)
    events = by_id(announced(platform, len(everything)))
    assert events.keys() == {each["event_id"] for each in everything}
