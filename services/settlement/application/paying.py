"""What happens to payments once they are instructed: accepted, refused, settled, given back, abandoned.

Each takes payments and a cause, and is idempotent by it: what the same cause did before is left. A step that the table
of states does not have raises, and the transaction with it: a payment is never settled twice, nor settled once it is
abandoned. The ledger follows each step in the same transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from services.settlement.application.books import Books
from services.settlement.application.payment_book import Cause, PaymentBook, Standing, Step
from services.settlement.domain.payments.batches import Refusal, Refused
from services.settlement.domain.payments.states import AT_BANK, LedgerStep, PaymentState, step
from services.settlement.domain.transfers import Order, TransferKind, reversal_of_order
from services.shared.kernel.double_entry import Movement

HOSPITAL_ACCOUNT: Final = "hospital:"
MOST_AT_ONCE: Final = 5_000
"""Payments that the ledger is asked about in one statement: statements are bounded in time."""


class UnknownPayments(Exception):
    """Payments that do not exist; nothing was done."""

    def __init__(self, payment_ids: Sequence[str]) -> None:
        super().__init__(f"{len(payment_ids)} payments are unknown")
        self.payment_ids = tuple(payment_ids)


class ForbiddenStep(Exception):
    """A payment's state does not allow the step; nothing was done."""

    def __init__(self, payment_id: str, before: PaymentState, after: PaymentState) -> None:
        super().__init__(f"{payment_id} is {before.value} and cannot be {after.value}")
        self.payment_id = payment_id
        self.before = before
        self.after = after


class SamePersonAbandons(Exception):
    """Who proposed or released these payments gives them up while they stand in a file; nothing was done."""

    def __init__(self, refused: Sequence[Refused]) -> None:
        super().__init__(f"{len(refused)} payments stand in a file of the same person")
        self.refused = tuple(refused)


async def accept(book: PaymentBook, books: Books, payment_ids: Sequence[str], cause: Cause, *, at: datetime) -> int:
    """The bank took them in (受付). Returns how many that is new of. Raises UnknownPayments, ForbiddenStep."""
    return await _moved(book, books, payment_ids, after=PaymentState.ACCEPTED, cause=cause, at=at)


async def refuse(book: PaymentBook, books: Books, payment_ids: Sequence[str], cause: Cause, *, at: datetime) -> int:
    """The bank did not take them: what was held is released. See accept."""
    return await _moved(book, books, payment_ids, after=PaymentState.REFUSED, cause=cause, at=at)


async def settle(book: PaymentBook, books: Books, payment_ids: Sequence[str], cause: Cause, *, at: datetime) -> int:
    """The bank's statement shows them: what was held is posted. See accept."""
    return await _moved(book, books, payment_ids, after=PaymentState.SETTLED, cause=cause, at=at)


async def give_back(book: PaymentBook, books: Books, payment_ids: Sequence[str], cause: Cause, *, at: datetime) -> int:
    """They came back (資金返却, 組戻): each is reversed as a whole, from the bank to the hospital. See accept."""
    return await _moved(book, books, payment_ids, after=PaymentState.RETURNED, cause=cause, at=at)


async def abandon(book: PaymentBook, books: Books, payment_ids: Sequence[str], cause: Cause, *, at: datetime) -> int:
    """They will not be made: what is still held is released; what is owed stays owed.

    The bank may make what stands in a file all the same, and the statement could then be paid twice: that is given up
    by another than who proposed the batch or released the file. See accept. Raises SamePersonAbandons.
    """
    return await _moved(book, books, payment_ids, after=PaymentState.ABANDONED, cause=cause, at=at)


def order_of(standing: Standing) -> Order:
    """The transfer of a payment, the same at any time: what is held, posted and reversed."""
    payment, batch = standing.payment, standing.batch
    return Order(
        transfer_id=payment.transfer_id,
        movement=Movement(
            from_account=HOSPITAL_ACCOUNT + payment.hospital_code,
            to_account=batch.account_id,
            amount_yen=payment.yen,
        ),
        kind=TransferKind.PAYMENT,
        cause_event_id=batch.cause_event_id,
        traceparent=batch.traceparent,
        period=batch.period,
    )


async def _moved(
    book: PaymentBook, books: Books, payment_ids: Sequence[str], *, after: PaymentState, cause: Cause, at: datetime
) -> int:
    standing = await book.stand(payment_ids)
    known = {each.payment.payment_id for each in standing}
    if unknown := [each for each in payment_ids if each not in known]:
        raise UnknownPayments(unknown)
    done = await book.caused(payment_ids, after, cause.event_id)
    fresh = [each for each in standing if each.payment.payment_id not in done]
    if after is PaymentState.ABANDONED and (refused := _own_refusals(fresh, cause.by)):
        raise SamePersonAbandons(refused)
    await _ask_ledger(books, _by_step(fresh, after), cause, at)
    await book.insert_steps([next_step(each, after, cause) for each in fresh], at)
    return len(fresh)


def _own_refusals(standing: Sequence[Standing], by: str) -> Sequence[Refused]:
    return [
        Refused(why=Refusal.SAME_PERSON_ABANDONS, hospital_code=each.payment.hospital_code)
        for each in standing
        if each.state in AT_BANK and by in {each.batch.proposed_by, each.released_by}
    ]


def next_step(standing: Standing, after: PaymentState, cause: Cause) -> Step:
    """The payment's next event."""
    return Step(
        payment_id=standing.payment.payment_id,
        number=standing.event_number + 1,
        state=after,
        before=standing.state,
        cause=cause,
    )


def _by_step(fresh: Sequence[Standing], after: PaymentState) -> Mapping[LedgerStep, Sequence[Standing]]:
    found: dict[LedgerStep, list[Standing]] = {}
    for each in fresh:
        asked = step(each.state, after)
        if asked is None:
            raise ForbiddenStep(each.payment.payment_id, each.state, after)
        found.setdefault(asked, []).append(each)
    return found


async def _ask_ledger(books: Books, asked: Mapping[LedgerStep, Sequence[Standing]], cause: Cause, at: datetime) -> None:
    for each in _sliced(asked.get(LedgerStep.RELEASE, ())):
        await books.release([one.payment.transfer_id for one in each], cause_event_id=cause.event_id, at=at)
    for each in _sliced(asked.get(LedgerStep.COMPLETE, ())):
        await books.complete([one.payment.transfer_id for one in each], cause_event_id=cause.event_id, at=at)
    for each in _sliced(asked.get(LedgerStep.REVERSE, ())):
        await books.post([_reversal(one, cause) for one in each], at)


def _sliced(standing: Sequence[Standing]) -> Iterator[Sequence[Standing]]:
    return (standing[at : at + MOST_AT_ONCE] for at in range(0, len(standing), MOST_AT_ONCE))


def _reversal(standing: Standing, cause: Cause) -> Order:
    return reversal_of_order(
        order_of(standing),
        cause_event_id=cause.event_id,
        traceparent=cause.traceparent,
        period=standing.batch.period,
    )
