"""A payer's settlement events of every kind: read by their ce_type, and told in one line each.

A kind that is newer than this command is read as ClaimSettled, as the rules of events.proto allow: its id and its place
are told, and 0 yen.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from rich.table import Table
from seikyu.settlement.v1.events_pb2 import (
    SETTLEMENT_KIND_REVERSAL,
    ClaimSettled,
    FeeCharged,
    PaymentInstructed,
    PaymentReceived,
    PeriodClosed,
    StatementIssued,
)

from services.cli.command import table, yen

PayerEvent = ClaimSettled | FeeCharged | StatementIssued | PaymentInstructed | PaymentReceived | PeriodClosed
TYPE_PREFIX: Final = "jp.seikyu.settlement."
READERS: Final[Mapping[str, Callable[[bytes], PayerEvent]]] = {
    f"{TYPE_PREFIX}claim_settled.v1": ClaimSettled.FromString,
    f"{TYPE_PREFIX}fee_charged.v1": FeeCharged.FromString,
    f"{TYPE_PREFIX}statement_issued.v1": StatementIssued.FromString,
    f"{TYPE_PREFIX}payment_instructed.v1": PaymentInstructed.FromString,
    f"{TYPE_PREFIX}payment_received.v1": PaymentReceived.FromString,
    f"{TYPE_PREFIX}period_closed.v1": PeriodClosed.FromString,
}
TITLES: Final = ("seq", "claim", "transfer", "hospital", "claimed", "kind", "points", "yen")


def read_event(ce_type: str, value: bytes) -> PayerEvent:
    """The event of a message's header ce_type and its bytes."""
    return READERS.get(ce_type, ClaimSettled.FromString)(value)


def owed_yen(event: PayerEvent) -> int:
    """What the event adds to what the payer owes; the sum over all of them is what the ledger says."""
    match event:
        case ClaimSettled():
            return event.share_yen
        case FeeCharged():
            return event.fee_yen
        case PaymentReceived():
            return -event.received_yen
        case _:
            return 0


def events_table(found: Sequence[PayerEvent], title: str) -> Table:
    """One row per event; why, where not all are shares of first decisions."""
    titles = (*TITLES, "why") if any(map(why, found)) else TITLES
    made = table(title, *titles, right=("seq", "points", "yen"))
    for event in found:
        made.add_row(*(*cells(event), why(event))[: len(titles)])
    return made


def cells(event: PayerEvent) -> tuple[str, ...]:
    """The event by TITLES; what is no claim's has its period under "claimed"."""
    if isinstance(event, ClaimSettled):
        return (
            str(event.sequence),
            event.claim_id,
            event.transfer_id or "none (0 yen)",
            event.hospital_code,
            event.claim_month,
            event.receipt_kind,
            f"{event.points:,}",
            yen(event.share_yen),
        )
    moves = isinstance(event, FeeCharged | PaymentReceived)
    transfer = event.transfer_id if isinstance(event, FeeCharged | PaymentReceived) else ""
    period = "" if isinstance(event, PaymentReceived) else event.period
    return (str(event.sequence), "", transfer, "", period, "", "", yen(owed_yen(event)) if moves else "")


def why(event: PayerEvent) -> str:
    """Nothing for the share of a first decision; else the cause, or what it is beside a claim."""
    match event:
        case ClaimSettled():
            cause = event.cause.lower() if event.cause not in {"", "SUBMITTED"} else ""
            return f"reversal: {cause}" if event.kind == SETTLEMENT_KIND_REVERSAL else cause
        case FeeCharged():
            return f"fee for {event.receipts:,} receipts"
        case StatementIssued():
            return f"statement {event.statement_id}: pay {yen(event.payable_yen)} yen until {event.due_on}"
        case PaymentInstructed():
            return f"payment {event.batch_id} instructed for {event.pays_on}"
        case PaymentReceived():
            return f"received on {event.value_date}" + (f" for {event.statement_id}" if event.statement_id else "")
        case PeriodClosed():
            return "period closed"
