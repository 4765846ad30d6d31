"""Banks' files imported, each whole or not at all; and lines that waited, matched by rules or by a person.

Load, decide, save, announce, in one transaction per file or per line. A file is known by its fingerprint and a line by
its place in its account, so that whatever comes again changes nothing.
"""

from collections import Counter
from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass, replace

from services.settlement.application.bank_records import BankRecords, Brought, SentFile, Waiting
from services.settlement.application.books import Books
from services.settlement.application.paying import (
    HOSPITAL_ACCOUNT,
    ForbiddenStep,
    Shown,
    give_back,
    settle,
    unsettle,
)
from services.settlement.application.payment_book import Cause, PaymentBook
from services.settlement.domain.bank.records import violation
from services.settlement.domain.bank.statements import BankFile, BankStatement, WrongBankFile
from services.settlement.domain.notices import PaymentReceived, Told
from services.settlement.domain.payments.states import PaymentState
from services.settlement.domain.reconciliation.by_person import OF_PAYMENTS, WrongMatch, check_undoing, meant
from services.settlement.domain.reconciliation.continuation import Broken, days_not_told, new_from
from services.settlement.domain.reconciliation.expected import Expected
from services.settlement.domain.reconciliation.matching import judged, taken, verdict_on
from services.settlement.domain.reconciliation.moves import (
    arrival_after_all,
    moves_at_import,
    moves_back,
    moves_out_of_queue,
    opening_move,
    period_of,
)
from services.settlement.domain.reconciliation.own_accounts import check_own
from services.settlement.domain.reconciliation.placed import (
    Act,
    Match,
    PlacedLine,
    line_match_id,
    placed,
    undone_id,
)
from services.settlement.domain.reconciliation.recall import RecallState, moved
from services.settlement.domain.reconciliation.verdicts import Matched, Part, Purpose, Rule
from services.settlement.domain.transfers import Order
from services.shared.kernel.ids import EventId
from services.shared.kernel.money import Yen
from services.shared.kernel.months import business_day

SHOWN_BY_BANK = "BANK_STATEMENT"
"""Why payments move here."""
TAKEN_BACK = "MATCH_TAKEN_BACK"
"""Why they move back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Till:
    """What reconciliation works with, all in one transaction: its own records, the ledger, and payments."""

    records: BankRecords
    books: Books
    payments: PaymentBook


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A match with what it moves. `in_full`: the payer's statement that is paid then, if any."""

    placed: PlacedLine
    match: Match
    orders: tuple[Order, ...]
    in_full: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A statement as it is to be kept: its new lines, and what they and the account's opening move."""

    brought: Brought
    lines: Sequence[PlacedLine]
    steps: Sequence[_Step]
    orders: Sequence[Order]


async def import_file(till: Till, file: BankFile, sent: SentFile, own: Collection[str]) -> Sequence[Brought] | None:
    """Take a file of the platform's `own` accounts; None where the same was taken before.

    Raises WrongBankFile, LimitExceeded.
    """
    check_own(file, own)
    await till.records.hold({each.account for each in file.statements})
    if await till.records.is_known(sent.sha256):
        return None
    await till.records.keep_file(sent)
    if file.source.proves_a_balance:
        brought = await _take_statements(till, file.statements, sent)
    else:
        brought = [await _take_notice(till, each, sent, number) for number, each in enumerate(file.statements, 1)]
    await till.records.seal_file(sent)
    return brought


async def _take_statements(till: Till, statements: Sequence[BankStatement], sent: SentFile) -> Sequence[Brought]:
    """One account after the other is kept; what all of them move is moved behind them, in one go."""
    expected = await till.records.expected([line for each in statements for line in each.lines], sent.act.at)
    read: list[_Read] = []
    for number, statement in enumerate(statements, 1):
        read.append(await _read(till, statement, sent, expected))
        await till.records.keep_lines(statement, read[-1].lines)
        first_new = read[-1].lines[0].position if read[-1].lines else None
        await till.records.keep_statement(sent, number, read[-1].brought, first_new)
    steps = [step for each in read for step in each.steps]
    if steps:
        await till.records.keep_matches([each.match for each in steps])
    await _move(till, steps, [order for each in read for order in each.orders], sent.act)
    return [each.brought for each in read]


