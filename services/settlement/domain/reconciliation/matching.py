"""Which instructed payment, returned payment or payer's statement a bank line is, to the yen. Rules, each with a name.

Lines are judged one after the other in the order of the account, so that however they were cut into files, the verdicts
are the same; each sees what the lines before it took. A rule matches only where exactly one thing can be meant; what is
likely but not certain goes to the queue with its candidates.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from services.settlement.domain.bank.statements import BankLine, Direction
from services.settlement.domain.reconciliation.expected import Expected, Outgoing, Owed
from services.settlement.domain.reconciliation.verdicts import Matched, Part, Purpose, Queued, Rule, Verdict, Why

CORRECTION: Final = "19"
"""取引区分 訂正."""
LATE: Final = timedelta(days=3)
"""After its day a batch may still show up as a whole."""
REFERENCE: Final = re.compile(r"(?<!\d)\d{10}(?!\d)")
DIGITS: Final = re.compile(r"\d+", re.ASCII)
PAYER_DIGITS: Final = (8, 6)
"""Of a 保険者番号 or 負担者番号; a 国民健康保険 insurer's has six."""
REMITTER_DIGITS: Final = 10
"""Of 依頼人コード, which a shorter number fills from the right, over zeros."""


def judged(lines: Iterable[BankLine], account: str, expected: Expected) -> Iterator[Verdict]:
    """The verdict on each line, in order; `expected` moves on with each one that is matched."""
    for line in lines:
        verdict = verdict_on(line, account, expected)
        if isinstance(verdict, Matched):
            taken(verdict, expected)
        yield verdict


def verdict_on(line: BankLine, account: str, expected: Expected) -> Verdict:
    """What the line is, as far as the rules can tell."""
    if line.dealing == CORRECTION:
        return Queued(why=Why.CORRECTION)
    if line.direction is Direction.OUT:
        return _on_debit(line, account, expected)
    return _on_return(line, account, expected) or _on_credit(line, expected)


def taken(matched: Matched, expected: Expected) -> None:
    """Let `expected` know what a line was matched with."""
    for part in matched.parts:
        if part.purpose is Purpose.PAYER:
            expected.receive(part.statement_id, part.yen)
        for payment_id in part.payment_ids:
            if part.purpose is Purpose.PAYMENT:
                expected.settle(payment_id)
            else:
                expected.give_back(payment_id)


# Money that went out.


def _on_debit(line: BankLine, account: str, expected: Expected) -> Verdict:
    waiting = expected.payments_of(account, line.yen, settled=False)
    batches = [each for each in expected.batches_of(account, line.yen) if _is_due(line, each[0], late=LATE)]
    for rule, found in (
        (Rule.PAYMENT_REFERENCE, [[each] for each in _of_reference(line, waiting)]),
        (Rule.BATCH_TOTAL, [each for each in batches if each[0].pays_on == line.booked]),
        (Rule.BATCH_TOTAL_LATE, batches),
        (Rule.PAYEE_AND_DAY, [[each] for each in waiting if _is_to_payee(line, each) and each.pays_on == line.booked]),
    ):
        if len(found) == 1:
            return Matched(rule=rule, parts=(_payments(found[0], line.yen),))
        if found:
            return Queued(why=Why.SEVERAL_PAYMENTS)
    return Queued(why=Why.UNKNOWN_DEBIT)


def _is_due(line: BankLine, payment: Outgoing, late: timedelta) -> bool:
    return payment.pays_on <= line.booked <= payment.pays_on + late


def _payments(payments: Sequence[Outgoing], yen: int) -> Part:
    target = payments[0].payment_id if len(payments) == 1 else payments[0].batch_id
    ids = tuple(sorted(each.payment_id for each in payments))
    return Part(purpose=Purpose.PAYMENT, target=target, yen=yen, payment_ids=ids)


# Money that came back.


