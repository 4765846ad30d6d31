"""A payer lists its own events by pages, with the bytes that its topic has."""

import grpc
import grpc.aio
import pytest
from seikyu.settlement.v1 import payer_service_pb2 as payers

from services.settlement.adapters.queries import QUERIES
from tests.integration.corrections.world import PAYER
from tests.integration.payers.site import PayerSite

BEARER, OTHER = f"payer:{PAYER}", "payer:06132013"


async def listed(site: PayerSite, request: payers.ListEventsRequest) -> list[payers.PayerEvent]:
    """All pages."""
    found: list[payers.PayerEvent] = []
    while True:
        answer = await site.payers(BEARER).ListEvents(request)
        found += answer.events
        if not answer.next_page_token:
            return found
        request.page_token = answer.next_page_token


async def test_events_come_in_order_by_pages_with_ids_and_bytes_as_announced(site: PayerSite) -> None:
    await site.world.decided(5)
    await site.world.settle()

    found = await listed(site, payers.ListEventsRequest(payer_number=PAYER, page_size=2))

    kept = [row for row in await site.world.settlement.fetch(QUERIES["replay_events"]) if row["payer_number"] == PAYER]
    assert [each.sequence for each in found] == [1, 2, 3, 4, 5]
    assert [(each.event_id, each.value) for each in found] == [(row["event_id"], row["value"]) for row in kept]


async def test_a_consumer_starts_at_any_sequence_and_ends_where_it_wants(site: PayerSite) -> None:
    await site.world.decided(5)
    await site.world.settle()

    found = await listed(site, payers.ListEventsRequest(payer_number=PAYER, from_sequence=2, to_sequence=4))

    assert [each.sequence for each in found] == [2, 3, 4]


async def test_another_payers_events_are_not_there(site: PayerSite) -> None:
    await site.world.decided()
    await site.world.settle()

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.payers(OTHER).ListEvents(payers.ListEventsRequest(payer_number=PAYER))

    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


async def test_a_replay_of_a_payer_without_topic_is_not_found_and_of_no_range_is_refused(site: PayerSite) -> None:
    stub = site.payers("operator:ops", "admin")

    for first, last, code in ((1, 0, grpc.StatusCode.NOT_FOUND), (5, 4, grpc.StatusCode.INVALID_ARGUMENT)):
        request = payers.ReplayEventsRequest(payer_number=PAYER, from_sequence=first, to_sequence=last)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.ReplayEvents(request, timeout=10.0).read()
        assert refused.value.code() is code
