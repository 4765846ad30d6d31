"""Files that describe the same thing twice say the same: stack.toml, docker-compose.yml, topics.yaml, the protos."""

import re
import tomllib
from typing import Any

import yaml

from infra.local.settings import REPOSITORY, STACK_FILE
from infra.local.topology import TOPICS_FILE, load_topology
from services.claims.adapters import household_messages
from services.settlement.adapters.payers.enroller import PARTITIONS, group_prefix_of, principal_of, topics_of

DOCKER_STACK_FILE = REPOSITORY / "infra" / "docker" / "stack.toml"
COMPOSE_FILE = REPOSITORY / "docker-compose.yml"

PUT_OFF = {"coding.advice", "coding.backlog"}
"""Topics by which a service puts off its own work."""


def stack() -> dict[str, Any]:
    return tomllib.loads(STACK_FILE.read_text(encoding="utf-8"))


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))["services"])


def topics() -> dict[str, Any]:
    return dict(yaml.safe_load(TOPICS_FILE.read_text(encoding="utf-8")))


def test_every_port_is_given_once() -> None:
    sections = [stack()["kafka"], stack()["zipkin"], *stack()["services"].values()]
    ports = [value for section in sections for name, value in section.items() if name.endswith("port")]

    assert len(set(ports)) == len(ports) == 11


def test_containers_differ_from_this_machine_only_in_their_hosts() -> None:
    here, there = stack(), tomllib.loads(DOCKER_STACK_FILE.read_text(encoding="utf-8"))

    assert here.pop("network") == {"named_hosts": False}
    assert there.pop("network") == {"named_hosts": True}
    assert here == there


def test_compose_runs_every_service_on_its_ports() -> None:
    declared = {
        name: [f"127.0.0.1:{port}:{port}" for port in (ports["port"], ports["mtls_port"])]
        for name, ports in stack()["services"].items()
    }

    assert {name: compose()[name]["ports"] for name in declared} == declared
    assert {"postgres", "kafka", "jaeger"} <= set(compose())


def test_topics_name_services_that_exist_and_dead_letters_after_their_topic() -> None:
    services = set(stack()["services"])

    for topic in topics()["topics"]:
        assert {topic["owner"], *topic["consumers"]} <= services
        assert topic["dead_letter"] == f"{topic['name']}.dlq"
        assert topic["owner"] not in topic["consumers"] or topic["name"] in PUT_OFF


def test_settlement_makes_a_payer_s_topics_as_the_templates_say() -> None:
    templates = topics()["templates"]

    assert tuple(each["name"].format(payer="06132013") for each in templates) == topics_of("06132013")
    for template in templates:
        assert template["principal"].format(payer="06132013") == principal_of("06132013")
        assert template["group_prefix"].format(payer="06132013") == group_prefix_of("06132013")
        assert template["partitions"] == PARTITIONS


def test_claims_tells_statements_on_the_topic_that_settlement_makes_and_nowhere_else() -> None:
    (told,) = [each["name"] for each in topics()["templates"] if each["owner"] == "claims"]

    assert told.format(payer="06132013") == household_messages.topic_of("06132013") == topics_of("06132013")[1]


def test_every_topic_s_message_is_in_the_protos() -> None:
    declared = [entry["message"] for entry in [*topics()["topics"], *topics()["templates"]]]
    found = set()
    for path in (REPOSITORY / "protos" / "seikyu").rglob("*.proto"):
        text = path.read_text(encoding="utf-8")
        package = re.findall(r"(?m)^package ([\w.]+);", text)
        found |= {f"{package[0]}.{message}" for message in re.findall(r"(?m)^message (\w+)", text)}

    assert sorted(set(declared) - found) == []


def test_a_service_holds_no_right_beyond_its_topics_and_its_own_groups() -> None:
    services = set(stack()["services"])
    rights = [right for right in load_topology().rights if right.principal in services]

    assert {right.operation for right in rights} == {"READ", "WRITE", "DESCRIBE"}
    assert {right.name for right in rights if right.resource == "group"} == {f"{name}." for name in services}
    assert {right.name for right in rights if right.resource == "topic" and right.prefixed} == {
        "settlement.",
        "statements.",
    }
    assert not [right for right in rights if right.resource == "cluster" or right.name == "*"]
