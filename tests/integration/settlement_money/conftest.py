"""A database of its own for each test, and all of settlement's services over it at one address."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Final

import grpc.aio
import pytest

from infra.local.authority import Authority
from infra.local.databases import ServiceDatabase
from services.settlement.adapters.bank.bank_codes import BankCodes
from services.settlement.adapters.payers.claims_desk import ClaimsDesk
from services.settlement.adapters.payers.enroller import Enroller
from services.settlement.adapters.payers.event_replay import EventReplay
from services.settlement.adapters.payers.payer_keeping import refusals
from services.settlement.bootstrap import RpcParts
from services.settlement.entrypoints.rpc import surface
from services.shared.chassis.grpc_server import start_server
from services.shared.chassis.kafka import KafkaAccess, Publisher
from services.shared.chassis.postgres import Database
from services.shared.chassis.refusals import RefusedCallers
from tests.support.bank_statements import ACCOUNT
from tests.support.chassis_fakes import SetClock
from tests.support.edge import Edge, MemoryTelemetry, grpc_settings
from tests.support.payments import AT, TERMS
from tests.support.settlement import opened
from tests.support.stack import PostgresCluster


@pytest.fixture
async def fresh(postgres_cluster: PostgresCluster) -> ServiceDatabase:
    return await asyncio.to_thread(postgres_cluster.create_migrated_database, "settlement")


@pytest.fixture
async def database(fresh: ServiceDatabase) -> AsyncIterator[Database]:
    async with opened(fresh) as database:
        yield database


NO_BROKER: Final = KafkaAccess(bootstrap="127.0.0.1:1", client_id="nobody")


@pytest.fixture
async def channel(database: Database, tmp_path: Path) -> AsyncIterator[grpc.aio.Channel]:
    """All of settlement's services at one address, asked by an admin."""
    parts = RpcParts(
        database=database,
        enroller=Enroller(NO_BROKER, retention_hours=1),
        claims=ClaimsDesk(None),
        replays=EventReplay(database, Publisher(NO_BROKER)),
        payment_terms=TERMS,
        own_accounts=frozenset({ACCOUNT}),
        bank_codes=BankCodes(frozenset({"9999"})),
        clock=SetClock(AT),
        wake=lambda: None,
        refused=RefusedCallers(partial(refusals, database)),
        pressure=lambda: None,
    )
    server = await start_server(grpc_settings(tmp_path), surface(parts), MemoryTelemetry().build("settlement"))
    await server.set_ready(True)
    edge = Edge(server=server, authority=Authority(tmp_path), directory=tmp_path)
    async with edge.token_channel(edge.token("operator:tester", "admin"), timeout_s=20.0) as channel:
        yield channel
    await server.drain(0)