async def _read(till: Till, statement: BankStatement, sent: SentFile, expected: Expected) -> _Read:
    """What of the statement is new, what each line is, and what that moves. Raises WrongBankFile."""
    known = await till.records.account(statement.account, statement.since)
    try:
        first = new_from(known, statement)
    except Broken as broken:
        where = (statement.opening_at, "opening_yen")
        raise WrongBankFile([violation(statement.record, where, broken.why.value, broken.said)]) from broken
    position = await till.records.count_lines(statement.account) + 1
    verdicts = list(judged(statement.lines[first:], statement.account, expected))
    lines = placed(statement, first, position=position, file_id=sent.file_id, verdicts=verdicts)
    waiting = [each for each in lines if not isinstance(each.verdict, Matched)]
    opening = opening_move(statement, sent.file_id, sent.act) if known is None else None
    arrivals = [order for each in waiting for order in moves_at_import(each, sent.act)]
    return _Read(
        brought=Brought(
            statement=statement,
            new_lines=len(lines),
            matched_lines=len(lines) - len(waiting),
            queued_lines=len(waiting),
            days_not_told=days_not_told(known, statement),
        ),
        lines=lines,
        steps=[step for each in lines for step in _steps_at_import(each, sent.act)],
        orders=[opening, *arrivals] if opening else arrivals,
    )


async def _take_notice(till: Till, statement: BankStatement, sent: SentFile, number: int) -> Brought:
    new = await till.records.keep_notices(sent, statement)
    brought = Brought(statement=statement, new_lines=new, matched_lines=0, queued_lines=0, days_not_told=0)
    await till.records.keep_statement(sent, number, brought, None)
    return brought


async def match_by_rules(till: Till, act: Act) -> tuple[int, int]:
    """Try the rules on every line that waits and that nobody looked at; how many were tried, and how many matched."""
    waiting = [each for each in await till.records.waiting(None) if each.matches == 0]
    expected = await till.records.expected([each.placed.line for each in waiting], act.at)
    found = 0
    steps: list[_Step] = []
    for each in waiting:
        verdict = verdict_on(each.placed.line, each.placed.account, expected)
        if isinstance(verdict, Matched):
            found += 1
            in_full = _paid_in_full(verdict.parts, expected)
            taken(verdict, expected)
            steps += _steps_out_of_queue(each, verdict.rule, verdict.parts, act=act, in_full=in_full)
    if steps:
        await till.records.keep_matches([each.match for each in steps])
        await _move(till, steps, (), act)
    return len(waiting), found


async def match_by_person(
    till: Till, waiting: Waiting, parts: Sequence[Part], *, reason: str, act: Act
) -> Sequence[Match]:
    """Take a person's word for a line, or for a part of it. Raises WrongMatch, LimitExceeded."""
    expected = await till.records.expected([waiting.placed.line], act.at)
    settled = [_in_full(part, expected) for part in meant(waiting.placed, waiting.open_yen, parts, expected)]
    in_full = _paid_in_full(settled, expected)
    steps = _steps_out_of_queue(waiting, Rule.PERSON, settled, act=act, reason=reason, in_full=in_full)
    await till.records.keep_matches([each.match for each in steps])
    await _move(till, steps, (), act)
    return [each.match for each in steps]


