"""Calendars, prices, months and statements as messages."""

from collections.abc import Iterable
from typing import Final

import asyncpg
from seikyu.settlement.v1 import events_pb2
from seikyu.settlement.v1 import period_service_pb2 as wire

from services.settlement.adapters.periods.calendar_files import FileError, FileFormat
from services.settlement.adapters.statements.statement_documents import Form
from services.settlement.application.closing import Stage
from services.settlement.domain.netting import Side, UnpaidStatement
from services.settlement.domain.payment_calendar import CalendarRow, CalendarWarning, treatment_month
from services.settlement.domain.statement import Cut, Share
from services.settlement.domain.tariff import ReviewFee

FORMATS: Final = {wire.FILE_FORMAT_CSV: FileFormat.CSV, wire.FILE_FORMAT_YAML: FileFormat.YAML}
FORMS: Final = {wire.STATEMENT_FORM_CSV: Form.CSV, wire.STATEMENT_FORM_PDF: Form.PDF}
STAGES: Final = {
    Stage.OPENED: wire.CLOSE_STAGE_OPENED,
    Stage.CUTTING: wire.CLOSE_STAGE_CUTTING,
    Stage.ISSUING: wire.CLOSE_STAGE_ISSUING,
    Stage.CLOSED: wire.CLOSE_STAGE_CLOSED,
}
KINDS: Final = {Side.PAYER: wire.STATEMENT_KIND_PAYER, Side.HOSPITAL: wire.STATEMENT_KIND_HOSPITAL}
MOST_TOLD: Final = 100


def calendar_days(row: CalendarRow) -> wire.CalendarDays:
    """A row of the calendar."""
    return wire.CalendarDays(
        payer_number=row.payer_number,
        period=row.period,
        treatment_month=treatment_month(row.period),
        closes_on=row.closes_on.isoformat(),
        due_on=row.due_on.isoformat(),
        pays_on=row.pays_on.isoformat(),
        mark=row.mark,
        source=row.source,
    )


def warnings(found: Iterable[CalendarWarning]) -> list[wire.CalendarWarning]:
    """Doubtful days, at most MOST_TOLD."""
    told = [
        wire.CalendarWarning(
            payer_number=each.payer_number,
            period=each.period,
            field=each.field,
            day=each.day.isoformat(),
            doubt=each.doubt.value,
        )
        for each in found
    ]
    return told[:MOST_TOLD]


def errors(found: Iterable[FileError]) -> list[wire.FileError]:
    """What is wrong with a file."""
    return [wire.FileError(line=each.line, column=each.column, rule=each.rule) for each in found]


def price(fee: ReviewFee) -> wire.ReviewPrice:
    """A row of the tariff."""
    return wire.ReviewPrice(
        authority=fee.authority,
        since=fee.since,
        price_sen=fee.price_sen,
        rounding=fee.rounding.value,
        mark=fee.mark,
        source=fee.source,
    )


def period(row: asyncpg.Record) -> wire.Period:
    """A month as it stands."""
    stage = wire.CLOSE_STAGE_ISSUING if row["statements"] else wire.CLOSE_STAGE_CUTTING
    told = wire.Period(
        period=row["period"],
        stage=stage if row["closed_at"] is None else wire.CLOSE_STAGE_CLOSED,
        early=row["is_early"],
        opened_by=row["opened_by"],
        cuts=row["cuts"],
        statements=row["statements"],
        payers=row["payers"] or 0,
        hospitals=row["hospitals"] or 0,
        payable_by_payers_yen=row["payable_by_payers_yen"] or 0,
        payable_to_hospitals_yen=row["payable_to_hospitals_yen"] or 0,
    )
    told.opened_time.FromDatetime(row["opened_at"])
    if row["closed_at"] is not None:
        told.closed_time.FromDatetime(row["closed_at"])
    return told


def statement(row: asyncpg.Record) -> wire.Statement:
    """A statement's row, as its holder reads it."""
    side = Side(row["kind"])
    told = wire.Statement(
        statement_id=row["statement_id"],
        account_id=row["account_id"],
        kind=KINDS[side],
        period=row["period"],
        payable_yen=row["payable_yen"],
        due_on=row["due_on"].isoformat(),
        pays_on=row["pays_on"].isoformat(),
        lines=row["lines"],
        cut_version=row["cut_version"],
        cut_sequence=row["cut_sequence"],
        csv_sha256=row["csv_sha256"],
        pdf_sha256=row["pdf_sha256"],
        **{name: side.sign * row[name] for name in _SIGNED},
        transfers_head=_head(row, "transfers"),
        events_head=_head(row, "events"),
        files_head=_head(row, "files"),
        layout=row["layout"],
        patient_yen=row["patient_yen"],
        reduced_yen=row["reduced_yen"],
        patient_unknown_lines=row["patient_unknown_lines"] or 0,
    )
    told.issued_time.FromDatetime(row["issued_at"])
    return told


def with_taken_up(told: wire.Statement, taken_up_by: str, taken_up: Iterable[UnpaidStatement]) -> wire.Statement:
    """The same with the statement that took it up, and those that it took up."""
    told.taken_up_by = taken_up_by
    told.taken_up.extend(
        wire.TakenUpStatement(statement_id=each.statement_id, period=each.period, yen=each.yen) for each in taken_up
    )
    return told


def with_details(told: wire.Statement, cut: Cut, shares: Iterable[Share]) -> wire.Statement:
    """The same with the fee's terms and the breakdown."""
    told.receipts = cut.receipts
    told.price_sen = cut.price_sen
    told.shares.extend(
        wire.StatementShare(
            counterparty=each.counterparty,
            column=each.column.value,
            late=each.is_late,
            lines=each.lines,
            yen=cut.side.sign * each.yen,
        )
        for each in shares
    )
    return told


_SIGNED: Final = (
    *("opening_yen", "claims_yen", "adjustments_yen", "fees_yen", "paid_yen", "closing_yen", "ahead_yen"),
    *("brought_yen", "carried_yen"),
)


def _head(row: asyncpg.Record, name: str) -> events_pb2.ChainHead:
    return events_pb2.ChainHead(block=row[f"{name}_block"], sha256=row[f"{name}_sha256"])
