"""What the command line tells of a payer's events of every kind."""

from io import StringIO

from rich.console import Console
from seikyu.settlement.v1.events_pb2 import ClaimSettled, FeeCharged, PaymentReceived

from services.cli.payer_events import PayerEvent, events_table, owed_yen, read_event
from services.settlement.adapters.payers.notices import write_notice
from services.settlement.domain.notices import type_of
from services.settlement.domain.posting import SETTLED_TYPE
from tests.unit.settlement.test_notices import NOTICES


def shown(*found: PayerEvent) -> str:
    paper = StringIO()
    Console(width=250, file=paper).print(events_table(found, "settlement.01130012"))
    return paper.getvalue()


def test_every_kind_is_read_by_its_type_and_told_with_its_place() -> None:
    found = [read_event(type_of(notice), write_notice(notice, place)) for place, notice in enumerate(NOTICES, 1)]

    told = shown(*found)

    assert [event.sequence for event in found] == [1, 2, 3, 4, 5]
    assert "fee for 10 receipts" in told
    assert "pay 10,440 yen until 2026-08-21" in told
    assert "received on 2026-08-20 for stm_1" in told
    assert "period closed" in told
    assert "payment pbt_1 instructed for 2026-08-21" in told


def test_the_sum_of_what_events_add_is_what_is_owed() -> None:
    events: list[PayerEvent] = [
        ClaimSettled(share_yen=10_000),
        FeeCharged(fee_yen=1_140),
        PaymentReceived(received_yen=11_140),
    ]

    assert sum(map(owed_yen, events)) == 0


def test_a_kind_that_is_newer_than_the_command_is_told_with_its_place_and_no_yen() -> None:
    event = read_event("jp.seikyu.settlement.unheard_of.v1", write_notice(NOTICES[0], 7))

    assert (event.sequence, owed_yen(event)) == (7, 0)
    assert read_event(SETTLED_TYPE, b"") == ClaimSettled()
