"""What banks say of payments and payers, as plain values; see model. The banks here are the test's own.

A line that comes in is a payer's where it names one and the yen are those of a statement, or of the earliest ones
together; it is a payment come back where it names a settled one's reference. A line that goes out is a payment of that
reference, or what waits of one batch on its day and three days on. All else waits for a person. Payments leave and come
back by one of the platform's accounts; payers pay to any.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.properties.settlement.money.model import BANK_ACCOUNT, Accounts, bank, own, suspense
from tests.properties.settlement.money.payment_model import OPEN_RECALL, WAITING, Payment, Payments

LATE = timedelta(days=3)
"""After its day a batch may show up as a whole; a line must be decided, and a notice shown, within the same."""


class BeyondLimit(Exception):
    """A bank account or what is in suspense does not hold this much."""


@dataclass(frozen=True, slots=True)
class Known:
    """What some yen of a line are: a payer's, given back to one, or the bank's. `by_person` teaches the remitter."""

    what: str
    yen: int
    payer: str = ""
    month: str = ""
    by_person: bool = False
    from_queue: bool = False
    shown: tuple[tuple[str, str], ...] = ()
    """Of payments that it shows: their keys, and what they were before."""


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
    account: str = BANK_ACCOUNT
    open_yen: int = 0
    known: list[Known] = field(default_factory=list)
    was_matched: bool = False


@dataclass(slots=True)
class Account:
    """One of the platform's accounts: what moved in it, how much of that was told, and what was announced of it.

    `is_xml`: its bank writes camt, not fixed-length records. `announced`: numbers of lines, and whether as cancelled.
    """

    number: str
    opening_yen: int
    is_xml: bool = False
    lines: list[Line] = field(default_factory=list)
    told: int = 0
    until: date | None = None
    matched: Counter[str] = field(default_factory=Counter)
    announced: set[tuple[int, bool]] = field(default_factory=set)

    @property
    def is_imported(self) -> bool:
        """Whether any statement told of it."""
        return self.until is not None

    def yen(self, upto: int) -> int:
        """What the bank holds behind so many lines."""
        return self.opening_yen + sum(each.yen for each in self.lines[:upto])

    def waiting(self) -> list[tuple[int, Line]]:
        """Lines of which yen are open, with their places from 1."""
        return [(place, line) for place, line in enumerate(self.lines[: self.told], 1) if line.open_yen]

    def not_shown(self) -> Iterator[tuple[int, date]]:
        """Announced yen, less what was taken back, that no line of the day shows; and when they must be."""
        by_number = {line.number: line for line in self.lines}
        told, shown = Counter[tuple[date, int]](), Counter[tuple[date, int]]()
        for number, is_cancelled in self.announced:
            told[by_number[number].day, by_number[number].yen] += -1 if is_cancelled else 1
        for line in self.lines[: self.told]:
            shown[line.day, line.yen] += 1
        for (day, yen), count in told.items():
            if count > shown[day, yen]:
                is_told_of = self.until is not None and self.until >= day
                yield yen * (count - shown[day, yen]), day if is_told_of else day + LATE


@dataclass(slots=True)
class Money(Payments):
    """Accounts, payments, and the banks."""

    accounts: dict[str, Account] = field(default_factory=dict)
    received: Counter[tuple[str, str]] = field(default_factory=Counter)

    # The banks' lines.

    def told(self) -> Iterator[Line]:
        """Every line that a statement told of."""
        for account in self.accounts.values():
            yield from account.lines[: account.told]

    def tell(self, account: Account, upto: int, on: date) -> None:
        """The account's statement reaches so far: each new line is taken in turn."""
        number = account.number
        if not account.is_imported and account.opening_yen:
            self.books.move(bank(number), own(number), account.opening_yen, month="", column="opening")
        account.until = max(account.until or on, on)
        for line in account.lines[account.told : upto]:
            if not self._take(line):
                line.open_yen = abs(line.yen)
                if line.yen > 0:
                    self.books.move(bank(number), suspense(number), line.yen, month=_month(line), column="")
        account.told = max(account.told, upto)

    def try_rules(self) -> int:
        """Judge again what waits whole; how many are known now."""
        found = 0
        for number in sorted(self.accounts):
            for _, line in self.accounts[number].waiting():
                if not line.was_matched and self._take(line, from_queue=True):
                    line.open_yen = 0
                    found += 1
        return found

    def due(self) -> Counter[tuple[str, int, date]]:
        """Everything that must move by a day: what it is, and its yen."""
        found = Counter[tuple[str, int, date]]()
        for batch in self.batches:
            found.update(("payment", each.yen, batch.pays_on) for each in batch.waiting)
            found.update(("recall", each.yen, each.answer_by) for each in batch.payments if each.recall in OPEN_RECALL)
        for (month, holder), stated in self.books.statements.items():
            left = stated.payable_yen - self.received[holder.removeprefix("payer:"), month]
            if holder.startswith("payer:") and left > 0:
                found["statement", left, _due_on(month)] += 1
        for account in self.accounts.values():
            found.update(("queue", line.open_yen, line.day + LATE) for _, line in account.waiting())
            found.update(("notice", yen, day) for yen, day in account.not_shown())
            short = -self.books.balance(own(account.number))
            if account.until is not None and short > 0:
                found["own", short, account.until] += 1
        return found

    def _take(self, line: Line, *, from_queue: bool = False) -> bool:
        if line.yen < 0:
            shown = self._shown(line)
            self._show(line, shown)
            return bool(shown)
        back = [each for each in self.payments() if each.state == "settled" and each.reference == line.reference]
        if line.reference and len(back) == 1 and back[0].yen == line.yen and line.account == BANK_ACCOUNT:
            self.give_back(line, back[0], from_queue=from_queue)
            return True
        payers = self._payers(line)
        if line.says_return or len(payers) != 1:
            return False
        parts = self._asked(payers[0], line.yen)
        for month, yen in parts:
            self.receive(line, payers[0], yen, month, from_queue=from_queue)
        return bool(parts)

    def _show(self, line: Line, payments: Sequence[Payment]) -> None:
        if not payments:
            return
        was = tuple((each.key, each.state) for each in payments)
        line.was_matched = True
        line.known.append(Known("payment", -line.yen, shown=was))
        for payment in payments:
            self.step(payment, "settled")
        self._matched(line)["payment"] -= line.yen

    def _matched(self, line: Line) -> Counter[str]:
        return self.accounts[line.account].matched

    def _shown(self, line: Line) -> list[Payment]:
        if line.account != BANK_ACCOUNT:
            return []
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
        of_name = [each for each in self.told() if line.name and each.name == line.name]
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
        giver = suspense(line.account) if from_queue else bank(line.account)
        self.books.move(giver, f"payer:{payer}", yen, month=_month(line), column="paid")
        self.books.notices[payer, "payment_received"] += 1
        self._matched(line)["payer"] += yen
        if month:
            self.received[payer, month] += yen
        self.keep_limits()

    def give_back(self, line: Line, payment: Payment, *, from_queue: bool) -> None:
        """A payment came back."""
        self.step(payment, "returned")
        self._matched(line)["return"] += line.yen
        if from_queue:
            self.books.move(suspense(line.account), bank(line.account), line.yen, month=_month(line), column="")
        self.keep_limits()

    def keep_limits(self) -> None:
        """None is below zero, what is pending counted. Raises BeyondLimit."""
        for number in self.accounts:
            held = self.pending() if number == BANK_ACCOUNT else 0
            if self.books.balance(bank(number)) + held > 0 or self.books.balance(suspense(number)) < 0:
                raise BeyondLimit

    # What a person says of a line that waits.

    def say_payer(self, line: Line, payer: str, yen: int) -> None:
        """So much of it is a payer's money."""
        line.open_yen -= yen
        self.receive(line, payer, yen, self.oldest_asking(payer, yen), from_queue=True, by_person=True)

    def say_refund(self, line: Line, payer: str) -> None:
        """It was given back to a payer."""
        self.books.move(f"payer:{payer}", bank(line.account), line.open_yen, month=_month(line), column="paid")
        self.books.notices[payer, "payment_received"] += 1
        self._know(line, Known("refund", line.open_yen, payer))
        self.keep_limits()

    def say_own(self, line: Line) -> None:
        """It is interest, or a charge of the bank."""
        giver, taker = (own, bank) if line.yen < 0 else (suspense, own)
        self.books.move(giver(line.account), taker(line.account), line.open_yen, month=_month(line), column="")
        self._know(line, Known("own_in" if line.yen > 0 else "own_out", line.open_yen))
        self.keep_limits()

    def _know(self, line: Line, known: Known) -> None:
        line.was_matched = True
        line.known.append(known)
        self._matched(line)[known.what] += known.yen
        line.open_yen -= known.yen

    def may_undo(self, line: Line) -> bool:
        """Not where a payment that it shows has come back meanwhile."""
        shown = {key for each in line.known for key, _ in each.shown}
        return all(each.state == "settled" for each in self.payments() if each.key in shown)

    def undo(self, line: Line) -> None:
        """All that it is known as was wrong: what it moved is taken back, and the whole of it waits."""
        by_key = {each.key: each for each in self.payments()}
        at_bank, waiting, ours = bank(line.account), suspense(line.account), own(line.account)
        if any(each.what == "payer" and not each.from_queue for each in line.known):
            self.books.move(at_bank, waiting, line.yen, month=_month(line), column="")
        for each in line.known:
            account, month = f"payer:{each.payer}", _month(line)
            if each.what == "payer":
                self.books.move(account, waiting if each.from_queue else at_bank, each.yen, month=month, column="paid")
                self.received[each.payer, each.month] -= each.yen
            if each.what == "refund":
                self.books.move(at_bank, account, each.yen, month=month, column="paid")
            if each.what == "own_out":
                self.books.move(at_bank, ours, each.yen, month=month, column="")
            if each.what == "own_in":
                self.books.move(ours, waiting, each.yen, month=month, column="")
            for key, before in each.shown:
                self.unsettle(by_key[key], before)
            self.books.notices[each.payer, "payment_received"] += each.payer != ""
            self._matched(line)[each.what] -= each.yen
        line.known, line.open_yen = [], abs(line.yen)
        self.keep_limits()

    def say_return(self, line: Line, payment: Payment) -> None:
        """It is a payment that came back."""
        line.was_matched, line.open_yen = True, 0
        self.give_back(line, payment, from_queue=True)

    def say_payment(self, line: Line, payment: Payment) -> None:
        """It is a payment that the bank showed without its reference."""
        line.open_yen = 0
        self._show(line, [payment])

    def oldest_asking(self, payer: str, yen: int) -> str:
        """The payer's earliest statement of which just this is open; empty for none."""
        open_ = [(month, asked - self.received[payer, month]) for month, asked in self.books.asked(payer)]
        return next((month for month, left in open_ if left == yen), "")


def opened(yen: Mapping[str, int], books: Accounts) -> Money:
    """Own accounts with what is in them before anything was told."""
    return Money(books=books, accounts={number: Account(number, held) for number, held in yen.items()})


def _month(line: Line) -> str:
    return f"{line.day:%Y%m}"


def _due_on(month: str) -> date:
    """The 20th of the month after, as the machine's calendar has it."""
    first = date(int(month[:4]), int(month[4:]), 1)
    return (first + timedelta(days=31)).replace(day=20)
