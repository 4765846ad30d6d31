"""What patients pay on statements: every receipt adds up to what was billed, once, and after corrections as well."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import asyncpg
import pytest
from typing_extensions import override

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.ledger.ledger import PostgresLedger
from services.settlement.adapters.ledger.replaying import replayed
from services.settlement.adapters.messages import read_settled, write_settled
from services.settlement.adapters.statements.statement_check import statement_faults
from services.settlement.adapters.statements.statement_documents import Form, StatementDocuments
from services.settlement.adapters.statements.statement_lines import StatementReader
from services.settlement.adapters.statements.statement_rows import columns_of
from services.settlement.adapters.statements.statements import Statements
from services.settlement.application.closing import Asked, drafted
from services.settlement.application.post_decisions import NewDecision, post_decisions
from services.settlement.domain.decision import Decision, Outcome
from services.settlement.domain.posting import Settled
from services.settlement.domain.statement import Layout, StatementDiffers
from services.settlement.domain.statement import Statement as IssuedStatement
from services.shared.chassis.postgres import Database
from services.shared.chassis.queries import Statement
from services.shared.kernel.months import business_day
from tests.support.closing import TRACE, Fixed, close, journal_of, load, statements
from tests.support.settlement import HOSPITAL, INSURER, NOW, PROGRAMME, decision, part, post

APRIL, MAY = "202604", "202605"
PAYER, OTHER, CLINIC = f"payer:{INSURER}", f"payer:{PROGRAMME}", f"hospital:{HOSPITAL}"
FORMER_COLUMNS: Final = 30
FORMER_INSERT: Final = Statement(
    name="former_insert_statement",
    purpose="",
    sql="""
INSERT INTO statement (
    statement_id, account_id, kind, period, cut_version, cut_sequence, open_version, open_sequence, opening_yen,
    claims_yen, adjustments_yen, fees_yen, paid_yen, closing_yen, ahead_yen, brought_yen, payable_yen, carried_yen,
    due_on, pays_on, lines, csv_sha256, pdf_sha256, transfers_block, transfers_sha256, events_block, events_sha256,
    files_block, files_sha256, issued_at
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
    $26, $27, $28, $29, $30
)""",
)
SHARED = decision(1, part(yen=700), part(PROGRAMME, yen=200), patient_yen=100, reduced_yen=50)
PROGRAMMES_ALONE = decision(2, part(yen=0), part(PROGRAMME, yen=30), patient_yen=70)
NO_PATIENT = decision(3, part(yen=900), patient_yen=0, reduced_yen=20)
WITHDRAWN_LATER = decision(4, part(yen=40), part(PROGRAMME, yen=5), patient_yen=15)


async def written(database: Database, row: asyncpg.Record) -> list[dict[str, str]]:
    reader = StatementReader(database)
    statement = await Statements(database, reader).again(row)
    pieces = [piece async for piece in StatementDocuments(reader).written(statement, Form.CSV)]
    return list(csv.DictReader(io.StringIO(b"".join(pieces).decode("utf-8-sig"))))


async def lines(database: Database, row: asyncpg.Record) -> list[dict[str, str]]:
    return [line for line in await written(database, row) if line["行種"] == "明細"]


def billed_on(found: Iterable[dict[str, str]]) -> Counter[str]:
    """By claim: the payers' parts, what the patient pays and what was cut, as the columns add up."""
    billed: Counter[str] = Counter()
    for line in found:
        if line["請求ID"]:
            billed[line["請求ID"]] += sum(int(line[column] or 0) for column in ("金額", "患者負担額", "査定額"))
    return billed


def billed(*decisions: Decision) -> Counter[str]:
    return Counter({each.claim_id: each.billed_yen for each in decisions})


async def test_each_receipt_of_a_hospitals_statement_adds_up_to_what_was_billed(database: Database) -> None:
    await load(database, [APRIL])
    await post(database, [SHARED, PROGRAMMES_ALONE, NO_PATIENT])
    await close(database, APRIL)

    row = (await statements(database))[APRIL, CLINIC]
    found = await lines(database, row)
    assert len(found) == 4
    assert billed_on(found) == billed(SHARED, PROGRAMMES_ALONE, NO_PATIENT)
    assert [(line["患者負担額"], line["査定額"]) for line in found] == [
        ("100", "50"),
        ("", ""),
        ("70", "0"),
        ("0", "20"),
    ]
    assert (row["layout"], row["patient_yen"], row["reduced_yen"], row["patient_unknown_lines"]) == (2, 170, 70, 0)


async def test_statements_of_payers_add_up_with_each_others_to_what_was_billed(database: Database) -> None:
    await load(database, [APRIL])
    await post(database, [SHARED])
    await close(database, APRIL)

    found = await statements(database)
    one, other = [(await lines(database, found[APRIL, account]))[0] for account in (PAYER, OTHER)]
    assert [(line["患者負担額"], line["査定額"]) for line in (one, other)] == [("100", "50"), ("100", "50")]
    assert int(one["金額"]) + int(other["金額"]) + 100 + 50 == SHARED.billed_yen
    assert [(found[APRIL, each]["patient_yen"], found[APRIL, each]["reduced_yen"]) for each in (PAYER, OTHER)] == [
        (100, 50),
        (100, 50),
    ]


