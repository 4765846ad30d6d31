"""The coding process on the real broker (SASL_SSL, SCRAM, ACLs) and a migrated database, as its own principal."""

import asyncio
import signal

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from seikyu.coding.v1 import coding_service_pb2, events_pb2

from services.coding.entrypoints.agents import APP_ID
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.faust_guard import FaustGuard, OffsetsStalled
from services.shared.chassis.last_resort import EXIT_ABANDONED
from services.shared.chassis.service import EXIT_DRAINED
from services.shared.kernel.ids import event_id
from tests.support.chassis_parts import ChassisBroker
from tests.support.coding_process import END_S, TRACEPARENT, CodingProcess, answers, cause, claim, publish, request
from tests.support.stack import KafkaBroker

FOR_PEOPLE = {coding_service_pb2.CODING_ROUTE_UNRESOLVED, coding_service_pb2.CODING_ROUTE_REVIEW}
"""Which of the two is the ranker's to say."""


def test_each_request_is_answered_and_poison_is_put_aside(kafka_broker: KafkaBroker, coding: CodingProcess) -> None:
    dead_so_far = ChassisBroker(real=kafka_broker).size("coding.requested.dlq")
    claims = [claim(f"each {number}") for number in range(50)]
    poison = claim("poison")
    coding.start()
    publish(kafka_broker, *[request(each) for each in claims[:25]], (poison, b"\xff\xff\xff"))
    publish(kafka_broker, *[request(each) for each in claims[25:]])

    by_key = {event.key: event for event in answers(kafka_broker, set(claims), at_least=50)}
    assert len(by_key) == 50
    answer = by_key[claims[0]]
    message = events_pb2.CodingCompleted.FromString(answer.value)
    sure, unsure = message.codings
    assert (sure.line, sure.route, sure.disease_code) == (3, coding_service_pb2.CODING_ROUTE_EXACT, "8833421")
    assert (unsure.line, unsure.route in FOR_PEOPLE) == (4, True)
    assert (message.claim_id, message.cause_event_id) == (claims[0], cause(claims[0]))
    assert answer.event_id == event_id("jp.seikyu.coding.completed.v1", claims[0], cause(claims[0]))
    assert answer.type == "jp.seikyu.coding.completed.v1"
    assert answer.traceparent == TRACEPARENT

    dead = ChassisBroker(real=kafka_broker).read("coding.requested.dlq", dead_so_far + 1)[-1]
    assert (dead.key, dead.value, dead.header("dlq-reason")) == (poison, b"\xff\xff\xff", "unreadable")
    assert coding.stop() == 0


def test_a_request_that_comes_again_gets_its_first_answer_and_no_file_is_left(
    kafka_broker: KafkaBroker, coding: CodingProcess
) -> None:
    again = claim("again")
    coding.start()
    publish(kafka_broker, request(again))
    answers(kafka_broker, {again}, at_least=1)
    publish(kafka_broker, request(again, text="糖尿病"))

    twice = answers(kafka_broker, {again}, at_least=2)
    assert [event.event_id for event in twice] == [event_id("jp.seikyu.coding.completed.v1", again, cause(again))] * 2
    assert twice[0].value == twice[1].value
    assert coding.stop() == 0
    assert list(coding.folder.iterdir()) == []


@pytest.mark.parametrize("point", ["coding.requested.before-commit", "coding.requested.after-commit"])
def test_a_process_killed_around_its_commit_loses_no_request(
    kafka_broker: KafkaBroker, coding: CodingProcess, point: str
) -> None:
    claims = {claim(f"{point} {number}") for number in range(20)}
    coding.start(SEIKYU_CRASHPOINT=point)
    publish(kafka_broker, *[request(each) for each in sorted(claims)])
    assert coding.wait() == -signal.SIGKILL
    coding.start()

    answered = answers(kafka_broker, claims, at_least=20)
    assert {event.event_id for event in answered} == {
        event_id("jp.seikyu.coding.completed.v1", each, cause(each)) for each in claims
    }
    assert coding.stop() == 0


def test_a_process_whose_broker_goes_in_mid_work_ends_in_time_all_the_same(
    mortal_broker: KafkaBroker, bereaved: CodingProcess
) -> None:
    last = claim("last before the broker goes")
    bereaved.start()
    publish(mortal_broker, request(last))
    answers(mortal_broker, {last}, at_least=1)
    publish(mortal_broker, *[request(claim(f"in the air {number}")) for number in range(3_000)])
    mortal_broker.kill()

    code = bereaved.stop()

    assert code in {EXIT_DRAINED, EXIT_ABANDONED}


async def test_a_process_that_says_serving_holds_its_partitions(
    kafka_broker: KafkaBroker, coding: CodingProcess
) -> None:
    coding.start()
    await coding.until_serving()

    admin = AdminClient(kafka_broker.super_user.config())
    group = admin.describe_consumer_groups([APP_ID], request_timeout=END_S)[APP_ID].result()
    held = [place for member in group.members for place in member.assignment.topic_partitions]
    assert {place.partition for place in held if place.topic == "coding.requested"} == {0, 1, 2, 3}
    assert coding.stop() == EXIT_DRAINED


async def test_a_group_that_leaves_events_lying_is_called_stalled(kafka_broker: KafkaBroker) -> None:
    topic = kafka_broker.create_topic("stalled")
    broker = ChassisBroker(real=kafka_broker)
    producer = Producer(kafka_broker.super_user.config())
    producer.produce(topic, b"lies here")
    assert producer.flush(20.0) == 0
    guard = FaustGuard(
        access=broker.access, group=f"{APP_ID}.nobody", topics=[topic], stall_limit_s=0.5, clock=SystemClock()
    )

    with pytest.raises(OffsetsStalled):
        await asyncio.wait_for(guard.watch(), END_S)
    assert guard.standings[topic, 0].behind == 1
