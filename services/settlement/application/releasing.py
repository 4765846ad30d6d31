"""Approves batches and releases them to the bank in one file: held in the ledger, made, checked, kept, told to payers.

The file stands in the same transaction as the instruction of its payments, so there is never one without the other.
The same batches in the same form give the file that was released, byte for byte.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final

from services.settlement.application.books import Books
from services.settlement.application.paying import HOSPITAL_ACCOUNT, next_step, order_of
from services.settlement.application.payment_book import Approval, BankFile, Cause, PaymentBook, Standing
from services.settlement.domain.bank.furikomi import CannotBeFiled
from services.settlement.domain.payments.batches import Batch, Refusal, Refused
from services.settlement.domain.payments.files import Filed, FileForm, file_content, is_as_approved
from services.settlement.domain.payments.states import PaymentState
from services.settlement.domain.transfers import LimitExceeded
from services.shared.kernel.ids import bank_file_id
from services.shared.kernel.months import business_day

SHORTEST_YEAR: Final = timedelta(days=365)
"""取組日 is MMDD: of a day further away the bank would take the one that comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which batches, in the order of their groups, in which form, by whom."""

    batch_ids: Sequence[str]
    form: FileForm
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The file, whether it is new, and the payers to be told of each batch."""

    file: BankFile
    is_new: bool
    payers: Mapping[str, Sequence[str]]


class Unfiled(Exception):
    """What no bank would take, with everything the file was to be made of; nothing is released."""

    def __init__(self, filed: Sequence[Filed], fault: CannotBeFiled) -> None:
        super().__init__(str(fault))
        self.filed = filed
        self.reasons = fault.reasons


async def approve(book: PaymentBook, batch_id: str, by: str, *, now: datetime) -> Approval | Refusal | None:
    """The batch, approved; none where there is no such batch. The same person's approval again changes nothing."""
    found = await book.approvals([batch_id])
    if not found:
        return None
    [standing] = found
    if standing.approved_by is not None:
        return standing if standing.approved_by == by else Refusal.ALREADY_APPROVED
    if standing.batch.proposed_by == by:
        return Refusal.SAME_PERSON
    await book.approve(standing.batch, by, now)
    return Approval(batch=standing.batch, approved_by=by, file_id=None)


async def release(
    book: PaymentBook, books: Books, asked: Asked, *, now: datetime
) -> Released | Sequence[Refused] | None:
    """The file of these batches, or every reason against it; none where a batch does not exist. Raises Unfiled."""
    found = await book.approvals(asked.batch_ids)
    if len(found) != len(asked.batch_ids):
        return None
    file_id = bank_file_id(asked.form.value, tuple(asked.batch_ids))
    if all(each.file_id == file_id for each in found):
        standing = await book.read_file(file_id)
        return None if standing is None else Released(file=standing, is_new=False, payers={})
    filed = [await book.filed(each.batch, asked.form) for each in found]
    refused: Sequence[Refused] = [
        *_batch_refusals(found, business_day(now)),
        *await _payee_refusals(book, filed),
        *await asyncio.to_thread(_content_refusals, filed),
    ]
    if refused:
        return refused
    ids = [each.payment.payment_id for group in filed for each in group.due]
    instructed = await book.stand(ids)
    refused = _state_refusals(instructed) or await _hold(books, instructed, now)
    if refused:
        return refused
    file = await asyncio.to_thread(_file, file_id, asked, filed, now)  # seconds for 100,000 payments
    await book.insert_steps([next_step(each, PaymentState.INSTRUCTED, _cause(each, asked)) for each in instructed], now)
    await book.insert_file(file, now)
    return Released(file=file, is_new=True, payers=await book.payers_of(file.batches))


def _batch_refusals(found: Sequence[Approval], today: date) -> Sequence[Refused]:
    checks: Mapping[Refusal, Callable[[Approval], bool]] = {
        Refusal.IN_ANOTHER_FILE: lambda each: each.file_id is not None,
        Refusal.NOT_APPROVED: lambda each: each.approved_by is None,
        Refusal.PAY_DAY_PAST: lambda each: each.batch.pays_on < today,
        Refusal.PAY_DAY_FAR: lambda each: each.batch.pays_on - today >= SHORTEST_YEAR,
    }
    return [Refused(why=why) for why, is_so in checks.items() if any(map(is_so, found))]


async def _payee_refusals(book: PaymentBook, filed: Sequence[Filed]) -> Sequence[Refused]:
    due = [each.payment for group in filed for each in group.due]
    latest = await book.latest_payees([each.hospital_code for each in due])
    return [
        Refused(why=Refusal.PAYEE_CHANGED, hospital_code=each.hospital_code)
        for each in due
        if latest.get(each.hospital_code) != each.payee_version
    ]


def _content_refusals(filed: Sequence[Filed]) -> Sequence[Refused]:
    """What stands there is held against the digest before anything is held for it."""
    return [] if all(map(is_as_approved, filed)) else [Refused(why=Refusal.NOT_AS_APPROVED)]


def _state_refusals(standing: Sequence[Standing]) -> Sequence[Refused]:
    return [
        Refused(why=Refusal.ABANDONED, hospital_code=each.payment.hospital_code)
        for each in standing
        if each.state is not PaymentState.PROPOSED
    ]


async def _hold(books: Books, standing: Sequence[Standing], now: datetime) -> Sequence[Refused]:
    try:
        await books.hold([order_of(each) for each in standing], now)
    except LimitExceeded as exceeded:
        if not exceeded.account_id.startswith(HOSPITAL_ACCOUNT):
            return [Refused(why=Refusal.NOT_FUNDED)]
        return [Refused(why=Refusal.OVER_BALANCE, hospital_code=exceeded.account_id.removeprefix(HOSPITAL_ACCOUNT))]
    return []


def _file(file_id: str, asked: Asked, filed: Sequence[Filed], now: datetime) -> BankFile:
    try:
        content = file_content(file_id, asked.form, filed, now)
    except CannotBeFiled as fault:
        raise Unfiled(filed, fault) from fault
    return BankFile(
        file_id=file_id,
        form=asked.form,
        sha256=sha256(content).digest(),
        content=content,
        batches=[each.batch for each in filed],
        released_by=asked.by,
    )


def _cause(standing: Standing, asked: Asked) -> Cause:
    batch: Batch = standing.batch
    return Cause(event_id=batch.cause_event_id, by=asked.by, reason="", traceparent=batch.traceparent)
