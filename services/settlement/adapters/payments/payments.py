"""Batches, payments and files in PostgreSQL. See PaymentBook."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

import asyncpg

from services.settlement.adapters.ledger.chain import append_file
from services.settlement.adapters.payments.payees import account_of
from services.settlement.adapters.payments.payment_queries import QUERIES
from services.settlement.adapters.payments.statement_claims import claims_of_batch, payers_of_batch
from services.settlement.application.payment_book import Approval, BankFile, ResultFile, Sent, Standing, Step, Unsettled
from services.settlement.domain.bank.furikomi import Account
from services.settlement.domain.payments.batches import Batch, Former, Payable, Payment, remitter_of
from services.settlement.domain.payments.files import Claims, Due, Filed, FileForm, bare
from services.settlement.domain.payments.states import PaymentState
from services.shared.chassis.postgres import Transaction
from services.shared.kernel.ids import EventId, TransferId
from services.shared.kernel.money import Yen

FILE_PREFIX: Final = "bkf_"
RESULT_KIND: Final = "pain.002"
AS_SENT: Final = ".sent"
"""Behind the id of a result of which the chain seals what came beside what is kept."""


class PostgresPayments:
    """The PaymentBook of one transaction."""

    def __init__(self, tx: Transaction) -> None:
        """Works in `tx` only."""
        self._tx = tx

    async def lock_proposing(self) -> None:
        """See PaymentBook."""
        await self._tx.execute(QUERIES["lock_proposing"])

    async def is_closed(self, period: str) -> bool:
        """See PaymentBook."""
        return bool(await self._tx.fetchval(QUERIES["is_closed"], period))

    async def payables(self, period: str, excepted: Sequence[str]) -> Sequence[Payable]:
        """See PaymentBook."""
        return [_payable(row) for row in await self._tx.fetch(QUERIES["payables"], period, list(excepted))]

    async def free_yen(self, hospital_codes: Sequence[str]) -> Mapping[str, int]:
        """See PaymentBook."""
        rows = await self._tx.fetch(QUERIES["free_of_hospitals"], list(hospital_codes))
        return {row["hospital_code"]: row["free_yen"] for row in rows}

    async def latest_payees(self, hospital_codes: Sequence[str]) -> Mapping[str, int]:
        """See PaymentBook."""
        rows = await self._tx.fetch(QUERIES["latest_payees"], list(hospital_codes))
        return {row["hospital_code"]: row["version"] for row in rows}

    async def payee_accounts(self, versions: Mapping[str, int]) -> Mapping[str, Account]:
        """See PaymentBook."""
        rows = await self._tx.fetch(QUERIES["payee_accounts"], list(versions), list(versions.values()))
        return {row["hospital_code"]: account_of(row) for row in rows}

    async def next_number(self, period: str) -> int:
        """See PaymentBook."""
        number: int = await self._tx.fetchval(QUERIES["next_batch_number"], period)
        return number

    async def references(self, count: int) -> Sequence[str]:
        """See PaymentBook."""
        return [row["reference"] for row in await self._tx.fetch(QUERIES["next_references"], count)]

    async def insert_batch(self, batch: Batch, payments: Sequence[Payment], now: datetime) -> None:
        """See PaymentBook."""
        await self._tx.execute(
            QUERIES["insert_batch"],
            batch.batch_id,
            batch.period,
            batch.number,
            batch.pays_on,
            batch.account_id,
            batch.remitter.code,
            batch.remitter.account.name,
            batch.payments,
            batch.total_yen,
            batch.content_sha256,
            batch.proposed_by,
            batch.traceparent,
            now,
        )
        await self._tx.execute(QUERIES["insert_payments"], batch.batch_id, *_columns(payments))

    async def insert_steps(self, steps: Sequence[Step], now: datetime) -> None:
        """See PaymentBook."""
        if not steps:
            return
        await self._tx.execute(
            QUERIES["insert_payment_events"],
            [each.payment_id for each in steps],
            [each.number for each in steps],
            [each.state.value for each in steps],
            [None if each.before is None else each.before.value for each in steps],
            [each.cause.event_id for each in steps],
            [each.cause.reason for each in steps],
            [each.cause.by for each in steps],
            now,
        )

    async def approvals(self, batch_ids: Sequence[str]) -> Sequence[Approval]:
        """See PaymentBook."""
        await self._tx.execute(QUERIES["lock_batches"], list(batch_ids))
        rows = {row["batch_id"]: row for row in await self._tx.fetch(QUERIES["batches"], list(batch_ids))}
        return [
            Approval(batch=batch_of(row), approved_by=row["approved_by"], file_id=row["file_id"])
            for row in (rows[each] for each in batch_ids if each in rows)
        ]

    async def approve(self, batch: Batch, by: str, now: datetime) -> None:
        """See PaymentBook. Raises ConstraintViolated for the person who proposed it."""
        await self._tx.execute(
            QUERIES["insert_approval"], batch.batch_id, batch.proposed_by, batch.content_sha256, by, now
        )

    async def filed(self, batch: Batch, form: FileForm) -> Filed:
        """See PaymentBook."""
        await self._tx.execute(QUERIES["await_file"])
        rows = await self._tx.fetch(QUERIES["due_of_batch"], batch.batch_id)
        told = await claims_of_batch(self._tx, batch.batch_id) if form is FileForm.PAIN001 else {}
        due = [
            Due(payment=_payment(row), account=account_of(row), claims=told.get(row["statement_id"], Claims()))
            for row in rows
        ]
        return Filed(batch=batch, due=due)

    async def stand(self, payment_ids: Sequence[str]) -> Sequence[Standing]:
        """See PaymentBook."""
        ids = list(payment_ids)
        batch_ids = [row["batch_id"] for row in await self._tx.fetch(QUERIES["batches_of"], ids)]
        await self._tx.execute(QUERIES["lock_batches"], batch_ids)
        batches = {row["batch_id"]: batch_of(row) for row in await self._tx.fetch(QUERIES["batches"], batch_ids)}
        return [
            Standing(
                payment=_payment(row),
                batch=batches[row["batch_id"]],
                state=PaymentState(row["state"]),
                event_number=row["event_number"],
                released_by=row["released_by"],
                before=PaymentState(row["before_state"]) if row["before_state"] is not None else None,
                transfer_id=TransferId(row["moved_by"]),
                unsettled_by=frozenset(row["unsettled_by"]),
            )
            for row in await self._tx.fetch(QUERIES["standing_payments"], ids)
        ]

    async def caused(self, payment_ids: Sequence[str], state: PaymentState, cause: EventId) -> frozenset[str]:
        """See PaymentBook."""
        rows = await self._tx.fetch(QUERIES["caused"], list(payment_ids), state.value, cause)
        return frozenset(row["payment_id"] for row in rows)

    async def put_by(self, cause: EventId, target: str, state: PaymentState) -> Sequence[str]:
        """See PaymentBook."""
        return [row["payment_id"] for row in await self._tx.fetch(QUERIES["put_by"], cause, target, state.value)]

    async def insert_unsettled(self, unsettled: Sequence[Unsettled], now: datetime) -> None:
        """See PaymentBook."""
        await self.insert_steps([each.step for each in unsettled], now)
        await self._tx.execute(
            QUERIES["insert_unsettled"],
            [each.step.payment_id for each in unsettled],
            [each.step.number for each in unsettled],
            [each.step.state.value for each in unsettled],
            [each.match_id for each in unsettled],
            [each.matched_by for each in unsettled],
            [each.step.cause.by for each in unsettled],
            [each.former_transfer_id for each in unsettled],
            [each.transfer_id for each in unsettled],
        )

    async def successors(self, payment_ids: Sequence[str]) -> Sequence[str]:
        """See PaymentBook."""
        return [row["batch_id"] for row in await self._tx.fetch(QUERIES["successors"], list(payment_ids))]

    async def insert_file(self, file: BankFile, now: datetime) -> None:
        """See PaymentBook."""
        await self._tx.execute(
            QUERIES["insert_file"],
            file.file_id,
            file.form.value,
            file.sha256,
            file.content,
            sum(each.payments for each in file.batches),
            sum(each.total_yen for each in file.batches),
            file.released_by,
            now,
        )
        await self._tx.execute(QUERIES["insert_file_batches"], file.file_id, [each.batch_id for each in file.batches])
        await append_file(
            self._tx, file_id=file.file_id, kind=file.form.value, sha256=file.sha256, size=len(file.content)
        )

    async def read_file(self, file_id: str) -> BankFile | None:
        """See PaymentBook."""
        row = await self._tx.fetchrow(QUERIES["read_file"], file_id)
        if row is None:
            return None
        approvals = await self.approvals(row["batch_ids"])
        return BankFile(
            file_id=row["file_id"],
            form=FileForm(row["form"]),
            sha256=row["sha256"],
            content=row["content"],
            batches=[each.batch for each in approvals],
            released_by=row["released_by"],
        )

    async def payers_of(self, batches: Sequence[Batch]) -> Mapping[str, Sequence[str]]:
        """See PaymentBook."""
        return {each.batch_id: await payers_of_batch(self._tx, each.batch_id) for each in batches}

    async def keep_result(self, result: ResultFile, now: datetime) -> None:
        """See PaymentBook."""
        kept = sha256(result.kept).digest()
        columns = (result.event_id, result.sha256, result.kept, kept, result.file_id, result.taken_by, now)
        await self._tx.execute(QUERIES["insert_result"], *columns)
        for name, digest in ((result.event_id, kept), (result.event_id + AS_SENT, result.sha256)):
            await append_file(self._tx, file_id=name, kind=RESULT_KIND, sha256=digest, size=len(result.kept))

    async def sent(self, message_id: str) -> Sequence[Sent]:
        """See PaymentBook."""
        rows = await self._tx.fetch(QUERIES["sent_in_file"], FILE_PREFIX + message_id)
        return [
            Sent(payment_id=row["payment_id"], instruction=bare(row["batch_id"]), reference=row["reference"])
            for row in rows
        ]


def batch_of(row: asyncpg.Record) -> Batch:
    """The batch of a row of payment_batch."""
    digits = row["account_id"].removeprefix("bank:")
    return Batch(
        batch_id=row["batch_id"],
        period=row["period"],
        number=row["number"],
        pays_on=row["pays_on"],
        remitter=remitter_of(digits, code=row["remitter_code"], name=row["remitter_name"]),
        payments=row["payments"],
        total_yen=row["total_yen"],
        content_sha256=row["content_sha256"],
        proposed_by=row["proposed_by"],
        traceparent=row["traceparent"],
    )


def _payment(row: asyncpg.Record) -> Payment:
    former = None
    if row["former_payment_id"] is not None:
        former = Former(
            payment_id=row["former_payment_id"],
            event_number=row["former_event_number"],
            state=PaymentState(row["former_state"]),
            attempt=row["attempt"] - 1,
        )
    return Payment(
        payment_id=row["payment_id"],
        place=row["place"],
        hospital_code=row["hospital_code"],
        statement_id=row["statement_id"],
        yen=Yen(row["yen"]),
        reference=row["reference"],
        payee_version=row["payee_version"],
        transfer_id=TransferId(row["transfer_id"]),
        former=former,
    )


def _payable(row: asyncpg.Record) -> Payable:
    former = None
    if row["payment_id"] is not None:
        former = Former(
            payment_id=row["payment_id"],
            event_number=row["event_number"],
            state=PaymentState(row["state"]),
            attempt=row["attempt"],
        )
    return Payable(
        hospital_code=row["hospital_code"],
        statement_id=row["statement_id"],
        yen=row["yen"],
        pays_on=row["pays_on"],
        payee_version=row["payee_version"],
        former=former,
    )


def _columns(payments: Sequence[Payment]) -> tuple[list[object], ...]:
    formers = [each.former for each in payments]
    return (
        [each.payment_id for each in payments],
        [each.place for each in payments],
        [each.hospital_code for each in payments],
        [each.statement_id for each in payments],
        [each.attempt for each in payments],
        [each.yen for each in payments],
        [each.reference for each in payments],
        [each.payee_version for each in payments],
        [each.transfer_id for each in payments],
        [None if each is None else each.payment_id for each in formers],
        [None if each is None else each.event_number for each in formers],
        [None if each is None else each.state.value for each in formers],
    )
