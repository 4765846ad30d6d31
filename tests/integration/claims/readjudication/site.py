"""A month of decided claims in the real ledger, served for readjudication, and settlement's own ledger beside it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import uuid4

import asyncpg
import grpc.aio
from click.testing import CliRunner, Result
from seikyu.claims.v1 import readjudication_service_pb2 as wire
from seikyu.claims.v1 import readjudication_service_pb2_grpc

from infra.local.databases import ServiceDatabase
from services.claims.adapters.postgres_ledger import PostgresLedger
from services.claims.application.deciding import Deciding
from services.claims.application.intake import assess_all
from services.claims.application.model import Agency, Submitted
from services.claims.domain.uke.findings import Profile
from services.cli.main import assemble
from services.settlement.adapters.messages import parse_adjudicated
from services.settlement.adapters.queries import QUERIES as SETTLEMENT
from services.shared.chassis.messages import Event
from services.shared.chassis.postgres import Database
from services.shared.kernel.ids import ClaimId
from tests.integration.claims.test_ledger import HOSPITAL, KEY, NOW, TRACES, accept, claim_ids, covered, new_intake
from tests.support.edge import Edge
from tests.support.settlement import post
from tests.usecases.claims.readjudication.masters import NothingRegistered, Published

MAY = "202405"
OPERATOR = "operator:desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The served edge over one database of claims, and settlement's database."""

    edge: Edge
    claims: Database
    migrated: ServiceDatabase
    settlement: Database
    masters: Published
    registered: NothingRegistered
    channels: list[grpc.aio.Channel] = field(default_factory=list)

    async def decided(self, receipts: Sequence[bytes]) -> list[ClaimId]:
        """Claims of these receipts, decided while the visit was known at 73 points; in id order."""
        submitted = [
            Submitted(place=place, agency=Agency.SSK, claim_month="202406", receipt=receipt)
            for place, receipt in enumerate(receipts)
        ]
        assessed, intake = assess_all(HOSPITAL, submitted, Profile.LENIENT), new_intake()
        ids = claim_ids(await accept(self.claims, assessed, intake))
        answers = [covered(claim, each) for claim, each in zip(ids, assessed, strict=True)]
        async with self.claims.transaction(label="test") as tx:
            deciding = Deciding(recent=intake.recent, traces=TRACES, schedules=Published())
            await deciding.eligibility_determined(PostgresLedger(tx, KEY), answers, now=NOW)
        return sorted(ids)

    async def accepted(self, receipt: bytes) -> ClaimId:
        """A claim that is on its way."""
        submitted = Submitted(place=0, agency=Agency.SSK, claim_month="202406", receipt=receipt)
        (claim,) = claim_ids(
            await accept(self.claims, assess_all(HOSPITAL, [submitted], Profile.LENIENT), new_intake())
        )
        return claim

    def stub(self, *roles: str) -> "readjudication_service_pb2_grpc.ReadjudicationServiceAsyncStub":
        channel = self.edge.token_channel(self.edge.token(OPERATOR, *roles), timeout_s=30.0)
        self.channels.append(channel)
        return readjudication_service_pb2_grpc.ReadjudicationServiceStub(channel)

    async def asked(
        self, as_of: date, *, dry_run: bool = False, request_id: str = ""
    ) -> list[wire.ReadjudicateResponse]:
        """All messages about May as known on the day."""
        request = wire.ReadjudicateRequest(
            request_id=request_id or str(uuid4()), month=MAY, as_of=str(as_of), dry_run=dry_run
        )
        return [each async for each in self.stub("admin").Readjudicate(request)]

    async def typed(self, *arguments: str) -> Result:
        """The command line pointed at this site."""
        variables = {
            "SEIKYU_CLAIMS_ADDRESS": f"localhost:{self.edge.server.port}",
            "SEIKYU_TLS_CA_FILE": str(self.edge.authority.ca_file),
            "SEIKYU_TOKEN_FILE": str(self.edge.token(OPERATOR, "admin")),
            "SEIKYU_STATE_DIR": str(self.edge.directory),
        }
        words = ["claims", "readjudicate", "--month", MAY, *arguments]
        return await asyncio.to_thread(CliRunner(env=variables).invoke, assemble(), words)

    async def announced(self) -> list[Event]:
        """What claims announced as adjudicated, in its order, as settlement receives it."""
        connection = await asyncpg.connect(self.migrated.dsn)
        try:
            rows = await connection.fetch("SELECT * FROM outbox WHERE topic = 'claims.adjudicated' ORDER BY seq")
        finally:
            await connection.close()
        return [_event(row) for row in rows]

    async def settled(self) -> dict[str, int]:
        """Balances after settlement posted everything announced, some of it again."""
        await post(self.settlement, [parse_adjudicated(each) for each in await self.announced()])
        accounts = await self.settlement.fetch(SETTLEMENT["list_accounts"])
        return {row["account_id"]: row["balance_yen"] for row in accounts}


def _event(row: asyncpg.Record) -> Event:
    headers = [("ce_id", row["event_id"].encode()), ("traceparent", row["traceparent"].encode())]
    return Event(row["topic"], 0, row["seq"], row["key"], row["value"], headers)
