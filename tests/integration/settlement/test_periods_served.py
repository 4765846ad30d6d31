"""Closes and statements over gRPC with TLS and from the command line; whose statement is whose."""

import asyncio
import hashlib
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from click.testing import CliRunner, Result
from seikyu.settlement.v1 import period_service_pb2 as wire
from seikyu.settlement.v1 import period_service_pb2_grpc as wire_grpc

from infra.local.authority import Authority
from services.cli.main import assemble
from services.settlement.entrypoints import rpc_periods
from services.shared.chassis.grpc_server import RpcSurface, start_server
from services.shared.chassis.postgres import Database
from tests.support.chassis_fakes import SetClock
from tests.support.closing import CLOSED_AT, close, load
from tests.support.edge import Edge, MemoryTelemetry, grpc_settings
from tests.support.settlement import HOSPITAL, INSURER, decision, part, post
from tests.support.stack import REPOSITORY

APRIL = "202604"
CALENDAR = REPOSITORY / "docs" / "examples" / "payment-calendar.csv"
TARIFF = REPOSITORY / "docs" / "examples" / "review-fees.csv"
OPERATOR = "operator:tester"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The served edge."""

    edge: Edge

    def variables(self, subject: str, *roles: str) -> dict[str, str]:
        return {
            "SEIKYU_SETTLEMENT_ADDRESS": f"localhost:{self.edge.server.port}",
            "SEIKYU_TLS_CA_FILE": str(self.edge.authority.ca_file),
            "SEIKYU_TOKEN_FILE": str(self.edge.token(subject, *roles)),
            "SEIKYU_STATE_DIR": str(self.edge.directory),
        }

    async def typed(self, *arguments: str, by: str = OPERATOR) -> Result:
        roles = ["admin"] if by == OPERATOR else []
        runner = CliRunner(env=self.variables(by, *roles))
        return await asyncio.to_thread(runner.invoke, assemble(), [*arguments])

    async def told(self, *arguments: str, by: str = OPERATOR) -> list[Any]:
        """What a command prints for programs, line by line."""
        result = await self.typed(*arguments, "--json", by=by)
        assert result.exit_code == 0, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    def stub(self, subject: str, *roles: str) -> "wire_grpc.PeriodServiceAsyncStub":
        channel = self.edge.token_channel(self.edge.token(subject, *roles), timeout_s=30.0)
        return wire_grpc.PeriodServiceStub(channel)


@pytest.fixture
async def site(tmp_path: Path, database: Database) -> AsyncIterator[Site]:
    servicer = rpc_periods.served(database, clock=SetClock(CLOSED_AT), wake=lambda: None)

    def register(server: grpc.aio.Server) -> None:
        wire_grpc.add_PeriodServiceServicer_to_server(servicer, server)

    surface = RpcSurface(register=register, names=[rpc_periods.NAME], access=rpc_periods.ACCESS, pressure=lambda: None)
    server = await start_server(grpc_settings(tmp_path), surface, MemoryTelemetry().build("settlement"))
    await server.set_ready(True)
    yield Site(edge=Edge(server=server, authority=Authority(tmp_path), directory=tmp_path))
    await server.drain(0)


async def test_a_month_is_closed_from_the_files_to_the_printed_statement(
    site: Site, database: Database, tmp_path: Path
) -> None:
    await post(database, [decision(number, part(yen=number)) for number in range(1, 40)])
    assert (await site.told("calendar", "load", str(CALENDAR)))[0]["changed"] == 10
    assert (await site.told("calendar", "load", str(CALENDAR)))[0]["changed"] == 0
    assert (await site.told("tariff", "load", str(TARIFF)))[0]["accepted"] is True
    days = (await site.told("period", "calendar", "2026-04"))[0]["days"]
    assert [each["pays_on"] for each in days] == ["2026-05-21", "2026-05-20"]

    (closed,) = await site.told("period", "close", "2026-04")
    assert await site.told("period", "close", "2026-04") == [closed]
    assert (closed["stage"], closed["payers"], closed["hospitals"]) == ("CLOSE_STAGE_CLOSED", "1", "1")
    assert await site.told("period", "show", "2026-04") == [closed]

    clinic, payer = await site.told("statement", "list", "--month", "2026-04")
    assert (payer["claims_yen"], payer["fees_yen"], payer["payable_yen"]) == ("780", "2792", "3572")
    assert clinic["payable_yen"] == "780"
    (shown,) = await site.told("statement", "show", payer["statement_id"])
    assert (shown["receipts"], shown["price_sen"]) == ("39", "7160")
    assert [each["column"] for each in shown["shares"]] == ["fee", "claim"]
    for form in ("csv", "pdf"):
        out = tmp_path / f"statement.{form}"
        (made,) = await site.told("statement", form, clinic["statement_id"], "-o", str(out))
        assert made["sha256"] == clinic[f"{form}_sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()


async def test_a_statement_names_the_one_that_took_it_up_and_the_other_way_round(
    site: Site, database: Database
) -> None:
    await load(database, [APRIL, "202605"])
    await post(database, [decision(1, part(yen=100))])
    await close(database, APRIL)
    await post(database, [decision(1, part(yen=40), nth=2)])
    await close(database, "202605")
    may, april = await site.told("statement", "list", "--account", f"hospital:{HOSPITAL}")
    (shown,) = await site.told("statement", "show", april["statement_id"])

    assert april["taken_up_by"] == shown["taken_up_by"] == may["statement_id"]
    taken = {"statement_id": april["statement_id"], "period": APRIL, "yen": "100"}
    assert (may["taken_up"], april.get("taken_up", [])) == ([taken], [])
    assert (may["brought_yen"], may["payable_yen"]) == ("100", "40")
    said = [(await site.typed("statement", "show", each["statement_id"])).stdout for each in (april, may)]
    assert [word in each for word, each in zip(("taken up by", "took up"), said, strict=True)] == [True, True]


@pytest.mark.parametrize("command", [["list"], ["show"], ["csv"], ["pdf"]])
async def test_every_command_prints_something_for_people(
    site: Site, database: Database, tmp_path: Path, command: list[str]
) -> None:
    statements = await closed(site, database)
    arguments = [] if command == ["list"] else [statements[f"payer:{INSURER}"]]
    out = ["-o", str(tmp_path / "out")] if command[0] in {"csv", "pdf"} else []

    result = await site.typed("statement", *command, *arguments, *out)
    assert (result.exit_code, bool(result.stdout)) == (0, True)


async def test_days_on_which_banks_are_closed_are_told_and_taken(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "calendar.yaml"
    file.write_text(
        "- {payer: '*', claim_month: 2026-04, closes_on: 2026-04-30, due_on: 2026-05-02, pays_on: 2026-05-07,"
        " mark: U, source: x}\n"
    )

    (answer,) = await site.told("calendar", "load", str(file))

    assert [(each["field"], each["doubt"]) for each in answer["warnings"]] == [("due_on", "bank_closed")]
    assert (await site.typed("calendar", "show")).stdout.count("warning") == 1


async def test_a_wrong_file_is_refused_whole(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "calendar.csv"
    file.write_text(
        "payer,claim_month,closes_on,due_on,pays_on,mark,source\n*,2026-04,soon,2026-05-20,2026-05-21,U,x\n"
    )

    result = await site.typed("calendar", "load", str(file))

    assert result.exit_code == 1
    assert "must be a day" in result.stdout
    assert (await site.told("calendar", "show"))[0]["days"] == []


async def closed(site: Site, database: Database) -> dict[str, str]:
    """April with two payers and two hospitals: each account's statement."""
    await load(database, [APRIL])
    await post(
        database,
        [decision(1, part()), decision(2, part("138057"), hospital="1320000009")],
    )
    await close(database, APRIL)
    return {each["account_id"]: each["statement_id"] for each in await site.told("statement", "list")}


