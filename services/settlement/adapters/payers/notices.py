"""Writes what payers are told beside their claims; the same facts at the same place always give the same bytes."""

from collections.abc import Callable
from typing import assert_never

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from seikyu.settlement.v1 import events_pb2 as settled_pb2

from services.settlement.adapters.payers.announcing import PayerNotice
from services.settlement.domain.notices import (
    FeeCharged,
    Head,
    Notice,
    PaymentInstructed,
    PaymentReceived,
    PeriodClosed,
    StatementIssued,
    event_id_of,
    subject_of,
    type_of,
)
from services.shared.chassis.instants import timestamp


def payer_notice(notice: Notice) -> PayerNotice:
    """A notice as it is appended to its payer's stream."""
    return PayerNotice(
        payer_number=notice.told.payer_number,
        event_id=event_id_of(notice),
        type=type_of(notice),
        subject=subject_of(notice),
        period=notice.told.period,
        traceparent=notice.told.traceparent,
        write=writer_of(notice),
    )


def writer_of(notice: Notice) -> Callable[[int], bytes]:
    """What gives the notice's bytes once its sequence in the payer's stream is known."""
    return lambda sequence: write_notice(notice, sequence)


def write_notice(notice: Notice, sequence: int) -> bytes:
    """The notice's bytes at that place of the payer's stream."""
    return _message(notice, sequence).SerializeToString(deterministic=True)


def _message(notice: Notice, sequence: int) -> Message:
    match notice:
        case FeeCharged():
            return _fee_charged(notice, sequence)
        case StatementIssued():
            return _statement_issued(notice, sequence)
        case PaymentInstructed():
            return _payment_instructed(notice, sequence)
        case PaymentReceived():
            return _payment_received(notice, sequence)
        case PeriodClosed():
            return _period_closed(notice, sequence)
    assert_never(notice)


def _fee_charged(notice: FeeCharged, sequence: int) -> Message:
    return settled_pb2.FeeCharged(
        event_id=event_id_of(notice),
        payer_number=notice.told.payer_number,
        sequence=sequence,
        fee_yen=notice.fee_yen,
        receipts=notice.receipts,
        period=notice.told.period,
        review_authority=notice.review_authority,
        transfer_id=notice.transfer_id,
        told_time=_at(notice),
    )


def _statement_issued(notice: StatementIssued, sequence: int) -> Message:
    return settled_pb2.StatementIssued(
        event_id=event_id_of(notice),
        payer_number=notice.told.payer_number,
        sequence=sequence,
        statement_id=notice.statement_id,
        period=notice.told.period,
        opening_yen=notice.opening_yen,
        claims_yen=notice.claims_yen,
        adjustments_yen=notice.adjustments_yen,
        fees_yen=notice.fees_yen,
        paid_yen=notice.paid_yen,
        closing_yen=notice.closing_yen,
        payable_yen=notice.payable_yen,
        due_on=notice.due_on.isoformat(),
        lines=notice.lines,
        first_sequence=notice.first_sequence,
        last_sequence=notice.last_sequence,
        transfers_head=_head(notice.transfers_head),
        events_head=_head(notice.events_head),
        files_head=_head(notice.files_head),
        csv_sha256=notice.csv_sha256,
        pdf_sha256=notice.pdf_sha256,
        told_time=_at(notice),
    )


def _payment_instructed(notice: PaymentInstructed, sequence: int) -> Message:
    return settled_pb2.PaymentInstructed(
        event_id=event_id_of(notice),
        payer_number=notice.told.payer_number,
        sequence=sequence,
        batch_id=notice.batch_id,
        period=notice.told.period,
        pays_on=notice.pays_on.isoformat(),
        file_sha256=notice.file_sha256,
        files_head=_head(notice.files_head),
        records_head=_head(notice.records_head),
        told_time=_at(notice),
    )


def _payment_received(notice: PaymentReceived, sequence: int) -> Message:
    return settled_pb2.PaymentReceived(
        event_id=event_id_of(notice),
        payer_number=notice.told.payer_number,
        sequence=sequence,
        received_yen=notice.received_yen,
        value_date=notice.value_date.isoformat(),
        statement_id=notice.statement_id,
        transfer_id=notice.transfer_id,
        told_time=_at(notice),
    )


def _period_closed(notice: PeriodClosed, sequence: int) -> Message:
    return settled_pb2.PeriodClosed(
        event_id=event_id_of(notice),
        payer_number=notice.told.payer_number,
        sequence=sequence,
        period=notice.told.period,
        statement_id=notice.statement_id,
        told_time=_at(notice),
    )


def _head(head: Head) -> settled_pb2.ChainHead:
    return settled_pb2.ChainHead(block=head.block, sha256=head.sha256)


def _at(notice: Notice) -> Timestamp:
    return timestamp(notice.told.at)
