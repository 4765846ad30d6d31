"""Payments that a file told the bank of, out of an account whose money a bank's statement showed."""

from collections.abc import Mapping
from datetime import date

from services.settlement.domain.payments.batches import Batch
from services.shared.chassis.postgres import Database
from tests.support.bank_statements import Line, statement_file
from tests.support.payments import (
    AT,
    HOSPITALS,
    INSERT_CLOSE,
    INSERT_CLOSED,
    INSERT_CUT,
    INSERT_STATEMENT,
    PAY_DAY,
    PERIOD,
    TRACE,
    account,
    approved,
    confirmed_payee,
    released,
    statement_of,
)
from tests.support.reconciling import take
from tests.support.settlement import decision, part, post

PLATFORM = "999999920000001"
FIRST = date(2026, 6, 1)
TOTAL = sum(HOSPITALS.values())


def file(opening: int, *lines: Line, day: date | None = None) -> bytes:
    return statement_file(opening, lines, account=PLATFORM, since=day, until=day)


async def instructed(
    database: Database,
    owed: Mapping[str, int] = HOSPITALS,
    *,
    opening: int = 10_000,
    first: Line | None = None,
) -> Batch:
    """Hospitals are owed, the bank has the money by its statement, and a file with their payments went to the bank."""
    claims = [
        decision(nth, part(yen=yen), hospital=code, patient_yen=0) for nth, (code, yen) in enumerate(owed.items(), 1)
    ]
    await post(database, claims)
    await take(database, file(opening, *([first] if first else []), day=FIRST))
    async with database.transaction(label="test.close") as tx:
        await tx.connection.execute(INSERT_CLOSE, PERIOD, TRACE, AT)
        for code in owed:
            await tx.connection.execute(INSERT_CUT, PERIOD, f"hospital:{code}", PAY_DAY, AT)
            row = (statement_of(code), PERIOD, f"hospital:{code}", PAY_DAY, AT)
            await tx.connection.execute(INSERT_STATEMENT, *row)
        await tx.connection.execute(INSERT_CLOSED, PERIOD, len(owed), AT)
    for number, code in enumerate(owed, 1):
        await confirmed_payee(database, code, account(f"ビョウイン {number}", str(number).rjust(7, "0")))
    batch = await approved(database)
    await released(database, batch)
    return batch


async def reference_of(database: Database, hospital: str) -> str:
    row = await database.pool.fetchrow("SELECT reference FROM payment WHERE hospital_code = $1", hospital)
    assert row is not None
    reference: str = row["reference"]
    return reference
