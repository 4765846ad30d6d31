"""What reconciliation says on the wire: values to messages and back."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import asyncpg
from seikyu.settlement.v1 import bank_service_pb2 as wire

from services.settlement.adapters.bank.bank_rows import verdict_word
from services.settlement.application.bank_records import Brought, Waiting
from services.settlement.domain.bank.days import DayStyle
from services.settlement.domain.bank.records import Violation
from services.settlement.domain.bank.statements import Direction
from services.settlement.domain.reconciliation.candidates import Candidate
from services.settlement.domain.reconciliation.placed import Match
from services.settlement.domain.reconciliation.positions import (
    QUEUE_ANSWER_WITHIN,
    Due,
    DueKind,
    Positions,
    Sums,
    differences,
)
from services.settlement.domain.reconciliation.recall import Recall, RecallState
from services.settlement.domain.reconciliation.verdicts import Part, Purpose
from services.shared.chassis.instants import timestamp

MOST_OVERDUE: Final = 1_000
STYLES: Final = {
    wire.BANK_DAYS_UNSPECIFIED: DayStyle.IMPERIAL,
    wire.BANK_DAYS_IMPERIAL: DayStyle.IMPERIAL,
    wire.BANK_DAYS_WESTERN: DayStyle.WESTERN,
}
PURPOSES: Final = {
    Purpose.PAYER: wire.BANK_PURPOSE_PAYER,
    Purpose.PAYMENT: wire.BANK_PURPOSE_PAYMENT,
    Purpose.RETURN: wire.BANK_PURPOSE_RETURN,
    Purpose.REFUND: wire.BANK_PURPOSE_REFUND,
    Purpose.OWN: wire.BANK_PURPOSE_OWN,
}
_COUNTS: Final = (
    *("opening_yen", "in_yen", "out_yen", "closing_yen", "lines", "new_lines", "matched_lines", "queued_lines"),
    "days_not_told",
)
FROM_WIRE: Final = {value: purpose for purpose, value in PURPOSES.items()}
RECALLS: Final = {
    RecallState.REQUESTED: wire.RECALL_STATE_REQUESTED,
    RecallState.SENT: wire.RECALL_STATE_SENT,
    RecallState.REFUSED: wire.RECALL_STATE_REFUSED,
    RecallState.RETURNED: wire.RECALL_STATE_RETURNED,
}
RECALLS_FROM_WIRE: Final = {value: state for state, value in RECALLS.items()}


def violation(told: Violation) -> wire.BankViolation:
    """One broken rule."""
    return wire.BankViolation(record=told.record, offset=told.offset, field=told.field, rule=told.rule, said=told.said)


def brought(told: Brought) -> wire.ImportedStatement:
    """One account's part of a file that was just imported."""
    statement = told.statement
    return wire.ImportedStatement(
        account=statement.account,
        since=statement.since.isoformat(),
        until=statement.until.isoformat(),
        opening_yen=statement.opening_yen or 0,
        in_yen=statement.total_yen(Direction.IN),
        out_yen=statement.total_yen(Direction.OUT),
        closing_yen=statement.closing_yen or 0,
        lines=len(statement.lines),
        new_lines=told.new_lines,
        matched_lines=told.matched_lines,
        queued_lines=told.queued_lines,
        days_not_told=told.days_not_told,
    )


def brought_then(row: asyncpg.Record) -> wire.ImportedStatement:
    """The same of a file that was imported before."""
    return wire.ImportedStatement(
        account=row["account"],
        since=row["since"].isoformat(),
        until=row["until"].isoformat(),
        **{name: row[name] or 0 for name in _COUNTS},
    )


def line(told: Waiting) -> wire.BankLine:
    """A line, with what of it is open."""
    placed = told.placed
    return wire.BankLine(
        line_id=placed.line_id,
        account=placed.account,
        position=placed.position,
        booked=placed.line.booked.isoformat(),
        is_credit=placed.line.direction is Direction.IN,
        yen=placed.line.yen,
        open_yen=told.open_yen,
        verdict=verdict_word(placed.verdict),
        remitter_code=placed.line.remitter_code,
        remitter=placed.line.remitter,
        from_bank=placed.line.from_bank,
        from_branch=placed.line.from_branch,
        narrative=placed.line.narrative,
        edi=placed.line.edi,
        file_id=placed.file_id,
        record=placed.line.record,
    )


