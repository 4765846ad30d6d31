"""Payments shown and returned by the bank, people's matches, notices, recalls: every yen has a place all along."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from seikyu.settlement.v1 import events_pb2

from infra.local.databases import ServiceDatabase
from services.settlement.adapters.bank.till import till_of
from services.settlement.adapters.payments.payments import PostgresPayments
from services.settlement.application.proposing_payments import reinstruct
from services.settlement.application.recalling import recall
from services.settlement.application.reconciling import undo
from services.settlement.domain.payments.batches import Batch
from services.settlement.domain.reconciliation.by_person import WrongMatch
from services.settlement.domain.reconciliation.positions import DueKind
from services.settlement.domain.reconciliation.recall import Recall, RecallState, WrongRecall
from services.settlement.domain.reconciliation.verdicts import Part, Purpose
from services.shared.chassis.postgres import ConstraintViolated, Database
from tests.support.bank_statements import Line, notice_file
from tests.support.instructed import FIRST, PLATFORM, TOTAL, file, instructed, reference_of
from tests.support.payments import AT, HOSPITALS, PAY_DAY, TERMS, cause, payments_of
from tests.support.reconciling import ACT, balances, owe, queue, say, standing, take, try_rules, verdicts
from tests.support.settlement import INSURER, PROGRAMME

BANK, SUSPENSE, PAYER = f"bank:{PLATFORM}", f"suspense:{PLATFORM}", f"payer:{INSURER}"
OWN = f"own:{PLATFORM}"
NEXT = PAY_DAY + timedelta(days=1)


async def proved(database: Database) -> None:
    assert (await standing(database, FIRST)).unproved == []


async def states(database: Database) -> list[str]:
    return [state for _, _, state, _ in await payments_of(database)]


async def test_a_batch_is_in_transit_until_the_bank_shows_it_and_settled_then(database: Database) -> None:
    await instructed(database)
    before = (await standing(database, PAY_DAY)).accounts[0]
    await take(database, file(10_000, Line(day=PAY_DAY, yen=-TOTAL)))

    after = (await standing(database, NEXT)).accounts[0]
    assert (before.in_transit_yen, before.pending_yen, before.closing_yen) == (TOTAL, TOTAL, 10_000)
    assert (after.in_transit_yen, after.pending_yen, after.closing_yen) == (0, 0, 10_000 - TOTAL)
    assert await states(database) == ["settled"] * 3
    assert await verdicts(database, PLATFORM) == ["batch_total"]
    assert [yen for name, yen in (await balances(database)).items() if name.startswith("hospital:")] == [0, 0, 0]
    await proved(database)


async def test_the_alarm_rings_the_day_after_a_payment_should_have_been_shown(database: Database) -> None:
    await instructed(database)

    on_time, late = await standing(database, PAY_DAY), await standing(database, NEXT)
    assert (on_time.is_in_order, late.is_in_order) == (True, False)
    assert [(each.kind, each.yen) for each in late.overdue] == [(DueKind.PAYMENT, each.yen) for each in late.overdue]
    assert sorted(each.yen for each in late.overdue) == sorted(HOSPITALS.values())


async def test_returned_funds_go_back_to_the_hospital_and_may_be_instructed_anew(database: Database) -> None:
    await instructed(database)
    hospital, yen = "1310000002", 1_500
    reference = await reference_of(database, hospital)
    await take(database, file(10_000, Line(day=PAY_DAY, yen=-TOTAL), Line(day=PAY_DAY, yen=yen, edi=reference)))

    assert await states(database) == ["settled", "returned", "settled"]
    assert (await balances(database))[f"hospital:{hospital}"] == yen
    await proved(database)

    payment = next(each for each, code, _, _ in await payments_of(database) if code == hospital)
    async with database.transaction(label="test.again") as tx:
        batch = await reinstruct(PostgresPayments(tx), TERMS, [payment], cause(9), pays_on=NEXT, now=AT)
    assert isinstance(batch, Batch)
    assert await states(database) == ["settled", "reinstructed", "proposed", "settled"]


async def test_a_return_that_only_a_person_knows_takes_back_its_arrival_in_suspense(database: Database) -> None:
    await instructed(database)
    await take(database, file(10_000, Line(day=PAY_DAY, yen=-TOTAL), Line(day=PAY_DAY, yen=700, name="ｷﾞﾝｺｳ")))
    (waiting,) = await queue(database)
    payment = next(each for each, _, _, yen in await payments_of(database) if yen == 700)
    await proved(database)

    (match,) = await say(database, waiting, Part(purpose=Purpose.RETURN, target=payment, yen=700))

    assert (match.rule.value, match.act.by, match.reason) == ("person", ACT.by, "because")
    assert await states(database) == ["returned", "settled", "settled"]
    assert (await balances(database))[SUSPENSE] == 0
    await proved(database)


async def test_a_recall_is_closed_by_the_statement_that_gives_the_money_back(database: Database) -> None:
    await instructed(database)
    await take(database, file(10_000, Line(day=PAY_DAY, yen=-TOTAL)))
    payment, hospital, _, yen = (await payments_of(database))[0]

    async def step(state: RecallState) -> Recall:
        async with database.transaction(label="test.recall") as tx:
            return await recall(till_of(tx), payment, "settled", state, reason="wrong payee", act=ACT)

    await step(RecallState.REQUESTED)
    with pytest.raises(WrongRecall):
        await step(RecallState.REQUESTED)
    sent = await step(RecallState.SENT)
    overdue = (await standing(database, sent.answer_by + timedelta(days=1))).overdue
    assert (DueKind.RECALL, sent.recall_id, yen) in {(each.kind, each.subject, each.yen) for each in overdue}

    back = Line(day=NEXT, yen=yen, edi=await reference_of(database, hospital))
    await take(database, file(10_000 - TOTAL, back))

    async with database.transaction(label="test.recalls") as tx:
        (closed,) = await till_of(tx).records.recalls([payment])
    assert closed.state is RecallState.RETURNED
    await proved(database)


async def test_a_partial_payment_waits_and_a_person_gives_it_to_its_statement(
    fresh: ServiceDatabase, database: Database
) -> None:
    statement = await owe(fresh.owner_dsn, INSURER, 1_000, due=PAY_DAY)
    await take(database, file(0, Line(day=FIRST, yen=400, edi=INSURER)))
    (waiting,) = await queue(database)
    part_of_it = Part(purpose=Purpose.PAYER, target=INSURER, yen=400, statement_id=statement)
    await say(database, waiting, part_of_it)

    assert await queue(database) == []
    assert await balances(database) == {BANK: -400, SUSPENSE: 0, PAYER: 400}
    await take(database, file(400, Line(day=PAY_DAY, yen=600, edi=INSURER)))
    assert await verdicts(database, PLATFORM) == ["partial", "one_statement"]
    await proved(database)


async def test_a_line_may_be_split_and_its_rest_stays_in_the_queue(fresh: ServiceDatabase, database: Database) -> None:
    await owe(fresh.owner_dsn, INSURER, 1_000, due=PAY_DAY)
    await take(database, file(0, Line(day=FIRST, yen=1_500, edi=INSURER)))
    (whole,) = await queue(database)
    await say(database, whole, Part(purpose=Purpose.PAYER, target=INSURER, yen=1_000))
    (rest,) = await queue(database)

    assert (whole.open_yen, rest.open_yen, rest.matches) == (1_500, 500, 1)
    await proved(database)
    with pytest.raises(WrongMatch):
        await say(database, rest, Part(purpose=Purpose.PAYER, target=INSURER, yen=501))
    await say(database, rest, Part(purpose=Purpose.OWN, target="", yen=500))
    assert await queue(database) == []
    await proved(database)


async def test_charges_refunds_and_interest_keep_the_proof(fresh: ServiceDatabase, database: Database) -> None:
    await owe(fresh.owner_dsn, INSURER, 1_000, due=PAY_DAY)
    await take(
        database,
        file(
            5_000,
            Line(day=FIRST, yen=1_000, edi=INSURER),
            Line(day=FIRST, yen=-200, narrative="ﾍﾝｷﾝ"),
            Line(day=FIRST, yen=-30, narrative="ﾃｽｳﾘﾖｳ"),
            Line(day=FIRST, yen=7, narrative="ﾘｿｸ"),
        ),
    )
    await proved(database)
    given_back, charge, interest = await queue(database)

    await say(database, given_back, Part(purpose=Purpose.REFUND, target=INSURER, yen=200))
    await say(database, charge, Part(purpose=Purpose.OWN, target="", yen=30))
    await say(database, interest, Part(purpose=Purpose.OWN, target="", yen=7))

    assert await balances(database) == {BANK: -5_777, SUSPENSE: 0, OWN: 4_977, PAYER: 800}
    await proved(database)


async def test_what_a_person_matched_teaches_the_rules_the_remitter(fresh: ServiceDatabase, database: Database) -> None:
    await owe(fresh.owner_dsn, INSURER, 1_000, due=PAY_DAY)
    await take(database, file(0, Line(day=FIRST, yen=1_000, name="ﾄｳｷﾖｳｹﾝﾎﾟ")))
    (waiting,) = await queue(database)
    await say(database, waiting, Part(purpose=Purpose.PAYER, target=INSURER, yen=1_000))
    await owe(fresh.owner_dsn, INSURER, 2_000, due=NEXT, period="202605")
    await take(database, file(1_000, Line(day=PAY_DAY, yen=2_000, name="ﾄｳｷﾖｳｹﾝﾎﾟ")))

    assert await verdicts(database, PLATFORM) == ["unknown_remitter", "one_statement"]


async def test_money_that_came_before_its_statement_is_matched_when_the_rules_are_tried_again(
    fresh: ServiceDatabase, database: Database
) -> None:
    await take(database, file(0, Line(day=FIRST, yen=1_000, edi=INSURER), Line(day=FIRST, yen=1_000, edi=INSURER)))
    assert await try_rules(database) == (2, 0)
    await owe(fresh.owner_dsn, INSURER, 1_000, due=PAY_DAY)

    assert await try_rules(database) == (2, 1)
    assert await try_rules(database) == (1, 0)
    assert await balances(database) == {BANK: -2_000, SUSPENSE: 1_000, PAYER: 1_000}
    await proved(database)


async def told(database: Database) -> list[tuple[str, str, str]]:
    rows = await database.pool.fetch("SELECT payer_number, type, claim_id FROM announced_event ORDER BY sequence")
    return [tuple(row) for row in rows]


async def test_the_payer_is_told_once_of_its_money(fresh: ServiceDatabase, database: Database) -> None:
    await owe(fresh.owner_dsn, INSURER, 1_000, due=PAY_DAY)
    content = file(0, Line(day=FIRST, yen=1_000, edi=INSURER))
    await take(database, content)
    await take(database, content)

    ((payer, kind, _subject),) = await told(database)
    assert (payer, kind) == (INSURER, "jp.seikyu.settlement.payment_received.v1")


async def test_the_payer_is_told_which_statement_its_money_pays_in_full(
    fresh: ServiceDatabase, database: Database
) -> None:
    statement = await owe(fresh.owner_dsn, INSURER, 1_000, due=PAY_DAY)
    await take(database, file(0, Line(day=FIRST, yen=400, edi=INSURER), Line(day=FIRST, yen=600, edi=INSURER)))
    for waiting in await queue(database):
        yen = waiting.placed.line.yen
        await say(database, waiting, Part(purpose=Purpose.PAYER, target=INSURER, yen=yen, statement_id=statement))

    rows = await database.pool.fetch("SELECT value FROM announced_event ORDER BY sequence")
    heard = [events_pb2.PaymentReceived.FromString(row["value"]) for row in rows]
    assert [(each.received_yen, each.statement_id) for each in heard] == [(400, ""), (600, statement)]


async def test_a_notice_moves_nothing_and_must_be_shown_by_a_statement(database: Database) -> None:
    line = Line(day=FIRST, yen=900, number="1", edi=INSURER)
    await take(database, notice_file([line, line], account=PLATFORM))
    await take(database, notice_file([line, line, Line(day=FIRST, yen=5, number="2")], account=PLATFORM))
    waiting = (await standing(database, FIRST)).total_yen(DueKind.NOTICE)
    late = await standing(database, FIRST + timedelta(days=4))

    assert await balances(database) == {}
    assert (waiting, [each.kind for each in late.overdue]) == (1_805, [DueKind.NOTICE] * 2)

    await take(database, file(0, Line(day=FIRST, yen=900, edi=INSURER), Line(day=FIRST, yen=900, edi=INSURER)))
    shown = await standing(database, NEXT)
    assert [each.yen for each in shown.overdue if each.kind is DueKind.NOTICE] == [5]


async def test_a_notice_that_the_bank_took_back_is_expected_no_more(database: Database) -> None:
    line = Line(day=FIRST, yen=900, number="1")
    await take(database, notice_file([line, replace(line, number="2", cancelled=True)], account=PLATFORM))

    assert (await standing(database, NEXT)).total_yen(DueKind.NOTICE) == 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE bank_line SET yen = yen + 1",
        "DELETE FROM line_match",
        "TRUNCATE statement_file CASCADE",
        "UPDATE bank_statement SET in_yen = 0",
        "DELETE FROM credit_notice",
        "UPDATE payment_recall SET state = 'sent'",
    ],
)
async def test_not_even_the_owner_changes_what_the_bank_said(
    fresh: ServiceDatabase, database: Database, change: str
) -> None:
    await take(database, file(0, Line(day=FIRST, yen=900)))
    connection = await asyncpg.connect(fresh.owner_dsn)

    with pytest.raises(asyncpg.PostgresError, match="only grows"):
        await connection.execute(change)
    await connection.close()


async def test_the_database_refuses_a_line_that_does_not_go_on_and_a_match_beyond_its_line(
    fresh: ServiceDatabase, database: Database
) -> None:
    await take(database, file(0, Line(day=FIRST, yen=900)))
    connection = await asyncpg.connect(fresh.owner_dsn)
    copy = (
        "INSERT INTO bank_line SELECT 'bkl_x', account, 2, file_id, record, booked, valued, direction, yen, 0, 900,"
        " dealing, inquiry_number, remitter_code, remitter, from_bank, from_branch, narrative, edi, content_sha256,"
        " verdict FROM bank_line"
    )
    too_much = (
        "INSERT INTO line_match SELECT 'mat_x', line_id, 'person', 'own', '', '', 901, '', 'me', 'so', now()"
        " FROM bank_line"
    )

    for statement, broken in ((copy, "does not begin"), (too_much, "more is matched")):
        with pytest.raises(asyncpg.CheckViolationError, match=broken):
            await connection.execute(statement)
    await connection.close()


async def test_two_people_who_match_one_line_do_not_both_get_it(database: Database) -> None:
    await take(database, file(0, Line(day=FIRST, yen=900)))
    (waiting,) = await queue(database)
    own: Sequence[Part] = [Part(purpose=Purpose.OWN, target="", yen=900)]
    await say(database, waiting, *own)

    with pytest.raises(ConstraintViolated):
        await say(database, waiting, *own)


async def test_a_wrong_match_is_taken_back_and_the_line_matched_anew(
    fresh: ServiceDatabase, database: Database
) -> None:
    await owe(fresh.owner_dsn, INSURER, 1_000, due=PAY_DAY)
    await owe(fresh.owner_dsn, PROGRAMME, 1_000, due=PAY_DAY)
    await take(database, file(500, Line(day=FIRST, yen=1_000, edi=INSURER), Line(day=FIRST, yen=300, name="ﾀﾞﾚｶ")))
    (other,) = await queue(database)
    await say(database, other, Part(purpose=Purpose.PAYER, target=INSURER, yen=300))
    by_rule, by_person = await database.pool.fetch("SELECT line_id FROM bank_line ORDER BY position")
    before = await balances(database)

    for line in (by_rule, by_person):
        async with database.transaction(label="test.undo") as tx:
            await undo(till_of(tx), line["line_id"], reason="another's", act=ACT)
    after = await balances(database)
    waiting = await queue(database)
    await proved(database)
    await say(database, waiting[0], Part(purpose=Purpose.PAYER, target=PROGRAMME, yen=1_000))
    await say(database, waiting[1], Part(purpose=Purpose.OWN, target="", yen=300))

    assert before == {BANK: -1_800, SUSPENSE: 0, OWN: 500, PAYER: 1_300, f"payer:{PROGRAMME}": 0}
    assert after == {BANK: -1_800, SUSPENSE: 1_300, OWN: 500, PAYER: 0, f"payer:{PROGRAMME}": 0}
    assert [(each.open_yen, each.placed.verdict.why.value) for each in waiting] == [  # type: ignore[union-attr]
        (1_000, "undone"),
        (300, "unknown_remitter"),
    ]
    assert await queue(database) == []
    assert (await balances(database))[f"payer:{PROGRAMME}"] == 1_000
    assert [payer for payer, _, _ in await told(database)].count(INSURER) == 4
    await proved(database)


async def test_what_was_taken_back_teaches_nothing_and_pays_nothing(fresh: ServiceDatabase, database: Database) -> None:
    await owe(fresh.owner_dsn, INSURER, 1_000, due=PAY_DAY)
    await take(database, file(0, Line(day=FIRST, yen=1_000, name="ﾀﾞﾚｶ")))
    (waiting,) = await queue(database)
    await say(database, waiting, Part(purpose=Purpose.PAYER, target=INSURER, yen=1_000))
    async with database.transaction(label="test.undo") as tx:
        await undo(till_of(tx), waiting.placed.line_id, reason="another's", act=ACT)

    await take(database, file(1_000, Line(day=PAY_DAY, yen=1_000, name="ﾀﾞﾚｶ")))
    assert await verdicts(database, PLATFORM) == ["unknown_remitter", "unknown_remitter"]
    assert await try_rules(database) == (1, 0)


async def test_a_match_is_taken_back_while_all_money_is_held_for_payments(
    fresh: ServiceDatabase, database: Database
) -> None:
    await owe(fresh.owner_dsn, INSURER, TOTAL, due=PAY_DAY)
    await instructed(database, opening=0, first=Line(day=FIRST, yen=TOTAL, edi=INSURER))
    (line,) = await database.pool.fetch("SELECT line_id FROM bank_line")
    async with database.transaction(label="test.undo") as tx:
        await undo(till_of(tx), line["line_id"], reason="another's", act=ACT)

    assert (await balances(database))[SUSPENSE] == TOTAL
    await proved(database)
