"""Payees: a version is proposed by one person and holds once another has confirmed it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.settlement.domain.bank.assigned import Banks
from services.settlement.domain.bank.furikomi import Account
from services.settlement.domain.payments.payees import (
    Payee,
    PayeeFault,
    Refusal,
    as_kept,
    confirmation_refusal,
    faults_of,
    is_assigned,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankList:
    """The assigned banks with the day of the list, YYYYMMDD, and banks for tests that payees may have besides."""

    day: str
    banks: Banks
    test_banks: frozenset[str]


class PayeeBook(Protocol):
    """Hospitals' accounts. One open transaction."""

    async def lock_payee(self, hospital_code: str) -> None:
        """One change of a hospital's account at a time, until the transaction ends."""
        ...

    async def versions(self, hospital_code: str) -> Sequence[Payee]:
        """Its versions, the latest first."""
        ...

    async def propose_payee(self, payee: Payee, now: datetime) -> None:
        """Keep a version."""
        ...

    async def confirm_payee(self, payee: Payee, by: str, now: datetime) -> None:
        """Keep that somebody confirmed it."""
        ...


async def propose_payee(
    book: PayeeBook, hospital_code: str, account: Account, by: str, *, banks: BankList, now: datetime
) -> Payee | Sequence[PayeeFault]:
    """The hospital's next version, or everything that is wrong with the account."""
    faults = list(faults_of(account, banks.banks, banks.test_banks))
    if faults:
        return faults
    await book.lock_payee(hospital_code)
    versions = await book.versions(hospital_code)
    payee = Payee(
        hospital_code=hospital_code,
        version=versions[0].version + 1 if versions else 1,
        account=as_kept(account),
        banks_of=banks.day,
        is_assigned=is_assigned(account, banks.banks),
        proposed_by=by,
    )
    await book.propose_payee(payee, now)
    return payee


async def confirm_payee(
    book: PayeeBook, hospital_code: str, version: int, by: str, *, now: datetime
) -> Payee | Refusal | None:
    """The version, confirmed; none where there is no such. Confirmed again by the same person, nothing changes."""
    await book.lock_payee(hospital_code)
    versions = await book.versions(hospital_code)
    payee = next((each for each in versions if each.version == version), None)
    if payee is None or payee.confirmed_by == by:
        return payee
    refusal = confirmation_refusal(payee, latest=versions[0].version, confirmer=by)
    if refusal is not None:
        return refusal
    if payee.confirmed_by is None:
        await book.confirm_payee(payee, by, now)
    return payee
