"""Coding anew on the real broker: revisions where another master knows more, nothing lost and nothing twice."""

import signal

import pytest
from seikyu.coding.v1 import coding_service_pb2, events_pb2

from services.coding.adapters.events import COMPLETED_TYPE
from services.shared.chassis.messages import Event
from services.shared.kernel.ids import event_id
from tests.integration.coding.conftest import FOUND
from tests.support.chassis_parts import ChassisBroker
from tests.support.coding_process import UNKNOWN, CodingProcess, answers, cause, claim, publish, request
from tests.support.stack import KafkaBroker

BACKLOG = "coding.backlog"


def anew(claim_id: str, text: str = UNKNOWN) -> tuple[str, bytes]:
    """The event on the backlog: line 4 of the request once more."""
    message = events_pb2.CodingRequested(
        claim_id=claim_id, treatment_month="202410", mentions=[events_pb2.Mention(line=4, text=text)], sex=1
    )
    return claim_id, message.SerializeToString()


def revision_ids(claims: set[str]) -> set[str]:
    """Of the first revision of each claim's request."""
    return {event_id(COMPLETED_TYPE, each, f"{cause(each)}/1") for each in claims}


def revised(broker: KafkaBroker, claims: set[str]) -> list[Event]:
    """All answers to these claims, once each has a first answer and a revision."""
    return answers(broker, claims, at_least=2 * len(claims))


def test_what_a_later_master_knows_is_announced_as_a_revision_with_all_lines(
    kafka_broker: KafkaBroker, coding: CodingProcess, later_master: str
) -> None:
    claims = {claim(f"later master {number}") for number in range(30)}
    dead_so_far = ChassisBroker(real=kafka_broker).size("coding.backlog.dlq")
    coding.start()
    publish(kafka_broker, *[request(each) for each in sorted(claims)])
    answers(kafka_broker, claims, at_least=30)
    assert coding.stop() == 0

    coding.start(SEIKYU_DISEASE_MASTER=later_master)
    publish(kafka_broker, (claim("poison of the backlog"), b"\xff\xff\xff"), topic=BACKLOG)
    for _ in range(2):
        publish(kafka_broker, *[anew(each) for each in sorted(claims)], topic=BACKLOG)

    events = revised(kafka_broker, claims)
    [last] = [event for event in events if event.event_id in revision_ids({min(claims)})]
    message = events_pb2.CodingCompleted.FromString(last.value)
    assert (message.revision, message.cause_event_id) == (1, cause(min(claims)))
    assert [(each.line, each.route, each.disease_code) for each in message.codings] == [
        (3, coding_service_pb2.CODING_ROUTE_EXACT, "8833421"),
        (4, coding_service_pb2.CODING_ROUTE_EXACT, FOUND),
    ]
    [dead] = ChassisBroker(real=kafka_broker).read("coding.backlog.dlq", dead_so_far + 1)[dead_so_far:]
    assert (dead.key, dead.header("dlq-reason")) == (claim("poison of the backlog"), "unreadable")

    again = {claim("comes again"), min(claims)}
    publish(kafka_broker, *[request(each) for each in sorted(again)])
    told = [event.event_id for event in answers(kafka_broker, claims | again, at_least=63)]
    assert {each: told.count(each) for each in revision_ids(claims)} == {
        each: 2 if each in revision_ids({min(claims)}) else 1 for each in revision_ids(claims)
    }
    assert coding.stop() == 0


@pytest.mark.parametrize(
    "point", ["coding.backlog.decided", "coding.backlog.before-commit", "coding.backlog.after-commit"]
)
async def test_a_process_killed_while_it_codes_anew_loses_no_revision_and_makes_none_twice(
    kafka_broker: KafkaBroker, coding: CodingProcess, later_master: str, point: str
) -> None:
    claims = {claim(f"anew {point} {number}") for number in range(20)}
    coding.start()
    publish(kafka_broker, *[request(each) for each in sorted(claims)])
    answers(kafka_broker, claims, at_least=20)
    assert coding.stop() == 0

    coding.start(SEIKYU_DISEASE_MASTER=later_master, SEIKYU_CRASHPOINT=point)
    publish(kafka_broker, *[anew(each) for each in sorted(claims)], topic=BACKLOG)
    assert coding.wait() == -signal.SIGKILL
    coding.start(SEIKYU_DISEASE_MASTER=later_master)
    await coding.until_serving()

    told = {event.event_id: event.value for event in revised(kafka_broker, claims)}
    assert revision_ids(claims) <= told.keys()
    assert len(told) == 40
    assert coding.stop() == 0
