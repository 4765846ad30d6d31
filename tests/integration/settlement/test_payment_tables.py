"""What Postgres itself refuses of payments, whatever the code above it does."""

import asyncpg
import pytest

from infra.local.databases import ServiceDatabase
from services.shared.chassis.postgres import Database
from tests.support.payments import AT, MAKER, approved, payments_of, proposed, ready, released

EVENT = (
    "INSERT INTO payment_event (payment_id, number, state, before_state, cause, reason, done_by, at)"
    " VALUES ($1, $2, $3, $4, 'evt', '', 'operator:a', now())"
)
TABLES = (
    *("payee", "payee_confirmation", "payment_batch", "payment_approval", "payment", "payment_event"),
    *("bank_file", "bank_file_batch"),
)
COPY = """
INSERT INTO payment (payment_id, batch_id, place, hospital_code, statement_id, attempt, yen, reference, payee_version,
                     transfer_id, former_payment_id, former_event_number, former_state)
SELECT 'pay_copy', batch_id, place + 100, hospital_code, statement_id, $1, yen + $2, '9999999999', payee_version,
    'trf_copy', $3, $4, $5
FROM payment ORDER BY hospital_code LIMIT 1
"""


@pytest.mark.parametrize("table", TABLES)
async def test_no_row_is_changed_or_deleted_even_by_the_owner(
    fresh: ServiceDatabase, database: Database, table: str
) -> None:
    await ready(database)
    await released(database, await approved(database))
    connection = await asyncpg.connect(fresh.owner_dsn)
    try:
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(asyncpg.CheckViolationError, match="only grows"):
                await connection.execute(statement)
    finally:
        await connection.close()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.pool.execute(f"DELETE FROM {table}")


async def test_the_same_person_does_not_confirm_or_approve(database: Database) -> None:
    await ready(database)
    await proposed(database)

    with pytest.raises(asyncpg.CheckViolationError, match="payment_approved_by_another"):
        await database.pool.execute(
            "INSERT INTO payment_approval SELECT batch_id, proposed_by, content_sha256, $1, $2 FROM payment_batch",
            MAKER,
            AT,
        )
    with pytest.raises(asyncpg.CheckViolationError, match="payee_confirmed_by_another"):
        await database.pool.execute(
            "INSERT INTO payee_confirmation SELECT hospital_code, version, proposed_by, proposed_by, $1 FROM payee", AT
        )


async def test_an_approval_of_other_content_is_refused(database: Database) -> None:
    await ready(database)
    await proposed(database)

    with pytest.raises(asyncpg.ForeignKeyViolationError, match="payment_approval_of_batch"):
        await database.pool.execute(
            "INSERT INTO payment_approval SELECT batch_id, proposed_by, '', 'operator:b', $1 FROM payment_batch", AT
        )


async def test_a_batch_that_nobody_approved_stands_in_no_file(database: Database) -> None:
    await ready(database)
    await proposed(database)
    await database.pool.execute(
        "INSERT INTO bank_file VALUES ('bkf_1', 'zengin', sha256('x'), 'x', 1, 1, 'operator:a', $1)", AT
    )

    with pytest.raises(asyncpg.ForeignKeyViolationError, match="bank_file_batch_approved"):
        await database.pool.execute("INSERT INTO bank_file_batch SELECT batch_id, 'bkf_1', 0 FROM payment_batch")


async def test_a_file_is_kept_with_its_own_digest_only(database: Database) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="bank_file_is_its_digest"):
        await database.pool.execute(
            "INSERT INTO bank_file VALUES ('bkf_1', 'zengin', sha256('x'), 'y', 1, 1, 'operator:a', $1)", AT
        )


async def test_a_second_live_payment_of_a_statement_is_refused(database: Database) -> None:
    await ready(database)
    await proposed(database)
    [first, *_] = [payment for payment, _, _, _ in await payments_of(database)]

    with pytest.raises(asyncpg.UniqueViolationError, match="payment_of_statement_once"):
        await database.pool.execute(COPY, 1, 0, None, None, None)
    with pytest.raises(asyncpg.CheckViolationError, match="payment_former_is_over"):
        await database.pool.execute(COPY, 2, 0, first, 1, "proposed")
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="payment_former"):
        await database.pool.execute(COPY, 2, 0, first, 2, "abandoned")


async def test_a_payment_is_of_its_statement_to_the_yen(database: Database) -> None:
    await ready(database)
    await proposed(database)
    [first, *_] = [payment for payment, _, _, _ in await payments_of(database)]
    await database.pool.execute(EVENT, first, 2, "abandoned", "proposed")

    with pytest.raises(asyncpg.ForeignKeyViolationError, match="payment_pays_statement"):
        await database.pool.execute(COPY, 2, 1, first, 2, "abandoned")
    await database.pool.execute(COPY, 2, 0, first, 2, "abandoned")


@pytest.mark.parametrize(
    ("event", "constraint"),
    [
        ((2, "settled", "proposed"), "payment_event_follows"),
        ((2, "accepted", "instructed"), "payment_event_after_another"),
        ((1, "proposed", None), "payment_event_pk"),
        ((3, "instructed", "proposed"), "payment_event_after_another"),
        ((2, "proposed", "proposed"), "payment_event_follows"),
    ],
)
async def test_a_state_that_does_not_follow_is_refused(
    database: Database, event: tuple[int, str, str | None], constraint: str
) -> None:
    await ready(database)
    await proposed(database)
    [first, *_] = [payment for payment, _, _, _ in await payments_of(database)]

    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match=constraint):
        await database.pool.execute(EVENT, first, *event)
