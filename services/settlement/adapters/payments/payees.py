"""Hospitals' accounts in PostgreSQL. See PayeeBook."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from services.settlement.adapters.payments.payment_queries import QUERIES
from services.settlement.domain.bank.furikomi import Account, AccountType
from services.settlement.domain.payments.payees import Payee
from services.shared.chassis.postgres import Transaction


class PostgresPayees:
    """The PayeeBook of one transaction."""

    def __init__(self, tx: Transaction) -> None:
        """Works in `tx` only."""
        self._tx = tx

    async def lock_payee(self, hospital_code: str) -> None:
        """See PayeeBook."""
        await self._tx.execute(QUERIES["lock_payee"], hospital_code)

    async def versions(self, hospital_code: str) -> Sequence[Payee]:
        """See PayeeBook."""
        return [payee_of(row) for row in await self._tx.fetch(QUERIES["payee_versions"], hospital_code)]

    async def propose_payee(self, payee: Payee, now: datetime) -> None:
        """See PayeeBook."""
        account = payee.account
        await self._tx.execute(
            QUERIES["insert_payee"],
            payee.hospital_code,
            payee.version,
            account.bank,
            account.branch,
            account.kind.value,
            account.number,
            account.name,
            payee.banks_of,
            payee.is_assigned,
            payee.proposed_by,
            now,
        )

    async def confirm_payee(self, payee: Payee, by: str, now: datetime) -> None:
        """See PayeeBook. Raises ConstraintViolated for the person who proposed it."""
        await self._tx.execute(
            QUERIES["insert_payee_confirmation"], payee.hospital_code, payee.version, payee.proposed_by, by, now
        )


def payee_of(row: asyncpg.Record) -> Payee:
    """The version that a row of payee_versions tells of."""
    return Payee(
        hospital_code=row["hospital_code"],
        version=row["version"],
        account=account_of(row),
        banks_of=row["banks_of"],
        is_assigned=row["is_assigned"],
        proposed_by=row["proposed_by"],
        confirmed_by=row["confirmed_by"],
    )


def account_of(row: asyncpg.Record) -> Account:
    """The account of a row with its five columns."""
    return Account(
        bank=row["bank"],
        branch=row["branch"],
        kind=AccountType(row["account_type"]),
        number=row["account_number"],
        name=row["account_name"],
    )
