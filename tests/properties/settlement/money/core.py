"""What every rule of the machine works with: settlement and the model beside each other, and what must hold of both."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from copy import deepcopy
from datetime import date
from itertools import count
from typing import Any, TypeVar

from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
)
from typing_extensions import override

from services.settlement.application.payment_book import BankFile
from services.settlement.domain.payments.batches import Batch as ProposedBatch
from services.settlement.domain.reconciliation.verdicts import Purpose
from tests.properties.settlement.money import bank_model
from tests.properties.settlement.money.bank_model import BeyondLimit, Line, Money
from tests.properties.settlement.money.model import BANK, BANK_ACCOUNT, SECOND_ACCOUNT, Accounts, Stated, own, suspense
from tests.properties.settlement.money.payment_model import Batch, Payment
from tests.properties.settlement.money.world import Place, World
from tests.support.settlement import opened
from tests.support.stack import PostgresCluster

PAYERS = ("06132013", "67130001", "131011")
PRICES = {"1/06132013": 7160, "213/67130001": 5000, "213/131011": 5000}
"""1/100 yen, by fee account and payer: 支払基金, and 国保連 of Tokyo for 退職者医療 and a municipality."""
HOSPITALS = ("1310000001", "1310000002")
PERIODS = ("202304", "202305", "202306")
FIRST_DAYS = (date(2023, 6, 28), date(2023, 12, 30), date(2024, 4, 28), date(2024, 2, 28))
"""A few days later another month begins: of the claim months, of a year; or Golden Week, or a leap day.

