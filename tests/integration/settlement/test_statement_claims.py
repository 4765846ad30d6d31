"""Whose claims a statement holds, and how many, is counted when it is issued and is what its lines say."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.adapters.payments.statement_claims import claims_of_batch, payers_of_batch
from services.settlement.adapters.statements.statement_lines import StatementReader
from services.settlement.adapters.statements.statements import Statements
from services.settlement.domain.decision import Decision, Outcome
from services.settlement.domain.payments.files import Claims, FileForm
from services.settlement.domain.statement import Column
from services.shared.chassis.postgres import Database
from tests.support.closing import close, load, statements
from tests.support.payments import approved, ready
from tests.support.settlement import INSURER, PROGRAMME, decision, part, post
from tests.support.stack import PostgresCluster

MONTHS = ("202604", "202605", "202606")
CLINICS = ("1310000001", "1310000002")
CLAIMS = 9


def drawn(random: Random, number: int, month: str) -> Decision:
    """A claim of one or two payers, of this month or a late one."""
    payers = random.choice([(INSURER,), (PROGRAMME,), (INSURER, PROGRAMME)])
    shares = [part(payer, yen=random.choice([0, 100, 700])) for payer in payers]
    one = decision(number, *shares, hospital=random.choice(CLINICS))
    return replace(one, claim_month=random.choice([each for each in MONTHS if each <= month]))


async def told_by_lines(database: Database, row: asyncpg.Record) -> tuple[list[str], set[str]]:
    """The payers and claims of a hospital's statement, read line by line."""
    reader = StatementReader(database)
    cut = await Statements(database, reader).cut(row)
    pages = [page async for page in reader.lines(cut, await reader.former(cut))]
    lines = [line for page in pages for line in page if line.column in {Column.CLAIM, Column.ADJUSTMENT}]
    return sorted({line.counterparty for line in lines}), {line.claim_id for line in lines}


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_counted_of_a_statement_is_what_its_lines_say(database: Database, seed: int) -> None:
    random = Random(seed)
    await load(database, MONTHS)
    for nth, month in enumerate(MONTHS):
        made = [drawn(random, 100 * nth + number, month) for number in range(CLAIMS)]
        await post(database, made)
        taken = random.sample(made, 2)
        await post(database, [_again(random, each) for each in taken])
        await close(database, month)

    kept = {row["statement_id"]: row for row in await database.pool.fetch("SELECT * FROM statement_claims")}
    hospitals = [row for row in (await statements(database)).values() if row["kind"] == "hospital"]
    assert set(kept) == {row["statement_id"] for row in hospitals}
    for row in hospitals:
        payers, claims = await told_by_lines(database, row)
        counted = kept[row["statement_id"]]
        assert (counted["payer_numbers"], counted["claims"]) == (payers, len(claims))


def _again(random: Random, one: Decision) -> Decision:
    number = int(one.claim_id.removeprefix("clm_"), 16)
    shares = [part(each.payer_number, yen=random.choice([50, 300])) for each in one.parts]
    again = decision(number, *shares, hospital=one.hospital_code, nth=2)
    if random.random() < 0.3:
        again = decision(number, hospital=one.hospital_code, outcome=Outcome.WITHDRAWN, nth=2)
        again = replace(again, cause="WITHDRAWN")
    return replace(again, claim_month=one.claim_month)


async def test_statements_of_the_former_release_tell_the_same_payers_and_claims_in_the_same_bytes(
    postgres_cluster: PostgresCluster, fresh: ServiceDatabase, database: Database
) -> None:
    await ready(database)
    batch = await approved(database)

    async def told() -> tuple[list[str], Mapping[str, Claims], object]:
        async with database.transaction(label="test.told") as tx:
            filed = await PostgresPayments(tx).filed(batch, FileForm.PAIN001)
            return await payers_of_batch(tx, batch.batch_id), await claims_of_batch(tx, batch.batch_id), filed

    now = await told()
    await forget(postgres_cluster, fresh)

    assert now[0] == [INSURER]
    assert [each.count for each in now[1].values()] == [1, 1, 1]
    assert all(len(each.ids) == 1 for each in now[1].values())
    assert await told() == now


async def forget(cluster: PostgresCluster, fresh: ServiceDatabase) -> None:
    """As if the statements had been issued before claims were counted."""
    connection = await asyncpg.connect(cluster.admin_dsn.replace("/postgres?", f"/{fresh.name}?"))
    try:
        await connection.execute("SET session_replication_role = replica; DELETE FROM statement_claims")
    finally:
        await connection.close()


async def test_a_statement_that_took_another_up_tells_that_ones_payers_and_claims_too(database: Database) -> None:
    await load(database, MONTHS)
    await post(database, [decision(1, part(yen=100)), decision(3, part(PROGRAMME, yen=10))])
    await close(database, MONTHS[0])
    await post(database, [decision(1, part(yen=0), nth=2), replace(decision(2, part(yen=50)), claim_month=MONTHS[1])])
    await close(database, MONTHS[1])

    (may,) = await database.pool.fetch(
        "SELECT c.*, s.payable_yen FROM statement_claims AS c JOIN statement AS s USING (statement_id)"
        " WHERE s.period = $1",
        MONTHS[1],
    )
    assert (may["payable_yen"], may["claims"], may["payer_numbers"]) == (60, 3, [INSURER, PROGRAMME])


async def test_no_batch_tells_no_payers(database: Database) -> None:
    async with database.transaction(label="test.told") as tx:
        assert await payers_of_batch(tx, "pmb_none") == []


async def test_what_was_counted_is_changed_by_nobody(fresh: ServiceDatabase, database: Database) -> None:
    await ready(database)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.pool.execute("INSERT INTO statement_claims VALUES ('x', '{}', 0)")
    owner = await asyncpg.connect(fresh.owner_dsn)
    with pytest.raises(asyncpg.CheckViolationError, match="only grows"):
        await owner.execute("UPDATE statement_claims SET claims = 0")
    await owner.close()
