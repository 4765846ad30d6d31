"""PayerService and PayerAccessService served over TLS, one asking the other, on real databases."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import grpc.aio
from seikyu.claims.v1 import payer_access_service_pb2_grpc
from seikyu.settlement.v1 import payer_service_pb2_grpc

from infra.local.authority import Authority
from infra.local.databases import ServiceDatabase
from services.claims.adapters.measures import ClaimMeasures
from services.claims.adapters.traces import BatchTraces
from services.claims.application.correcting import Correcting
from services.claims.entrypoints import rpc_payer_access
from services.claims.entrypoints.rpc_payer_access import PayerAccessServicer
from services.settlement.adapters.payers.claims_desk import ClaimsDesk
from services.settlement.adapters.payers.enroller import Enroller
from services.settlement.adapters.payers.event_replay import EventReplay
from services.settlement.adapters.payers.payer_keeping import refusals
from services.settlement.entrypoints import rpc_payers
from services.settlement.entrypoints.rpc_payers import PayerServicer
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.grpc_server import RpcServer, RpcSurface, start_server
from services.shared.chassis.kafka import KafkaAccess, Publisher
from services.shared.chassis.refusals import RefusedCallers
from tests.integration.claims.test_ledger import KEY
from tests.integration.corrections.world import World
from tests.support.edge import Edge, MemoryTelemetry, grpc_settings

NO_BROKER = KafkaAccess(bootstrap="127.0.0.1:1", client_id="nobody")
"""Nothing here reaches a broker; what does is tested where one runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerSite:
    """Both servers with the databases behind them."""

    claims: Edge
    settlement: Edge
    world: World
    settlement_database: ServiceDatabase
    channels: dict[tuple[str, str], grpc.aio.Channel] = field(default_factory=dict)

    def payers(self, subject: str, *roles: str) -> "payer_service_pb2_grpc.PayerServiceAsyncStub":
        return payer_service_pb2_grpc.PayerServiceStub(self._channel(self.settlement, "settlement", subject, *roles))

    def access(self, subject: str, *roles: str) -> "payer_access_service_pb2_grpc.PayerAccessServiceAsyncStub":
        """Claims' side, asked directly by token."""
        channel = self._channel(self.claims, "claims", subject, *roles)
        return payer_access_service_pb2_grpc.PayerAccessServiceStub(channel)

    def _channel(self, edge: Edge, server: str, subject: str, *roles: str) -> grpc.aio.Channel:
        key = (server, subject)
        if key not in self.channels:
            self.channels[key] = edge.token_channel(edge.token(subject, *roles))
        return self.channels[key]


@asynccontextmanager
async def served(directory: Path, world: World, settlement_database: ServiceDatabase) -> AsyncIterator[PayerSite]:
    """Both services until the block ends; settlement asks claims with its own certificate."""
    claims = Edge(server=await _claims(directory, world), authority=Authority(directory), directory=directory)
    between = claims.certificate_channel("service/settlement")
    server = await _settlement(directory, world, ClaimsDesk(between))
    settlement = Edge(server=server, authority=Authority(directory), directory=directory)
    site = PayerSite(claims=claims, settlement=settlement, world=world, settlement_database=settlement_database)
    yield site
    for channel in (*site.channels.values(), between):
        await channel.close()
    for each in (settlement, claims):
        await each.server.drain(0)


async def _claims(directory: Path, world: World) -> RpcServer:
    telemetry = MemoryTelemetry().build("claims")
    measures = ClaimMeasures(telemetry.metrics)
    servicer = PayerAccessServicer(
        database=world.claims,
        correcting=Correcting(traces=BatchTraces(telemetry.claims, measures)),
        measures=measures,
        clock=SystemClock(),
        platform_key=KEY,
    )
    surface = RpcSurface(
        register=lambda server: payer_access_service_pb2_grpc.add_PayerAccessServiceServicer_to_server(
            servicer, server
        ),
        names=[rpc_payer_access.NAME],
        access=rpc_payer_access.ACCESS,
    )
    started = await start_server(grpc_settings(directory), surface, telemetry)
    await started.set_ready(True)
    return started


async def _settlement(directory: Path, world: World, desk: ClaimsDesk) -> RpcServer:
    refused = RefusedCallers(partial(refusals, world.settlement))
    servicer = PayerServicer(
        database=world.settlement,
        enroller=Enroller(NO_BROKER, retention_hours=1),
        claims=desk,
        replays=EventReplay(world.settlement, Publisher(NO_BROKER)),
        clock=SystemClock(),
        wake=lambda: None,
        learn=refused.refresh,
    )
    surface = RpcSurface(
        register=lambda server: payer_service_pb2_grpc.add_PayerServiceServicer_to_server(servicer, server),
        names=[rpc_payers.NAME],
        access=rpc_payers.ACCESS,
        refused=refused,
    )
    started = await start_server(grpc_settings(directory), surface, MemoryTelemetry().build("settlement"))
    await started.set_ready(True)
    return started