async def test_sums_on_the_document_are_those_of_the_columns(database: Database) -> None:
    await load(database, [APRIL])
    await post(database, [SHARED, PROGRAMMES_ALONE, NO_PATIENT])
    await close(database, APRIL)

    for account in (PAYER, OTHER, CLINIC):
        row = (await statements(database))[APRIL, account]
        found = await written(database, row)
        sums = {line["区分"]: int(line["金額"]) for line in found if line["行種"] == "集計"}
        for word, column, kept in (
            ("患者負担額(参考)", "患者負担額", "patient_yen"),
            ("査定額(参考)", "査定額", "reduced_yen"),
        ):
            assert sums[word] == sum(int(line[column] or 0) for line in found if line["行種"] == "明細") == row[kept]


async def test_receipts_that_were_corrected_or_withdrawn_add_up_to_what_stands(database: Database) -> None:
    await load(database, [APRIL, MAY])
    await post(database, [SHARED, WITHDRAWN_LATER])
    await close(database, APRIL)
    again = decision(1, part(yen=400), part(PROGRAMME, yen=300), patient_yen=90, reduced_yen=260, nth=2)
    assert again.billed_yen == SHARED.billed_yen
    withdrawn = replace(decision(4, outcome=Outcome.WITHDRAWN, patient_yen=0, nth=2), cause="WITHDRAWN")
    await post(database, [replace(again, cause="PAYER_REVIEW"), withdrawn])
    await close(database, MAY)

    found = await statements(database)
    may = await lines(database, found[MAY, CLINIC])
    whole = [*await lines(database, found[APRIL, CLINIC]), *may]
    assert billed_on(whole) == Counter({SHARED.claim_id: SHARED.billed_yen, WITHDRAWN_LATER.claim_id: 0})
    assert billed_on(may) == Counter({SHARED.claim_id: 0, WITHDRAWN_LATER.claim_id: -WITHDRAWN_LATER.billed_yen})
    assert sorted((line["患者負担額"], line["査定額"]) for line in may if line["患者負担額"]) == [
        ("-100", "-50"),
        ("-15", "0"),
        ("90", "260"),
    ]
    for account, patient_yen in ((CLINIC, -25), (PAYER, -25), (OTHER, -25)):
        row = found[MAY, account]
        assert (row["patient_yen"], row["reduced_yen"]) == (patient_yen, 210)
    assert [progress async for progress in replayed(database)][-1].faults == ()


async def test_payers_are_told_what_the_patient_pays_and_that_it_is_taken_back(database: Database) -> None:
    await post(database, [SHARED])
    told = await post(database, [replace(decision(1, part(yen=1_050), patient_yen=0, nth=2), cause="ERROR_REPORTED")])

    said = [read_settled(each.value) for each in told]
    assert [(each.HasField("patient_yen"), each.patient_yen, each.reduced_yen) for each in said] == [
        (True, -100, -50),
        (True, -100, -50),
        (True, 0, 0),
    ]


def write_as_before(settled: Settled, posted_at: datetime) -> bytes:
    """An event as the former release wrote it."""
    message = read_settled(write_settled(settled, posted_at))
    message.ClearField("patient_yen")
    return message.SerializeToString(deterministic=True)


async def post_as_before(database: Database, decisions: Sequence[Decision]) -> None:
    """Post as the former release did: neither events nor decisions keep what the patient pays."""
    async with database.transaction(label="test.former") as tx:
        await post_decisions(decisions, FormerLedger(tx), write_event=write_as_before, now=NOW)


class FormerLedger(PostgresLedger):
    """The ledger as the former release's processes call it, while ours run beside them."""

    @override
    async def record(self, decisions: Sequence[NewDecision], posted_at: datetime) -> None:
        parts = [each.decision.parts if each.decision.is_paying else () for each in decisions]
        await self._tx.fetchval(
            Statement(name="former", purpose="", sql="SELECT record_decisions($1, $2, $3, $4, $5, $6, $7, $8, $9)"),
            [each.decision.decision_id for each in decisions],
            [each.decision.claim_id for each in decisions],
            [each.decision.claim_month for each in decisions],
            [each.content_sha256 for each in decisions],
            [len(each) for each in parts],
            [part.payer_number for each in parts for part in each],
            [part.points for each in parts for part in each],
            [part.share_yen for each in parts for part in each],
            posted_at,
        )


async def test_what_was_settled_without_the_patients_part_is_unknown_and_not_0(database: Database) -> None:
    await load(database, [APRIL])
    await post_as_before(database, [SHARED])
    await post(database, [PROGRAMMES_ALONE])
    await close(database, APRIL)

    row = (await statements(database))[APRIL, CLINIC]
    found = await lines(database, row)
    assert [(line["患者負担額"], line["査定額"]) for line in found] == [("不明", "50"), ("", ""), ("70", "0")]
    assert (row["patient_yen"], row["reduced_yen"], row["patient_unknown_lines"]) == (70, 50, 1)
    payer = (await statements(database))[APRIL, PAYER]
    assert (payer["patient_yen"], payer["reduced_yen"], payer["patient_unknown_lines"]) == (70, 50, 1)


