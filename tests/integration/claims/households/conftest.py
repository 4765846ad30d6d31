from collections.abc import AsyncIterator
from pathlib import Path

import grpc.aio
import pytest
from seikyu.claims.v1 import household_service_pb2_grpc

from infra.local.authority import Authority
from infra.local.databases import ServiceDatabase
from services.claims.adapters.postgres_households import HouseholdReads
from services.claims.application import household_statements
from services.claims.application.household_statements import HouseholdStatements
from services.claims.entrypoints import rpc_households
from services.claims.entrypoints.rpc_households import HouseholdServicer
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.grpc_server import RpcSurface, start_server
from services.shared.chassis.postgres import Database
from tests.integration.claims.households.site import Site
from tests.integration.claims.test_ledger import KEY
from tests.support.edge import Edge, MemoryTelemetry, grpc_settings


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(household_statements, "MOST_RECEIPTS", 2)
    monkeypatch.setattr(household_statements, "MOST_HOUSEHOLDS", 2)


@pytest.fixture
async def site(tmp_path: Path, database: Database, migrated: ServiceDatabase) -> AsyncIterator[Site]:
    servicer = HouseholdServicer(
        database=database,
        reads=HouseholdReads(database=database),
        statements=HouseholdStatements(platform_key=KEY),
        clock=SystemClock(),
    )

    def register(server: grpc.aio.Server) -> None:
        household_service_pb2_grpc.add_HouseholdServiceServicer_to_server(servicer, server)

    surface = RpcSurface(
        register=register, names=[rpc_households.NAME], access=rpc_households.ACCESS, pressure=lambda: None
    )
    server = await start_server(grpc_settings(tmp_path), surface, MemoryTelemetry().build("claims"))
    await server.set_ready(True)
    served = Site(
        edge=Edge(server=server, authority=Authority(tmp_path), directory=tmp_path), claims=database, migrated=migrated
    )
    yield served
    for channel in served.channels:
        await channel.close()
    await server.drain(0)
