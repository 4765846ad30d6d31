"""Operators load master files and ask what they say, over gRPC with TLS and from the command line, on real Postgres."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import grpc.aio
import pytest
from click.testing import CliRunner, Result
from seikyu.claims.v1 import master_service_pb2 as wire
from seikyu.claims.v1 import master_service_pb2_grpc

from infra.local.authority import Authority
from services.claims.adapters.postgres_masters import PostgresMasters
from services.claims.application.master_keeper import MasterKeeper
from services.claims.entrypoints import rpc_masters
from services.claims.entrypoints.rpc_masters import MasterServicer
from services.cli.main import assemble
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.grpc_server import RpcSurface, start_server
from services.shared.chassis.postgres import Database, TransientFault
from tests.support.edge import Edge, MemoryTelemetry, grpc_settings
from tests.support.master_csv import csv_of, modifier, zip_of

OPERATOR = "operator:desk"
BASE = csv_of(modifier("2056"), modifier("2057", name="右"))
MORE = csv_of(modifier("2058", change="3", listed="20240701", name="両側"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The served edge."""

    edge: Edge
    keeper: MasterKeeper
    channels: list[grpc.aio.Channel] = field(default_factory=list)

    def stub(self, *roles: str) -> "master_service_pb2_grpc.MasterServiceAsyncStub":
        channel = self.edge.token_channel(self.edge.token(OPERATOR, *roles), timeout_s=30.0)
        self.channels.append(channel)
        return master_service_pb2_grpc.MasterServiceStub(channel)

    async def typed(self, *arguments: str) -> Result:
        """The command line pointed at this site."""
        variables = {
            "SEIKYU_CLAIMS_ADDRESS": f"localhost:{self.edge.server.port}",
            "SEIKYU_TLS_CA_FILE": str(self.edge.authority.ca_file),
            "SEIKYU_TOKEN_FILE": str(self.edge.token(OPERATOR, "admin")),
            "SEIKYU_STATE_DIR": str(self.edge.directory),
        }
        runner = CliRunner(env=variables)
        return await asyncio.to_thread(runner.invoke, assemble(), ["masters", *arguments])


@pytest.fixture
async def site(tmp_path: Path, database: Database) -> AsyncIterator[Site]:
    clock, telemetry = SystemClock(), MemoryTelemetry().build("claims")
    keeper = MasterKeeper(shelf=PostgresMasters(database=database), now=clock.now, transient=TransientFault)
    await keeper.open()
    servicer = MasterServicer(shelf=keeper.shelf, keeper=keeper, clock=clock)

    def register(server: grpc.aio.Server) -> None:
        master_service_pb2_grpc.add_MasterServiceServicer_to_server(servicer, server)

    surface = RpcSurface(register=register, names=[rpc_masters.NAME], access=rpc_masters.ACCESS, pressure=lambda: None)
    server = await start_server(grpc_settings(tmp_path), surface, telemetry)
    await server.set_ready(True)
    served = Site(edge=Edge(server=server, authority=Authority(tmp_path), directory=tmp_path), keeper=keeper)
    yield served
    for channel in served.channels:
        await channel.close()
    await server.drain(0)
    await keeper.close()


async def load(site: Site, *files: tuple[str, bytes]) -> list[wire.ImportMastersResponse]:
    async def requests() -> AsyncIterator[wire.ImportMastersRequest]:
        for name, content in files:
            yield wire.ImportMastersRequest(header=wire.MasterFileHeader(name=name))
            for at in range(0, len(content), 100):
                yield wire.ImportMastersRequest(chunk=content[at : at + 100])

    return [answer async for answer in site.stub("admin").ImportMasters(requests())]


def outcomes(answers: list[wire.ImportMastersResponse]) -> list[str]:
    return [wire.MasterImportOutcome.Name(answer.outcome).removeprefix("MASTER_IMPORT_OUTCOME_") for answer in answers]


async def test_files_are_loaded_one_by_one_and_known_when_the_stream_ends(site: Site) -> None:
    answers = await load(
        site,
        ("z_20240701.csv", MORE),
        ("z_20240601.zip", zip_of("z_20240601.txt", BASE)),
        ("z_20240601.csv", BASE),
        ("z_20240801.csv", csv_of(modifier("205x"))),
    )

    assert outcomes(answers) == ["LOADED", "LOADED", "ALREADY_LOADED", "REFUSED"]
    assert [(each.rows, dict(each.rows_by_change)) for each in answers[:2]] == [(1, {"3": 1}), (2, {"0": 2})]
    assert [(each.line, each.item) for each in answers[3].errors] == [(1, 3)]
    shown = await site.stub("viewer").ShowMaster(wire.ShowMasterRequest(code="2058", on="2024-07-01"))
    assert shown.in_force == 0
    assert {field.name: field.value for field in shown.versions[0].fields}["name"] == "両側"