async def undo(till: Till, line_id: str, *, reason: str, act: Act) -> Sequence[Match]:
    """Take back what a line is matched with; all of it waits again, and its payments are what they were before.

    Raises WrongMatch, LimitExceeded.
    """
    line, matches = await till.records.standing(line_id)
    check_undoing(matches, act.by)
    back = moves_back(line, matches, act)
    told = [each for match in matches if (each := _told_back(line, match, back[match.match_id], act)) is not None]
    shown = [await _shown(till, each) for each in matches]

    undone = {match_id: each[0].transfer_id if each else None for match_id, each in back.items()}
    await till.records.keep_undone(undone, reason=reason, act=act)
    await till.records.tell(told, act.at)
    orders = [*arrival_after_all(line, matches, act), *(order for each in back.values() for order in each)]
    await _lock(till, [payment for one in shown for payment in one.payment_ids], orders)
    for one in shown:
        await _unsettle(till, one, act)
    await till.books.post(orders, act.at)
    return matches


async def _shown(till: Till, match: Match) -> Shown:
    """The payments that the match settled, or gave back; none for another purpose."""
    ids: Sequence[str] = ()
    state = PaymentState.RETURNED if match.part.purpose is Purpose.RETURN else PaymentState.SETTLED
    if match.part.purpose in OF_PAYMENTS:
        ids = await till.payments.put_by(EventId(match.match_id), match.part.target, state)
    return Shown(match_id=match.match_id, matched_by=match.act.by, state=state, payment_ids=ids)


async def _unsettle(till: Till, shown: Shown, act: Act) -> None:
    if not shown.payment_ids:
        return
    named = EventId(undone_id(shown.match_id))
    cause = Cause(event_id=named, by=act.by, reason=TAKEN_BACK, traceparent=act.traceparent)
    try:
        await unsettle(till.payments, till.books, shown, cause, at=act.at)
    except ForbiddenStep as forbidden:
        raise _not_undone(shown, forbidden) from forbidden
    called = await till.records.recalls_before(shown.match_id, shown.payment_ids)
    await till.records.keep_recalls([replace(each, number=each.number + 1, reason=named) for each in called], act)


def _not_undone(shown: Shown, forbidden: ForbiddenStep) -> WrongMatch:
    """Why, and what can be done: of a debit whose payment came back since, the return is taken back first."""
    if shown.state is PaymentState.SETTLED and forbidden.before is PaymentState.RETURNED:
        said = (
            f"{forbidden.payment_id} is returned by now: where that is wrong too, its return is undone first, then this"
        )
        return WrongMatch("line_id", "return_first", said)
    return WrongMatch("line_id", "payment", f"is a payment that is {forbidden.before.value} by now")


def _told_back(line: PlacedLine, match: Match, orders: Sequence[Order], act: Act) -> PaymentReceived | None:
    """What a payer is told of its money that was not its: the same again, below zero."""
    step = _Step(placed=line, match=replace(match, act=act), orders=tuple(orders))
    first = next(iter(_told(step)), None)
    if first is None:
        return None
    return replace(
        first, told=replace(first.told, cause=undone_id(match.match_id)), received_yen=Yen(-first.received_yen)
    )


def _in_full(part: Part, expected: Expected) -> Part:
    """A payer's money of which nobody said what it pays is its oldest statement's, where it is just that."""
    if part.purpose is not Purpose.PAYER or part.statement_id:
        return part
    asked = [each.statement_id for each in expected.of_payer(part.target) if each.open_yen == part.yen]
    return replace(part, statement_id=asked[0]) if asked else part


def _steps_at_import(each: PlacedLine, act: Act) -> list[_Step]:
    if not isinstance(each.verdict, Matched):
        return []
    orders = list(moves_at_import(each, act))
    steps: list[_Step] = []
    for nth, part in enumerate(each.verdict.parts, 1):
        match = _match(each, nth, part, rule=each.verdict.rule, act=act, reason="")
        own = (orders[nth - 1],) if part.purpose is Purpose.PAYER else ()
        steps.append(_step(each, match, own, in_full=part.statement_id))
    return steps


def _steps_out_of_queue(
    waiting: Waiting, rule: Rule, parts: Sequence[Part], *, act: Act, reason: str = "", in_full: Container[str]
) -> list[_Step]:
    steps: list[_Step] = []
    for nth, part in enumerate(parts, waiting.matches + 1):
        match = _match(waiting.placed, nth, part, rule=rule, act=act, reason=reason)
        orders = moves_out_of_queue(waiting.placed, part, match.match_id, act)
        paid = part.statement_id if part.statement_id in in_full else ""
        steps.append(_step(waiting.placed, match, orders, in_full=paid))
    return steps


