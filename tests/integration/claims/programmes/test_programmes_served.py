"""Local programmes told over gRPC with TLS and from the command line, and the decisions that follow."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import grpc.aio
import pytest
from click.testing import CliRunner, Result
from seikyu.claims.v1 import programme_service_pb2 as wire
from seikyu.claims.v1 import programme_service_pb2_grpc

from infra.local.authority import Authority
from services.claims.adapters.postgres_programmes import PostgresProgrammeReader
from services.claims.application.programmes import ProgrammeKeeper
from services.claims.entrypoints import rpc_programmes
from services.claims.entrypoints.rpc_programmes import ProgrammeServicer
from services.cli.main import assemble
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.grpc_server import RpcSurface, start_server
from services.shared.chassis.postgres import Database
from tests.support.edge import Edge, MemoryTelemetry, grpc_settings
from tests.support.programmes import programme_file

OPERATOR = "operator:desk"
FILE = programme_file(
    "8313,子ども医療,,,500,before,,2024-04,2026-03,条例 5条",
    "8313,子ども医療,,,200,before,,2026-04,,条例 5条",
    "80,障害者医療,10,,,after,ten_yen_down,,,条例",
)


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
        return await asyncio.to_thread(runner.invoke, assemble(), ["programmes", *arguments])

    def stub(self, role: str = "admin") -> "programme_service_pb2_grpc.ProgrammeServiceAsyncStub":
        """The service, asked as an operator."""
        channel = self.edge.token_channel(self.edge.token(OPERATOR, role), timeout_s=30.0)
        return programme_service_pb2_grpc.ProgrammeServiceStub(channel)


@pytest.fixture
async def site(tmp_path: Path, database: Database) -> AsyncIterator[Site]:
    servicer = ProgrammeServicer(database=database, programmes=ProgrammeKeeper(), clock=SystemClock())

    def register(server: grpc.aio.Server) -> None:
        programme_service_pb2_grpc.add_ProgrammeServiceServicer_to_server(servicer, server)

    surface = RpcSurface(
        register=register, names=[rpc_programmes.NAME], access=rpc_programmes.ACCESS, pressure=lambda: None
    )
    server = await start_server(grpc_settings(tmp_path), surface, MemoryTelemetry().build("claims"))
    await server.set_ready(True)
    yield Site(edge=Edge(server=server, authority=Authority(tmp_path), directory=tmp_path))
    await server.drain(0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "local.csv"
    path.write_bytes(FILE)
    return path


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    path = tmp_path / "faulty.csv"
    path.write_bytes(programme_file("80,a,10,,,,,,,x", "81,b,ten,,,,,,,x"))
    return path


def _rows(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


async def test_a_file_is_told_listed_and_shown_from_the_command_line(site: Site, file: Path) -> None:
    told = await site.typed("import", str(file), "--json")
    again = await site.typed("import", str(file), "--json")
    every = await site.typed("list", "--json", role="viewer")
    in_may = await site.typed("list", "--on", "2026-05", "--json", role="viewer")
    shown = await site.typed("show", "83136019", "--on", "2025-05", "--json", role="viewer")

    assert _rows(told)[0]["changed_numbers"] == ["80", "8313"]
    assert _rows(again)[0]["changed_numbers"] == []
    assert [(row["number"], row["since"]) for row in _rows(every)] == [
        ("80", ""),
        ("8313", "202404"),
        ("8313", "202604"),
    ]
    assert [(row["number"], row.get("outpatient_limit_yen")) for row in _rows(in_may)] == [
        ("80", None),
        ("8313", "200"),
    ]
    [answer] = _rows(shown)
    assert [row["until"] for row in answer["programmes"]] == ["202603", ""]  # type: ignore[attr-defined]  # JSON
    assert answer["in_force"] == 0


async def test_people_read_rows_with_their_rules_and_which_one_holds(site: Site, file: Path) -> None:
    told = await site.typed("import", str(file))
    listed = await site.typed("list")
    shown = await site.typed("show", "80136012", "--on", "2026-05")
    national = await site.typed("show", "54136015", "--on", "2026-05")
    unknown = await site.typed("show", "85136017", "--on", "2026-05")

    assert "3 rows of 2 numbers; changed: 80, 8313" in told.output
    assert "ten_yen_down" in listed.output
    assert "in force" in shown.output
    assert "難病" in national.output
    assert (unknown.exit_code, "leaves what its record declares" in unknown.output) == (5, True)


async def test_nothing_is_known_as_of_a_day_before_it_was_told(site: Site, file: Path) -> None:
    await site.typed("import", str(file))

    assert _rows(await site.typed("list", "--as-of", "2024-05-01", "--json")) == []
    assert (await site.typed("show", "80", "--as-of", "2024-05-01")).exit_code == 5


async def test_a_faulty_file_is_refused_by_line_column_and_rule_and_changes_nothing(site: Site, faulty: Path) -> None:
    told = await site.typed("import", str(faulty))

    assert told.exit_code == 1
    assert all(word in told.output for word in ("3", "percent", "must be a whole number", "nothing of the file"))
    assert _rows(await site.typed("list", "--json")) == []


@pytest.mark.parametrize("arguments", [("list", "--on", "2026-13"), ("show", "80", "--as-of", "2026-02-30")])
async def test_a_day_that_is_none_is_used_wrongly(site: Site, arguments: tuple[str, ...]) -> None:
    assert (await site.typed(*arguments)).exit_code == 2


async def test_the_same_request_gets_the_first_answer_and_other_content_is_a_conflict(
    site: Site, database: Database
) -> None:
    request = wire.ImportProgrammesRequest(request_id=str(uuid.uuid4()), content=FILE)
    stub = site.stub()

    first = await stub.ImportProgrammes(request)
    again = await stub.ImportProgrammes(request)
    request.content = programme_file("80,a,10,,,,,,,x")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.ImportProgrammes(request)

    assert (first, list(first.changed_numbers)) == (again, ["80", "8313"])
    assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert len(await PostgresProgrammeReader(database).told_after(None)) == 2


async def test_an_operator_who_is_no_admin_tells_nothing(site: Site) -> None:
    request = wire.ImportProgrammesRequest(request_id=str(uuid.uuid4()), content=FILE)
    stub = site.stub("viewer")

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.ImportProgrammes(request)

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
