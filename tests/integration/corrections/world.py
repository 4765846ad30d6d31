"""Claims and settlement on real databases, joined by what claims announces instead of by a broker."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
import grpc.aio
from seikyu.settlement.v1 import settlement_service_pb2 as settlement_pb2

from services.claims.adapters.control_totals import ControlTotals
from services.claims.adapters.postgres_corrections import PostgresCorrections
from services.claims.application.correcting import Asker, Corrected, Correcting
from services.claims.application.intake import assess_all
from services.claims.application.model import Agency, Submitted
from services.claims.domain.correction import Refusal
from services.claims.domain.uke.findings import Profile
from services.settlement.adapters.ledger.control_totals import add_up
from services.settlement.adapters.ledger.ledger import PostgresLedger
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.adapters.messages import parse_adjudicated, read_settled, write_settled
from services.settlement.adapters.queries import QUERIES
from services.settlement.application.post_decisions import post_decisions
from services.shared.chassis.messages import Event
from services.shared.chassis.postgres import Database, Transaction
from services.shared.kernel.ids import ClaimId
from tests.integration.claims.test_ledger import (
    HOSPITAL,
    KEY,
    NOW,
    TRACES,
    accept,
    assessed,
    claim_ids,
    covered,
    decide,
    new_intake,
)
from tests.support import uke
from tests.support.chassis_fakes import SetClock
from tests.support.edge import MemoryTelemetry

PAYER = "01130012"
OWN = Asker(subject=f"hospital:{HOSPITAL}", hospital_code=HOSPITAL)
BEARER = Asker(subject=f"payer:{PAYER}", payer_number=PAYER)
OPERATOR = Asker(subject="operator:ops")
LATER = NOW + timedelta(minutes=5)
WITHIN = timedelta(minutes=1)
POINTS, PAYER_YEN, PATIENT_YEN = 73, 511, 219
"""Of each plain receipt."""
SERVICE = "seikyu.settlement.v1.SettlementService"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Two services' databases."""

    claims: Database
    settlement: Database
    claims_dsn: str

    async def submitted(self, count: int = 1) -> list[ClaimId]:
        """Plain claims on their way."""
        return claim_ids(await accept(self.claims, assessed(count), new_intake()))

    async def decided(self, count: int = 1) -> list[ClaimId]:
        """Plain claims, approved."""
        receipts, intake = assessed(count), new_intake()
        ids = claim_ids(await accept(self.claims, receipts, intake))
        await decide(self.claims, [covered(*each) for each in zip(ids, receipts, strict=True)], intake.recent)
        return ids

    async def pended(self) -> ClaimId:
        """A claim that another person's liability (特記事項 10) pends until a person decides."""
        receipt = uke.receipt(uke.head(special_marks="10"), uke.insurer(), uke.disease(), uke.act())
        submitted = Submitted(place=0, agency=Agency.SSK, claim_month="202406", receipt=receipt)
        [third_party], intake = assess_all(HOSPITAL, [submitted], Profile.LENIENT), new_intake()
        [claim] = claim_ids(await accept(self.claims, [third_party], intake))
        await decide(self.claims, [covered(claim, third_party)], intake.recent)
        return claim

    @asynccontextmanager
    async def correcting(self) -> AsyncIterator[tuple[Correcting, PostgresCorrections]]:
        """The use cases and a ledger in one transaction."""
        async with self.claims.transaction(label="test") as tx:
            yield Correcting(traces=TRACES), PostgresCorrections(tx, KEY)

    async def withdraw(self, claim_id: ClaimId, asker: Asker = OWN) -> Corrected | Refusal | None:
        async with self.correcting() as (use, ledger):
            return await use.withdraw(ledger, claim_id, asker, now=LATER)

    async def announced(self) -> list[Event]:
        """Everything that claims announced to settlement, in order, as it would come from the broker."""
        connection = await asyncpg.connect(self.claims_dsn)
        try:
            rows = await connection.fetch(
                "SELECT key, event_id, traceparent, value FROM outbox WHERE topic = 'claims.adjudicated' ORDER BY seq"
            )
        finally:
            await connection.close()
        return [
            Event(
                "claims.adjudicated",
                0,
                place,
                row["key"],
                row["value"],
                [("ce_id", row["event_id"].encode()), ("traceparent", row["traceparent"].encode())],
            )
            for place, row in enumerate(rows)
        ]

    async def settle(self, *, shuffled: int | None = None) -> None:
        """Settlement gets everything announced so far, twice, and in disorder where a seed says how."""
        events = await self.announced()
        if shuffled is not None:
            events = events * 2
            random.Random(shuffled).shuffle(events)
        for event in events:
            async with self.settlement.transaction(label="test.post") as tx:
                await self._post(tx, event)

    async def _post(self, tx: Transaction, event: Event) -> None:
        ledger = PostgresLedger(tx)
        await post_decisions([parse_adjudicated(event)], ledger, write_event=write_settled, now=LATER)

    async def balances(self) -> dict[str, int]:
        """Yen by account."""
        return {row["account_id"]: row["balance_yen"] for row in await self.settlement.fetch(QUERIES["list_accounts"])}

    async def statements(self) -> dict[str, int]:
        """The sum of each payer's stream."""
        sums: Counter[str] = Counter()
        for row in await self.settlement.fetch(QUERIES["replay_events"]):
            event = read_settled(row["value"])
            sums[event.payer_number] += event.share_yen
        return dict(sums)

    async def faults(self) -> tuple[str, ...]:
        """What a replay of the whole ledger finds."""
        return [progress async for progress in replayed(self.settlement)][-1].faults

    async def control_differences(self, now: datetime = LATER + 2 * WITHIN) -> dict[str, float]:
        """What the control-totals job tells, by books and total, without zeros."""
        memory = MemoryTelemetry()
        async with self._settlement_answering() as channel:
            job = ControlTotals(
                database=self.claims,
                clock=SetClock(now),
                channel=channel,
                metrics=memory.build("claims").metrics,
                posted_within=WITHIN,
                valid_for_s=180.0,
            )
            await job.compare()
            found = memory.counted("seikyu.control.difference")
        assert len(found) == 12
        told = {"/".join((dict(k)["seikyu.books"], dict(k)["seikyu.total"])): v for k, v in found.items()}
        return {name: value for name, value in told.items() if value}

    @asynccontextmanager
    async def _settlement_answering(self) -> AsyncIterator[grpc.aio.Channel]:
        async def totals(request: object, context: object) -> settlement_pb2.GetControlTotalsResponse:
            await add_up(self.settlement)
            rows: Sequence[asyncpg.Record] = await self.settlement.fetch(QUERIES["control_totals"], "", "", "", 10_000)
            return settlement_pb2.GetControlTotalsResponse(
                totals=[settlement_pb2.ControlTotal(**dict(row)) for row in rows]
            )

        handler = grpc.unary_unary_rpc_method_handler(
            totals,
            request_deserializer=settlement_pb2.GetControlTotalsRequest.FromString,
            response_serializer=settlement_pb2.GetControlTotalsResponse.SerializeToString,
        )
        server = grpc.aio.server()
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, {"GetControlTotals": handler})])
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel
        await server.stop(None)
