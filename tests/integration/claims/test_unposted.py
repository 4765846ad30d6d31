"""The sweep of unposted decisions on a real database of claims, against a settlement that has what the test says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import grpc.aio
import pytest
from seikyu.settlement.v1 import settlement_service_pb2 as settlement

from infra.local.databases import ServiceDatabase
from services.claims.adapters.control_totals import SettlementSilent
from services.claims.adapters.measures import ClaimMeasures
from services.claims.adapters.unposted import UnpostedDecisions
from services.shared.chassis.postgres import Database
from tests.integration.claims.test_ledger import (
    NOW,
    accept,
    announced,
    assessed,
    claim_ids,
    covered,
    decide,
    new_intake,
)
from tests.support.chassis_fakes import SetClock
from tests.support.edge import MemoryTelemetry

SERVICE = "seikyu.settlement.v1.SettlementService"
METRIC = "seikyu.decisions.unposted"
SETTLED_AFTER = timedelta(seconds=60)
TOPIC = "claims.adjudicated"


class Settlement:
    """What it has posted; asked for anything else, it does not know it."""

    def __init__(self) -> None:
        self.posts_all = False
        self.asked: list[str] = []

    async def find(self, request: settlement.FindUnpostedRequest, context: object) -> settlement.FindUnpostedResponse:
        self.asked = list(request.decision_ids)
        return settlement.FindUnpostedResponse(decision_ids=[] if self.posts_all else request.decision_ids)

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[grpc.aio.Channel]:
        handler = grpc.unary_unary_rpc_method_handler(
            self.find,
            request_deserializer=settlement.FindUnpostedRequest.FromString,
            response_serializer=settlement.FindUnpostedResponse.SerializeToString,
        )
        server = grpc.aio.server()
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, {"FindUnposted": handler})])
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel
        await server.stop(None)


class Site:
    """The sweep, its clock, and the level that it tells."""

    def __init__(self, database: Database, channel: grpc.aio.Channel) -> None:
        self.clock = SetClock(NOW)
        self._memory = MemoryTelemetry()
        metrics = self._memory.build("claims").metrics
        self.sweep = UnpostedDecisions(
            database=database,
            clock=self.clock,
            channel=channel,
            measures=ClaimMeasures(metrics),
            metrics=metrics,
            settled_after=SETTLED_AFTER,
            valid_for_s=180.0,
        ).sweep

    async def sweep_after(self, wait: timedelta) -> None:
        self.clock.advance(wait.total_seconds())
        await self.sweep()

    @property
    def told(self) -> dict[str, float]:
        return {dict(labels)["seikyu.state"]: value for labels, value in self._memory.counted(METRIC).items()}


async def decide_some(database: Database, count: int) -> None:
    intake, receipts = new_intake(), assessed(count)
    ids = claim_ids(await accept(database, receipts, intake))
    await decide(database, [covered(*each) for each in zip(ids, receipts, strict=True)], intake.recent)


async def test_a_decision_on_its_way_is_not_asked_for(database: Database) -> None:
    await decide_some(database, 1)
    there = Settlement()
    async with there.answering() as channel:
        await Site(database, channel).sweep_after(SETTLED_AFTER / 2)

    assert there.asked == []


async def test_a_missing_decision_is_announced_again_with_its_id_and_forgotten_once_posted(
    database: Database, migrated: ServiceDatabase
) -> None:
    await decide_some(database, 2)
    there = Settlement()
    async with there.answering() as channel:
        site = Site(database, channel)
        await site.sweep_after(SETTLED_AFTER)
        while_missing = site.told
        there.posts_all = True
        await site.sweep_after(timedelta(minutes=1))

    again = await announced(migrated.dsn, TOPIC)
    assert (len(again), len(set(again))) == (4, 2)
    assert while_missing == {"waiting": 2.0, "overdue": 0.0}
    assert site.told == {"waiting": 0.0, "overdue": 0.0}


async def test_a_decision_that_stays_unposted_is_told_and_tried_for_good_and_holds_up_no_other(
    database: Database, migrated: ServiceDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    await decide_some(database, 1)
    there = Settlement()
    async with there.answering() as channel:
        site = Site(database, channel)
        await site.sweep_after(SETTLED_AFTER)
        (lasting,) = there.asked
        for _ in range(12):
            await site.sweep_after(timedelta(hours=1))
        tries = await announced(migrated.dsn, TOPIC)
        told = site.told
        await decide_some(database, 2)
        await site.sweep_after(timedelta(minutes=1))

    assert len(tries) == 1 + 1 + 12
    assert told == {"waiting": 0.0, "overdue": 1.0}
    logged = capsys.readouterr().out
    assert "decisions stay unposted" in logged
    assert lasting in logged
    assert there.asked != [lasting]
    assert site.told == {"waiting": 1.0, "overdue": 1.0}


async def test_waits_grow_so_that_a_refused_decision_does_not_flood_settlement(
    database: Database, migrated: ServiceDatabase
) -> None:
    await decide_some(database, 1)
    there = Settlement()
    async with there.answering() as channel:
        site = Site(database, channel)
        await site.sweep_after(SETTLED_AFTER)
        for _ in range(60 * 6):
            await site.sweep_after(timedelta(seconds=10))

    minutes = [0, 1, 3, 7, 15, 31]
    assert len(await announced(migrated.dsn, TOPIC)) == 1 + len(minutes)


async def test_nothing_is_passed_over_while_settlement_is_silent(database: Database) -> None:
    await decide_some(database, 1)
    async with grpc.aio.insecure_channel("127.0.0.1:1") as nobody:
        with pytest.raises(SettlementSilent):
            await Site(database, nobody).sweep_after(SETTLED_AFTER)

    there = Settlement()
    async with there.answering() as channel:
        await Site(database, channel).sweep_after(SETTLED_AFTER)
    assert len(there.asked) == 1
