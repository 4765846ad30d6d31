"""A bank's acceptance result (受付結果) becomes steps of payments: accepted or refused, each once.

What is said of one payment holds before what is said of its instruction, and that before what is said of the message.
A reference that is not ours, or of another file, refuses the whole result: nothing is done. Banks send several results
of one message, each saying again what the ones before it said: what is known of a payment already moves nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from services.settlement.application.books import Books
from services.settlement.application.paying import accept, refuse
from services.settlement.application.payment_book import Cause, PaymentBook, ResultFile, Sent
from services.settlement.domain.bank.headers import without_headers
from services.settlement.domain.bank.pain002 import Report, Said, Verdict
from services.settlement.domain.payments.states import PaymentState

FILE_PREFIX: Final = "bkf_"
"""What the bank does not have of the ids of our files."""
KNOWN: Final = {
    Verdict.ACCEPTED: frozenset({PaymentState.ACCEPTED, PaymentState.SETTLED, PaymentState.RETURNED}),
    Verdict.REFUSED: frozenset({PaymentState.REFUSED, PaymentState.REINSTRUCTED, PaymentState.ABANDONED}),
    Verdict.PENDING: frozenset(PaymentState),
}
"""The states of a payment in which a verdict says nothing new of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a result says: payments accepted and refused, known before or not, and how many are not decided about."""

    accepted: Sequence[str]
    refused: Sequence[str]
    pending: int


class UnknownReferences(Exception):
    """The result is about what was never sent, or not in this file; nothing was done."""

    def __init__(self, references: Sequence[str]) -> None:
        super().__init__(f"{len(references)} references are unknown")
        self.references = tuple(references)


def judged(report: Report, sent: Sequence[Sent]) -> Mapping[str, Said]:
    """By payment id, what the bank says of it. Raises UnknownReferences."""
    instructions = {each.about: each for each in report.instructions}
    payments = {each.about: each for each in report.payments}
    unknown = [each for each in instructions if each not in {one.instruction for one in sent}]
    unknown += [each for each in payments if each not in {one.reference for one in sent}]
    if unknown:
        raise UnknownReferences(unknown)
    whole = Said(about=report.message_id, verdict=report.message or Verdict.PENDING, reason="")
    return {each.payment_id: payments.get(each.reference, instructions.get(each.instruction, whole)) for each in sent}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A bank's file as it came, and what it says."""

    report: Report
    content: bytes


async def take_result(book: PaymentBook, books: Books, result: Result, cause: Cause, *, at: datetime) -> Taken:
    """Accept and refuse what the bank says, and keep it as the cause. Raises UnknownReferences, ForbiddenStep.

    One operator brings what one bank says: see paying for what that operator may not end with it.
    """
    report = result.report
    sent = await book.sent(report.message_id)
    if not sent:
        raise UnknownReferences([report.message_id])
    said = judged(report, sent)
    standing = {each.payment.payment_id: each.state for each in await book.stand(list(said))}
    new = [each for each, one in said.items() if standing[each] not in KNOWN[one.verdict]]
    await accept(book, books, [each for each in new if said[each].verdict is Verdict.ACCEPTED], cause, at=at)
    refused = [each for each in new if said[each].verdict is Verdict.REFUSED]
    for reason in sorted({said[each].reason for each in refused}):
        ids = [each for each in refused if said[each].reason == reason]
        await refuse(book, books, ids, replace(cause, reason=f"REFUSED_{reason}" if reason else "REFUSED"), at=at)
    await book.keep_result(_kept(result, cause), at)
    return _taken(said)


def _kept(result: Result, cause: Cause) -> ResultFile:
    """Without its headers, which may hold a password."""
    return ResultFile(
        event_id=cause.event_id,
        sha256=sha256(result.content).digest(),
        kept=without_headers(result.content),
        file_id=FILE_PREFIX + result.report.message_id,
        taken_by=cause.by,
    )


def _taken(said: Mapping[str, Said]) -> Taken:
    by = {verdict: [each for each, one in said.items() if one.verdict is verdict] for verdict in Verdict}
    return Taken(accepted=by[Verdict.ACCEPTED], refused=by[Verdict.REFUSED], pending=len(by[Verdict.PENDING]))
