"""Payments and what a bank says of them, as plain values; see model. The bank here is the test's own.

A line that comes in is a payer's where it names one and the yen are those of a statement, or of the earliest ones
together; it is a payment come back where it names a settled one's reference. A line that goes out is a payment of that
reference, or what waits of one batch on its day and three days on. All else waits for a person.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.properties.settlement.money.model import BANK, OWN, SUSPENSE, Accounts

WAITING = ("instructed", "accepted")
FOLLOWS = {
    "accepted": {"instructed"},
    "refused": {"instructed", "accepted"},
    "settled": {"instructed", "accepted"},
    "returned": {"settled"},
    "reinstructed": {"refused", "returned"},
    "abandoned": {"proposed", "instructed", "accepted", "refused", "returned"},
}
"""What a payment may have been before."""
LATE = timedelta(days=3)


class BeyondLimit(Exception):
    """The bank account or what is in suspense does not hold this much."""


@dataclass(slots=True)
class Payment:
    """One payment; `key` and `reference` are the system's, as only it can name them."""

    key: str
    reference: str
    batch: str
    hospital: str
    period: str
    yen: int
    payee: int
    state: str = "proposed"


@dataclass(slots=True)
class Batch:
    """What one person proposed."""

    key: str
    period: str
    pays_on: date
    payments: list[Payment]
    is_approved: bool = False
    is_filed: bool = False

    @property
    def waiting(self) -> list[Payment]:
        """Those that the bank was told of and has not shown."""
        return [each for each in self.payments if each.state in WAITING]


@dataclass(frozen=True, slots=True)
class Known:
    """What some yen of a line are: a payer's, given back to one, or the bank's. `by_person` teaches the remitter."""

    what: str
    yen: int
    payer: str = ""
    month: str = ""
    by_person: bool = False
    from_queue: bool = False


@dataclass(slots=True)
class Line:
    """A movement in the bank; negative yen went out. `open_yen`: what nobody knows yet, once it was told."""

    day: date
    yen: int
    number: int
    payer: str = ""
    name: str = ""
    reference: str = ""
    says_return: bool = False
    open_yen: int = 0
    known: list[Known] = field(default_factory=list)
    was_matched: bool = False


