"""A bank's acceptance result (受付結果) becomes steps of payments: accepted or refused, each once.

What is said of one payment holds before what is said of its instruction, and that before what is said of the message.
A reference that is not ours, or of another file, refuses the whole result: nothing is done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.settlement.application.books import Books
from services.settlement.application.paying import accept, refuse
from services.settlement.application.payment_book import Cause, PaymentBook, Sent
from services.settlement.domain.bank.pain002 import Report, Said, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a result did: payments that are new in the state, and those that the bank has not decided about."""

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


async def take_result(book: PaymentBook, books: Books, report: Report, cause: Cause, *, at: datetime) -> Taken:
    """Accept and refuse what the bank says. Raises UnknownReferences, ForbiddenStep."""
    sent = await book.sent(report.message_id)
    if not sent:
        raise UnknownReferences([report.message_id])
    said = judged(report, sent)
    accepted = [each for each, one in said.items() if one.verdict is Verdict.ACCEPTED]
    await accept(book, books, accepted, cause, at=at)
    refused = [each for each, one in said.items() if one.verdict is Verdict.REFUSED]
    for reason in sorted({said[each].reason for each in refused}):
        ids = [each for each in refused if said[each].reason == reason]
        await refuse(book, books, ids, replace(cause, reason=f"REFUSED_{reason}" if reason else "REFUSED"), at=at)
    return Taken(accepted=accepted, refused=refused, pending=len(said) - len(accepted) - len(refused))