def _on_return(line: BankLine, account: str, expected: Expected) -> Verdict | None:
    """None: nothing says that it is a return."""
    settled = expected.payments_of(account, line.yen, settled=True)
    named = _of_reference(line, settled)
    if len(named) == 1:
        return Matched(rule=Rule.RETURN_REFERENCE, parts=(_return_of(named[0]),))
    if not says_return(line, expected.return_words):
        return None
    meant = [each for each in settled if _is_to_payee(line, each)]
    if len(meant) == 1 and not named:
        return Matched(rule=Rule.RETURN_PAYEE, parts=(_return_of(meant[0]),))
    return Queued(why=Why.UNCLEAR_RETURN)


def says_return(line: BankLine, words: Sequence[str]) -> bool:
    """Whether the bank names 資金返却 or 組戻 in the line."""
    return any(word in text for word in words for text in (line.narrative, line.remitter, line.edi))


def _return_of(payment: Outgoing) -> Part:
    return Part(purpose=Purpose.RETURN, target=payment.payment_id, yen=payment.yen, payment_ids=(payment.payment_id,))


def _of_reference(line: BankLine, payments: Iterable[Outgoing]) -> list[Outgoing]:
    told = {found for text in (line.edi, line.narrative) for found in REFERENCE.findall(text)}
    return [each for each in payments if each.reference in told]


def _is_to_payee(line: BankLine, payment: Outgoing) -> bool:
    """The bank's name of the payee may be cut, so one that begins the other is the same."""
    if not payment.payee_name:
        return False
    texts = [text for text in (line.remitter, line.narrative) if text]
    return any(payment.payee_name in text or payment.payee_name.startswith(text) for text in texts)


# Money of payers.


def _on_credit(line: BankLine, expected: Expected) -> Verdict:
    payers = payers_named(line, expected)
    if len(payers) != 1:
        return Queued(why=Why.SEVERAL_PAYERS if payers else Why.UNKNOWN_REMITTER)
    (payer,) = payers
    statements = expected.of_payer(payer)
    still_open = [each for each in statements if each.open_yen > 0]
    for rule, found in (
        (Rule.ONE_STATEMENT, _one_of(line.yen, still_open)),
        (Rule.ALL_STATEMENTS, _first_of(line.yen, still_open, least=len(still_open))),
        (Rule.OLDEST_STATEMENTS, _first_of(line.yen, still_open, least=1)),
    ):
        if found:
            return Matched(rule=rule, parts=tuple(_paid(each) for each in found))
    return Queued(why=_why_not(line.yen, statements, still_open))


def payers_named(line: BankLine, expected: Expected) -> frozenset[str]:
    """Payers whose number the line holds; else those that people matched this remitter with."""
    texts = (line.remitter_code, line.edi, line.narrative)
    numbers = {number for text in texts for run in DIGITS.findall(text) for number in _payer_numbers(run)}
    return frozenset(numbers & expected.payers) or expected.remitters.get(
        (line.remitter_code, line.remitter), frozenset()
    )


def _payer_numbers(run: str) -> Iterator[str]:
    """The payers' numbers that a run of digits may be: as it is, or filled to the ten digits of 依頼人コード."""
    if len(run) in PAYER_DIGITS:
        yield run
    if len(run) == REMITTER_DIGITS:
        yield from (run[-length:] for length in PAYER_DIGITS if not run[:-length].strip("0"))


def _one_of(yen: int, statements: Sequence[Owed]) -> list[Owed]:
    """The earliest due of the statements that ask for just this."""
    return [each for each in statements if each.open_yen == yen][:1]


def _first_of(yen: int, statements: Sequence[Owed], least: int) -> list[Owed]:
    """The earliest statements, at least so many, that come to this together."""
    comes_to = 0
    for place, each in enumerate(statements, 1):
        comes_to += each.open_yen
        if comes_to == yen and place >= least:
            return list(statements[:place])
    return []


def _paid(statement: Owed) -> Part:
    return Part(
        purpose=Purpose.PAYER,
        target=statement.payer_number,
        yen=statement.open_yen,
        statement_id=statement.statement_id,
    )


def _why_not(yen: int, statements: Sequence[Owed], still_open: Sequence[Owed]) -> Why:
    if any(each.open_yen <= 0 and each.payable_yen == yen for each in statements):
        return Why.DUPLICATE
    if not still_open:
        return Why.NOTHING_OWED
    return Why.OVER if yen > sum(each.open_yen for each in still_open) else Why.PARTIAL
