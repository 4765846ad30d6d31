"""A file is released while a claim of the same payer and hospital is posted: one waits for the other, neither fails."""

import asyncio
import uuid
from dataclasses import replace

import grpc.aio
from seikyu.settlement.v1 import payment_service_pb2 as wire
from seikyu.settlement.v1 import payment_service_pb2_grpc

from services.settlement.adapters.ledger.ledger import PostgresLedger
from services.settlement.adapters.messages import write_settled
from services.settlement.adapters.queries import QUERIES
from services.settlement.application.post_decisions import post_decisions
from services.shared.chassis.postgres import Database
from tests.support.closing import close, days, load
from tests.support.payments import AT, PAY_DAY, PERIOD, account, approved, confirmed_payee, fund
from tests.support.settlement import HOSPITAL, INSURER, decision, part, post
from tests.support.waiting import until_awaited

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def test_a_release_and_a_posting_lock_streams_and_accounts_in_the_same_order(
    database: Database, channel: grpc.aio.Channel
) -> None:
    await load(database, [], [replace(days(PERIOD), due_on=PAY_DAY, pays_on=PAY_DAY)])
    await post(database, [decision(1, part(yen=700))])
    await close(database, PERIOD)
    await fund(database, 10_000)
    await confirmed_payee(database, HOSPITAL, account())
    batch = await approved(database)
    stub: payment_service_pb2_grpc.PaymentServiceAsyncStub = payment_service_pb2_grpc.PaymentServiceStub(channel)
    asked = wire.ReleaseFileRequest(
        request_id=str(uuid.uuid4()), batch_ids=[batch.batch_id], form=wire.PAYMENT_FILE_FORM_ZENGIN
    )

    async with database.transaction(label="test.posting") as tx:
        await tx.fetch(QUERIES["lock_payer_streams"], [INSURER])
        releasing = asyncio.ensure_future(stub.ReleaseFile(asked))
        await until_awaited(lambda: database.pool.fetchval(WAITING))
        told = await post_decisions([decision(2, part(yen=50))], PostgresLedger(tx), write_event=write_settled, now=AT)
    released = await releasing

    assert len(told) == 1
    assert released.file.total_yen == 700
