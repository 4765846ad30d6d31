"""What happens to payments once they are instructed: accepted, refused, settled, given back, abandoned.

Each takes payments and a cause, and is idempotent by it: what the same cause did before is left. A step that the table
of states does not have raises, and the transaction with it: a payment is never settled twice, nor settled once it is
abandoned. The ledger follows each step in the same transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from services.settlement.application.books import Books
from services.settlement.application.payment_book import Cause, PaymentBook, Standing, Step, Unsettled
from services.settlement.domain.payments.batches import Refusal, Refused
from services.settlement.domain.payments.states import AT_BANK, STEPS_BACK, LedgerStep, PaymentState, step
from services.settlement.domain.transfers import Order, TransferKind, order_id, reversal_of_order
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
    """Who proposed or released these payments, or took back that they were settled, ends them; nothing was done."""

    def __init__(self, refused: Sequence[Refused]) -> None:
        super().__init__(f"{len(refused)} payments stand in a file of the same person")
        self.refused = tuple(refused)


class SamePersonUnsettles(Exception):
    """The person who made a match takes it back, and with it what became of payments; nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The match of a bank's line that put payments into a state, and whose it is: a person's, or the importer's."""

    match_id: str
    matched_by: str
    state: PaymentState
    payment_ids: Sequence[str]


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


async def unsettle(book: PaymentBook, books: Books, shown: Shown, cause: Cause, *, at: datetime) -> None:
    """A bank's line was none of these payments: each is again what it was, under another transfer.

    Of a debit, what it moved is reversed and held anew. Of a return, which reversed it, it is posted anew, whatever the
    hospital's balance is by now: the bank has paid it.

    Raises UnknownPayments, ForbiddenStep; SamePersonUnsettles where one person made the match and takes it back: the
    payment could then be ended and paid again.
    """
    if cause.by == shown.matched_by:
        raise SamePersonUnsettles
    standing = await _standing(book, shown.payment_ids)
    steps = [_step_back(each, shown, cause) for each in standing]
    held = {each.transfer_id: _held_anew(each, cause) for each in standing}
    for some in _sliced(standing):
        if shown.state is PaymentState.SETTLED:
            await books.post([_reversal(one, cause) for one in some], at)
        anew = {one.transfer_id: held[one.transfer_id] for one in some}
        await books.hold_again(anew, at)
        if shown.state is PaymentState.RETURNED:
            await books.complete([one.transfer_id for one in anew.values()], cause_event_id=cause.event_id, at=at)
    await book.insert_unsettled(steps, at)


def _step_back(standing: Standing, shown: Shown, cause: Cause) -> Unsettled:
    before = standing.before
    if before is None or standing.state is not shown.state or (standing.state, before) not in STEPS_BACK:
        raise ForbiddenStep(standing.payment.payment_id, standing.state, shown.state)
    return Unsettled(
        step=next_step(standing, before, cause),
        match_id=shown.match_id,
        matched_by=shown.matched_by,
        former_transfer_id=standing.transfer_id,
        transfer_id=_held_anew(standing, cause).transfer_id,
    )


def _held_anew(standing: Standing, cause: Cause) -> Order:
    """The transfer of a payment once more, under an id that names the step."""
    named = order_id(TransferKind.PAYMENT, standing.payment.payment_id, str(standing.event_number + 1))
    return replace(order_of(standing), transfer_id=named, cause_event_id=cause.event_id, traceparent=cause.traceparent)


async def abandon(book: PaymentBook, books: Books, payment_ids: Sequence[str], cause: Cause, *, at: datetime) -> int:
    """They will not be made: what is still held is released; what is owed stays owed.

    The bank may make what stands in a file all the same, and the statement could then be paid twice: that is given up
    by another than who proposed the batch or released the file. See accept. Raises SamePersonAbandons.
    """
    return await _moved(book, books, payment_ids, after=PaymentState.ABANDONED, cause=cause, at=at)


async def _standing(book: PaymentBook, payment_ids: Sequence[str]) -> Sequence[Standing]:
    standing = await book.stand(payment_ids)
    known = {each.payment.payment_id for each in standing}
    if unknown := [each for each in payment_ids if each not in known]:
        raise UnknownPayments(unknown)
    return standing


def order_of(standing: Standing) -> Order:
    """The transfer of a payment as the ledger has it now: what is held, posted and reversed."""
    payment, batch = standing.payment, standing.batch
    return Order(
        transfer_id=standing.transfer_id,
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
    standing = await _standing(book, payment_ids)
    done = await book.caused(payment_ids, after, cause.event_id)
    fresh = [each for each in standing if each.payment.payment_id not in done]
    if refused := [*_own_refusals(fresh, after, cause.by)]:
        raise SamePersonAbandons(refused)
    await _ask_ledger(books, _by_step(fresh, after), cause, at)
    await book.insert_steps([next_step(each, after, cause) for each in fresh], at)
    return len(fresh)


def _own_refusals(standing: Sequence[Standing], after: PaymentState, by: str) -> Iterator[Refused]:
    """Who may not end what stands in a file. A refusal is the bank's word, but one person brings it."""
    for each in standing:
        if each.state not in AT_BANK or after not in {PaymentState.ABANDONED, PaymentState.REFUSED}:
            continue
        if after is PaymentState.ABANDONED and by in {each.batch.proposed_by, each.released_by}:
            yield Refused(why=Refusal.SAME_PERSON_ABANDONS, hospital_code=each.payment.hospital_code)
        elif by in each.unsettled_by:
            yield Refused(why=Refusal.SAME_PERSON_UNSETTLED, hospital_code=each.payment.hospital_code)


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
        await books.release([one.transfer_id for one in each], cause_event_id=cause.event_id, at=at)
    for each in _sliced(asked.get(LedgerStep.COMPLETE, ())):
        await books.complete([one.transfer_id for one in each], cause_event_id=cause.event_id, at=at)
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
