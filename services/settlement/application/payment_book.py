"""What the use cases of payments ask of the database: one open transaction over payees, batches, payments and files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.settlement.domain.bank.furikomi import Account
from services.settlement.domain.payments.batches import Batch, Payable, Payment
from services.settlement.domain.payments.files import Filed, FileForm
from services.settlement.domain.payments.states import PaymentState
from services.shared.kernel.ids import EventId, TransferId


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a step is taken: the id of what brought it about, by whom, a constant that says why, and its trace."""

    event_id: EventId
    by: str
    reason: str
    traceparent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A payment with its batch, its state, and the number of the event that put it there. Locked until the commit.

    `released_by` made the file that it stands in; none: it stands in none. `before` is the state in which it was found
    when it came to this one, not when a return was taken back to it; none for a proposal. `transfer_id` is that of the
    ledger now: another than the payment's where `unsettled_by` took back that it was settled, or that it came back.
    """

    payment: Payment
    batch: Batch
    state: PaymentState
    event_number: int
    released_by: str | None
    before: PaymentState | None
    transfer_id: TransferId
    unsettled_by: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A payment as the bank knows it: its instruction (the batch's id without prefix) and its reference."""

    payment_id: str
    instruction: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The next event of a payment; `before` none for its first."""

    payment_id: str
    number: int
    state: PaymentState
    before: PaymentState | None
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """A step back: the match that is taken back, who made it and who takes it back, and the transfers."""

    step: Step
    match_id: str
    matched_by: str
    former_transfer_id: TransferId
    transfer_id: TransferId


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFile:
    """What a bank sent of a file of ours: the cause that it is, the fingerprint of what came, and what is kept."""

    event_id: EventId
    sha256: bytes
    kept: bytes
    file_id: str
    taken_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A batch with who approved it and the file that it stands in; none so far."""

    batch: Batch
    approved_by: str | None
    file_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFile:
    """A file that was released; `content` is what the bank gets."""

    file_id: str
    form: FileForm
    sha256: bytes
    content: bytes
    batches: Sequence[Batch]
    released_by: str


class PaymentBook(Protocol):
    """Payees, batches, payments and files. One open transaction."""

    async def lock_proposing(self) -> None:
        """One who proposes payments at a time, until the transaction ends."""
        ...

    async def is_closed(self, period: str) -> bool:
        """Whether the period's close is done."""
        ...

    async def payables(self, period: str, excepted: Sequence[str]) -> Sequence[Payable]:
        """What the hospitals' statements of the period leave to pay and no live payment pays, by hospital."""
        ...

    async def free_yen(self, hospital_codes: Sequence[str]) -> Mapping[str, int]:
        """By hospital: its balance less payments that are pending or proposed; below 0 where they are more."""
        ...

    async def latest_payees(self, hospital_codes: Sequence[str]) -> Mapping[str, int]:
        """The version of each hospital's account that holds; hospitals without one are left out."""
        ...

    async def payee_accounts(self, versions: Mapping[str, int]) -> Mapping[str, Account]:
        """By hospital: the account of that version."""
        ...

    async def next_number(self, period: str) -> int:
        """The number of the period's next batch."""
        ...

    async def references(self, count: int) -> Sequence[str]:
        """So many references that no payment has had."""
        ...

    async def insert_batch(self, batch: Batch, payments: Sequence[Payment], now: datetime) -> None:
        """Keep a batch with its payments. Their formers' events are kept already."""
        ...

    async def insert_steps(self, steps: Sequence[Step], now: datetime) -> None:
        """Keep events. Raises ConstraintViolated where one does not follow."""
        ...

    async def approvals(self, batch_ids: Sequence[str]) -> Sequence[Approval]:
        """Those batches that there are, in the order asked, locked until the transaction ends."""
        ...

    async def approve(self, batch: Batch, by: str, now: datetime) -> None:
        """Keep the approval."""
        ...

    async def filed(self, batch: Batch, form: FileForm) -> Filed:
        """The batch with its payments in their order and all that the form tells of them."""
        ...

    async def stand(self, payment_ids: Sequence[str]) -> Sequence[Standing]:
        """Those payments that there are, locked, in the order of their ids."""
        ...

    async def caused(self, payment_ids: Sequence[str], state: PaymentState, cause: EventId) -> frozenset[str]:
        """Which of them that cause put into that state before."""
        ...

    async def put_by(self, cause: EventId, target: str, state: PaymentState) -> Sequence[str]:
        """The payments that the cause put into a state: the one of this id, or those of the batch of this id."""
        ...

    async def insert_unsettled(self, unsettled: Sequence[Unsettled], now: datetime) -> None:
        """Keep steps back, each with the match and the transfers that it is about."""
        ...

    async def successors(self, payment_ids: Sequence[str]) -> Sequence[str]:
        """The batches of the payments that took the place of these."""
        ...

    async def insert_file(self, file: BankFile, now: datetime) -> None:
        """Keep the file with its batches, and append it to the chain of files."""
        ...

    async def read_file(self, file_id: str) -> BankFile | None:
        """A file that was released."""
        ...

    async def payers_of(self, batches: Sequence[Batch]) -> Mapping[str, Sequence[str]]:
        """By batch: the payers whose claims its statements hold."""
        ...

    async def keep_result(self, result: ResultFile, now: datetime) -> None:
        """Keep what a bank said, once, and append it to the chain of files."""
        ...

    async def sent(self, message_id: str) -> Sequence[Sent]:
        """The payments of the file whose id without prefix this is; none where there is no such file."""
        ...