All of them are past, as nothing is posted ahead of the database's clock.
"""
OPENING_YEN = {BANK_ACCOUNT: 5_000, SECOND_ACCOUNT: 400}
CLAIMS = 6

Answer = TypeVar("Answer")


class MoneyCore(RuleBasedStateMachine):
    """See module. `cluster` is given by the test."""

    cluster: PostgresCluster

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database = self.cluster.create_migrated_database("settlement")
        self.opening = opened(self.database)
        self.world = World(self.run(self.opening.__aenter__()), FIRST_DAYS[0])
        self.model = bank_model.opened(OPENING_YEN, Accounts(prices=PRICES))
        self.plan: dict[tuple[int, int], dict[str, int]] = {}
        self.files: set[bytes] = set()
        self.causes = count(1)
        self.run(self.world.begin(PERIODS))

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return self.runner.run(work)

    @override
    def teardown(self) -> None:
        try:
            self.run(self._compare_all())
        finally:
            self.run(self.opening.__aexit__(None, None, None))
            self.runner.close()

    # What must hold.

    @invariant()
    def the_ledger_says_what_the_model_says(self) -> None:
        assert self.run(self.world.balances()) == self.model.books.balances()
        assert self.run(self.world.sum_of_entries()) == 0
        of_hospitals = {f"hospital:{each}": (0, self.model.pending_of(each)) for each in HOSPITALS}
        pendings = {**of_hospitals, BANK: (self.model.pending(), 0)}
        assert self.run(self.world.pendings()) == {key: yen for key, yen in pendings.items() if any(yen)}

    @invariant()
    def every_yen_is_matched_in_transit_or_in_the_queue(self) -> None:
        assert self.run(self.world.queue()) == {place: line.open_yen for place, line in self.waiting}
        found = self.run(self.world.positions())
        assert found.unproved == []
        assert Counter((each.kind.value, each.yen, each.due_on) for each in found.due) == self.model.due()
        assert [sums.account for sums in found.accounts] == sorted(
            number for number, each in self.model.accounts.items() if each.is_imported
        )
        for sums in found.accounts:
            account = self.model.accounts[sums.account]
            told, matched = account.lines[: account.told], account.matched
            came, went = (sum(max(sign * each.yen, 0) for each in told) for sign in (1, -1))
            assert (sums.in_yen, sums.out_yen, sums.closing_yen) == (came, went, account.opening_yen + came - went)
            assert sums.in_yen == matched["payer"] + matched["return"] + matched["own_in"] + sums.queued_in_yen
            assert sums.out_yen == matched["payment"] + matched["refund"] + matched["own_out"] + sums.queued_out_yen
            assert sums.queued_in_yen == sum(line.open_yen for _, line in account.waiting() if line.yen > 0)
            assert sums.queued_out_yen == sum(line.open_yen for _, line in account.waiting() if line.yen < 0)
            pending = self.model.pending() if sums.account == BANK_ACCOUNT else 0
            assert sums.in_transit_yen == sums.pending_yen == pending
            assert sums.suspense_yen == self.model.books.balance(suspense(sums.account)) == sums.queued_in_yen
            assert sums.own_ledger_yen == self.model.books.balance(own(sums.account))

    async def _compare_all(self) -> None:
        """Statements, streams, and what `ledger verify` finds."""
        stated = await self.world.statements()
        assert set(stated) == set(self.model.books.statements)
        for key, wanted in self.model.books.statements.items():
            assert {name: stated[key][name] for name in figures(wanted)} == figures(wanted), key
        sequences, kinds = await self.world.streams()
        assert all(each == list(range(1, len(each) + 1)) for each in sequences.values())
        claims = {(payer, "claim_settled"): len(told) for payer, told in self.model.books.told.items()}
        assert kinds == {key: n for key, n in (claims | dict(self.model.books.notices)).items() if n}
        faults = await self.world.faults()
        assert faults == (), faults

    # The machine's own.

    @property
    def waiting(self) -> Sequence[tuple[Place, Line]]:
        """Lines of which yen are open, with their places, in the order of accounts."""
        return [((number, place), line) for number in OPENING_YEN for place, line in self.account(number).waiting()]

    def account(self, number: str) -> bank_model.Account:
        return self.model.accounts[number]

    def line_at(self, told: Money, place: Place) -> Line:
        number, nth = place
        return told.accounts[number].lines[nth - 1]

    def _batch(self, nth_one: int) -> Batch:
        return self.model.batches[nth_one % len(self.model.batches)]

    def _keep_batch(self, done: ProposedBatch, wanted: Sequence[tuple[str, int]]) -> None:
        payments = [
            Payment(key, reference, done.batch_id, hospital, done.period, yen, payee)
            for key, reference, hospital, yen, payee in self.run(self.world.payments_of(done.batch_id))
        ]
        assert sorted((each.hospital, each.yen) for each in payments) == sorted(wanted)
        assert all(each.payee == self.model.payees[each.hospital] for each in payments)
        self.model.batches.append(Batch(done.batch_id, done.period, self.world.day, payments))

    def _keep_file(self, batch: Batch, file: BankFile) -> None:
        assert batch.content in {b"", file.content}
        if batch.is_filed:
            return
        batch.form, batch.file, batch.content = file.form.value, file.file_id, file.content
        statements = [self.model.books.statements[batch.period, f"hospital:{each.hospital}"] for each in batch.payments]
        for payer in {payer for each in statements for payer in each.payers}:
            self.model.books.notices[payer, "payment_instructed"] += 1
        for each in batch.payments:
            each.state = "instructed"

    def _move(self, yen: int, account: str = BANK_ACCOUNT, **told: Any) -> None:  # noqa: ANN401 - fields of Line
        """In the bank, which pays out no more than it has."""
        own = self.account(account)
        if own.yen(len(own.lines)) + yen >= 0:
            own.lines.append(Line(self.world.day, yen, len(own.lines) + 1, account=account, **told))

    def _say(self, place: Place, what: tuple[Purpose, str, int], say: Callable[[Money, Line], None]) -> None:
        trial = deepcopy(self.model)
        try:
            say(trial, self.line_at(trial, place))
            may = True
        except BeyondLimit:
            may = False
        purpose, target, yen = what
        assert self.run(self.world.say(place, purpose=purpose, target=target, yen=yen)) is may
        self.model = trial if may else self.model


def figures(stated: Stated) -> dict[str, int]:
    """A statement's columns."""
    return {name: getattr(stated, name) for name in Stated.__dataclass_fields__ if name != "payers"}
