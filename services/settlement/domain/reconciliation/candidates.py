"""What a queued line could be, for the person who decides: the likeliest first, each with its reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Final

from services.settlement.domain.bank.statements import BankLine, Direction
from services.settlement.domain.reconciliation.expected import Expected
from services.settlement.domain.reconciliation.matching import payers_named
from services.settlement.domain.reconciliation.verdicts import Purpose

MOST_CANDIDATES: Final = 10
NEAR: Final = timedelta(days=31)
"""Between a line's day and a payment's, for one to be worth showing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One thing that a line could be: `because` says why it is shown. `yen` is what it asks for."""

    purpose: Purpose
    target: str
    yen: int
    because: str
    statement_id: str = ""


def candidates(line: BankLine, account: str, expected: Expected) -> list[Candidate]:
    """At most MOST_CANDIDATES, without one twice."""
    told: dict[tuple[str, str], Candidate] = {}
    every = (
        _of_debit(line, account, expected) if line.direction is Direction.OUT else _of_credit(line, account, expected)
    )
    for each in every:
        told.setdefault((each.target, each.statement_id), each)
    return list(islice(told.values(), MOST_CANDIDATES))


def _of_debit(line: BankLine, account: str, expected: Expected) -> Iterator[Candidate]:
    waiting = expected.payments_of(account, line.yen, settled=False)
    for each in sorted(waiting, key=lambda payment: (abs(payment.pays_on - line.booked), payment.payment_id)):
        if abs(each.pays_on - line.booked) <= NEAR:
            yield _payment(each.payment_id, each.yen, Purpose.PAYMENT, "a waiting payment of this amount")
    for batch in expected.batches_of(account, line.yen):
        yield _payment(batch[0].batch_id, line.yen, Purpose.PAYMENT, "a waiting batch that comes to this amount")


def _of_credit(line: BankLine, account: str, expected: Expected) -> Iterator[Candidate]:
    for payer in sorted(payers_named(line, expected)):
        for owed in expected.of_payer(payer):
            if owed.open_yen > 0:
                yield _statement(payer, owed.statement_id, owed.open_yen, "the line names this payer")
    for owed in expected.open_at(line.yen):
        yield _statement(owed.payer_number, owed.statement_id, owed.open_yen, "an open statement of this amount")
    for each in expected.payments_of(account, line.yen, settled=True):
        yield _payment(each.payment_id, each.yen, Purpose.RETURN, "a settled payment of this amount")


def _payment(target: str, yen: int, purpose: Purpose, because: str) -> Candidate:
    return Candidate(purpose=purpose, target=target, yen=yen, because=because)


def _statement(payer: str, statement: str, yen: int, because: str) -> Candidate:
    return Candidate(purpose=Purpose.PAYER, target=payer, yen=yen, because=because, statement_id=statement)
