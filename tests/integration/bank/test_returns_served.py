"""A payment called back and given back, from the command line: what an operator sees of it, step by step."""

from datetime import timedelta
from typing import Any

from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.application.proposing_payments import reinstruct
from services.shared.chassis.postgres import Database
from tests.support.bank_site import Site
from tests.support.bank_statements import Line
from tests.support.instructed import TOTAL, file, instructed, reference_of
from tests.support.payments import AT, PAY_DAY, TERMS, cause, payments_of

HOSPITAL, YEN = "1310000002", 1_500
NEXT = PAY_DAY + timedelta(days=1)


async def returns(site: Site, code: int = 0) -> list[tuple[str, str, bool, str]]:
    """Hospital, state, whether it is overdue, and what took its place."""
    found: list[Any] = await site.told("returns", code=code)
    return [(each["hospital_code"], each["state"], each["is_overdue"], each["reinstructed_by"]) for each in found]


async def test_a_payment_is_called_back_given_back_and_made_anew(database: Database, site: Site) -> None:
    await instructed(database)
    payment = next(each for each, code, _, _ in await payments_of(database) if code == HOSPITAL)
    await site.imported(file(10_000, Line(day=PAY_DAY, yen=-TOTAL)))
    asked = ("recall", payment, "--reason", "wrong payee", "--request-id", "r1")

    (first,), (again,) = await site.told(*asked), await site.told(*asked)
    (sent,) = await site.told("recall", payment, "--state", "sent", "--reason", "by telephone")
    called = await returns(site)
    twice = await site.typed("recall", payment, "--reason", "twice")
    back = Line(day=NEXT, yen=YEN, edi=await reference_of(database, HOSPITAL))
    imported = await site.imported(file(10_000 - TOTAL, back))
    given = await returns(site)
    async with database.transaction(label="test.again") as tx:
        await reinstruct(PostgresPayments(tx), TERMS, [payment], cause(9), pays_on=NEXT, now=AT)

    assert first == again
    assert (first["recall_id"], first["state"], sent["state"]) == (
        *(sent["recall_id"], "RECALL_STATE_REQUESTED"),
        "RECALL_STATE_SENT",
    )
    assert twice.exit_code == 2
    assert [each[:3] for each in called] == [(HOSPITAL, "sent", False)]
    assert imported["statements"][0]["matched_lines"] == 1
    assert [each[:3] for each in given] == [(HOSPITAL, "returned", False)]
    ((_, state, _, successor),) = await returns(site)
    assert state == "reinstructed"
    assert successor in {each for each, _, _, _ in await payments_of(database)}


async def test_a_payment_that_came_back_is_shown_to_people_too(database: Database, site: Site) -> None:
    await instructed(database)
    back = Line(day=PAY_DAY, yen=YEN, edi=await reference_of(database, HOSPITAL))
    await site.imported(file(10_000, Line(day=PAY_DAY, yen=-TOTAL), back))

    shown = await site.typed("returns")
    (positions,) = await site.told("positions")
    assert (HOSPITAL in shown.output, "returned" in shown.output) == (True, True)
    assert (positions["in_order"], positions["accounts"][0]["matched_in_yen"]) == (True, str(YEN))
