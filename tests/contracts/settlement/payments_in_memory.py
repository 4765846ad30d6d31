"""The PaymentBook in memory; it passes the suite that the real one passes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import copy, deepcopy
from dataclasses import dataclass, field
from datetime import datetime

from services.settlement.application.payment_book import (
    Approval,
    BankFile,
    ResultFile,
    Sent,
    Standing,
    Step,
    Unsettled,
)
from services.settlement.domain.bank.furikomi import Account
from services.settlement.domain.payments.batches import Batch, Former, Payable, Payment
from services.settlement.domain.payments.files import Due, Filed, FileForm, bare
from services.settlement.domain.payments.states import STEPS_BACK, PaymentState, step
from services.shared.chassis.postgres import ConstraintViolated
from services.shared.kernel.ids import EventId, TransferId
from tests.contracts.settlement.books_in_memory import BooksInMemory

UNDONE_RETURN = (PaymentState.RETURNED, PaymentState.SETTLED)


@dataclass(slots=True)
class PaymentsInMemory:
    """Everything by its id; `transaction` takes everything back when its block raises."""

    books: BooksInMemory
    owed: dict[str, tuple[Payable, ...]] = field(default_factory=dict)
    """By closed period."""
    accounts: dict[str, list[Account]] = field(default_factory=dict)
    """Of hospitals, version after version, all of them confirmed."""
    batches: dict[str, Batch] = field(default_factory=dict)
    payments: dict[str, tuple[str, Payment]] = field(default_factory=dict)
    """With their batches."""
    steps: dict[str, list[Step]] = field(default_factory=dict)
    approved: dict[str, str] = field(default_factory=dict)
    files: dict[str, BankFile] = field(default_factory=dict)
    unsettled: dict[str, list[Unsettled]] = field(default_factory=dict)
    results: dict[str, ResultFile] = field(default_factory=dict)
    given: int = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["PaymentsInMemory"]:
        before = {
            name: copy(getattr(self, name)) for name in ("batches", "payments", "approved", "files", "results", "given")
        }
        steps, unsettled = deepcopy(self.steps), deepcopy(self.unsettled)
        try:
            yield self
        except BaseException:
            for name, value in before.items():
                setattr(self, name, value)
            self.steps, self.unsettled = steps, unsettled
            raise

    async def lock_proposing(self) -> None: ...

    async def is_closed(self, period: str) -> bool:
        return period in self.owed

    async def payables(self, period: str, excepted: Sequence[str]) -> Sequence[Payable]:
        found: list[Payable] = []
        for each in self.owed[period]:
            former = self._former(each.statement_id)
            if each.hospital_code in excepted or (former is None and self._last(each.statement_id) is not None):
                continue
            version = len(self.accounts.get(each.hospital_code, ())) or None
            found.append(
                Payable(
                    hospital_code=each.hospital_code,
                    statement_id=each.statement_id,
                    yen=each.yen,
                    pays_on=each.pays_on,
                    payee_version=version,
                    former=former,
                )
            )
        return found

    async def free_yen(self, hospital_codes: Sequence[str]) -> Mapping[str, int]:
        balances = await self.books.balances([f"hospital:{code}" for code in hospital_codes])
        left = {account[9:]: each.balance_yen - each.pending_out_yen for account, each in balances.items()}
        for key, (_, payment) in self.payments.items():
            if payment.hospital_code in left and self.steps[key][-1].state is PaymentState.PROPOSED:
                left[payment.hospital_code] -= payment.yen
        return left

    def _last(self, statement_id: str) -> Payment | None:
        own = [payment for _, payment in self.payments.values() if payment.statement_id == statement_id]
        return max(own, key=lambda each: each.attempt, default=None)

    def _former(self, statement_id: str) -> Former | None:
        last = self._last(statement_id)
        if last is None or self.steps[last.payment_id][-1].state is not PaymentState.ABANDONED:
            return None
        event = self.steps[last.payment_id][-1]
        return Former(payment_id=last.payment_id, event_number=event.number, state=event.state, attempt=last.attempt)

    async def latest_payees(self, hospital_codes: Sequence[str]) -> Mapping[str, int]:
        return {code: len(self.accounts[code]) for code in hospital_codes if code in self.accounts}

    async def payee_accounts(self, versions: Mapping[str, int]) -> Mapping[str, Account]:
        return {code: self.accounts[code][version - 1] for code, version in versions.items()}

    async def next_number(self, period: str) -> int:
        return 1 + sum(batch.period == period for batch in self.batches.values())

    async def references(self, count: int) -> Sequence[str]:
        self.given += count
        return [f"{number:010}" for number in range(self.given - count + 1, self.given + 1)]

    async def insert_batch(self, batch: Batch, payments: Sequence[Payment], now: datetime) -> None:
        self.batches[batch.batch_id] = batch
        for each in payments:
            standing = self._last(each.statement_id)
            if standing is not None and standing.attempt >= each.attempt:
                raise ConstraintViolated("payment_of_statement_once")
            self.payments[each.payment_id] = (batch.batch_id, each)

    async def insert_steps(self, steps: Sequence[Step], now: datetime) -> None:
        for each in steps:
            own = self.steps.setdefault(each.payment_id, [])
            follows = each.before is None or step(each.before, each.state) is not None
            follows = follows or (each.before, each.state) in STEPS_BACK
            if not follows or each.number != len(own) + 1 or (own[-1].state if own else None) is not each.before:
                raise ConstraintViolated("payment_event_follows")
            own.append(each)

    async def approvals(self, batch_ids: Sequence[str]) -> Sequence[Approval]:
        standing = {batch.batch_id: file_id for file_id, file in self.files.items() for batch in file.batches}
        return [
            Approval(batch=self.batches[each], approved_by=self.approved.get(each), file_id=standing.get(each))
            for each in batch_ids
            if each in self.batches
        ]

    async def approve(self, batch: Batch, by: str, now: datetime) -> None:
        self.approved[batch.batch_id] = by

    async def filed(self, batch: Batch, form: FileForm) -> Filed:
        own = [payment for batch_id, payment in self.payments.values() if batch_id == batch.batch_id]
        due = [
            Due(payment=each, account=self.accounts[each.hospital_code][each.payee_version - 1])
            for each in sorted(own, key=lambda each: each.place)
        ]
        return Filed(batch=batch, due=due)

    async def stand(self, payment_ids: Sequence[str]) -> Sequence[Standing]:
        return [
            Standing(
                payment=self.payments[each][1],
                batch=self.batches[self.payments[each][0]],
                state=self.steps[each][-1].state,
                event_number=self.steps[each][-1].number,
                released_by=self._released_by(self.payments[each][0]),
                before=self._found_in(each),
                transfer_id=self._moved_by(each),
                unsettled_by=frozenset(one.step.cause.by for one in self.unsettled.get(each, [])),
            )
            for each in sorted(set(payment_ids))
            if each in self.payments
        ]

    def _found_in(self, payment_id: str) -> PaymentState | None:
        own = self.steps[payment_id]
        came = [each for each in own if each.state is own[-1].state and (each.before, each.state) != UNDONE_RETURN]
        return came[-1].before if came else None

    def _moved_by(self, payment_id: str) -> TransferId:
        unsettled = self.unsettled.get(payment_id)
        return unsettled[-1].transfer_id if unsettled else self.payments[payment_id][1].transfer_id

    def _released_by(self, batch_id: str) -> str | None:
        found = (file for file in self.files.values() if batch_id in {each.batch_id for each in file.batches})
        return next((file.released_by for file in found), None)

    async def caused(self, payment_ids: Sequence[str], state: PaymentState, cause: EventId) -> frozenset[str]:
        return frozenset(
            each
            for each in payment_ids
            for event in self.steps.get(each, ())
            if (event.state, event.cause.event_id) == (state, cause)
        )

    async def put_by(self, cause: EventId, target: str, state: PaymentState) -> Sequence[str]:
        meant = [each for each, (batch_id, _) in self.payments.items() if target in {each, batch_id}]
        return sorted(await self.caused(meant, state, cause))

    async def insert_unsettled(self, unsettled: Sequence[Unsettled], now: datetime) -> None:
        await self.insert_steps([each.step for each in unsettled], now)
        for each in unsettled:
            self.unsettled.setdefault(each.step.payment_id, []).append(each)

    async def successors(self, payment_ids: Sequence[str]) -> Sequence[str]:
        return sorted(
            {
                batch_id
                for batch_id, payment in self.payments.values()
                if payment.former is not None
                and payment.former.state is PaymentState.REINSTRUCTED
                and payment.former.payment_id in payment_ids
            }
        )

    async def insert_file(self, file: BankFile, now: datetime) -> None:
        self.files[file.file_id] = file

    async def read_file(self, file_id: str) -> BankFile | None:
        return self.files.get(file_id)

    async def payers_of(self, batches: Sequence[Batch]) -> Mapping[str, Sequence[str]]:
        return {each.batch_id: () for each in batches}

    async def keep_result(self, result: ResultFile, now: datetime) -> None:
        self.results.setdefault(result.event_id, result)

    async def sent(self, message_id: str) -> Sequence[Sent]:
        file = self.files.get(f"bkf_{message_id}")
        return [
            Sent(payment_id=payment.payment_id, instruction=bare(batch.batch_id), reference=payment.reference)
            for batch in (file.batches if file is not None else ())
            for payment in (due.payment for due in (await self.filed(batch, FileForm.ZENGIN)).due)
        ]
