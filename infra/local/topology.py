"""Topics, principals and rights as infra/kafka/topics.yaml declares them. Reads and derives; touches no broker."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

TOPICS_FILE = Path(__file__).parents[1] / "kafka" / "topics.yaml"
HOUR_MS = 3_600_000
Resource = Literal["topic", "group", "cluster"]
CLUSTER_NAME = "kafka-cluster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic that exists from the first day."""

    name: str
    partitions: int
    retention_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicTemplate:
    """A family of topics, one per payer: its prefix, and what each of them is made with."""

    prefix: str
    owner: str
    partitions: int
    retention_ms: int


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Right:
    """One permission: `principal` may do `operation` on a resource of that name, or of names that begin with it."""

    principal: str
    operation: str
    resource: Resource
    name: str
    prefixed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """Everything that topics.yaml says."""

    topics: tuple[Topic, ...]
    templates: tuple[TopicTemplate, ...]
    principals: tuple[str, ...]
    rights: tuple[Right, ...]

    @property
    def payer_retention_ms(self) -> int:
        """How long each payer's topics keep their events. Raises ValueError where topics.yaml says different times."""
        (retention_ms,) = {template.retention_ms for template in self.templates}
        return retention_ms


def load_topology(path: Path = TOPICS_FILE) -> Topology:
    """The declared topology. Raises KeyError or ValueError for a file that lacks a field."""
    table: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    named = table["principals"]
    services = sorted({topic["owner"] for topic in [*table["topics"], *table["templates"]]})
    rights = [right for topic in table["topics"] for right in _topic_rights(topic)]
    rights += [right for template in table["templates"] for right in _template_rights(template)]
    rights += [right for service in services for right in _group_rights(service)]
    rights += [right for principal in named for right in _declared_rights(principal)]
    return Topology(
        topics=tuple(topic for entry in table["topics"] for topic in _topics(entry, table["dead_letters"])),
        templates=tuple(_template(entry) for entry in table["templates"]),
        principals=(*services, *(principal["name"] for principal in named)),
        rights=tuple(sorted(set(rights))),
    )


def _topics(entry: dict[str, Any], dead_letters: dict[str, Any]) -> list[Topic]:
    return [
        Topic(name=name, partitions=shape["partitions"], retention_ms=shape["retention_hours"] * HOUR_MS)
        for name, shape in ((entry["name"], entry), (entry["dead_letter"], dead_letters))
    ]


def _template(entry: dict[str, Any]) -> TopicTemplate:
    return TopicTemplate(
        prefix=_prefix(entry),
        owner=entry["owner"],
        partitions=entry["partitions"],
        retention_ms=entry["retention_hours"] * HOUR_MS,
    )


def _prefix(entry: dict[str, Any]) -> str:
    prefix, brace, rest = str(entry["name"]).partition("{payer}")
    if not brace or rest:
        raise ValueError(f"{entry['name']} must end with {{payer}}")
    return prefix


def _topic_rights(entry: dict[str, Any]) -> list[Right]:
    rights = [_on_topic(entry["owner"], operation, entry["name"]) for operation in ("WRITE", "DESCRIBE")]
    for consumer in entry["consumers"]:
        rights += [_on_topic(consumer, operation, entry["name"]) for operation in ("READ", "DESCRIBE")]
        rights += [_on_topic(consumer, operation, entry["dead_letter"]) for operation in ("WRITE", "DESCRIBE")]
    return rights


def _template_rights(entry: dict[str, Any]) -> list[Right]:
    return [
        Right(principal=entry["owner"], operation=operation, resource="topic", name=_prefix(entry), prefixed=True)
        for operation in ("WRITE", "DESCRIBE")
    ]


def _group_rights(service: str) -> list[Right]:
    return [Right(principal=service, operation="READ", resource="group", name=f"{service}.", prefixed=True)]


def _declared_rights(principal: dict[str, Any]) -> list[Right]:
    return [
        Right(
            principal=principal["name"],
            operation=operation,
            resource=right["resource"],
            name=right.get("name", CLUSTER_NAME),
            prefixed=right.get("pattern") == "prefixed",
        )
        for right in principal["rights"]
        for operation in right["operations"]
    ]


def _on_topic(principal: str, operation: str, name: str) -> Right:
    return Right(principal=principal, operation=operation, resource="topic", name=name)
