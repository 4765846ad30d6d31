"""What is expected of the bank: payers' money against their statements, and payments against their files."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A payer's statement (請求): what it is to pay by a day, and what of it came in."""

    payer_number: str
    statement_id: str
    payable_yen: int
    received_yen: int
    due_on: date

    @property
    def open_yen(self) -> int:
        """Still to come; below 0 where more came than asked."""
        return self.payable_yen - self.received_yen


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A payment to a hospital that the bank was told of. `reference`: the ten digits of 顧客コード1.

    `payee_name` as the bank's file has it; `is_settled` where a statement showed it before.
    """

    payment_id: str
    batch_id: str
    account: str
    hospital_code: str
    payee_name: str
    reference: str
    yen: int
    pays_on: date
    is_settled: bool


_BatchKey = tuple[str, str]
"""An account and a batch."""
Remitter = tuple[str, str]
"""依頼人コード and 依頼人名 of a line, as the bank has them."""


@dataclass(slots=True, kw_only=True)
class Expected:
    """Everything that lines are matched with. What is taken moves on, so that nothing is matched twice.

    `payers`: all that the ledger knows. `remitters`: which payers a person matched earlier lines of a remitter with.
    `return_words`: how banks name 資金返却.
    """

    owed: Sequence[Owed] = ()
    outgoing: Sequence[Outgoing] = ()
    payers: frozenset[str] = frozenset()
    remitters: Mapping[Remitter, frozenset[str]] = field(default_factory=dict)
    return_words: Sequence[str] = ()
    _statements: dict[str, Owed] = field(init=False)
    _of_payer: dict[str, list[str]] = field(init=False)
    _payments: dict[str, Outgoing] = field(init=False)
    _of_amount: dict[tuple[str, int], list[str]] = field(init=False)
    _waiting: dict[_BatchKey, dict[str, int]] = field(init=False)
    _waiting_yen: Counter[_BatchKey] = field(init=False)
    _come_to: dict[tuple[str, int], dict[str, None]] = field(init=False)

    def __post_init__(self) -> None:
        self._statements = {each.statement_id: each for each in self.owed}
        self._of_payer = {}
        for owed in sorted(self.owed, key=lambda each: (each.due_on, each.statement_id)):
            self._of_payer.setdefault(owed.payer_number, []).append(owed.statement_id)
        self._payments = {each.payment_id: each for each in self.outgoing}
        self._of_amount, self._waiting, self._waiting_yen, self._come_to = {}, {}, Counter(), {}
        for each in self.outgoing:
            self._of_amount.setdefault((each.account, each.yen), []).append(each.payment_id)
            if not each.is_settled:
                self._waiting.setdefault((each.account, each.batch_id), {})[each.payment_id] = each.yen
        for key, waiting in self._waiting.items():
            self._put_total(key, sum(waiting.values()))

    def of_payer(self, payer_number: str) -> list[Owed]:
        """The payer's statements, the earliest due first."""
        return [self._statements[each] for each in self._of_payer.get(payer_number, ())]

    def open_at(self, yen: int) -> list[Owed]:
        """Statements, of any payer, of which just this is open."""
        return [each for each in self._statements.values() if each.open_yen == yen]

    def payments_of(self, account: str, yen: int, *, settled: bool) -> list[Outgoing]:
        """Payments of one amount out of an account that a statement showed, or that wait to be shown."""
        ids = self._of_amount.get((account, yen), ())
        found = [self._payments[each] for each in ids if each in self._payments]
        return [each for each in found if each.is_settled is settled]

    def batches_of(self, account: str, yen: int) -> list[list[Outgoing]]:
        """Batches of which what waits comes to this amount: those payments. What was shown or refused waits no more."""
        found = [self._waiting[account, batch] for batch in self._come_to.get((account, yen), ())]
        return [[self._payments[each] for each in ids] for ids in found if ids]

    def statement(self, statement_id: str) -> Owed | None:
        """A payer's statement."""
        return self._statements.get(statement_id)

    def payments_meant(self, target: str, account: str, yen: int, *, settled: bool) -> list[Outgoing]:
        """The payment of this id and amount, or all of the batch of this id that comes to it; empty for neither."""
        single = [each for each in self.payments_of(account, yen, settled=settled) if each.payment_id == target]
        if single or settled:
            return single
        return next((each for each in self.batches_of(account, yen) if each[0].batch_id == target), [])

    def receive(self, statement_id: str, yen: int) -> None:
        """A payer's statement got this."""
        if statement_id in self._statements:
            known = self._statements[statement_id]
            self._statements[statement_id] = replace(known, received_yen=known.received_yen + yen)

    def settle(self, payment_id: str) -> None:
        """The bank showed the payment."""
        payment = self._payments[payment_id]
        key = (payment.account, payment.batch_id)
        self._payments[payment_id] = replace(payment, is_settled=True)
        self._put_total(key, self._waiting_yen[key] - self._waiting[key].pop(payment_id))

    def give_back(self, payment_id: str) -> None:
        """The payment came back and is no more."""
        del self._payments[payment_id]

    def _put_total(self, key: _BatchKey, yen: int) -> None:
        """What waits of a batch comes to this now."""
        account, batch = key
        self._come_to.get((account, self._waiting_yen[key]), {}).pop(batch, None)
        self._waiting_yen[key] = yen
        self._come_to.setdefault((account, yen), {})[batch] = None
