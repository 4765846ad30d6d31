"""What stands in a file for the bank: batches as its groups, and the form in which the bank takes it.

The same batches, payees and form are the same bytes, always.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, assert_never

from services.settlement.domain.bank import furikomi, pain001
from services.settlement.domain.bank.checking import checked
from services.settlement.domain.bank.furikomi import Account, Unpayable
from services.settlement.domain.payments.batches import Batch, Payment, content_digest
from services.shared.kernel.months import BUSINESS_ZONE

MOST_CLAIMS_TOLD: Final = 1_000
"""In one payment's remittance; of more, the statement says which."""
MOST_CLAIMS_OF_BATCH: Final = 1_000_000
"""In the remittances of one batch; of more, each tells how many, as the whole file is in memory."""


class FileForm(Enum):
    """The forms in which a bank takes payments."""

    ZENGIN = "zengin"
    """全銀 総合振込."""
    ZENGIN_LINES = "zengin-lines"
    """The same with CR LF behind every record."""
    PAIN001 = "pain001"
    """ISO 20022 pain.001.001.03."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """How many claims a statement holds, and all of their ids where they are told; none where they are too many."""

    count: int = 0
    ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A payment and the account that it goes to; `claims` are those of its statement, where they were asked for."""

    payment: Payment
    account: Account
    claims: Claims = Claims()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A batch with everything that its group of the file is made of."""

    batch: Batch
    due: Sequence[Due]


class NotSound(Exception):
    """What was made is not what was approved, or the strict reader found something in it: nothing is released."""


def is_as_approved(filed: Filed) -> bool:
    """Whether the payments and their accounts come to the digest that the checker approved."""
    payments, accounts = [due.payment for due in filed.due], [due.account for due in filed.due]
    digest = content_digest(payments, accounts, filed.batch.remitter, filed.batch.pays_on)
    return digest == filed.batch.content_sha256


def refuse_unapproved(filed: Sequence[Filed]) -> None:
    """No file is made of anything else, whoever asks for it. Raises NotSound."""
    for each in filed:
        if not is_as_approved(each):
            message = f"{each.batch.batch_id} holds other payments than were approved"
            raise NotSound(message)


def file_content(file_id: str, form: FileForm, filed: Sequence[Filed], released_at: datetime) -> bytes:
    """What the bank gets; the same at any later time. Raises CannotBeFiled, NotSound."""
    match form:
        case FileForm.ZENGIN:
            return zengin(filed, line_ends=False)
        case FileForm.ZENGIN_LINES:
            return zengin(filed, line_ends=True)
        case FileForm.PAIN001:
            return pain001_of(file_id, filed, released_at.astimezone(BUSINESS_ZONE))
    assert_never(form)


def zengin(filed: Sequence[Filed], *, line_ends: bool) -> bytes:
    """総合振込, read back by the strict reader. Raises CannotBeFiled, NotSound."""
    refuse_unapproved(filed)
    content = furikomi.rendered_groups([_group(each) for each in filed], line_ends=line_ends)
    found = checked(content)
    read = [(len(group.data), group.total_yen) for group in found.groups]
    if found.violation_count or read != [(each.batch.payments, each.batch.total_yen) for each in filed]:
        message = f"{found.violation_count} violations in a file of {len(filed)} groups"
        raise NotSound(message)
    return content


def pain001_of(file_id: str, filed: Sequence[Filed], made_at: datetime) -> bytes:
    """The ISO 20022 message; ids without their prefixes, as the schema gives 35 characters.

    Raises CannotBeFiled, NotSound.
    """
    refuse_unapproved(filed)
    message = pain001.Message(
        message_id=bare(file_id), made_at=made_at, instructions=[_instruction(each) for each in filed]
    )
    return pain001.rendered(message)


def claims_told(counts: Mapping[str, int]) -> Sequence[str]:
    """Of a batch's statements, given with the number of their claims, those whose claims a file tells one by one."""
    told = [each for each, count in counts.items() if 0 < count <= MOST_CLAIMS_TOLD]
    return told if sum(counts[each] for each in told) <= MOST_CLAIMS_OF_BATCH else ()


def bare(named: str) -> str:
    """The id without its prefix: 32 digits."""
    return named.rpartition("_")[2]


def unpayable_hospital(filed: Sequence[Filed], reason: Unpayable) -> str:
    """The hospital that a reason is about; empty: the remitter or the sums."""
    if reason.payment is None:
        return ""
    return filed[reason.group].due[reason.payment].payment.hospital_code


def _group(filed: Filed) -> furikomi.Group:
    return furikomi.Group(
        remitter=filed.batch.remitter,
        pay_day=filed.batch.pays_on,
        payments=[_payment(each) for each in filed.due],
    )


def _payment(due: Due) -> furikomi.Payment:
    """顧客コード1 is the reference that comes back on statements, 顧客コード2 the hospital's code."""
    payment = due.payment
    return furikomi.Payment(payee=due.account, yen=payment.yen, reference=payment.reference + payment.hospital_code)


def _instruction(filed: Filed) -> pain001.Instruction:
    return pain001.Instruction(
        instruction_id=bare(filed.batch.batch_id),
        remitter=filed.batch.remitter,
        pay_day=filed.batch.pays_on,
        transfers=[
            pain001.Transfer(
                payee=each.account,
                yen=each.payment.yen,
                reference=each.payment.reference,
                customer_code=each.payment.hospital_code,
                remittance=_remittance(filed.batch, each),
            )
            for each in filed.due
        ],
    )


def _remittance(batch: Batch, due: Due) -> str:
    """What the payment is for: statement and period, then the claims, or how many where they are too many."""
    rows = [("statement", due.payment.statement_id), ("period", batch.period), ("claims", str(due.claims.count))]
    rows += [("claim", each) for each in due.claims.ids]
    return "".join(f"{name},{value}\r\n" for name, value in rows)
