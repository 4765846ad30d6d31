"""Passing on, asking and coding anew over a real database: what is kept, announced, shown and counted."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest
from seikyu.coding.v1 import coding_service_pb2, events_pb2
from typing_extensions import override

from services.coding.adapters.events import ADVICE_TOPIC, COMPLETED_TOPIC, REQUESTED_TOPIC, request_announcement
from services.coding.adapters.postgres_advice import PostgresAdvice
from services.coding.application.advised import Confirmed, Room
from services.coding.application.advising import Advice, Agreement, Question
from services.coding.application.code_batch import CodingRequest
from services.coding.bootstrap import Coder, Recoder
from services.coding.domain.candidates import Candidate
from services.coding.entrypoints.asking import Advising, Asking, Forwarding, Recalling
from services.coding.entrypoints.batches import RequestBatches, Work
from services.shared.chassis.consumer import SilentConsumer
from services.shared.chassis.messages import Event
from services.shared.chassis.postgres import Database, open_pool
from services.shared.chassis.queries import Statement
from services.shared.chassis.telemetry import Telemetry
from services.shared.kernel.months import Month
from tests.support.advised_batches import LISTED, MEASURED, TEXTS, request
from tests.support.chassis_fakes import SetClock
from tests.support.edge import MemoryTelemetry
from tests.support.fixed_ranking import FixedRanking
from tests.support.stack import PostgresCluster
from tests.unit.coding.builders import MASTER

RANKED, REVIEW = coding_service_pb2.CODING_ROUTE_RANKED, coding_service_pb2.CODING_ROUTE_REVIEW
ANNOUNCED = Statement(
    name="announced", purpose="test", sql="SELECT event_id, value FROM outbox WHERE topic = $1 ORDER BY seq"
)
SHOWN = Statement(
    name="shown", purpose="test", sql="SELECT line, model_view FROM review_item WHERE model_view IS NOT NULL"
)
CATARACT, STOMACH = 3 + TEXTS.index("白内障ラシイ"), 3 + TEXTS.index("胃ノアレ")


POISON = "毒"


class FailsOn(FixedRanking):
    """A ranking with a fault: one mention is too much for it."""

    @override
    def rank(self, mentions: Sequence[str], month: Month) -> list[list[Candidate]]:
        if POISON in mentions:
            raise ZeroDivisionError
        return FixedRanking.rank(self, mentions, month)


@dataclass(slots=True)
class Model:
    """Picks the same place in every list, or is silent; answers questions at all, or not."""

    place: int | None = 0
    is_up: bool = True
    is_silent: bool = False
    asked: list[Question] = field(default_factory=list)

    def may_be_asked(self) -> bool:
        return self.is_up

    async def advise(self, question: Question) -> Advice | None:
        self.asked.append(question)
        return None if self.is_silent else Advice(index=self.place, model="tiny", prompt_version="pick-1")


@pytest.fixture
async def database(postgres_cluster: PostgresCluster) -> AsyncIterator[Database]:
    made = await asyncio.to_thread(postgres_cluster.create_migrated_database, "coding")
    pool = await open_pool(made.dsn, application_name="test")
    yield Database(pool)
    await pool.close()


@dataclass(slots=True)
class Bench:
    """Coder, model and database, and what the agents of each topic would do with a batch."""

    database: Database
    model: Model = field(default_factory=Model)
    agreement: Agreement | None = MEASURED
    waiting: int = 10
    ranking: FixedRanking = field(default_factory=lambda: FixedRanking(listed=LISTED))
    memory: MemoryTelemetry = field(default_factory=MemoryTelemetry)
    telemetry: Telemetry = field(init=False)

    def __post_init__(self) -> None:
        self.telemetry = self.memory.build()

    async def take(self, topic: str, *requests: CodingRequest) -> None:
        clock = SetClock()
        coder = Coder(master=MASTER, ranking=self.ranking, clock=clock)
        advising = Advising(
            adviser=self.model,
            agreement=self.agreement,
            asked_from=0.3,
            places=4,
            deadline_s=5.0,
            room=Room(self.waiting),
        )
        work: dict[str, Work] = {
            REQUESTED_TOPIC: Forwarding(coder=coder, advising=advising),
            ADVICE_TOPIC: Asking(coder=coder, advising=advising, telemetry=self.telemetry),
            "coding.backlog": Recalling(recoder=Recoder(coder=coder), advising=advising),
        }
        batches = RequestBatches(
            coder=work[topic],
            database=self.database,
            telemetry=self.telemetry,
            observer=SilentConsumer(),
            group=topic,
            topic=topic,
        )
        await batches.take([event(each, topic) for each in requests], asyncio.sleep)

    async def announced(self, topic: str) -> list[tuple[str, bytes]]:
        rows = await self.database.fetch(ANNOUNCED, topic)
        return [(row["event_id"], row["value"]) for row in rows]

    async def routes(self) -> list[dict[int, int]]:
        told = [events_pb2.CodingCompleted.FromString(value) for _, value in await self.announced(COMPLETED_TOPIC)]
        return [{each.line: each.route for each in message.codings} for message in told]

    def systems(self) -> dict[str, int]:
        counted: dict[str, int] = {}
        for labels, value in self.memory.counted("seikyu.coding.mentions").items():
            system = dict(labels)["seikyu.system"]
            counted[system] = counted.get(system, 0) + int(value)
        return counted


def event(asked: CodingRequest, topic: str) -> Event:
    told = request_announcement(asked, topic, SetClock().now())
    headers = [("ce_id", told.event_id.encode()), ("traceparent", told.traceparent.encode())]
    return Event(topic, 0, 0, told.key, told.value, headers)


async def test_a_request_of_the_middle_band_is_passed_on_and_not_answered_yet(database: Database) -> None:
    bench, half, sure = Bench(database), request("half"), request("sure", "白内障")
    await bench.take(REQUESTED_TOPIC, half, sure)

    [(event_id, value)] = await bench.announced(ADVICE_TOPIC)
    assert event_id == half.cause_event_id
    assert [each.text for each in events_pb2.CodingRequested.FromString(value).mentions] == list(TEXTS)
    assert len(await bench.announced(COMPLETED_TOPIC)) == 1
    assert bench.model.asked == []
    assert bench.systems() == {"embedded": 1}


@pytest.mark.parametrize(("model", "waiting"), [(Model(is_up=False), 10), (Model(), 1)])
async def test_without_a_model_that_answers_or_without_room_it_is_answered_at_once(
    database: Database, model: Model, waiting: int
) -> None:
    bench = Bench(database, model=model, waiting=waiting)
    await bench.take(REQUESTED_TOPIC, request("one"), request("two"))

    assert len(await bench.announced(ADVICE_TOPIC)) == (1 if model.is_up else 0)
    answered = 1 if model.is_up else 2
    assert len(await bench.announced(COMPLETED_TOPIC)) == answered
    assert bench.systems() == {"embedded": 5 * answered, "degraded": 2 * answered}


async def test_what_was_answered_before_is_answered_again_and_passed_on_no_more(database: Database) -> None:
    bench, half = Bench(database, model=Model(is_up=False)), request("again")
    await bench.take(REQUESTED_TOPIC, half)
    bench.model.is_up = True
    await bench.take(REQUESTED_TOPIC, half)

    first, again = await bench.announced(COMPLETED_TOPIC)
    assert first == again
    assert await bench.announced(ADVICE_TOPIC) == []


async def test_a_confirmed_code_is_automatic_by_the_measurement_and_all_is_kept(database: Database) -> None:
    bench, half = Bench(database), request("confirmed")
    await bench.take(ADVICE_TOPIC, half)

    [routes] = await bench.routes()
    assert (routes[CATARACT], routes[STOMACH]) == (RANKED, REVIEW)
    async with database.transaction(label="test") as tx:
        kept = await PostgresAdvice(tx).confirmed([half.key])
    assert kept[(*half.key, CATARACT)] == Confirmed(code="3669004", model="tiny", prompt_version="pick-1")
    shown = await database.fetch(SHOWN)
    assert [(row["line"], row["model_view"]) for row in shown] == [(STOMACH, '{"pick": "5359011", "model": "tiny"}')]
    assert bench.systems() == {"embedded": 5, "advised": 2}


async def test_disagreement_and_silence_leave_the_embedded_coder_s_routes(database: Database) -> None:
    benches = [Bench(database, model=model) for model in (Model(place=1), Model(place=None), Model(is_silent=True))]
    for number, bench in enumerate(benches):
        await bench.take(ADVICE_TOPIC, request(f"disagreement {number}"))

    told = await benches[0].routes()
    assert {(routes[CATARACT], routes[STOMACH]) for routes in told} == {(REVIEW, REVIEW)}
    systems = [{"embedded": 5, "advised": 2}, {"embedded": 5, "advised": 2}, {"embedded": 5, "degraded": 2}]
    assert [bench.systems() for bench in benches] == systems


async def test_a_text_on_which_our_own_code_fails_is_put_aside_and_the_others_are_answered(database: Database) -> None:
    bench = Bench(database, model=Model(is_up=False), ranking=FailsOn(listed=LISTED))
    await bench.take(REQUESTED_TOPIC, *(request(name, name) for name in ("一", POISON, "二", "三", "四")))

    [(event_id, _)] = await bench.announced(f"{REQUESTED_TOPIC}.dlq")
    assert event_id == request(POISON).cause_event_id
    assert len(await bench.announced(COMPLETED_TOPIC)) == 4
    assert bench.systems() == {"embedded": 4}


async def test_coding_anew_keeps_what_a_model_confirmed_while_it_is_worth_it(database: Database) -> None:
    bench, half = Bench(database), request("anew")
    await bench.take(ADVICE_TOPIC, half)
    await bench.take("coding.backlog", half)
    assert len(await bench.routes()) == 1
    bench.agreement = None
    await bench.take("coding.backlog", half)

    first, anew = await bench.routes()
    assert (first[CATARACT], anew[CATARACT]) == (RANKED, REVIEW)
    assert len(bench.model.asked) == 2
