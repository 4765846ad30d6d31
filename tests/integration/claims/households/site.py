"""Decided claims of households in the real ledger, served for their statements."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import asyncpg
import grpc.aio
from click.testing import CliRunner, Result
from seikyu.claims.v1 import household_service_pb2 as wire
from seikyu.claims.v1 import household_service_pb2_grpc
from seikyu.claims.v1.household_pb2 import HouseholdStated

from infra.local.databases import ServiceDatabase
from services.claims.adapters.postgres_corrections import PostgresCorrections
from services.claims.adapters.postgres_ledger import QUERIES, PostgresLedger
from services.claims.application.correcting import Asker, Correcting
from services.claims.application.deciding import Deciding
from services.claims.application.intake import assess_all
from services.claims.application.model import Agency, Determined, Sender, Submitted
from services.claims.domain.share.case import LimitCategory
from services.claims.domain.uke.findings import Profile
from services.cli.main import assemble
from services.shared.chassis.postgres import Database
from services.shared.kernel.ids import ClaimId
from tests.contracts.claims.builders import covers_content
from tests.integration.claims.test_ledger import KEY, NOW, TRACES, claim_ids, new_intake
from tests.support.edge import Edge
from tests.support.examined import NoMasters
from tests.support.households import covers_of

PAYER = "01130012"
SECRET = b"s" * 32
OPERATOR = "operator:desk"
HOSPITALS = ("1312345670", "1312345688")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The served edge over one database of claims."""

    edge: Edge
    claims: Database
    migrated: ServiceDatabase
    channels: list[grpc.aio.Channel] = field(default_factory=list)

    async def decided(
        self,
        receipts: Sequence[bytes],
        hospital: str = HOSPITALS[0],
        tenths: int = 3,
        category: LimitCategory | None = LimitCategory.U,
    ) -> list[ClaimId]:
        """Claims of these receipts, decided with this class, in the receipts' order."""
        submitted = [
            Submitted(place=place, agency=Agency.SSK, claim_month="202407", receipt=receipt)
            for place, receipt in enumerate(receipts)
        ]
        assessed, intake = assess_all(hospital, submitted, Profile.LENIENT), new_intake()
        sender = Sender(hospital_code=hospital, origin=None)
        async with self.claims.transaction(label="test") as tx:
            answers = await intake.accept(PostgresLedger(tx, KEY), TRACES, sender, assessed, now=NOW)
        ids = claim_ids(answers)
        async with self.claims.transaction(label="test") as tx:
            deciding = Deciding(recent=intake.recent, traces=TRACES, schedules=NoMasters())
            determined = []
            for claim, each in zip(ids, assessed, strict=True):
                assert each.facts is not None
                covers = covers_of(each.facts, tenths, category)
                determined.append(
                    Determined(claim_id=claim, covers=covers, content=covers_content(covers), determined_at=NOW)
                )
            await deciding.eligibility_determined(PostgresLedger(tx, KEY), determined, now=NOW)
        return ids

    async def withdraw(self, claim: ClaimId, hospital: str = HOSPITALS[0]) -> None:
        """取下げ by the hospital."""
        asker = Asker(subject=f"hospital:{hospital}", hospital_code=hospital)
        async with self.claims.transaction(label="test") as tx:
            await Correcting(traces=TRACES).withdraw(PostgresCorrections(tx, KEY), claim, asker, now=NOW)

    async def enrol(self, payer: str = PAYER) -> None:
        """A payer with its secret."""
        async with self.claims.transaction(label="test") as tx:
            await tx.execute(QUERIES["insert_payer"], payer, "架空", SECRET, NOW)

    def stub(self, subject: str, *roles: str) -> "household_service_pb2_grpc.HouseholdServiceAsyncStub":
        channel = self.edge.token_channel(self.edge.token(subject, *roles), timeout_s=30.0)
        self.channels.append(channel)
        return household_service_pb2_grpc.HouseholdServiceStub(channel)

    async def recomputed(self, month: str = "202405", request_id: str = "") -> list[wire.RecomputeMonthResponse]:
        """Everything that is told of a month."""
        request = wire.RecomputeMonthRequest(request_id=request_id or str(uuid4()), month=month)
        return [each async for each in self.stub(OPERATOR, "admin").RecomputeMonth(request)]

    async def summed(self, month: str = "202405") -> wire.HouseholdBatch:
        """The month's sums; it was recomputed now."""
        return (await self.recomputed(month))[-1].summary

    async def listed(self, subject: str = OPERATOR, **wanted: object) -> list[HouseholdStated]:
        """One page of versions as this caller sees them."""
        request = wire.ListStatementsRequest(**wanted)  # type: ignore[arg-type]  # a test's builder
        roles = ("viewer",) if subject == OPERATOR else ()
        return list((await self.stub(subject, *roles).ListStatements(request)).stated)

    async def announced(self) -> list[asyncpg.Record]:
        """Outbox rows of statements, in order."""
        connection = await asyncpg.connect(self.migrated.dsn)
        try:
            return list(await connection.fetch("SELECT * FROM outbox WHERE topic = 'household.stated' ORDER BY seq"))
        finally:
            await connection.close()

    async def typed(self, *words: str, roles: Sequence[str] = ("admin",), subject: str = OPERATOR) -> Result:
        """The command line pointed at this site."""
        variables = {
            "SEIKYU_CLAIMS_ADDRESS": f"localhost:{self.edge.server.port}",
            "SEIKYU_TLS_CA_FILE": str(self.edge.authority.ca_file),
            "SEIKYU_TOKEN_FILE": str(self.edge.token(subject, *roles)),
            "SEIKYU_STATE_DIR": str(self.edge.directory),
        }
        return await asyncio.to_thread(CliRunner(env=variables).invoke, assemble(), list(words))
