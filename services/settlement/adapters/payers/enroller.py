"""A payer at the broker: its topics, its SCRAM users and their rights, made with the enroller's credentials.

A password is derived from the enroller's secret, the payer and the request id of the enrolment or rotation: the same
request gives the same answer and nothing secret is stored. A payer has two principals, of which one holds; both hold
between a rotation and the end of its grace.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

from services.settlement.adapters.messages import statements_topic_of, topic_of
from services.shared.chassis.kafka import KafkaAccess, client_config
from services.shared.chassis.postgres import TransientFault

REQUEST_TIMEOUT_S: Final = 10.0
SCRAM_ITERATIONS: Final = 4096
PARTITIONS: Final = 1
"""A payer's events have one order, and so have its statements."""
HOUR_MS: Final = 3_600_000
PASSWORD_HEX_DIGITS: Final = 40


def principal_of(payer_number: str) -> str:
    """The payer's user at the broker, as an enrolment makes it."""
    return f"payer-{payer_number}"


def principals_of(payer_number: str) -> tuple[str, str]:
    """Both users that a payer may have; a rotation goes from one to the other."""
    return principal_of(payer_number), f"{principal_of(payer_number)}.b"


def principal_after(payer_number: str, username: str) -> str:
    """The user that follows this one at a rotation."""
    first, second = principals_of(payer_number)
    return second if username == first else first


def group_prefix_of(payer_number: str) -> str:
    """What the payer's consumer groups begin with."""
    return f"payer-{payer_number}."


def topics_of(payer_number: str) -> tuple[str, str]:
    """What the payer may read, and nobody else: its settlement events, and statements of its members' households."""
    return topic_of(payer_number), statements_topic_of(payer_number)


class Enroller:
    """Makes payers known to the broker. Every step may be repeated."""

    def __init__(self, access: KafkaAccess, *, retention_hours: int) -> None:
        """`access` is the enroller's, not the service's own; connects with the first request.

        Args:
            access: where the broker is.
            retention_hours: how long a payer's topics keep their events.
        """
        self._access = access
        self._retention_ms = str(retention_hours * HOUR_MS)

    def password(self, payer_number: str, request_id: str) -> str:
        """The password that this enrolment gives the payer."""
        words = f"payer password|{payer_number}|{request_id}".encode()
        return hmac.new(self._access.password.encode(), words, hashlib.sha256).hexdigest()[:PASSWORD_HEX_DIGITS]

    async def __call__(self, payer_number: str, request_id: str, username: str) -> None:
        """Make topics, user and rights. Raises TransientFault when the broker does not do it."""
        await asyncio.to_thread(self._provision, payer_number, request_id, username)

    async def withdraw(self, usernames: Sequence[str]) -> None:
        """Take users and their rights away; those that are not there are none. Raises TransientFault."""
        await asyncio.to_thread(self._withdraw, usernames)

    async def cluster_id(self) -> str:
        """The broker cluster's id. Raises TransientFault when it does not answer."""
        return await asyncio.to_thread(self._cluster_id)

    def _cluster_id(self) -> str:
        try:
            return str(self._client().list_topics(timeout=REQUEST_TIMEOUT_S).cluster_id)
        except KafkaException as error:
            raise TransientFault("BrokerUnreachable") from error

    def _client(self) -> AdminClient:
        return AdminClient(client_config(self._access))

    def _withdraw(self, usernames: Sequence[str]) -> None:
        client = self._client()
        users: list[UserScramCredentialAlteration] = [
            UserScramCredentialDeletion(username, ScramMechanism.SCRAM_SHA_512) for username in usernames
        ]
        try:
            _wait(client.delete_acls([_all_rights(each) for each in usernames], request_timeout=REQUEST_TIMEOUT_S))
            _wait(
                client.alter_user_scram_credentials(users, request_timeout=REQUEST_TIMEOUT_S),
                unless=KafkaError.RESOURCE_NOT_FOUND,
            )
        except (KafkaException, TimeoutError) as error:
            raise TransientFault("WithdrawalFailed") from error

    def _provision(self, payer_number: str, request_id: str, username: str) -> None:
        client = self._client()
        topics = [
            NewTopic(name, PARTITIONS, 1, config={"retention.ms": self._retention_ms})
            for name in topics_of(payer_number)
        ]
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, SCRAM_ITERATIONS)
        password = self.password(payer_number, request_id).encode()
        user: UserScramCredentialAlteration = UserScramCredentialUpsertion(username, info, password)
        try:
            _wait(
                client.create_topics(topics, request_timeout=REQUEST_TIMEOUT_S),
                unless=KafkaError.TOPIC_ALREADY_EXISTS,
            )
            _wait(client.alter_user_scram_credentials([user], request_timeout=REQUEST_TIMEOUT_S))
            _wait(client.create_acls(_rights(payer_number, username), request_timeout=REQUEST_TIMEOUT_S))
        except (KafkaException, TimeoutError) as error:
            raise TransientFault("EnrolmentFailed") from error


def _rights(payer_number: str, username: str) -> list[AclBinding]:
    user = f"User:{username}"
    on_topics = [
        _right(user, topic, ResourceType.TOPIC, operation)
        for topic in topics_of(payer_number)
        for operation in (AclOperation.READ, AclOperation.DESCRIBE)
    ]
    return [*on_topics, _right(user, group_prefix_of(payer_number), ResourceType.GROUP, AclOperation.READ)]


def _right(user: str, name: str, resource: ResourceType, operation: AclOperation) -> AclBinding:
    is_group = resource is ResourceType.GROUP
    pattern = ResourcePatternType.PREFIXED if is_group else ResourcePatternType.LITERAL
    return AclBinding(resource, name, pattern, user, "*", operation, AclPermissionType.ALLOW)


def _all_rights(username: str) -> AclBindingFilter:
    return AclBindingFilter(
        ResourceType.ANY,
        None,  # type: ignore[arg-type]  # any name; the stub knows texts alone
        ResourcePatternType.ANY,
        f"User:{username}",
        None,  # type: ignore[arg-type]  # any host
        AclOperation.ANY,
        AclPermissionType.ANY,
    )


def _wait(futures: Mapping[Any, Future[Any]], unless: int | None = None) -> None:
    for future in futures.values():
        try:
            future.result(REQUEST_TIMEOUT_S)
        except KafkaException as refused:
            if refused.args[0].code() != unless:
                raise
