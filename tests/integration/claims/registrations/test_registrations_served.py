"""Registrations in Postgres, told over gRPC with TLS and from the command line."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import grpc
import grpc.aio
import pytest
from click.testing import CliRunner, Result
from seikyu.claims.v1 import registration_service_pb2 as wire
from seikyu.claims.v1 import registration_service_pb2_grpc

from infra.local.authority import Authority
from services.claims.adapters.postgres_registrations import PostgresRegistrationReader, PostgresRegistrations
from services.claims.application.registrations import RegistrationKeeper, import_registrations
from services.claims.entrypoints import rpc_registrations
from services.claims.entrypoints.rpc_registrations import RegistrationServicer
from services.cli.main import assemble
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.grpc_server import RpcSurface, start_server
from services.shared.chassis.postgres import Database
from tests.contracts.claims.registrations import CLINIC, RegistrationContract
from tests.support.edge import Edge, MemoryTelemetry, grpc_settings
from tests.support.registrations import RegistrationsInMemory, registration_file

OPERATOR = "operator:desk"
NOW = datetime(2024, 6, 1, tzinfo=UTC)
FILE = registration_file(
    f"{CLINIC},standard,236,2024-04-01,",
    f"{CLINIC},facility,clinic,2020-01-01,",
    f"{CLINIC},general_beds,0,2020-01-01,",
)


@pytest.fixture
def ledger(database: Database) -> PostgresRegistrations:
    return PostgresRegistrations(database=database)


class TestPostgresRegistrations(RegistrationContract):
    """The real ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The served edge."""

    edge: Edge

    async def typed(self, *arguments: str, role: str = "admin") -> Result:
        """The command line pointed at this site."""
        variables = {
            "SEIKYU_CLAIMS_ADDRESS": f"localhost:{self.edge.server.port}",
            "SEIKYU_TLS_CA_FILE": str(self.edge.authority.ca_file),
            "SEIKYU_TOKEN_FILE": str(self.edge.token(OPERATOR, role)),
            "SEIKYU_STATE_DIR": str(self.edge.directory),
        }
        runner = CliRunner(env=variables)
        return await asyncio.to_thread(runner.invoke, assemble(), ["hospital", "standards", *arguments])


@pytest.fixture
async def site(tmp_path: Path, ledger: PostgresRegistrations) -> AsyncIterator[Site]:
    servicer = RegistrationServicer(ledger=ledger, clock=SystemClock())

    def register(server: grpc.aio.Server) -> None:
        registration_service_pb2_grpc.add_RegistrationServiceServicer_to_server(servicer, server)

    surface = RpcSurface(
        register=register,
        names=[rpc_registrations.NAME],
        access=rpc_registrations.ACCESS,
        pressure=lambda: None,
    )
    server = await start_server(grpc_settings(tmp_path), surface, MemoryTelemetry().build("claims"))
    await server.set_ready(True)
    yield Site(edge=Edge(server=server, authority=Authority(tmp_path), directory=tmp_path))
    await server.drain(0)


async def test_a_file_is_told_and_shown_from_the_command_line(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "standards.csv"
    file.write_bytes(FILE)

    told = await site.typed("import", str(file), "--json")
    shown = await site.typed("show", CLINIC, "--json", role="viewer")

    assert told.exit_code == 0, told.output
    assert json.loads(told.output)["changed_hospitals"] == 1
    assert [(each["item"], each["value"]) for each in json.loads(shown.output)["registrations"]] == [
        ("REGISTRATION_ITEM_FACILITY", "clinic"),
        ("REGISTRATION_ITEM_GENERAL_BEDS", "0"),
        ("REGISTRATION_ITEM_STANDARD", "236"),
    ]


async def test_a_faulty_file_is_refused_by_line_and_column(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "standards.csv"
    file.write_bytes(registration_file(f"{CLINIC},standard,236,2024-04-01,", f"{CLINIC},standard,236,2024-02-30,"))

    told = await site.typed("import", str(file))
    shown = await site.typed("show", CLINIC)

    assert told.exit_code == 1
    assert "valid_from" in told.output
    assert shown.exit_code == 5


async def test_an_operator_who_is_no_admin_tells_nothing(site: Site) -> None:
    stub = registration_service_pb2_grpc.RegistrationServiceStub(
        site.edge.token_channel(site.edge.token(OPERATOR, "viewer"), timeout_s=30.0)
    )

    async def requests() -> AsyncIterator[wire.ImportRegistrationsRequest]:
        yield wire.ImportRegistrationsRequest(chunk=FILE)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.ImportRegistrations(requests())

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_an_open_transaction_reads_registrations_on_its_own_connection(
    database: Database, ledger: PostgresRegistrations
) -> None:
    await import_registrations(ledger, FILE, now=NOW)
    keeper = RegistrationKeeper(ledger=RegistrationsInMemory())

    async with database.transaction(label="test.reading") as tx:
        standards = await keeper.standards([CLINIC], NOW, PostgresRegistrationReader(tx))

    assert standards[CLINIC].meets("236", date(2024, 4, 1)) is True
