"""Parked keys freed over TLS by an operator, on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import grpc
import grpc.aio
import pytest
from seikyu.operations.v1 import operations_service_pb2 as operations
from seikyu.operations.v1 import operations_service_pb2_grpc as services

from infra.local.authority import Authority
from services.shared.chassis.grpc_server import RpcSurface, start_server
from services.shared.chassis.migrate import CHASSIS_SQL_DIR, migrate
from services.shared.chassis.operations import with_operations
from services.shared.chassis.parked import list_parked, park_keys
from services.shared.chassis.postgres import Database, open_pool
from tests.support.echo_service import ACCESS, NAME, EchoServicer
from tests.support.edge import Edge, MemoryTelemetry, grpc_settings
from tests.support.stack import PostgresCluster

GROUP = "edge.words"


@pytest.fixture
async def database(postgres_cluster: PostgresCluster) -> AsyncIterator[Database]:
    made = await asyncio.to_thread(postgres_cluster.create_database, "edge")
    await migrate(made.owner_dsn, CHASSIS_SQL_DIR)
    pool = await open_pool(made.dsn, application_name="test")
    database = Database(pool)
    async with database.transaction(label="test") as tx:
        await park_keys(tx, group=GROUP, keys={"clm_1", "clm_2"}, reason="failed")
        await park_keys(tx, group="edge.others", keys={"clm_1"}, reason="failed")
    yield database
    await pool.close()


@pytest.fixture
async def edge(tmp_path: Path, database: Database) -> AsyncIterator[Edge]:
    own = RpcSurface(register=EchoServicer().register, names=[NAME], access=ACCESS)
    server = await start_server(
        grpc_settings(tmp_path), with_operations(own, database), MemoryTelemetry().build("edge")
    )
    await server.set_ready(True)
    yield Edge(server=server, authority=Authority(tmp_path), directory=tmp_path)
    await server.drain(0.1)


def request(*keys: str, group: str = GROUP) -> operations.FreeParkedKeysRequest:
    return operations.FreeParkedKeysRequest(request_id=str(uuid4()), consumer_group=group, keys=keys)


async def parked(database: Database, group: str = GROUP) -> list[str]:
    return [each.key for each in await list_parked(database, group=group, limit=10)]


async def test_an_admin_frees_the_keys_of_one_group_and_the_same_request_is_answered_alike(
    edge: Edge, database: Database
) -> None:
    asked = request("clm_1", "clm_unknown")
    async with edge.token_channel(edge.token("operator:ops", "admin")) as channel:
        stub: services.OperationsServiceAsyncStub = services.OperationsServiceStub(channel)
        answers = [(await stub.FreeParkedKeys(asked)).freed for _ in range(2)]

    assert answers == [1, 1]
    assert await parked(database) == ["clm_2"]
    assert await parked(database, "edge.others") == ["clm_1"]


@pytest.mark.parametrize("caller", [("operator:ops", "viewer"), ("hospital:1310000001",), ("payer:01130012",)])
async def test_nobody_else_frees_a_key(edge: Edge, database: Database, caller: tuple[str, ...]) -> None:
    async with edge.token_channel(edge.token(*caller)) as channel:
        stub: services.OperationsServiceAsyncStub = services.OperationsServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.FreeParkedKeys(request("clm_1"))

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert await parked(database) == ["clm_1", "clm_2"]


@pytest.mark.parametrize("wrong", [request(), request("clm_1", group="No group"), request("")])
async def test_a_request_without_keys_or_group_is_refused(edge: Edge, wrong: operations.FreeParkedKeysRequest) -> None:
    async with edge.token_channel(edge.token("operator:ops", "admin")) as channel:
        stub: services.OperationsServiceAsyncStub = services.OperationsServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.FreeParkedKeys(wrong)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
