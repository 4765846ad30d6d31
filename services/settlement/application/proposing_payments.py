"""Proposes payments: of what a closed period's statements leave, or in the place of payments that came to nothing.

Nothing is held and nothing is sent: a batch waits for another person's approval. A statement that its hospital's
balance does not cover is left out, so that it does not stop the others when the file is made: the hospital's next
statement takes it up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.settlement.application.payment_book import Cause, PaymentBook, Standing, Step
from services.settlement.domain.bank.furikomi import Remitter
from services.settlement.domain.payments.batches import (
    PAYMENT,
    Batch,
    Former,
    Limits,
    Payable,
    Payment,
    Refusal,
    Refused,
    content_digest,
    is_covered,
    pay_day,
    payments_of,
    proposal_refusals,
)
from services.settlement.domain.payments.states import PaymentState
from services.shared.kernel.ids import event_id, payment_batch_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """From which account payments are made, and how much they may be."""

    remitter: Remitter
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks for payments of which period (YYYYMM), on which day (none: the statements'), without which hospitals."""

    period: str
    pays_on: date | None
    by: str
    traceparent: str
    excepted: Sequence[str] = ()


async def propose(book: PaymentBook, terms: Terms, asked: Asked, *, now: datetime) -> Batch | Sequence[Refused]:
    """A batch of what no live payment pays yet and the balances cover, or every reason against it."""
    await book.lock_proposing()
    if not await book.is_closed(asked.period):
        return [Refused(why=Refusal.PERIOD_OPEN)]
    covered, uncovered = await _parted(book, asked)
    if uncovered and not covered:
        return [Refused(why=Refusal.OVER_BALANCE, hospital_code=each.hospital_code) for each in uncovered]
    return await _batch(book, terms, asked, covered, now=now)


async def left_out(book: PaymentBook, asked: Asked) -> Sequence[Payable]:
    """What a proposal leaves out (OVER_BALANCE), asked in its transaction once the batch stands."""
    return (await _parted(book, asked))[1]


async def _parted(book: PaymentBook, asked: Asked) -> tuple[Sequence[Payable], Sequence[Payable]]:
    """What the balances cover, and what they do not."""
    payables = await book.payables(asked.period, asked.excepted)
    free_yen = await book.free_yen([each.hospital_code for each in payables])
    covered = [each for each in payables if is_covered(each, free_yen)]
    return covered, [each for each in payables if not is_covered(each, free_yen)]


async def reinstruct(
    book: PaymentBook, terms: Terms, payment_ids: Sequence[str], cause: Cause, *, pays_on: date, now: datetime
) -> Batch | Sequence[Refused]:
    """A batch in the place of payments that came back or were refused, to the payees of today.

    The same cause again is the same batch.
    """
    await book.lock_proposing()
    standing = await book.stand(payment_ids)
    if await book.caused(payment_ids, PaymentState.REINSTRUCTED, cause.event_id) == frozenset(payment_ids):
        [batch_id] = await book.successors(payment_ids)
        [approval] = await book.approvals([batch_id])
        return approval.batch
    refused = _reinstruction_refusals(standing, payment_ids)
    if refused:
        return refused
    payees = await book.latest_payees([each.payment.hospital_code for each in standing])
    payables = [_again(each, payees.get(each.payment.hospital_code)) for each in standing]
    period = standing[0].batch.period
    asked = Asked(period=period, pays_on=pays_on, by=cause.by, traceparent=cause.traceparent)
    found = list(proposal_refusals(payables, terms.limits))
    if found:
        return found
    await book.insert_steps([_replaced(each, cause) for each in standing], now)
    return await _batch(book, terms, asked, payables, now=now)


async def _batch(
    book: PaymentBook, terms: Terms, asked: Asked, payables: Sequence[Payable], *, now: datetime
) -> Batch | Sequence[Refused]:
    refused = list(proposal_refusals(payables, terms.limits))
    day = pay_day(payables, asked.pays_on)
    if refused or isinstance(day, Refusal):
        return refused or ([Refused(why=day)] if isinstance(day, Refusal) else [])
    number = await book.next_number(asked.period)
    payments = payments_of(payables, await book.references(len(payables)))
    accounts = await book.payee_accounts({each.hospital_code: each.payee_version for each in payments})
    batch = Batch(
        batch_id=payment_batch_id(asked.period, number),
        period=asked.period,
        number=number,
        pays_on=day,
        remitter=terms.remitter,
        payments=len(payments),
        total_yen=sum(each.yen for each in payments),
        content_sha256=content_digest(
            payments, [accounts[each.hospital_code] for each in payments], terms.remitter, day
        ),
        proposed_by=asked.by,
        traceparent=asked.traceparent,
    )
    await book.insert_batch(batch, payments, now)
    await book.insert_steps([_first(each, batch) for each in payments], now)
    return batch


def _first(payment: Payment, batch: Batch) -> Step:
    cause = Cause(
        event_id=event_id(PAYMENT, batch.batch_id, PaymentState.PROPOSED.value),
        by=batch.proposed_by,
        reason="",
        traceparent=batch.traceparent,
    )
    return Step(payment_id=payment.payment_id, number=1, state=PaymentState.PROPOSED, before=None, cause=cause)


def _replaced(standing: Standing, cause: Cause) -> Step:
    return Step(
        payment_id=standing.payment.payment_id,
        number=standing.event_number + 1,
        state=PaymentState.REINSTRUCTED,
        before=standing.state,
        cause=cause,
    )


def _again(standing: Standing, payee_version: int | None) -> Payable:
    payment = standing.payment
    former = Former(
        payment_id=payment.payment_id,
        event_number=standing.event_number + 1,
        state=PaymentState.REINSTRUCTED,
        attempt=payment.attempt,
    )
    return Payable(
        hospital_code=payment.hospital_code,
        statement_id=payment.statement_id,
        yen=payment.yen,
        pays_on=None,
        payee_version=payee_version,
        former=former,
    )


def _reinstruction_refusals(standing: Sequence[Standing], asked: Sequence[str]) -> Sequence[Refused]:
    open_states = {PaymentState.RETURNED, PaymentState.REFUSED}
    closed = [each.payment.hospital_code for each in standing if each.state not in open_states]
    if closed or len(standing) != len(asked):
        return [Refused(why=Refusal.NOT_OPEN, hospital_code=code) for code in closed or [""]]
    if len({each.batch.period for each in standing}) > 1:
        return [Refused(why=Refusal.NOT_OF_ONE_PERIOD)]
    return []
