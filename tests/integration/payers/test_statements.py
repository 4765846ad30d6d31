"""A payer's statement is the sum of its events and its balance in the ledger, to the yen."""

import grpc
import grpc.aio
import pytest
from seikyu.settlement.v1 import payer_service_pb2 as payers

from services.cli.payer_events import owed_yen, read_event
from tests.integration.corrections.world import PAYER
from tests.integration.payers.site import PayerSite
from tests.support.closing import close, load

BEARER, OTHER = f"payer:{PAYER}", "payer:06132013"
MONTH = "202406"


async def closed(site: PayerSite) -> None:
    """A month of four claims, of which one was withdrawn, closed into statements."""
    ids = await site.world.decided(4)
    await site.world.withdraw(ids[1])
    await site.world.settle()
    await load(site.world.settlement, [MONTH])
    await close(site.world.settlement, MONTH)


async def test_statement_events_and_ledger_say_the_same_yen(site: PayerSite) -> None:
    await closed(site)
    request = payers.PayerServiceGetStatementRequest(payer_number=PAYER, period=MONTH)

    told = (await site.payers(BEARER).GetStatement(request)).statement

    events = (await site.payers(BEARER).ListEvents(payers.ListEventsRequest(payer_number=PAYER))).events
    owed = sum(owed_yen(read_event(each.type, each.value)) for each in events)
    assert told.claims_yen + told.adjustments_yen == 3 * 511
    assert told.closing_yen == owed == -(await site.world.balances())[BEARER]
    assert told.payable_yen == told.closing_yen
    assert [each.sequence for each in events] == list(range(1, len(events) + 1))


async def test_the_close_is_told_in_the_payers_stream_with_the_digests_of_its_statement(site: PayerSite) -> None:
    await closed(site)
    request = payers.PayerServiceGetStatementRequest(payer_number=PAYER, period=MONTH)
    told = (await site.payers(BEARER).GetStatement(request)).statement

    events = (await site.payers(BEARER).ListEvents(payers.ListEventsRequest(payer_number=PAYER))).events

    kinds = [each.type.removeprefix("jp.seikyu.settlement.") for each in events]
    assert kinds[-3:] == ["fee_charged.v1", "statement_issued.v1", "period_closed.v1"]
    issued = read_event(events[-2].type, events[-2].value)
    assert (issued.statement_id, issued.csv_sha256) == (told.statement_id, told.csv_sha256)  # type: ignore[union-attr]  # an issue, by its type


@pytest.mark.parametrize(("subject", "period"), [(OTHER, MONTH), (BEARER, "202407")])
async def test_another_payers_statement_and_one_that_is_not_issued_are_not_there(
    site: PayerSite, subject: str, period: str
) -> None:
    await closed(site)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.payers(subject).GetStatement(
            payers.PayerServiceGetStatementRequest(payer_number=PAYER, period=period)
        )

    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
