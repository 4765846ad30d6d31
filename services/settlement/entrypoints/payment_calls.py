"""What the handlers of payments share: who causes a step, which payments are meant, and faults as refusals."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Final

import asyncpg
import grpc
from seikyu.settlement.v1 import payment_service_pb2 as wire

from services.settlement.adapters.payments.payment_queries import QUERIES
from services.settlement.application.accepting import UnknownReferences
from services.settlement.application.paying import ForbiddenStep, SamePersonAbandons, UnknownPayments
from services.settlement.application.payment_book import Cause
from services.settlement.domain.payments.batches import PAYMENT, Batch, Refused
from services.settlement.domain.payments.payees import Payee
from services.settlement.domain.payments.states import STEPS, PaymentState
from services.settlement.entrypoints.callers import own_account
from services.settlement.entrypoints.payment_forms import (
    batch_message,
    payee_message,
    payment_message,
    refused,
    without_people,
)
from services.shared.chassis.calls import caller
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.rpc_errors import RpcRefusal, Violation, invalid, not_found
from services.shared.chassis.spans import current_traceparent
from services.shared.chassis.traceparent import new_traceparent
from services.shared.kernel.ids import EventId, event_id

UNKNOWN: Final = "the result is about payments that do not stand in a file of ours; nothing was done"
FORBIDDEN: Final = "the state of a payment does not allow this; nothing was done"
NOTHING_OPEN: Final = "no payment of the batch is in a state that allows this"
FIRST_PAGE: Final = ("999999", 2**31 - 1)
"""Before every batch, as the latest comes first."""


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what use cases raise into refusals of the call."""
    try:
        yield
    except UnknownPayments as unknown:
        raise not_found() from unknown
    except UnknownReferences as unknown:
        violations = [
            Violation(field=f"content.references[{place}]", rule="known", description="is no reference of the file")
            for place, _ in enumerate(unknown.references)
        ]
        raise RpcRefusal(
            grpc.StatusCode.INVALID_ARGUMENT, "UNKNOWN_REFERENCE", UNKNOWN, violations=violations
        ) from unknown
    except SamePersonAbandons as same:
        raise refused(same.refused) from same
    except ForbiddenStep as forbidden:
        description = f"is {forbidden.before.value} and cannot be {forbidden.after.value}"
        violation = Violation(field=f'payments["{forbidden.payment_id}"]', rule="state", description=description)
        raise RpcRefusal(
            grpc.StatusCode.FAILED_PRECONDITION, "FORBIDDEN_STEP", FORBIDDEN, violations=[violation]
        ) from forbidden


async def selected(tx: Transaction, asked: wire.PaymentSelection, after: PaymentState) -> Sequence[str]:
    """The payments asked for; of a batch all that the step is open to."""
    if bool(asked.batch_id) == bool(asked.payment_ids):
        raise invalid("payments", "one_of", "give either batch_id or payment_ids")
    if asked.payment_ids:
        return list(asked.payment_ids)
    open_states = [before.value for before, to in STEPS if to is after]
    rows = await tx.fetch(QUERIES["payments_in_state"], asked.batch_id, open_states)
    if not rows:
        raise RpcRefusal(grpc.StatusCode.FAILED_PRECONDITION, "NOTHING_OPEN", NOTHING_OPEN)
    return [row["payment_id"] for row in rows]


async def payment_messages(tx: Database | Transaction, rows: Sequence[asyncpg.Record]) -> Sequence[wire.Payment]:
    """Payments with their steps and what stood in a file before them. Who did what is told to operators alone."""
    ids = [row["payment_id"] for row in rows]
    steps = await tx.fetch(QUERIES["payment_steps"], ids)
    formers = {row["payment_id"]: row["former_in_file"] for row in await tx.fetch(QUERIES["formers_in_file"], ids)}
    made = [payment_message(row, steps, formers.get(row["payment_id"], "")) for row in rows]
    for each in made if own_account() else ():
        without_people(each)
    return made


def payee_messages(rows: Sequence[asyncpg.Record]) -> Sequence[wire.Payee]:
    """A hospital's accounts."""
    made = [payee_message(row) for row in rows]
    for each in made if own_account() else ():
        without_people(each)
    return made


async def payee_of(tx: Transaction, payee: Payee) -> wire.Payee:
    """The version as it is kept now."""
    rows = await tx.fetch(QUERIES["payee_versions"], payee.hospital_code)
    return next(payee_message(row) for row in rows if row["version"] == payee.version)


async def proposed(tx: Transaction, done: Batch | Sequence[Refused]) -> wire.PaymentBatch:
    """The batch that was proposed. Raises RpcRefusal with the reasons against it."""
    if not isinstance(done, Batch):
        raise refused(done)
    return await batch_of(tx, done.batch_id)


async def batch_of(tx: Transaction, batch_id: str) -> wire.PaymentBatch:
    """A batch as it stands now. Raises RpcRefusal."""
    rows = await tx.fetch(QUERIES["batch_page"], batch_id, "", *FIRST_PAGE, 1)
    if not rows:
        raise not_found()
    return batch_message(rows[0], await tx.fetch(QUERIES["state_counts"], [batch_id]))


def cause_of(request_id: str, reason: str) -> Cause:
    """What the caller's request causes; the id derives from both."""
    by = caller().subject
    return Cause(event_id=event_id(PAYMENT, by, request_id), by=by, reason=reason, traceparent=own_traceparent())


def result_id(content: bytes) -> EventId:
    """A result taken again, whoever sends it, has done its work."""
    return event_id(PAYMENT, "result", sha256(content).hexdigest())


def own_traceparent() -> str:
    """Of the span under way, else of a trace of its own."""
    return current_traceparent() or new_traceparent(raised=False)


def batch_position(position: Sequence[str]) -> tuple[str, int]:
    """Period and number. Raises ValueError."""
    period, number = position
    return period, int(number)
