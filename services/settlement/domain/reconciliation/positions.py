"""Where every yen is: matched, in transit until its date, or in the queue; and whether bank and ledger agree on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Final

QUEUE_ANSWER_WITHIN: Final = timedelta(days=3)
"""After its day a line that waits for a person rings the alarm."""
NOTICE_SHOWN_WITHIN: Final = timedelta(days=3)
"""After its day announced money that no statement shows rings the alarm, where no statement tells of the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """One account: what its statements say, what its lines were matched with, and what the ledger holds. Yen.

    `bank_yen`: the money that the ledger sees in it; `pending_yen`: what pending payments will take from it;
    `own_ledger_yen`: the platform's own of it; `own_in_suspense_yen`: own money that an earlier release put there.
    """

    account: str
    until: date
    opening_yen: int
    closing_yen: int
    in_yen: int
    out_yen: int
    payer_yen: int
    return_yen: int
    payment_yen: int
    refund_yen: int
    own_in_yen: int
    own_out_yen: int
    in_transit_yen: int
    bank_yen: int
    pending_yen: int
    suspense_yen: int
    own_ledger_yen: int
    own_in_suspense_yen: int

    @property
    def queued_in_yen(self) -> int:
        """Came in, and nobody knows yet what it is."""
        return self.in_yen - self.payer_yen - self.return_yen - self.own_in_yen

    @property
    def queued_out_yen(self) -> int:
        """Went out, and nobody knows yet why; not in the ledger."""
        return self.out_yen - self.payment_yen - self.refund_yen - self.own_out_yen

    @property
    def own_yen(self) -> int:
        """Interest less charges."""
        return self.own_in_yen - self.own_out_yen

    @property
    def own_in_all_yen(self) -> int:
        """What is the platform's own; below 0: so much of others' money went to the bank's charges."""
        return self.opening_yen + self.own_yen

    @property
    def matched_in_yen(self) -> int:
        """Payers' money, and payments that came back."""
        return self.payer_yen + self.return_yen

    @property
    def matched_out_yen(self) -> int:
        """Payments, and what was given back to payers."""
        return self.payment_yen + self.refund_yen


def differences(sums: Sums) -> Iterator[str]:
    """What does not agree; nothing for an account that is proved."""
    for name, one, other in (
        (
            "opening + in - out against the closing balance",
            sums.opening_yen + sums.in_yen - sums.out_yen,
            sums.closing_yen,
        ),
        (
            "the ledger's bank account against closing + unmatched debits",
            sums.bank_yen,
            sums.closing_yen + sums.queued_out_yen,
        ),
        (
            "the ledger's suspense account against unmatched credits",
            sums.suspense_yen,
            sums.queued_in_yen + sums.own_in_suspense_yen,
        ),
        (
            "the ledger's own account against opening + own",
            sums.own_ledger_yen,
            sums.own_in_all_yen - sums.own_in_suspense_yen,
        ),
        ("pending payments against payments in transit", sums.pending_yen, sums.in_transit_yen),
    ):
        if one != other:
            yield f"{name}: {one:,} yen, not {other:,}"
    if sums.queued_in_yen < 0 or sums.queued_out_yen < 0:
        yield "more is matched than moved"


class DueKind(Enum):
    """What has a date."""

    PAYMENT = "payment"
    """Instructed; the bank shows it on its day."""
    STATEMENT = "statement"
    """A payer's; its money comes in by the due day."""
    QUEUE = "queue"
    """A line that a person decides on."""
    NOTICE = "notice"
    """Announced money that a statement shows."""
    RECALL = "recall"
    """組戻; the bank answers."""
    OWN = "own"
    """Own money that charges brought below 0; the platform pays it in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Yen that must have moved by the end of a day."""

    kind: DueKind
    subject: str
    yen: int
    due_on: date

    def is_overdue(self, as_of: date) -> bool:
        """Whether the alarm rings: its day has passed."""
        return as_of > self.due_on


def short_of_own(sums: Sums) -> Due | None:
    """What the platform owes an account of others' money: it is due on the last day that was told of."""
    if sums.own_in_all_yen >= 0:
        return None
    return Due(kind=DueKind.OWN, subject=sums.account, yen=-sums.own_in_all_yen, due_on=sums.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """All accounts and all that is due, as of a day."""

    as_of: date
    accounts: tuple[Sums, ...]
    due: tuple[Due, ...]

    @property
    def overdue(self) -> list[Due]:
        """The oldest first."""
        late = [each for each in self.due if each.is_overdue(self.as_of)]
        return sorted(late, key=lambda each: (each.due_on, each.kind.value, each.subject))

    @property
    def unproved(self) -> list[Sums]:
        """Accounts on which bank and ledger do not agree."""
        return [each for each in self.accounts if any(True for _ in differences(each))]

    @property
    def is_in_order(self) -> bool:
        """Everything proved, nothing overdue."""
        return not self.unproved and not self.overdue

    def total_yen(self, kind: DueKind) -> int:
        """Of everything of a kind, overdue or not."""
        return sum(each.yen for each in self.due if each.kind is kind)
