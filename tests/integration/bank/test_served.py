"""Reconciliation over gRPC with TLS and from the command line: import, queue, match, recall, positions; who may."""

import asyncio
import json
from datetime import date
from hashlib import sha256

import grpc
import grpc.aio
import pytest
from seikyu.settlement.v1 import bank_service_pb2 as wire

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.replaying import replayed
from services.shared.chassis.postgres import Database
from tests.support.bank_site import OPERATOR, Site
from tests.support.bank_statements import ACCOUNT, Line, statement_file, western
from tests.support.camt import PASSWORD, camt_052
from tests.support.reconciling import balances, owe
from tests.support.settlement import INSURER

DAY = date(2026, 6, 30)


async def test_a_file_is_taken_once_and_answers_the_same_when_it_comes_again(
    fresh: ServiceDatabase, database: Database, site: Site
) -> None:
    await owe(fresh.owner_dsn, INSURER, 7_000, due=date(2026, 7, 10))
    content = statement_file(1_000, [Line(day=DAY, yen=7_000, edi=INSURER), Line(day=DAY, yen=-90)])

    first, again = await site.imported(content), await site.imported(content)

    assert (first["accepted"], first["repeated"], again["repeated"]) == (True, False, True)
    assert first["statements"] == again["statements"]
    (told,) = first["statements"]
    assert (told["opening_yen"], told["in_yen"], told["out_yen"], told["closing_yen"]) == ("1000", "7000", "90", "7910")
    assert (told["new_lines"], told["matched_lines"], told["queued_lines"]) == (2, 1, 1)
    assert (await balances(database))[f"payer:{INSURER}"] == 7_000
    assert site.woken


async def test_a_refused_file_is_told_by_record_offset_and_rule_and_leaves_nothing(
    database: Database, site: Site
) -> None:
    await site.imported(statement_file(0, [Line(day=DAY, yen=5)]))
    gap = await site.imported(statement_file(6, [Line(day=DAY, yen=5)]), code=1)
    nothing = await site.imported(b"hello", code=1)
    wrong_days = statement_file(5, [Line(day=DAY, yen=1)], days=western)
    era = await site.imported(wrong_days, code=1)

    assert [(each["record"], each["offset"], each["rule"]) for each in gap["violations"]] == [(1, "115", "gap")]
    assert [each["rule"] for each in nothing["violations"]] == ["known"]
    assert {each["rule"] for each in era["violations"]} == {"era"}
    assert (await site.imported(wrong_days, "--days", "western"))["accepted"]
    assert (await balances(database))[f"bank:{ACCOUNT}"] == -6


async def test_the_password_of_zedis_header_is_in_no_answer_and_is_not_kept(database: Database, site: Site) -> None:
    good = camt_052(0, [Line(day=DAY, yen=5)], since=DAY, until=DAY)
    refused, taken = await site.imported(good.replace(b"JPY", b"USD"), code=1), await site.imported(good)
    queue = await site.told("queue")

    assert (refused["accepted"], taken["accepted"]) == (False, True)
    assert PASSWORD not in json.dumps([refused, taken, queue])
    [kept] = await database.pool.fetch("SELECT sha256, content, file_id FROM statement_file")
    assert PASSWORD.encode() in good
    assert PASSWORD.encode() not in kept["content"]
    assert (kept["sha256"], len(kept["content"])) == (sha256(good).digest(), len(good))
    assert (await site.imported(good))["repeated"]
    assert [one async for one in replayed(database)][-1].faults == ()


async def test_a_person_decides_what_waits_and_the_alarm_goes_out(
    fresh: ServiceDatabase, database: Database, site: Site
) -> None:
    statement = await owe(fresh.owner_dsn, INSURER, 7_000, due=date(2026, 7, 10))
    await site.imported(statement_file(0, [Line(day=date(2026, 6, 20), yen=7_000, name="ﾀﾞﾚｶ")]))
    (waiting,) = await site.told("queue", code=1)
    (rung,) = await site.told("positions", code=1)
    line = waiting["line"]["line_id"]

    assert waiting["line"]["verdict"] == "unknown_remitter"
    assert [(each["target"], each["statement_id"]) for each in waiting["candidates"]] == [(INSURER, statement)]
    assert [(each["kind"], each["id"]) for each in rung["overdue"]] == [("queue", line)]

    said = ("match", line, "--to", f"payer:{INSURER}/{statement}=7000", "--reason", "telephone", "--request-id", "r1")
    first, again = await site.told(*said), await site.told(*said)
    (quiet,) = await site.told("positions")

    assert first == again
    assert [(each["rule"], each["matched_by"], each["reason"]) for each in first[0]["matches"]] == [
        ("person", OPERATOR, "telephone")
    ]
    assert await site.told("queue") == []
    assert (quiet["in_order"], quiet["accounts"][0]["is_proved"]) == (True, True)
    assert (await balances(database))[f"payer:{INSURER}"] == 7_000

    (undone,) = await site.told("undo", line, "--reason", "another's", "--request-id", "r2")
    assert [each["target"] for each in undone["matches"]] == [INSURER]
    assert (await site.typed("undo", line, "--reason", "twice")).exit_code == 2
    assert (await balances(database))[f"payer:{INSURER}"] == 0


