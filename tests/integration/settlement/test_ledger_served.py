"""The ledger read over gRPC with TLS and from the command line: past moments, entries by what they are of, pages."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import grpc
import grpc.aio
import pytest
from click.testing import CliRunner, Result
from seikyu.settlement.v1 import settlement_service_pb2 as ledger
from seikyu.settlement.v1 import settlement_service_pb2_grpc as ledger_grpc

from infra.local.authority import Authority
from infra.local.databases import ServiceDatabase
from services.cli.ledger import trial_balance
from services.cli.main import assemble
from services.settlement.adapters.ledger.books import PostgresBooks
from services.settlement.adapters.ledger.sealer import Sealer
from services.settlement.domain.transfers import TransferKind
from services.settlement.entrypoints import rpc
from services.settlement.entrypoints.rpc import ACCESS, SETTLEMENT, SettlementServicer
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.grpc_server import RpcSurface, start_server
from services.shared.chassis.page_tokens import write_page_token
from services.shared.chassis.postgres import Database
from tests.contracts.settlement.books import BANK, CAUSE, PAYER, SUSPENSE, incoming, order
from tests.support.edge import Edge, MemoryTelemetry, grpc_settings
from tests.support.settlement import HOSPITAL, INSURER, NOW, PROGRAMME, decision, part, post

OPERATOR = "operator:tester"
CLINIC = f"hospital:{HOSPITAL}"
DAYS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The served edge."""

    edge: Edge

    def stub(self, subject: str = OPERATOR, *roles: str) -> "ledger_grpc.SettlementServiceAsyncStub":
        kept = roles or (("viewer",) if subject == OPERATOR else ())
        return ledger_grpc.SettlementServiceStub(self.edge.token_channel(self.edge.token(subject, *kept)))

    async def typed(self, *arguments: str) -> Result:
        variables = {
            "SEIKYU_SETTLEMENT_ADDRESS": f"localhost:{self.edge.server.port}",
            "SEIKYU_TLS_CA_FILE": str(self.edge.authority.ca_file),
            "SEIKYU_TOKEN_FILE": str(self.edge.token(OPERATOR, "viewer")),
            "SEIKYU_STATE_DIR": str(self.edge.directory),
        }
        return await asyncio.to_thread(CliRunner(env=variables).invoke, assemble(), [*arguments])

    async def told(self, *arguments: str) -> Any:  # noqa: ANN401 - what the command printed
        result = await self.typed(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
async def site(tmp_path: Path, database: Database) -> AsyncIterator[Site]:
    def register(server: grpc.aio.Server) -> None:
        ledger_grpc.add_SettlementServiceServicer_to_server(SettlementServicer(database), server)

    surface = RpcSurface(register=register, names=[SETTLEMENT], access=ACCESS, pressure=lambda: None)
    server = await start_server(grpc_settings(tmp_path), surface, MemoryTelemetry().build("settlement"))
    await server.set_ready(True)
    yield Site(edge=Edge(server=server, authority=Authority(tmp_path), directory=tmp_path))
    await server.drain(0)


async def came_in(database: Database) -> None:
    """One yen more each day, from the bank to the payer: 1, 2, 3, ..."""
    for day in range(DAYS):
        async with database.transaction(label="test") as tx:
            await PostgresBooks(tx).post([incoming(day + 1, f"day {day}")], NOW + timedelta(days=day))


async def status_of(call: grpc.aio.UnaryUnaryCall[Any, Any]) -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    return refused.value.code()


async def test_a_balance_is_told_as_it_was_at_any_past_moment(site: Site, database: Database) -> None:
    await came_in(database)
    stub = site.stub()

    found = []
    for day in range(DAYS):
        for seconds in (0, 1, 86_399):
            request = ledger.GetBalanceRequest(account_id=PAYER)
            request.as_of.FromDatetime(NOW + timedelta(days=day, seconds=seconds))
            account = (await stub.GetBalance(request)).account
            found.append((account.balance_yen, account.version))
    expected = [(sum(range(1, day + 2)), day + 1) for day in range(DAYS) for _ in range(3)]
    assert found == expected


async def test_before_its_first_entry_an_account_was_not_there(site: Site, database: Database) -> None:
    await came_in(database)
    request = ledger.GetBalanceRequest(account_id=PAYER)
    request.as_of.FromDatetime(NOW - timedelta(microseconds=1))

    stub = site.stub()
    assert await status_of(stub.GetBalance(request)) is grpc.StatusCode.NOT_FOUND


async def test_a_moment_beyond_the_calendar_is_refused(site: Site) -> None:
    request = ledger.GetBalanceRequest(account_id=PAYER)
    request.as_of.seconds = 2**62

    stub = site.stub()
    assert await status_of(stub.GetBalance(request)) is grpc.StatusCode.INVALID_ARGUMENT


async def test_entries_are_found_by_account_claim_and_trace_and_say_why_money_moved(
    site: Site, database: Database
) -> None:
    first = decision(1, part(yen=700), part(PROGRAMME, yen=200))
    await post(database, [first, decision(2, part(yen=50))])
    async with database.transaction(label="test") as tx:
        await PostgresBooks(tx).post([incoming(30, to=SUSPENSE)], NOW)
    stub = site.stub()

    of_claim = (await stub.ListEntries(ledger.ListEntriesRequest(claim_id=first.claim_id))).entries
    of_trace = (await stub.ListEntries(ledger.ListEntriesRequest(trace_id=first.traceparent[3:35]))).entries
    of_bank = (await stub.ListEntries(ledger.ListEntriesRequest(account_id=BANK))).entries
    assert list(of_claim) == list(of_trace)
    assert {(each.account_id, each.other_account_id, each.amount_yen) for each in of_claim} == {
        (f"payer:{INSURER}", CLINIC, -700),
        (f"payer:{PROGRAMME}", CLINIC, -200),
        (CLINIC, f"payer:{INSURER}", 700),
        (CLINIC, f"payer:{PROGRAMME}", 200),
    }
    [moved] = of_bank
    assert (moved.kind, moved.other_account_id, moved.claim_id, moved.period, moved.cause_event_id) == (
        ledger.TRANSFER_KIND_INCOMING,
        SUSPENSE,
        "",
        "202604",
        CAUSE,
    )


async def test_a_trace_shows_a_payer_its_own_entries_only(site: Site, database: Database) -> None:
    one = decision(1, part(yen=700), part(PROGRAMME, yen=200))
    await post(database, [one])
    stub = site.stub(f"payer:{PROGRAMME}")

    found = (await stub.ListEntries(ledger.ListEntriesRequest(trace_id=one.traceparent[3:35]))).entries
    assert [(each.account_id, each.amount_yen) for each in found] == [(f"payer:{PROGRAMME}", -200)]
    assert await status_of(stub.GetBalance(ledger.GetBalanceRequest(account_id=BANK))) is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize(("account", "trace"), [(PAYER, ""), ("", "a" * 32)])
async def test_pages_follow_on_to_each_other_whatever_is_listed(
    site: Site, database: Database, account: str, trace: str
) -> None:
    await came_in(database)
    stub, request = site.stub(), ledger.ListEntriesRequest(page_size=2, account_id=account, trace_id=trace)
    places: list[tuple[str, int]] = []
    while not places or request.page_token:
        page = await stub.ListEntries(request)
        places += [(each.account_id, each.version) for each in page.entries]
        request.page_token = page.next_page_token

    accounts = [account] if account else [BANK, PAYER]
    assert places == [(each, version) for each in accounts for version in range(1, DAYS + 1)]


@pytest.mark.parametrize(
    "position",
    [[], ["a"], ["a", "b"], ["a", "1", "2"], ["a", "-1"], ["a", str(2**63)], ["a\0", "1"], ["a", ""], ["a", "1e9"]],
)
async def test_a_forged_page_token_is_refused_by_name(site: Site, position: list[str]) -> None:
    token = write_page_token(position, bound_to=[OPERATOR, PAYER, "", ""])
    request = ledger.ListEntriesRequest(account_id=PAYER, page_token=token)

    stub = site.stub()
    assert await status_of(stub.ListEntries(request)) is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(("account", "trace"), [("", ""), (PAYER, "a" * 32), ("bank:1", ""), ("", "A" * 32)])
async def test_one_thing_is_asked_for_at_a_time(site: Site, account: str, trace: str) -> None:
    stub = site.stub()

    call = stub.ListEntries(ledger.ListEntriesRequest(account_id=account, trace_id=trace))
    assert await status_of(call) is grpc.StatusCode.INVALID_ARGUMENT


async def five_accounts(database: Database) -> None:
    """Of two payers, a hospital, a bank and what nobody is known to have sent."""
    await post(database, [decision(1, part(yen=700), part(PROGRAMME, yen=200)), decision(2, part(yen=50))])
    async with database.transaction(label="test") as tx:
        await PostgresBooks(tx).post([incoming(30, to=SUSPENSE)], NOW)


@pytest.mark.parametrize(("size", "pages"), [(1, 5), (2, 3), (4, 2), (5, 1), (0, 1)])
async def test_each_page_of_the_trial_balance_tells_the_sums_over_all_accounts(
    site: Site, database: Database, size: int, pages: int
) -> None:
    await five_accounts(database)
    stub, request = site.stub(), ledger.GetTrialBalanceRequest(page_size=size)
    told: list[ledger.GetTrialBalanceResponse] = []
    while not told or request.page_token:
        told.append(await stub.GetTrialBalance(request))
        request.page_token = told[-1].next_page_token

    assert [(each.sum_yen, each.transfers, each.entries) for each in told] == [(0, 4, 8)] * pages
    assert [(each.account_id, each.balance_yen) for page in told for each in page.accounts] == sorted(
        [(BANK, -30), (CLINIC, 950), (f"payer:{INSURER}", -750), (f"payer:{PROGRAMME}", -200), (SUSPENSE, 30)]
    )


async def test_a_ledger_without_accounts_is_one_empty_page(site: Site) -> None:
    stub = site.stub()

    told = await stub.GetTrialBalance(ledger.GetTrialBalanceRequest(page_size=1))
    assert told == ledger.GetTrialBalanceResponse()


async def test_a_sum_that_is_not_0_is_told_on_each_page(site: Site, fresh: ServiceDatabase, database: Database) -> None:
    await five_accounts(database)
    connection = await asyncpg.connect(fresh.owner_dsn)
    await connection.execute("UPDATE account SET balance_yen = balance_yen - 1 WHERE kind = 'bank'")
    await connection.close()
    stub = site.stub()

    first = await stub.GetTrialBalance(ledger.GetTrialBalanceRequest(page_size=2))
    second = await stub.GetTrialBalance(ledger.GetTrialBalanceRequest(page_size=2, page_token=first.next_page_token))
    assert (first.sum_yen, second.sum_yen) == (-1, -1)


async def test_the_command_line_reads_every_page_of_the_trial_balance(
    site: Site, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await five_accounts(database)
    monkeypatch.setattr(rpc, "MOST_ROWS", 2)

    async with site.edge.token_channel(site.edge.token(OPERATOR, "viewer")) as channel:
        found = await trial_balance(channel)
    assert (len(found.accounts), found.sum_yen, found.transfers, found.entries) == (5, 0, 4, 8)


@pytest.mark.parametrize(("month", "pages"), [("", 2), ("202604", 2), ("202605", 1)])
async def test_control_totals_are_told_page_by_page(site: Site, database: Database, month: str, pages: int) -> None:
    await five_accounts(database)
    stub, request = site.stub(), ledger.GetControlTotalsRequest(page_size=1, claim_month=month)
    told: list[ledger.GetControlTotalsResponse] = []
    while not told or request.page_token:
        told.append(await stub.GetControlTotals(request))
        request.page_token = told[-1].next_page_token

    whole = (await stub.GetControlTotals(ledger.GetControlTotalsRequest(claim_month=month))).totals
    assert len(told) == pages
    assert [each for page in told for each in page.totals] == list(whole)
    assert {each.payer_number: each.posted_yen for each in whole} == (
        {} if month == "202605" else {INSURER: 750, PROGRAMME: 200}
    )


@pytest.mark.parametrize("position", [[], [""], ["a"], ["bank:1", "2"], ["\ud800"], ["payer:\u0661"], ["\0"]])
async def test_a_forged_place_in_the_trial_balance_is_refused(site: Site, position: list[str]) -> None:
    token = write_page_token(position, bound_to=[OPERATOR, "trial balance"])

    stub = site.stub()
    assert (
        await status_of(stub.GetTrialBalance(ledger.GetTrialBalanceRequest(page_token=token)))
        is grpc.StatusCode.INVALID_ARGUMENT
    )


@pytest.mark.parametrize("position", [[], ["1"], ["", "202604"], ["1", "2", "3"], ["1", "\ud800"], ["1", ""]])
async def test_a_forged_place_in_the_control_totals_is_refused(site: Site, position: list[str]) -> None:
    token = write_page_token(position, bound_to=[OPERATOR, "control totals", ""])

    stub = site.stub()
    assert (
        await status_of(stub.GetControlTotals(ledger.GetControlTotalsRequest(page_token=token)))
        is grpc.StatusCode.INVALID_ARGUMENT
    )


@pytest.mark.parametrize("size", [-1, 10_001])
async def test_a_page_of_more_than_the_most_is_refused(site: Site, size: int) -> None:
    stub = site.stub()

    assert {
        await status_of(stub.GetTrialBalance(ledger.GetTrialBalanceRequest(page_size=size))),
        await status_of(stub.GetControlTotals(ledger.GetControlTotalsRequest(page_size=size))),
    } == {grpc.StatusCode.INVALID_ARGUMENT}


async def test_the_command_line_tells_balances_entries_and_the_verdict(site: Site, database: Database) -> None:
    await came_in(database)
    async with database.transaction(label="test") as tx:
        await PostgresBooks(tx).post([incoming(30, to=SUSPENSE)], NOW)
    await Sealer(database, SystemClock()).round()

    now = await site.told("ledger", "balance", PAYER)
    then = await site.told("ledger", "balance", PAYER, "--as-of", "2026-04-03T12:00:00+09:00")
    entries = await site.told("ledger", "entries", "--account", BANK, "--limit", "3")
    verdict = await site.told("ledger", "verify")
    assert (now["balance_yen"], then["balance_yen"], len(entries["entries"])) == ("45", "6", 3)
    assert entries["next_page_token"]
    assert (verdict["sound"], verdict["blocks_checked"], verdict["unsealed_rows"]) == (True, "1", "0")
    for words in (["balance", PAYER], ["entries", "--trace", "a" * 32], ["verify"]):
        result = await site.typed("ledger", *words)
        assert result.exit_code == 0, result.output
        assert "45" in result.output or "sealed" in result.output


@pytest.mark.parametrize(
    "words",
    [
        ["balance", PAYER, "--as-of", "yesterday"],
        ["balance", PAYER, "--as-of", "2026-04-03T12:00:00"],
        ["entries"],
        ["entries", "--account", PAYER, "--claim", "clm_" + "a" * 32],
    ],
)
async def test_what_cannot_be_asked_is_told_before_anybody_is_asked(site: Site, words: list[str]) -> None:
    assert (await site.typed("ledger", *words)).exit_code == 2


async def test_what_is_pending_is_shown_beside_the_balance(site: Site, database: Database) -> None:
    async with database.transaction(label="test") as tx:
        books = PostgresBooks(tx)
        await books.post([incoming(30, to=SUSPENSE)], NOW)
        await books.hold([order(TransferKind.ALLOCATION, SUSPENSE, PAYER, 10)], NOW)

    found = await site.told("ledger", "balance", SUSPENSE)
    assert (found["balance_yen"], found["pending_in_yen"], found["pending_out_yen"]) == ("30", "0", "10")
