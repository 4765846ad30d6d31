"""Makes users, topics and rights on a broker. Every step may be repeated."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)

from infra.local.topology import Right, Topic, Topology

REQUEST_TIMEOUT_S = 45.0
ANSWER_GRACE_S = 5.0
"""The library's own time-out comes first: its error says which request was not answered."""
RECONNECT_MAX_MS = 250
"""Who waits for a broker to start asks often; the library's own pauses grow to ten seconds."""
SCRAM_ITERATIONS = 4096
RESOURCES = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "cluster": ResourceType.BROKER,  # librdkafka's name for the cluster resource
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaAccount:
    """Who one is at the broker, and how to reach it."""

    bootstrap: str
    username: str
    password: str
    ca_file: Path

    def config(self) -> dict[str, str | int | float | bool]:
        """Settings for any confluent-kafka client. Logs are off: the library prints a line per refused connection."""
        return {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": self.username,
            "sasl.password": self.password,
            "ssl.ca.location": str(self.ca_file),
            "log_level": 0,
        }


class KafkaAdmin:
    """Administers a broker as a super user."""

    def __init__(self, account: KafkaAccount) -> None:
        """Connects with the first request."""
        self._client = AdminClient(account.config() | {"reconnect.backoff.max.ms": RECONNECT_MAX_MS})

    def answers(self, timeout_s: float) -> bool:
        """Whether the broker answers us within the time."""
        try:
            self._client.list_topics(timeout=timeout_s)
        except KafkaException:
            return False
        return True

    def apply(self, topology: Topology, passwords: Mapping[str, str]) -> None:
        """Make everything that the topology declares and that is not there yet."""
        self.set_users(passwords)
        self.grant(topology.rights)
        self.create_topics(topology.topics)

    def set_users(self, passwords: Mapping[str, str]) -> None:
        """SCRAM-SHA-512 users with these passwords; they hold at once."""
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, SCRAM_ITERATIONS)
        upserts: list[UserScramCredentialAlteration] = [
            UserScramCredentialUpsertion(name, info, word.encode()) for name, word in passwords.items()
        ]
        _wait(self._client.alter_user_scram_credentials(upserts, request_timeout=REQUEST_TIMEOUT_S))

    def create_topics(self, topics: Iterable[Topic]) -> None:
        """Make those topics that do not exist; an existing one keeps its shape."""
        new = [
            NewTopic(topic.name, topic.partitions, 1, config={"retention.ms": str(topic.retention_ms)})
            for topic in topics
        ]
        _wait(
            self._client.create_topics(new, operation_timeout=REQUEST_TIMEOUT_S, request_timeout=REQUEST_TIMEOUT_S),
            unless=KafkaError.TOPIC_ALREADY_EXISTS,
        )

    def delete_topics(self, names: list[str]) -> None:
        """Remove topics; one that is not there is no error."""
        _wait(
            self._client.delete_topics(names, request_timeout=REQUEST_TIMEOUT_S),
            unless=KafkaError.UNKNOWN_TOPIC_OR_PART,
        )

    def grant(self, rights: Iterable[Right]) -> None:
        """Allow; the broker denies what nothing allows."""
        bindings = [_binding(right) for right in rights]
        if bindings:
            _wait(self._client.create_acls(bindings, request_timeout=REQUEST_TIMEOUT_S))


def _binding(right: Right) -> AclBinding:
    return AclBinding(
        RESOURCES[right.resource],
        right.name,
        ResourcePatternType.PREFIXED if right.prefixed else ResourcePatternType.LITERAL,
        f"User:{right.principal}",
        "*",
        AclOperation[right.operation],
        AclPermissionType.ALLOW,
    )


def _wait(futures: Mapping[Any, Future[Any]], unless: int | None = None) -> None:
    for future in futures.values():
        try:
            future.result(REQUEST_TIMEOUT_S + ANSWER_GRACE_S)
        except KafkaException as refused:
            if refused.args[0].code() != unless:
                raise
