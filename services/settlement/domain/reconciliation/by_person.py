"""What a person may say of a line that waits, and what may not be: refused by field and rule."""

from collections.abc import Sequence
from dataclasses import replace

from services.settlement.domain.bank.statements import Direction
from services.settlement.domain.reconciliation.expected import Expected
from services.settlement.domain.reconciliation.placed import Match, PlacedLine
from services.settlement.domain.reconciliation.verdicts import Part, Purpose

ALLOWED = {
    Direction.IN: frozenset({Purpose.PAYER, Purpose.RETURN, Purpose.OWN}),
    Direction.OUT: frozenset({Purpose.PAYMENT, Purpose.REFUND, Purpose.OWN}),
}

OF_PAYMENTS = frozenset({Purpose.PAYMENT, Purpose.RETURN})
"""What says of payments that the bank made them, or gave them back."""


class WrongMatch(Exception):
    """A match is refused: `rule` is stable for programs, `said` for people; nothing was done."""

    def __init__(self, field: str, rule: str, said: str) -> None:
        super().__init__(said)
        self.field = field
        self.rule = rule


def meant(placed: PlacedLine, open_yen: int, parts: Sequence[Part], expected: Expected) -> list[Part]:
    """The parts with the payments that they mean. Raises WrongMatch."""
    if sum(part.yen for part in parts) > open_yen:
        raise WrongMatch("parts", "within_line", "come to more than what of the line is open")
    if any(part.purpose is Purpose.RETURN for part in parts) and [part.yen for part in parts] != [placed.line.yen]:
        raise WrongMatch("parts", "whole_line", "a payment comes back as a whole: it takes the whole line and no other")
    return [_meant(placed, part, f"parts[{place}]", expected) for place, part in enumerate(parts)]


def check_undoing(matches: Sequence[Match], by: str) -> None:
    """Whether this person can take back what a line is matched with. Raises WrongMatch."""
    if not matches:
        raise WrongMatch("line_id", "matched", "is matched with nothing")
    if any(each.part.purpose in OF_PAYMENTS and each.act.by == by for each in matches):
        raise WrongMatch("line_id", "same_person", "was matched or imported by the same person: another takes it back")


def _meant(placed: PlacedLine, part: Part, field: str, expected: Expected) -> Part:
    if part.purpose not in ALLOWED[placed.line.direction]:
        raise WrongMatch(f"{field}.purpose", "direction", "does not go with the direction of the line")
    if part.purpose in {Purpose.PAYER, Purpose.REFUND}:
        return _payer(part, field, expected)
    if part.purpose in OF_PAYMENTS:
        settled = part.purpose is Purpose.RETURN
        found = expected.payments_meant(part.target, placed.account, part.yen, settled=settled)
        if not found:
            state = "settled" if settled else "waiting"
            raise WrongMatch(f"{field}.target", "payment", f"is no {state} payment or batch of this account and amount")
        return replace(part, payment_ids=tuple(sorted(each.payment_id for each in found)))
    if part.target:
        raise WrongMatch(f"{field}.target", "empty", "own money has no target")
    return part


def _payer(part: Part, field: str, expected: Expected) -> Part:
    if part.target not in expected.payers:
        raise WrongMatch(f"{field}.target", "payer", "is no payer that the ledger knows")
    owed = expected.statement(part.statement_id)
    if part.statement_id and (owed is None or owed.payer_number != part.target):
        raise WrongMatch(f"{field}.statement_id", "statement", "is no statement of this payer")
    return part