async def test_equal_content_is_known_from_the_earliest_of_its_days(site: Site) -> None:
    answers = await load(site, ("z_20240701.csv", BASE), ("z_20240601.csv", BASE), ("z_20240801.csv", BASE))

    assert outcomes(answers) == ["LOADED", "LOADED", "LOADED"]
    status = await site.stub("viewer").GetMasterStatus(wire.GetMasterStatusRequest())
    days = [(file.published_on, file.known_from) for file in status.files]
    assert days == [(day, "2024-06-01") for day in ("2024-06-01", "2024-07-01", "2024-08-01")]
    assert "2024-08-01, known from 2024-06-01" in " ".join((await site.typed("status")).stdout.split())
    shown = await site.stub("viewer").ShowMaster(
        wire.ShowMasterRequest(code="2056", on="2024-06-02", as_of="2024-06-01")
    )
    assert (shown.in_force, shown.exhaustive) == (0, True)


async def test_a_code_is_shown_as_it_was_known(site: Site) -> None:
    await load(site, ("z_20240601.csv", BASE), ("z_20240701.csv", MORE))
    stub = site.stub("viewer")

    before = await stub.ShowMaster(wire.ShowMasterRequest(code="2058", on="2024-07-01", as_of="2024-06-30"))
    unloaded = await stub.ShowMaster(wire.ShowMasterRequest(code="2056", on="2024-05-31"))
    assert (before.in_force, before.loaded, before.exhaustive) == (-1, True, True)
    assert (unloaded.in_force, unloaded.loaded) == (-1, False)


async def test_two_days_are_compared(site: Site) -> None:
    await load(site, ("z_20240601.csv", BASE), ("z_20240701.csv", MORE))
    request = wire.DiffMastersRequest(before="2024-06-30", after="2024-07-01")

    (answer,) = [each async for each in site.stub("viewer").DiffMasters(request)]
    assert [(each.code, each.before, each.after) for each in answer.differences] == [("2058", False, True)]
    assert wire.MASTER_KIND_ACT in answer.not_compared


async def test_an_operator_who_is_no_admin_loads_nothing(site: Site) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        async for _ in site.stub("viewer").ImportMasters(iter_of(wire.ImportMastersRequest(chunk=b"x"))):
            pass

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_stream_that_begins_without_a_header_is_refused(site: Site) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        async for _ in site.stub("admin").ImportMasters(iter_of(wire.ImportMastersRequest(chunk=b"x"))):
            pass

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def iter_of(request: wire.ImportMastersRequest) -> AsyncIterator[wire.ImportMastersRequest]:
    yield request


async def test_the_command_line_loads_a_folder_and_says_what_is_loaded(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "masters"
    folder.mkdir()
    (folder / "z_20240601.csv").write_bytes(BASE)
    (folder / "z_20240701.csv").write_bytes(MORE)

    loaded = await site.typed("import", str(folder), "--json")
    assert loaded.exit_code == 0, loaded.output
    assert [json.loads(line)["rows"] for line in loaded.stdout.splitlines()] == [2, 1]
    assert "already loaded" in (await site.typed("import", str(folder))).stdout
    status = await site.typed("status")
    assert "z_20240601.csv" in status.stdout
    assert "loaded" in status.stdout
    shown = await site.typed("show", "2056", "--on", "2024-06-15")
    assert (shown.exit_code, "in force on 2024-06-15" in shown.stdout) == (0, True)
    assert (await site.typed("show", "9999", "--on", "2024-06-15")).exit_code == 5
    differing = await site.typed("diff", "2024-06-30", "2024-07-01", "--kind", "modifier")
    assert (differing.exit_code, "2058" in differing.stdout) == (1, True)
    known = await site.typed("diff", "2024-07-01@2024-06-30", "2024-07-01@2024-06-15", "--kind", "modifier")
    assert (known.exit_code, "0 differences" in known.stdout) == (0, True)


async def test_the_command_line_names_the_line_and_the_rule_of_a_bad_file(site: Site, tmp_path: Path) -> None:
    bad = tmp_path / "z_20240801.csv"
    bad.write_bytes(csv_of(modifier("2056"), modifier("205x")))

    refused = await site.typed("import", str(bad))
    assert refused.exit_code == 1
    assert "z_20240801.csv, line 2, column 3 修飾語コード: must be 4 digits: '205x'" in refused.stdout
    assert (await site.typed("show", "2056", "--on", "tomorrow")).exit_code == 2