def queued(told: Waiting, found: Sequence[Candidate], today: date) -> wire.QueuedLine:
    """A waiting line with what it could be."""
    answer_by = told.placed.line.booked + QUEUE_ANSWER_WITHIN
    return wire.QueuedLine(
        line=line(told),
        candidates=[
            wire.BankCandidate(
                purpose=PURPOSES[each.purpose],
                target=each.target,
                statement_id=each.statement_id,
                yen=each.yen,
                because=each.because,
            )
            for each in found
        ],
        answer_by=answer_by.isoformat(),
        is_overdue=today > answer_by,
    )


def part(told: wire.BankPart) -> Part:
    """A part as a person says it."""
    return Part(purpose=FROM_WIRE[told.purpose], target=told.target, statement_id=told.statement_id, yen=told.yen)


def match(told: Match) -> wire.BankMatch:
    """A match as it was just recorded."""
    return wire.BankMatch(
        match_id=told.match_id,
        line_id=told.line_id,
        rule=told.rule.value,
        purpose=PURPOSES[told.part.purpose],
        target=told.part.target,
        statement_id=told.part.statement_id,
        yen=told.part.yen,
        matched_by=told.act.by,
        reason=told.reason,
        matched_time=timestamp(told.act.at),
    )


def recall(told: Recall) -> wire.RecallPaymentResponse:
    """Where a recall stands."""
    return wire.RecallPaymentResponse(
        recall_id=told.recall_id,
        payment_id=told.payment_id,
        state=RECALLS[told.state],
        answer_by=told.answer_by.isoformat(),
    )


def returned(row: asyncpg.Record, today: date) -> wire.ReturnedPayment:
    """A payment that came back, or is called back."""
    return wire.ReturnedPayment(
        payment_id=row["payment_id"],
        hospital_code=row["hospital_code"],
        yen=row["yen"],
        state=row["state"],
        on=row["on_day"].isoformat(),
        line_id=row["line_id"],
        reinstructed_by=row["reinstructed_by"],
        is_overdue=row["is_open"] and today > row["on_day"],
    )


def position(told: Sums) -> wire.AccountPosition:
    """One account, and what does not agree."""
    wrong = list(differences(told))
    return wire.AccountPosition(
        account=told.account,
        until=told.until.isoformat(),
        closing_yen=told.closing_yen,
        opening_yen=told.opening_yen,
        matched_in_yen=told.matched_in_yen,
        matched_out_yen=told.matched_out_yen,
        queued_in_yen=told.queued_in_yen,
        queued_out_yen=told.queued_out_yen,
        own_yen=told.own_yen,
        in_transit_yen=told.in_transit_yen,
        ledger_bank_yen=told.bank_yen,
        ledger_pending_yen=told.pending_yen,
        ledger_suspense_yen=told.suspense_yen,
        ledger_own_yen=told.own_ledger_yen,
        is_proved=not wrong,
        differences=wrong,
    )


def positions(told: Positions) -> wire.GetPositionsResponse:
    """All accounts, and what is overdue."""
    overdue = told.overdue
    return wire.GetPositionsResponse(
        as_of=told.as_of.isoformat(),
        accounts=[position(each) for each in told.accounts],
        overdue=[_due(each) for each in overdue[:MOST_OVERDUE]],
        overdue_count=len(overdue),
        expected_yen=sum(
            each.yen for each in told.due if each.kind is DueKind.STATEMENT and not each.is_overdue(told.as_of)
        ),
        in_order=told.is_in_order,
        noticed_yen=told.total_yen(DueKind.NOTICE),
    )


def _due(told: Due) -> wire.DuePosition:
    return wire.DuePosition(
        kind=told.kind.value, id=told.subject, yen=told.yen, due_on=told.due_on.isoformat(), is_overdue=True
    )