@dataclass(slots=True)
class Money:
    """Accounts, payments, and the bank."""

    books: Accounts
    opening_yen: int
    batches: list[Batch] = field(default_factory=list)
    payees: Counter[str] = field(default_factory=Counter)
    lines: list[Line] = field(default_factory=list)
    told: int = 0
    imported: int = 0
    received: Counter[tuple[str, str]] = field(default_factory=Counter)
    matched: Counter[str] = field(default_factory=Counter)

    # Payments.

    def payments(self) -> Iterator[Payment]:
        """All, in order."""
        for batch in self.batches:
            yield from batch.payments

    def payable(self, period: str) -> list[tuple[str, int]]:
        """Hospitals and yen of a month's statements that no live payment pays and no later one took up."""
        paying = self.paying()
        return [
            (account.removeprefix("hospital:"), stated.payable_yen)
            for (month, account), stated in sorted(self.books.statements.items())
            if month == period and account.startswith("hospital:") and stated.payable_yen
            if paying.get((month, account), "abandoned") == "abandoned" and (month, account) not in self.books.taken_up
        ]

    def paying(self) -> dict[tuple[str, str], str]:
        """By month and account: the state of the last payment of the statement."""
        return {(each.period, f"hospital:{each.hospital}"): each.state for each in self.payments()}

    def covered(self, period: str) -> list[tuple[str, int]]:
        """What is payable that the balances cover, beside what is pending and what is proposed."""
        return [(hospital, yen) for hospital, yen in self.payable(period) if yen <= self._free(hospital)]

    def _free(self, hospital: str) -> int:
        open_ = (each for each in self.payments() if each.hospital == hospital)
        under_way = sum(each.yen for each in open_ if each.state in {"proposed", *WAITING})
        return self.books.balance(f"hospital:{hospital}") - under_way

    def pending(self) -> int:
        """What is instructed and not done."""
        return sum(each.yen for each in self.payments() if each.state in WAITING)

    def pending_of(self, hospital: str) -> int:
        """The same of one hospital."""
        return sum(each.yen for each in self.payments() if each.state in WAITING and each.hospital == hospital)

    def may_instruct(self, batch: Batch) -> bool:
        """Whether bank and hospitals hold this much, what is pending counted, and the payees are those of today."""
        total = sum(each.yen for each in batch.payments)
        owed = all(
            self.books.balance(f"hospital:{each.hospital}") - self.pending_of(each.hospital) >= each.yen
            for each in batch.payments
        )
        funded = -self.books.balance(BANK) - self.pending() >= total
        return owed and funded and all(self.payees[each.hospital] == each.payee for each in batch.payments)

    def may(self, payments: Sequence[Payment], after: str) -> bool:
        """Whether all of them can take the step."""
        return all(each.state in FOLLOWS[after] for each in payments)

    def step(self, payment: Payment, after: str) -> None:
        """Take the step, with what it moves."""
        hospital = f"hospital:{payment.hospital}"
        payment.state = after
        if after == "settled":
            self.books.move(hospital, BANK, payment.yen, month=payment.period, column="paid")
        if after == "returned":
            self.books.move(BANK, hospital, payment.yen, month=payment.period, column="paid")

    # The bank's lines.

    def bank_yen(self, upto: int) -> int:
        """What the bank holds behind so many lines."""
        return self.opening_yen + sum(each.yen for each in self.lines[:upto])

    def tell(self, upto: int) -> None:
        """The bank's statement reaches so far: each new line is taken in turn."""
        if not self.imported and self.opening_yen:
            self.books.move(BANK, OWN, self.opening_yen, month="", column="opening")
        self.imported += 1
        for line in self.lines[self.told : upto]:
            if not self._take(line):
                line.open_yen = abs(line.yen)
                if line.yen > 0:
                    self.books.move(BANK, SUSPENSE, line.yen, month=_month(line), column="")
        self.told = max(self.told, upto)

    def try_rules(self) -> int:
        """Judge again what waits whole; how many are known now."""
        found = 0
        for line in self.lines[: self.told]:
            if line.open_yen and not line.was_matched and self._take(line, from_queue=True):
                line.open_yen = 0
                found += 1
        return found

    def _take(self, line: Line, *, from_queue: bool = False) -> bool:
        if line.yen < 0:
            shown = self._shown(line)
            for payment in shown:
                self.step(payment, "settled")
            self.matched["payment"] -= line.yen if shown else 0
            return bool(shown)
        back = [each for each in self.payments() if each.state == "settled" and each.reference == line.reference]
        if line.reference and len(back) == 1 and back[0].yen == line.yen:
            self.give_back(line, back[0], from_queue=from_queue)
            return True
        payers = self._payers(line)
        if line.says_return or len(payers) != 1:
            return False
        parts = self._asked(payers[0], line.yen)
        for month, yen in parts:
            self.receive(line, payers[0], yen, month, from_queue=from_queue)
        return bool(parts)

    def _shown(self, line: Line) -> list[Payment]:
        named = [each for each in self.payments() if each.state in WAITING and each.reference == line.reference]
        if line.reference and named and named[0].yen == -line.yen:
            return named
        sums = [each for each in self.batches if each.waiting and sum(x.yen for x in each.waiting) == -line.yen]
        due = [each for each in sums if each.pays_on <= line.day <= each.pays_on + LATE]
        on_day = [each for each in due if each.pays_on == line.day]
        found = on_day or due
        return found[0].waiting if len(found) == 1 else []

    def _payers(self, line: Line) -> list[str]:
        if f"payer:{line.payer}" in self.books.entries:
            return [line.payer]
        of_name = [each for each in self.lines[: self.told] if line.name and each.name == line.name]
        return sorted({part.payer for each in of_name for part in each.known if part.by_person})

    def _asked(self, payer: str, yen: int) -> list[tuple[str, int]]:
        """What a payer's yen are to the last one for: one statement, or its earliest ones together; or nothing."""
        still = [(month, asked - self.received[payer, month]) for month, asked in self.books.asked(payer)]
        still = [each for each in still if each[1] > 0]
        for month, left in still:
            if left == yen:
                return [(month, left)]
        for count in range(2, len(still) + 1):
            if sum(left for _, left in still[:count]) == yen:
                return still[:count]
        return []

    def receive(
        self, line: Line, payer: str, yen: int, month: str, *, from_queue: bool, by_person: bool = False
    ) -> None:
        """A payer's money, for a statement where one is named."""
        line.was_matched = True
        line.known.append(Known("payer", yen, payer, month, by_person, from_queue))
        giver = SUSPENSE if from_queue else BANK
        self.books.move(giver, f"payer:{payer}", yen, month=_month(line), column="paid")
        self.books.notices[payer, "payment_received"] += 1
        self.matched["payer"] += yen
        if month:
            self.received[payer, month] += yen
        self.keep_limits()

    def give_back(self, line: Line, payment: Payment, *, from_queue: bool) -> None:
        """A payment came back."""
        self.step(payment, "returned")
        self.matched["return"] += line.yen
        if from_queue:
            self.books.move(SUSPENSE, BANK, line.yen, month=_month(line), column="")
        self.keep_limits()

    def keep_limits(self) -> None:
        """Neither is below zero, what is pending counted. Raises BeyondLimit."""
        if self.books.balance(BANK) + self.pending() > 0 or self.books.balance(SUSPENSE) < 0:
            raise BeyondLimit

    # What a person says of a line that waits.

    def say_payer(self, line: Line, payer: str, yen: int) -> None:
        """So much of it is a payer's money."""
        line.open_yen -= yen
        self.receive(line, payer, yen, self.oldest_asking(payer, yen), from_queue=True, by_person=True)

    def say_refund(self, line: Line, payer: str) -> None:
        """It was given back to a payer."""
        self.books.move(f"payer:{payer}", BANK, line.open_yen, month=_month(line), column="paid")
        self.books.notices[payer, "payment_received"] += 1
        self._know(line, Known("refund", line.open_yen, payer))
        self.keep_limits()

    def say_own(self, line: Line) -> None:
        """It is interest, or a charge of the bank."""
        giver, taker = (OWN, BANK) if line.yen < 0 else (SUSPENSE, OWN)
        self.books.move(giver, taker, line.open_yen, month=_month(line), column="")
        self._know(line, Known("own_in" if line.yen > 0 else "own_out", line.open_yen))
        self.keep_limits()

    def _know(self, line: Line, known: Known) -> None:
        line.was_matched = True
        line.known.append(known)
        self.matched[known.what] += known.yen
        line.open_yen -= known.yen

    def undo(self, line: Line) -> None:
        """All that it is known as was wrong: what it moved is taken back, and the whole of it waits."""
        if any(each.what == "payer" and not each.from_queue for each in line.known):
            self.books.move(BANK, SUSPENSE, line.yen, month=_month(line), column="")
        for each in line.known:
            account, month = f"payer:{each.payer}", _month(line)
            if each.what == "payer":
                self.books.move(account, SUSPENSE if each.from_queue else BANK, each.yen, month=month, column="paid")
                self.received[each.payer, each.month] -= each.yen
            if each.what == "refund":
                self.books.move(BANK, account, each.yen, month=month, column="paid")
            if each.what == "own_out":
                self.books.move(BANK, OWN, each.yen, month=month, column="")
            if each.what == "own_in":
                self.books.move(OWN, SUSPENSE, each.yen, month=month, column="")
            self.books.notices[each.payer, "payment_received"] += each.payer != ""
            self.matched[each.what] -= each.yen
        line.known, line.open_yen = [], abs(line.yen)
        self.keep_limits()

    def say_return(self, line: Line, payment: Payment) -> None:
        """It is a payment that came back."""
        line.was_matched, line.open_yen = True, 0
        self.give_back(line, payment, from_queue=True)

    def say_payment(self, line: Line, payment: Payment) -> None:
        """It is a payment that the bank showed without its reference."""
        line.was_matched = True
        line.open_yen -= payment.yen
        self.step(payment, "settled")
        self.matched["payment"] += payment.yen

    def oldest_asking(self, payer: str, yen: int) -> str:
        """The payer's earliest statement of which just this is open; empty for none."""
        open_ = [(month, asked - self.received[payer, month]) for month, asked in self.books.asked(payer)]
        return next((month for month, left in open_ if left == yen), "")


def _month(line: Line) -> str:
    return f"{line.day:%Y%m}"