async def test_a_share_that_was_told_without_the_patients_part_is_taken_back_without_it(database: Database) -> None:
    await load(database, [APRIL])
    await post_as_before(database, [SHARED])
    again = decision(1, part(yen=400), part(PROGRAMME, yen=300), patient_yen=90, reduced_yen=260, nth=2)
    await post(database, [again])
    await close(database, APRIL)

    row = (await statements(database))[APRIL, CLINIC]
    told = [line["患者負担額"] for line in await lines(database, row)]
    assert sorted(told) == ["", "", "", "90", "不明", "不明"]
    assert (row["patient_yen"], row["reduced_yen"], row["patient_unknown_lines"]) == (90, 260, 2)


async def test_what_a_process_of_the_former_release_takes_back_counts_as_it_was_posted(database: Database) -> None:
    await load(database, [APRIL])
    await post(database, [SHARED])
    withdrawn = replace(decision(1, outcome=Outcome.WITHDRAWN, patient_yen=0, nth=2), cause="WITHDRAWN")
    await post_as_before(database, [withdrawn])
    await close(database, APRIL)

    found = await statements(database)
    assert billed_on(await lines(database, found[APRIL, CLINIC])) == {SHARED.claim_id: 0}
    for account in (CLINIC, PAYER):
        row = found[APRIL, account]
        assert (row["patient_yen"], row["reduced_yen"], row["patient_unknown_lines"]) == (0, 0, 0)


async def issue_as_before(database: Database, period: str) -> None:
    """Close a month up to its statements and issue them as the former release did: without a layout."""
    journal, reader = journal_of(database), StatementReader(database)
    now = Fixed().now()
    await journal.begin(Asked(period=period, is_early=False, by="operator:test", traceparent=TRACE), now)
    while await journal.cut_payers(period, now) or await journal.cut_hospitals(period, now):
        pass
    heads = await journal.take_heads(period, now)
    for cut in await journal.to_issue(period, 100):
        draft = await drafted(reader, cut, heads, layout=Layout.FIRST)
        digests, _ = await StatementDocuments(reader).digests(draft, business_day(now))
        statement = IssuedStatement(draft=draft, digests=digests, issued_at=now)
        async with database.transaction(label="test.former") as tx:
            await tx.execute(FORMER_INSERT, *columns_of(statement)[:FORMER_COLUMNS])


async def test_a_statement_of_the_former_release_is_written_again_as_it_was_issued(database: Database) -> None:
    await load(database, [APRIL, MAY])
    await post_as_before(database, [SHARED])
    await issue_as_before(database, APRIL)
    await post(database, [of_may(NO_PATIENT)])
    await close(database, APRIL)
    await close(database, MAY)

    found = await statements(database)
    april, may = found[APRIL, CLINIC], found[MAY, CLINIC]
    assert (april["layout"], april["patient_yen"], april["patient_unknown_lines"]) == (1, None, None)
    first = await lines(database, april)
    assert [line["査定額"] for line in first] == ["50", "50"]
    assert "患者負担額" not in first[0]
    assert (may["layout"], may["patient_yen"], may["reduced_yen"]) == (2, 0, 20)
    async with database.transaction(label="test.check") as tx:
        assert [fault async for fault in statement_faults(tx)] == []
    assert [progress async for progress in replayed(database)][-1].faults == ()


def of_may(one: Decision) -> Decision:
    return replace(one, claim_month=MAY)


async def planted(fresh: ServiceDatabase, change: str) -> None:
    """What only the owner of the tables could do, and only with the triggers off."""
    connection = await asyncpg.connect(fresh.owner_dsn)
    for table in ("posted_decision", "statement"):
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await connection.execute(change)
    await connection.close()


@pytest.mark.parametrize("column", ["patient_yen", "reduced_yen"])
async def test_no_statement_is_issued_where_decisions_say_other_than_payers_were_told(
    fresh: ServiceDatabase, database: Database, column: str
) -> None:
    await load(database, [APRIL])
    await post(database, [SHARED])
    await planted(fresh, f"UPDATE posted_decision SET {column} = {column} + 1")

    with pytest.raises(StatementDiffers):
        await close(database, APRIL)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE statement SET patient_yen = patient_yen + 1",
        "UPDATE statement SET patient_unknown_lines = 1",
        "UPDATE statement SET layout = 1, patient_yen = NULL, reduced_yen = NULL, patient_unknown_lines = NULL",
        "UPDATE posted_decision SET patient_yen = patient_yen + 1",
    ],
)
async def test_the_ledgers_check_finds_what_was_changed_of_patients_parts_and_layouts(
    fresh: ServiceDatabase, database: Database, change: str
) -> None:
    await load(database, [APRIL])
    await post(database, [SHARED])
    await close(database, APRIL)
    assert [progress async for progress in replayed(database, [statement_faults])][-1].faults == ()
    await planted(fresh, change)

    assert [progress async for progress in replayed(database, [statement_faults])][-1].faults
