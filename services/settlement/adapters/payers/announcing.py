"""Notices: what a payer is told on its own stream beside shares of claims, numbered with them without gap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.settlement.adapters.queries import QUERIES
from services.shared.chassis.postgres import Transaction
from services.shared.kernel.ids import EventId


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerNotice:
    """An event that moves no money; `period` YYYYMM.

    `type` is its ce_type; `subject` (a statement's or batch's id, a period) its ce_subject and Kafka key. `write` gives
    its bytes at a sequence of the payer's stream.
    """

    payer_number: str
    event_id: EventId
    type: str
    subject: str
    period: str
    traceparent: str
    write: Callable[[int], bytes]


async def announce_notices(tx: Transaction, notices: Sequence[PayerNotice], at: datetime) -> None:
    """Append the notices to their payers' streams, in their order; one whose id was announced before is left.

    The caller wakes the relay once `tx` is committed. Payers' streams are locked in order of their numbers.
    """
    if not notices:
        return
    payers = sorted({each.payer_number for each in notices})
    streams = await tx.fetch(QUERIES["lock_payer_streams"], payers)
    told = await tx.fetch(QUERIES["announced_among"], [each.event_id for each in notices])
    sequences = {row["payer_number"]: row["next_sequence"] for row in streams}
    await _append(tx, _numbered(notices, sequences, {row["event_id"] for row in told}), at)


def _numbered(
    notices: Sequence[PayerNotice], next_sequences: dict[str, int], told: set[str]
) -> list[tuple[int, PayerNotice]]:
    """The new ones with their sequences; an id that stands twice is announced once."""
    numbered: list[tuple[int, PayerNotice]] = []
    for notice in notices:
        if notice.event_id not in told:
            told.add(notice.event_id)
            numbered.append((next_sequences[notice.payer_number], notice))
            next_sequences[notice.payer_number] += 1
    return numbered


async def _append(tx: Transaction, numbered: Sequence[tuple[int, PayerNotice]], at: datetime) -> None:
    if not numbered:
        return
    await tx.fetchval(
        QUERIES["announce_notices"],
        [each.payer_number for _, each in numbered],
        [sequence for sequence, _ in numbered],
        [each.event_id for _, each in numbered],
        [each.type for _, each in numbered],
        [each.subject for _, each in numbered],
        [each.write(sequence) for sequence, each in numbered],
        [each.traceparent for _, each in numbered],
        [each.period for _, each in numbered],
        at,
    )
