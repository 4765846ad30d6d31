import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import grpc.aio
import pytest
from seikyu.claims.v1 import readjudication_service_pb2_grpc

from infra.local.authority import Authority
from infra.local.databases import ServiceDatabase
from services.claims.application import readjudicating
from services.claims.application.readjudicating import Readjudicating
from services.claims.entrypoints import rpc_readjudication
from services.claims.entrypoints.rpc_readjudication import ReadjudicationServicer
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.grpc_server import RpcSurface, start_server
from services.shared.chassis.postgres import Database
from tests.integration.claims.readjudication.site import Site
from tests.integration.claims.test_ledger import KEY, TRACES
from tests.support.edge import Edge, MemoryTelemetry, grpc_settings
from tests.support.settlement import opened
from tests.support.stack import PostgresCluster
from tests.usecases.claims.readjudication.masters import NothingRegistered, Published

CLAIMS_A_BATCH = 2


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readjudicating, "MOST_PER_BATCH", CLAIMS_A_BATCH)


@pytest.fixture
async def settlement(postgres_cluster: PostgresCluster) -> AsyncIterator[Database]:
    books = await asyncio.to_thread(postgres_cluster.create_migrated_database, "settlement")
    async with opened(books) as opened_books:
        yield opened_books


@pytest.fixture
async def site(
    tmp_path: Path, database: Database, migrated: ServiceDatabase, settlement: Database
) -> AsyncIterator[Site]:
    masters, registered = Published(), NothingRegistered()
    servicer = ReadjudicationServicer(
        database=database,
        readjudicating=Readjudicating(schedules=masters, registrations=registered, traces=TRACES),
        clock=SystemClock(),
        platform_key=KEY,
    )

    def register(server: grpc.aio.Server) -> None:
        readjudication_service_pb2_grpc.add_ReadjudicationServiceServicer_to_server(servicer, server)

    surface = RpcSurface(
        register=register,
        names=[rpc_readjudication.NAME],
        access=rpc_readjudication.ACCESS,
        pressure=lambda: None,
    )
    server = await start_server(grpc_settings(tmp_path), surface, MemoryTelemetry().build("claims"))
    await server.set_ready(True)
    edge = Edge(server=server, authority=Authority(tmp_path), directory=tmp_path)
    served = Site(
        edge=edge, claims=database, migrated=migrated, settlement=settlement, masters=masters, registered=registered
    )
    yield served
    for channel in served.channels:
        await channel.close()
    await server.drain(0)
