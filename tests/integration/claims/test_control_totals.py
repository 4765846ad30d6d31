"""The control-totals job on a real database of claims, against a settlement that answers what the test says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import grpc.aio
import pytest
from seikyu.settlement.v1 import settlement_service_pb2 as settlement

from services.claims.adapters.control_totals import FOLDED, ControlTotals, SettlementSilent
from services.claims.adapters.postgres_ledger import QUERIES
from services.claims.adapters.postgres_reads import FeedPosition
from services.shared.chassis.postgres import Database
from tests.integration.claims.test_ledger import NOW, accept, assessed, claim_ids, covered, decide, new_intake
from tests.support.chassis_fakes import SetClock
from tests.support.edge import MemoryTelemetry

PAYER, CLAIM_MONTH = "01130012", "202406"
EACH_POINTS, EACH_YEN = 73, 511
WITHIN, VALID_FOR_S = timedelta(minutes=1), 180.0
SERVICE = "seikyu.settlement.v1.SettlementService"
METRIC = "seikyu.control.difference"


@asynccontextmanager
async def settlement_that_says(*totals: settlement.ControlTotal) -> AsyncIterator[grpc.aio.Channel]:
    """Answers a total at a time: a page token is the place of the next."""

    async def get_control_totals(
        request: settlement.GetControlTotalsRequest, context: object
    ) -> settlement.GetControlTotalsResponse:
        place = int(request.page_token or "0")
        after = str(place + 1) if place + 1 < len(totals) else ""
        return settlement.GetControlTotalsResponse(totals=totals[place : place + 1], next_page_token=after)

    handler = grpc.unary_unary_rpc_method_handler(
        get_control_totals,
        request_deserializer=settlement.GetControlTotalsRequest.FromString,
        response_serializer=settlement.GetControlTotalsResponse.SerializeToString,
    )
    server = grpc.aio.server()
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, {"GetControlTotals": handler})])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(None)


def total(posted: int, announced: int) -> settlement.ControlTotal:
    return settlement.ControlTotal(
        payer_number=PAYER,
        claim_month=CLAIM_MONTH,
        posted_parts=posted,
        posted_points=posted * EACH_POINTS,
        posted_yen=posted * EACH_YEN,
        announced_events=announced,
        announced_points=announced * EACH_POINTS,
        announced_yen=announced * EACH_YEN,
    )


class Site:
    """The job at a fixed time after the decisions, and what it tells."""

    def __init__(self, database: Database, channel: grpc.aio.Channel, now: datetime) -> None:
        self.memory = MemoryTelemetry()
        self.clock = SetClock(now)
        self.job = ControlTotals(
            database=database,
            clock=self.clock,
            channel=channel,
            metrics=self.memory.build("claims").metrics,
            posted_within=WITHIN,
            valid_for_s=VALID_FOR_S,
        )

    def told(self) -> dict[tuple[str, str], float]:
        found = self.memory.counted(METRIC)
        return {
            (labels["seikyu.books"], labels["seikyu.total"]): v
            for labels, v in ((dict(k), v) for k, v in found.items())
        }


async def decide_two(database: Database) -> None:
    intake, receipts = new_intake(), assessed(2)
    ids = claim_ids(await accept(database, receipts, intake))
    await decide(database, [covered(*each) for each in zip(ids, receipts, strict=True)], intake.recent)


async def test_books_that_agree_are_told_as_twelve_zeros(database: Database) -> None:
    await decide_two(database)
    async with settlement_that_says(total(posted=2, announced=2)) as channel:
        site = Site(database, channel, NOW + 2 * WITHIN)
        before = site.told()
        await site.job.compare()

    assert before == {}
    assert list(site.told().values()) == [0.0] * 12


async def test_a_decision_that_was_not_posted_in_time_is_told_in_parts_points_and_yen(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    await decide_two(database)
    async with settlement_that_says(total(posted=1, announced=1)) as channel:
        site = Site(database, channel, NOW + 2 * WITHIN)
        await site.job.compare()

    told = {total: value for (books, total), value in site.told().items() if books == "adjudicated_posted"}
    assert told == {"parts": 1.0, "points": float(EACH_POINTS), "yen": float(EACH_YEN)}
    assert {value for (books, _), value in site.told().items() if books == "posted_announced"} == {0.0}
    assert PAYER not in str(site.memory.counted(METRIC)) + capsys.readouterr().out


async def test_a_decision_made_a_moment_ago_is_on_its_way_and_no_difference(database: Database) -> None:
    await decide_two(database)
    async with settlement_that_says(total(posted=1, announced=1)) as channel:
        site = Site(database, channel, NOW)
        await site.job.compare()

    assert set(site.told().values()) == {0.0}


async def test_every_page_of_settlements_totals_is_compared(database: Database) -> None:
    await decide_two(database)
    other = total(posted=0, announced=1)
    other.payer_number = "39131156"
    async with settlement_that_says(total(posted=2, announced=2), other) as channel:
        site = Site(database, channel, NOW + 2 * WITHIN)
        await site.job.compare()

    assert site.told()["posted_announced", "parts"] == 1.0


async def test_a_second_round_reads_no_decision_again_and_tells_the_same(database: Database) -> None:
    await decide_two(database)
    async with settlement_that_says(total(posted=2, announced=2)) as channel:
        site = Site(database, channel, NOW + 2 * WITHIN)
        await site.job.compare()
        folded = await database.fetch(QUERIES["read_cursor"], FOLDED)
        await site.job.compare()

    assert set(site.told().values()) == {0.0}
    assert await database.fetch(QUERIES["read_cursor"], FOLDED) == folded
    position = FeedPosition.parse(folded[0]["position"])
    last = [str(position.xid), position.seq, NOW + 2 * WITHIN, 10]
    assert await database.fetch(QUERIES["fold_adjudicated"], *last) == []


async def test_a_decision_that_is_not_due_is_counted_but_not_added_up_yet(database: Database) -> None:
    await decide_two(database)
    async with settlement_that_says(total(posted=2, announced=2)) as channel:
        site = Site(database, channel, NOW)
        await site.job.compare()
        early = await database.fetch(QUERIES["read_cursor"], FOLDED)
        site.clock.advance(2 * WITHIN.total_seconds())
        await site.job.compare()

    assert early == []
    assert set(site.told().values()) == {0.0}
    (row,) = await database.fetch(QUERIES["control_totals"], CLAIM_MONTH, None)
    assert (row["parts"], row["points"], row["yen"]) == (2, 2 * EACH_POINTS, 2 * EACH_YEN)


async def test_an_event_that_was_never_announced_is_told(database: Database) -> None:
    await decide_two(database)
    async with settlement_that_says(total(posted=2, announced=1)) as channel:
        site = Site(database, channel, NOW)
        await site.job.compare()

    assert site.told()["posted_announced", "parts"] == 1.0
    assert site.told()["adjudicated_posted", "parts"] == 0.0


async def test_figures_of_a_process_that_compares_no_longer_are_told_no_longer(database: Database) -> None:
    async with settlement_that_says() as channel:
        site = Site(database, channel, NOW)
        await site.job.compare()
        while_valid = site.told()
        site.clock.advance(VALID_FOR_S + 1.0)

    assert len(while_valid) == 12
    assert site.told() == {}


async def test_a_settlement_that_does_not_answer_gives_the_round_up(database: Database) -> None:
    async with grpc.aio.insecure_channel("127.0.0.1:1") as nobody:
        site = Site(database, nobody, NOW)
        with pytest.raises(SettlementSilent):
            await site.job.compare()

    assert site.told() == {}