@pytest.mark.parametrize("account", [f"payer:{INSURER}", f"hospital:{HOSPITAL}"])
async def test_payers_and_hospitals_see_their_own_statements_and_no_others(
    site: Site, database: Database, tmp_path: Path, account: str
) -> None:
    statements = await closed(site, database)
    own, others = statements[account], [each for name, each in statements.items() if name != account]

    assert [each["statement_id"] for each in await site.told("statement", "list", by=account)] == [own]
    assert (await site.typed("statement", "pdf", own, "-o", str(tmp_path / "own.pdf"), by=account)).exit_code == 0
    for other in others:
        for command in ("show", "csv", "pdf"):
            assert (await site.typed("statement", command, other, by=account)).exit_code == 5
    assert (await site.typed("statement", "list", "--account", "payer:138057", by=account)).exit_code == 5
    assert (await site.typed("period", "close", "2026-04", by=account)).exit_code != 0


async def test_a_month_that_cannot_be_closed_is_refused_by_name(site: Site, database: Database) -> None:
    await post(database, [decision(1, part())])
    stub = site.stub(OPERATOR, "admin")

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        async for _ in stub.ClosePeriod(wire.ClosePeriodRequest(period=APRIL)):
            pass
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    result = await site.typed("period", "close", "2026-04")
    assert result.exit_code == 1
    assert "load a calendar" in result.stderr
    assert f"about {INSURER}" in result.stderr


async def test_statements_are_listed_page_by_page(site: Site, database: Database) -> None:
    statements = await closed(site, database)
    stub = site.stub(OPERATOR, "viewer")
    found: list[str] = []
    token = ""
    while True:
        answer = await stub.ListStatements(wire.ListStatementsRequest(page_size=1, page_token=token))
        found.extend(each.statement_id for each in answer.statements)
        token = answer.next_page_token
        if not token:
            break

    assert found == [statements[account] for account in sorted(statements)]
    with pytest.raises(grpc.aio.AioRpcError) as forged:
        await stub.ListStatements(wire.ListStatementsRequest(page_token="forged", period=APRIL))
    assert forged.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_load_repeated_with_its_request_id_gets_the_first_answer(site: Site) -> None:
    stub = site.stub(OPERATOR, "admin")
    request = wire.LoadCalendarRequest(
        request_id=str(uuid.uuid4()), content=CALENDAR.read_bytes(), format=wire.FILE_FORMAT_CSV
    )

    assert await stub.LoadCalendar(request) == await stub.LoadCalendar(request)
