"""Reconciliation served over gRPC with TLS, and the command line pointed at it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc.aio
from click.testing import CliRunner, Result
from seikyu.settlement.v1 import bank_service_pb2_grpc

from infra.local.authority import Authority
from services.cli.main import assemble
from services.settlement.entrypoints import rpc_reconciliation
from services.settlement.entrypoints.rpc_reconciliation import ReconciliationServicer
from services.shared.chassis.grpc_server import RpcSurface, start_server
from services.shared.chassis.postgres import Database
from tests.support.bank_statements import ACCOUNT
from tests.support.chassis_fakes import SetClock
from tests.support.edge import Edge, MemoryTelemetry, grpc_settings
from tests.support.instructed import PLATFORM
from tests.support.reconciling import NOW

OPERATOR = "operator:tester"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The served edge, its command line, and how often payers' relay was woken."""

    edge: Edge
    woken: list[bool]
    folder: Path

    async def typed(self, *arguments: str) -> Result:
        variables = {
            "SEIKYU_SETTLEMENT_ADDRESS": f"localhost:{self.edge.server.port}",
            "SEIKYU_TLS_CA_FILE": str(self.edge.authority.ca_file),
            "SEIKYU_TOKEN_FILE": str(self.edge.token(OPERATOR, "admin")),
            "SEIKYU_STATE_DIR": str(self.edge.directory),
        }
        runner = CliRunner(env=variables)
        return await asyncio.to_thread(runner.invoke, assemble(), ["bank", *arguments])

    async def told(self, *arguments: str, code: int = 0) -> list[Any]:
        """The JSON values of a command that ends with the code."""
        result = await self.typed(*arguments, "--json")
        assert result.exit_code == code, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    async def imported(self, content: bytes, *options: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON
        file = self.folder / "statement.bin"
        file.write_bytes(content)
        (answer,) = await self.told("import", str(file), *options, code=code)
        return answer

    def stub(self, subject: str, *roles: str) -> "bank_service_pb2_grpc.ReconciliationServiceAsyncStub":
        channel = self.edge.token_channel(self.edge.token(subject, *roles), timeout_s=30.0)
        return bank_service_pb2_grpc.ReconciliationServiceStub(channel)


@asynccontextmanager
async def served(
    folder: Path, database: Database, own: frozenset[str] = frozenset({ACCOUNT, PLATFORM})
) -> AsyncIterator[Site]:
    """The service over a database, for a platform of these accounts, until the end of the block."""
    woken: list[bool] = []
    servicer = ReconciliationServicer(
        database=database, clock=SetClock(NOW), own_accounts=own, wake=lambda: woken.append(True)
    )

    def register(server: grpc.aio.Server) -> None:
        bank_service_pb2_grpc.add_ReconciliationServiceServicer_to_server(servicer, server)

    surface = RpcSurface(
        register=register, names=[rpc_reconciliation.NAME], access=rpc_reconciliation.ACCESS, pressure=lambda: None
    )
    server = await start_server(grpc_settings(folder), surface, MemoryTelemetry().build("settlement"))
    await server.set_ready(True)
    yield Site(edge=Edge(server=server, authority=Authority(folder), directory=folder), woken=woken, folder=folder)
    await server.drain(0)