def _match(each: PlacedLine, nth: int, part: Part, *, rule: Rule, act: Act, reason: str) -> Match:
    return Match(
        match_id=line_match_id(each.line_id, nth, rule=rule, part=part, act=act, reason=reason),
        line_id=each.line_id,
        rule=rule,
        part=part,
        transfer_id=None,
        act=act,
        reason=reason,
    )


def _step(each: PlacedLine, match: Match, orders: Sequence[Order], *, in_full: str) -> _Step:
    moved = replace(match, transfer_id=orders[0].transfer_id if orders else None)
    return _Step(placed=each, match=moved, orders=tuple(orders), in_full=in_full)


def _paid_in_full(parts: Sequence[Part], expected: Expected) -> frozenset[str]:
    """The statements of which these parts pay all that is open."""
    paid: Counter[str] = Counter()
    for part in parts:
        paid[part.statement_id] += part.yen if part.purpose is Purpose.PAYER else 0
    asked = {each: expected.statement(each) for each in paid}
    return frozenset(each for each, owed in asked.items() if owed is not None and owed.open_yen == paid[each])


async def _move(till: Till, steps: Sequence[_Step], orders: Sequence[Order], act: Act) -> None:
    """Tell payers of matches that were kept, and move what these and further orders move.

    Matches come before payers' streams, these before payments, and these before accounts, each once and in order, as
    whoever posts claims locks them.
    """
    told = [told for each in steps for told in _told(each)]
    if told:
        await till.records.tell(told, act.at)
    posted = [*orders, *(order for each in steps for order in each.orders)]
    await _lock(till, [payment for each in steps for payment in each.match.part.payment_ids], posted)
    for each in steps:
        await _move_payments(till, each.match)
    await till.books.post(posted, act.at)


async def _lock(till: Till, payment_ids: Sequence[str], orders: Sequence[Order]) -> None:
    """All payments at once, then all accounts at once: what follows takes some of them again, in any order."""
    accounts = {account for each in orders for account in (each.movement.from_account, each.movement.to_account)}
    if payment_ids:
        for standing in await till.payments.stand(payment_ids):
            accounts |= {HOSPITAL_ACCOUNT + standing.payment.hospital_code, standing.batch.account_id}
    await till.books.lock(accounts)


async def _move_payments(till: Till, match: Match) -> None:
    part, act = match.part, match.act
    if not part.payment_ids:
        return
    cause = Cause(event_id=EventId(match.match_id), by=act.by, reason=SHOWN_BY_BANK, traceparent=act.traceparent)
    if part.purpose is Purpose.PAYMENT:
        await settle(till.payments, till.books, part.payment_ids, cause, at=act.at)
        return
    await give_back(till.payments, till.books, part.payment_ids, cause, at=act.at)
    called = await till.records.recalls(part.payment_ids)
    back = [
        moved(each, RecallState.RETURNED, reason=match.match_id, on=business_day(act.at))
        for each in called
        if each.state is not RecallState.RETURNED
    ]
    await till.records.keep_recalls(back, act)


def _told(step: _Step) -> Sequence[PaymentReceived]:
    part, act = step.match.part, step.match.act
    if part.purpose not in {Purpose.PAYER, Purpose.REFUND}:
        return ()
    line = step.placed.line
    told = PaymentReceived(
        told=Told(
            payer_number=part.target,
            cause=step.match.match_id,
            period=period_of(step.placed),
            traceparent=act.traceparent,
            at=act.at,
        ),
        received_yen=Yen(part.yen if part.purpose is Purpose.PAYER else -part.yen),
        value_date=line.valued or line.booked,
        statement_id=step.in_full,
        transfer_id=step.orders[0].transfer_id,
    )
    return (told,)
