import time
from collections.abc import Callable
from dataclasses import replace
from secrets import randbelow

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient

from infra.local.kafka_admin import KafkaAccount, KafkaAdmin
from infra.local.topology import HOUR_MS, Right, Topic, load_topology
from tests.support.stack import KafkaBroker

WAIT_S = 20.0


def payer_number() -> str:
    return f"06{randbelow(10**6):06}"


def enrol(broker: KafkaBroker, number: str) -> tuple[KafkaAccount, str]:
    """What settlement does at enrolment, as its own principal `enroller`."""
    topic, principal = f"settlement.{number}", f"payer-{number}"
    enroller = KafkaAdmin(broker.account("enroller"))
    enroller.create_topics([Topic(name=topic, partitions=1, retention_ms=HOUR_MS)])
    enroller.set_users({principal: "a payer's password"})
    enroller.grant(
        [
            Right(principal=principal, operation="READ", resource="topic", name=topic),
            Right(principal=principal, operation="READ", resource="group", name=f"{principal}.", prefixed=True),
        ]
    )
    return replace(broker.account("enroller"), username=principal, password="a payer's password"), topic


def publish(account: KafkaAccount, topic: str, value: bytes) -> KafkaError | None:
    outcomes: list[KafkaError | None] = []
    producer = Producer(account.config() | {"acks": "all", "message.timeout.ms": 15_000})
    producer.produce(topic, value, on_delivery=lambda error, _message: outcomes.append(error))
    assert producer.flush(WAIT_S) == 0
    return outcomes[0]


def first_answer(account: KafkaAccount, topic: str, group: str) -> Message | KafkaError:
    """The first message that a consumer gets, or what the broker refuses it with."""
    consumer = Consumer(account.config() | {"group.id": group, "auto.offset.reset": "earliest"})
    try:
        consumer.subscribe([topic])
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            message = consumer.poll(0.5)
            if message is not None:
                return message.error() or message
        raise AssertionError(f"no answer on {topic} within {WAIT_S} s")
    finally:
        consumer.close()


def visible_topics(account: KafkaAccount) -> set[str]:
    return set(AdminClient(account.config()).list_topics(timeout=WAIT_S).topics)


def test_a_payer_reads_its_own_topic(kafka_broker: KafkaBroker) -> None:
    payer, topic = enrol(kafka_broker, payer_number())
    assert publish(kafka_broker.account("settlement"), topic, b"event") is None

    answer = first_answer(payer, topic, f"{payer.username}.reader")
    assert isinstance(answer, Message)
    assert answer.value() == b"event"


def test_another_payer_s_topic_is_unreadable_and_invisible(kafka_broker: KafkaBroker) -> None:
    payer, own = enrol(kafka_broker, payer_number())
    _, other = enrol(kafka_broker, payer_number())
    publish(kafka_broker.account("settlement"), other, b"not yours")

    answer = first_answer(payer, other, f"{payer.username}.reader")
    assert isinstance(answer, KafkaError)
    assert answer.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED
    assert visible_topics(payer) == {own}


def test_a_payer_writes_nothing_not_even_to_its_own_topic(kafka_broker: KafkaBroker) -> None:
    payer, topic = enrol(kafka_broker, payer_number())

    error = publish(payer, topic, b"forged")
    assert error is not None
    assert error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED


def test_a_payer_cannot_join_another_s_consumer_group(kafka_broker: KafkaBroker) -> None:
    payer, topic = enrol(kafka_broker, payer_number())

    answer = first_answer(payer, topic, "payer-99999999.reader")
    assert isinstance(answer, KafkaError)
    assert answer.code() == KafkaError.GROUP_AUTHORIZATION_FAILED


@pytest.mark.parametrize("service", ["claims", "coding", "eligibility", "settlement"])
def test_a_service_sees_exactly_the_topics_it_owns_or_consumes(kafka_broker: KafkaBroker, service: str) -> None:
    declared = {right.name for right in load_topology().rights if right.principal == service and not right.prefixed}

    of_payers = tuple(template.prefix for template in load_topology().templates)

    seen = {topic for topic in visible_topics(kafka_broker.account(service)) if not topic.startswith(of_payers)}
    assert seen == declared


def test_a_service_cannot_write_what_another_announces(kafka_broker: KafkaBroker) -> None:
    error = publish(kafka_broker.account("eligibility"), "claims.adjudicated", b"forged")

    assert error is not None
    assert error.code() in {KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError._UNKNOWN_TOPIC}


@pytest.mark.parametrize(
    "forbidden",
    [
        lambda admin: admin.create_topics([Topic(name="settlement.00000000", partitions=1, retention_ms=HOUR_MS)]),
        lambda admin: admin.set_users({"intruder": "password"}),
        lambda admin: admin.grant([Right(principal="settlement", operation="READ", resource="topic", name="*")]),
    ],
    ids=["create a topic", "make a user", "grant itself a right"],
)
def test_settlement_s_own_principal_administers_nothing(
    kafka_broker: KafkaBroker, forbidden: Callable[[KafkaAdmin], None]
) -> None:
    with pytest.raises(KafkaException) as refused:
        forbidden(KafkaAdmin(kafka_broker.account("settlement")))

    assert refused.value.args[0].code() in {
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
    }


def test_the_enroller_creates_no_topic_outside_its_prefix(kafka_broker: KafkaBroker) -> None:
    with pytest.raises(KafkaException) as refused:
        KafkaAdmin(kafka_broker.account("enroller")).create_topics(
            [Topic(name="claims.copied", partitions=1, retention_ms=HOUR_MS)]
        )

    assert refused.value.args[0].code() == KafkaError.TOPIC_AUTHORIZATION_FAILED


def test_the_operator_reads_dead_letters_and_writes_to_their_origin(kafka_broker: KafkaBroker) -> None:
    assert publish(kafka_broker.account("eligibility"), "claims.received.dlq", b"dead") is None
    operator = kafka_broker.account("operator")

    answer = first_answer(operator, "claims.received.dlq", "operator.replay")
    assert isinstance(answer, Message)
    assert publish(operator, "claims.received", b"replayed") is None


def test_a_wrong_password_reaches_nothing(kafka_broker: KafkaBroker) -> None:
    stranger = replace(kafka_broker.account("claims"), password="wrong")

    with pytest.raises(KafkaException):
        AdminClient(stranger.config()).list_topics(timeout=3)


def test_a_broker_killed_with_minus_9_keeps_what_it_acknowledged(kafka_broker: KafkaBroker) -> None:
    topic = kafka_broker.create_topic("kept")
    assert publish(kafka_broker.super_user, topic, b"acknowledged") is None

    kafka_broker.kill()
    kafka_broker.start()

    answer = first_answer(kafka_broker.super_user, topic, "after-the-kill")
    assert isinstance(answer, Message)
    assert answer.value() == b"acknowledged"


def test_a_broker_whose_data_is_deleted_comes_back_as_another_cluster(kafka_broker: KafkaBroker) -> None:
    client = AdminClient(kafka_broker.super_user.config())
    before = client.list_topics(timeout=WAIT_S).cluster_id

    kafka_broker.kill()
    kafka_broker.wipe()
    kafka_broker.start()
    kafka_broker.provision()

    assert AdminClient(kafka_broker.super_user.config()).list_topics(timeout=WAIT_S).cluster_id != before
    assert "claims.received" in visible_topics(kafka_broker.account("claims"))
