"""Which claims and payers a payment is of: those of its statement, as the close of the month has drawn it up."""

from dataclasses import replace
from datetime import UTC, datetime

from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.application.releasing import Released
from services.settlement.domain.decision import Decision
from services.settlement.domain.payments.batches import Batch
from services.settlement.domain.payments.files import Claims, FileForm
from services.shared.chassis.postgres import Database
from tests.support.closing import close, load
from tests.support.payments import PERIOD, account, approved, confirmed_payee, fund, released
from tests.support.settlement import HOSPITAL, INSURER, PROGRAMME, decision, part, post

AFTER = "202605"
LATER = "202606"
NOBODY = "06139999"
ON_PAY_DAY = datetime(2026, 5, 21, 3, 0, tzinfo=UTC)


def of_month(claim: Decision, month: str) -> Decision:
    return replace(claim, claim_month=month)


async def paid(database: Database) -> Batch:
    """April stated without a claim of June that was posted before; and its payments, approved."""
    await load(database, ["202603", PERIOD, AFTER, LATER])
    await post(database, [of_month(decision(1, part(yen=900)), "202603")])
    await close(database, "202603")
    await post(database, [of_month(decision(2, part(NOBODY, yen=300)), LATER)])
    await post(database, [decision(3, part(yen=700), part(PROGRAMME, yen=200))])
    await close(database, PERIOD)
    await post(database, [of_month(decision(4, part(NOBODY, yen=40)), AFTER)])
    await fund(database, 10_000)
    await confirmed_payee(database, HOSPITAL, account())
    return await approved(database)


async def test_a_file_is_told_to_the_payers_whose_claims_its_statements_hold_and_to_no_other(
    database: Database,
) -> None:
    batch = await paid(database)

    done = await released(database, batch, now=ON_PAY_DAY)

    assert isinstance(done, Released)
    assert done.payers == {batch.batch_id: [INSURER, PROGRAMME]}


async def test_a_message_names_the_claims_that_the_statement_holds_and_no_other(database: Database) -> None:
    batch = await paid(database)

    async with database.transaction(label="test.filed") as tx:
        filed = await PostgresPayments(tx).filed(batch, FileForm.PAIN001)

    assert [due.claims for due in filed.due] == [Claims(count=1, ids=[decision(3).claim_id])]
