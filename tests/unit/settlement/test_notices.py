"""What payers are told beside their claims: same facts same bytes, and readable to who knows ClaimSettled alone."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from seikyu.settlement.v1 import events_pb2

from services.settlement.adapters.payers.notices import write_notice, writer_of
from services.settlement.domain.notices import (
    FeeCharged,
    Head,
    Notice,
    PaymentInstructed,
    PaymentReceived,
    PeriodClosed,
    StatementIssued,
    Told,
    event_id_of,
    subject_of,
    type_of,
)
from services.shared.kernel.ids import TransferId
from services.shared.kernel.money import Yen

PAYER = "01130012"
TOLD = Told(
    payer_number=PAYER,
    cause="stm_1",
    period="202606",
    traceparent=f"00-{1:032x}-{1:016x}-00",
    at=datetime(2026, 7, 15, tzinfo=UTC),
)
HEAD = Head(block=7, sha256="ab" * 32)
FEE = FeeCharged(
    told=TOLD, fee_yen=Yen(1_140), receipts=10, review_authority="1", transfer_id=TransferId("trf_" + "1" * 32)
)
STATEMENT = StatementIssued(
    told=TOLD,
    statement_id="stm_1",
    opening_yen=500,
    claims_yen=10_000,
    adjustments_yen=-700,
    fees_yen=1_140,
    paid_yen=500,
    closing_yen=10_440,
    payable_yen=Yen(10_440),
    due_on=date(2026, 8, 21),
    lines=11,
    first_sequence=1,
    last_sequence=12,
    transfers_head=HEAD,
    events_head=HEAD,
    files_head=Head(),
    csv_sha256="cd" * 32,
    pdf_sha256="ef" * 32,
)
INSTRUCTED = PaymentInstructed(
    told=TOLD, batch_id="pbt_1", pays_on=date(2026, 8, 21), file_sha256="cd" * 32, files_head=HEAD, records_head=HEAD
)
RECEIVED = PaymentReceived(
    told=TOLD,
    received_yen=10_440,
    value_date=date(2026, 8, 20),
    statement_id="stm_1",
    transfer_id=TransferId("trf_" + "2" * 32),
)
CLOSED = PeriodClosed(told=TOLD, statement_id="stm_1")
NOTICES: tuple[Notice, ...] = (FEE, STATEMENT, INSTRUCTED, RECEIVED, CLOSED)
LAST_RELEASE = Path(__file__).parents[3] / "protos" / "image.binpb"
FIRST_OWN_FIELD = 30


def as_the_last_release_reads(value: bytes) -> Message:
    """The value parsed as a ClaimSettled by the descriptors that the last release had."""
    files = FileDescriptorSet.FromString(LAST_RELEASE.read_bytes())
    pool = DescriptorPool()
    for file in files.file:
        pool.Add(file)
    old = GetMessageClass(pool.FindMessageTypeByName("seikyu.settlement.v1.ClaimSettled"))
    return old.FromString(value)


@pytest.mark.parametrize("notice", NOTICES, ids=type_of)
def test_the_last_releases_consumer_reads_id_payer_and_place_of_every_notice_and_adds_nothing(notice: Notice) -> None:
    read = as_the_last_release_reads(write_notice(notice, 9))

    told = {field.name: value for field, value in read.ListFields()}
    assert told == {"event_id": event_id_of(notice), "payer_number": PAYER, "sequence": 9}


@pytest.mark.parametrize("notice", NOTICES, ids=type_of)
def test_a_notice_is_the_same_bytes_whenever_it_is_written(notice: Notice) -> None:
    assert write_notice(notice, 9) == writer_of(replace(notice))(9)


def test_every_notice_is_another_event() -> None:
    assert len({event_id_of(notice) for notice in NOTICES}) == len(NOTICES)
    assert len({type_of(notice) for notice in NOTICES}) == len(NOTICES)


def test_fields_of_notices_beyond_the_three_that_all_share_begin_at_30() -> None:
    names = ("FeeCharged", "StatementIssued", "PaymentInstructed", "PaymentReceived", "PeriodClosed")
    for name in names:
        fields = events_pb2.DESCRIPTOR.message_types_by_name[name].fields
        assert [(field.name, field.number) for field in fields[:3]] == [
            ("event_id", 1),
            ("payer_number", 2),
            ("sequence", 3),
        ]
        assert min(field.number for field in fields[3:]) >= FIRST_OWN_FIELD


def test_claims_keep_their_fields_below_30() -> None:
    fields = events_pb2.DESCRIPTOR.message_types_by_name["ClaimSettled"].fields

    assert max(field.number for field in fields) < FIRST_OWN_FIELD


def test_a_statement_says_what_it_is_to_the_yen() -> None:
    read = events_pb2.StatementIssued.FromString(write_notice(STATEMENT, 13))

    assert (read.closing_yen, read.payable_yen, read.due_on) == (10_440, 10_440, "2026-08-21")
    assert (read.first_sequence, read.last_sequence, read.events_head.block) == (1, 12, 7)


def test_a_statement_whose_parts_do_not_add_up_cannot_be_told() -> None:
    with pytest.raises(ValueError, match="add up"):
        replace(STATEMENT, closing_yen=10_441)


def test_a_notice_is_about_its_statement_batch_or_transfer() -> None:
    assert [subject_of(notice) for notice in NOTICES] == [
        FEE.transfer_id,
        "stm_1",
        "pbt_1",
        RECEIVED.transfer_id,
        "stm_1",
    ]
