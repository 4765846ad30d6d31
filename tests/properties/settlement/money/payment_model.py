"""Payments as plain values: what pays statements, what the bank answers, and what is called back; see model."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.properties.settlement.money.model import BANK, Accounts

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
SAYS_NOTHING_NEW = {
    "accepted": {"accepted", "settled", "returned"},
    "refused": {"refused", "reinstructed", "abandoned"},
}
"""A bank's word for a payment, and the states in which it was said before or is overtaken."""
RECALLABLE = {"instructed", "accepted", "settled"}
RECALL_FOLLOWS = {
    "requested": {"", "refused", "returned"},
    "sent": {"requested"},
    "refused": {"requested", "sent"},
}
"""組戻: a person's word, and what was said before it of the payment's recall. That money came back the bank tells."""
OPEN_RECALL = ("requested", "sent")
ANSWER_WITHIN = timedelta(days=7)


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
    recall: str = ""
    answer_by: date = date.min


@dataclass(slots=True)
class Batch:
    """What one person proposed. `form` and `content`: of the file that it stands in."""

    key: str
    period: str
    pays_on: date
    payments: list[Payment]
    is_approved: bool = False
    form: str = ""
    file: str = ""
    content: bytes = b""
    done: set[tuple[bytes, str, str]] = field(default_factory=set)

    @property
    def is_filed(self) -> bool:
        """Whether it was released."""
        return bool(self.file)

    @property
    def waiting(self) -> list[Payment]:
        """Those that the bank was told of and has not shown."""
        return [each for each in self.payments if each.state in WAITING]


@dataclass(slots=True)
class Payments:
    """Batches and their payments beside the accounts."""

    books: Accounts
    batches: list[Batch] = field(default_factory=list)
    payees: Counter[str] = field(default_factory=Counter)

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
        """Take the step, with what it moves. What came back is called back no more."""
        hospital = f"hospital:{payment.hospital}"
        payment.state = after
        if after == "settled":
            self.books.move(hospital, BANK, payment.yen, month=payment.period, column="paid")
        if after == "returned":
            self.books.move(BANK, hospital, payment.yen, month=payment.period, column="paid")
            payment.recall = payment.recall and "returned"

    def unsettle(self, payment: Payment, before: str) -> None:
        """It was not what the bank showed: it is what it was, and held as it was."""
        self.books.move(BANK, f"hospital:{payment.hospital}", payment.yen, month=payment.period, column="paid")
        payment.state = before

    # What the bank answers.

    def answer(self, batch: Batch, said: Mapping[str, str], result: bytes) -> tuple[int, int] | None:
        """By reference, `accepted`, `refused` or `pending`: how many it says are the first two; None: refused whole.

        What the same result said before it does not say again.
        """
        words = [(each, said[each.reference]) for each in batch.payments]
        new = [
            (each, word)
            for each, word in words
            if word != "pending" and each.state not in SAYS_NOTHING_NEW[word]
            if (result, word, each.key) not in batch.done
        ]
        if any(each.state not in FOLLOWS[word] for each, word in new):
            return None
        for each, word in new:
            self.step(each, word)
            batch.done.add((result, word, each.key))
        told = Counter(word for _, word in words)
        return told["accepted"], told["refused"]

    # 組戻.

    def may_recall(self, payment: Payment, wanted: str) -> bool:
        """Whether a person may say this of the payment's recall."""
        begins = wanted != "requested" or payment.state in RECALLABLE
        return begins and payment.recall in RECALL_FOLLOWS[wanted]

    def recall(self, payment: Payment, wanted: str, on: date) -> None:
        """Begun or gone on with, on a day."""
        payment.recall = wanted
        if wanted in OPEN_RECALL:
            payment.answer_by = on + ANSWER_WITHIN