async def test_the_rules_may_be_tried_again(fresh: ServiceDatabase, site: Site) -> None:
    await site.imported(statement_file(0, [Line(day=DAY, yen=7_000, edi=INSURER)]))
    await owe(fresh.owner_dsn, INSURER, 7_000, due=date(2026, 7, 10))

    assert await site.told("match") == [{"tried": "1", "matched": "1"}]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["match", "bkl_" + "0" * 32, "--to", "own=5", "--reason", "so"], 5),
        (["match", "nonsense", "--to", "own=5", "--reason", "so"], 2),
        (["match", "bkl_" + "0" * 32], 2),
        (["match", "bkl_" + "0" * 32, "--to", "5", "--reason", "so"], 2),
        (["undo", "bkl_" + "0" * 32, "--reason", "so"], 5),
        (["recall", "pay_" + "0" * 32, "--reason", "so"], 5),
        (["positions", "--as-of", "2026-02-30"], 2),
    ],
)
async def test_what_cannot_be_asked_is_refused(site: Site, arguments: list[str], code: int) -> None:
    result = await site.typed(*arguments)

    assert result.exit_code == code, result.output


async def test_a_match_that_cannot_be_is_refused_by_field_and_rule(site: Site) -> None:
    await site.imported(statement_file(0, [Line(day=DAY, yen=5)]))
    (waiting,) = await site.told("queue")
    stub = site.stub(OPERATOR, "admin")
    part = wire.BankPart(purpose=wire.BANK_PURPOSE_PAYER, target="99999999", yen=5)
    line = waiting["line"]["line_id"]

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.MatchLine(wire.MatchLineRequest(request_id="r", line_id=line, parts=[part], reason="so"))

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_the_tables_for_people_show_what_the_json_holds(site: Site) -> None:
    content = statement_file(3, [Line(day=date(2026, 6, 1), yen=7_000, name="ﾀﾞﾚｶ")])
    file = site.folder / "statement.bin"
    file.write_bytes(content)
    shown = [
        await site.typed("import", str(file)),
        *[await site.typed(each) for each in ("queue", "positions", "returns")],
    ]
    refused = site.folder / "refused.bin"
    refused.write_bytes(statement_file(4, [Line(day=DAY, yen=1)]))
    gap = await site.typed("import", str(refused))

    imported, queue, positions, returns = (each.output for each in shown)
    assert ACCOUNT in imported
    assert "unknown_remitter" in queue
    assert "WARNING: 1 dates have passed" in positions
    assert "NOT IN ORDER" in positions
    assert "came back" in returns
    assert "record 1, offset 115: opening_yen" in gap.output
    assert "refused: 1 violations" in gap.output


@pytest.mark.parametrize(
    ("subject", "roles"), [(f"payer:{INSURER}", ()), ("hospital:1310000001", ()), (OPERATOR, ("viewer",))]
)
async def test_none_but_an_admin_imports_or_matches(site: Site, subject: str, roles: tuple[str, ...]) -> None:
    stub = site.stub(subject, *roles)
    for call in (
        stub.ImportBankFile(wire.ImportBankFileRequest(content=b"1")),
        stub.MatchQueue(wire.MatchQueueRequest(request_id="r")),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call
        assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_viewer_may_look_at_the_queue_page_by_page(site: Site) -> None:
    lines = [Line(day=DAY, yen=yen, number=str(yen)) for yen in range(1, 6)]
    await site.imported(statement_file(0, lines))
    stub, token, seen = site.stub(OPERATOR, "viewer"), "", list[int]()
    while True:
        page = await stub.ListQueue(wire.ListQueueRequest(page_size=2, page_token=token))
        seen += [each.line.yen for each in page.lines]
        token = page.next_page_token
        if not token:
            break

    assert (seen, page.total_lines) == ([1, 2, 3, 4, 5], 5)


async def test_a_charge_beyond_the_platforms_own_money_is_never_a_payers_and_rings_the_alarm(
    fresh: ServiceDatabase, database: Database, site: Site
) -> None:
    await owe(fresh.owner_dsn, INSURER, 100, due=date(2026, 7, 10))
    await site.imported(statement_file(0, [Line(day=DAY, yen=100, edi=INSURER), Line(day=DAY, yen=-50)]))
    (charge,) = await site.told("queue")
    await site.told("match", charge["line"]["line_id"], "--to", "own=50", "--reason", "charge")
    (found,) = await site.told("positions", code=1)

    assert await balances(database) == {f"bank:{ACCOUNT}": -50, f"own:{ACCOUNT}": -50, f"payer:{INSURER}": 100}
    assert [(each["kind"], each["id"], each["yen"]) for each in found["overdue"]] == [("own", ACCOUNT, "50")]
    assert (found["accounts"][0]["is_proved"], found["accounts"][0]["ledger_own_yen"]) == (True, "-50")


async def test_the_same_file_sent_twice_at_once_counts_once(database: Database, site: Site) -> None:
    content = statement_file(0, [Line(day=DAY, yen=yen, number=str(yen)) for yen in range(1, 50)])
    stub = site.stub(OPERATOR, "admin")
    request = wire.ImportBankFileRequest(content=content)
    answers = await asyncio.gather(*(stub.ImportBankFile(request) for _ in range(4)))

    assert sorted(each.repeated for each in answers) == [False, True, True, True]
    assert {str(each.statements) for each in answers} == {str(answers[0].statements)}
    assert (await balances(database))[f"bank:{ACCOUNT}"] == -sum(range(1, 50))
