"""Hospitals and payers in Postgres, the tokens they speak with, and the secrets of payers' member keys.

Everything here only grows: a later secret stands beside the first, and an unenrolment is a row that a later enrolment
follows.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from services.claims.adapters.postgres_households import HOUSEHOLDS
from services.claims.adapters.postgres_ledger import QUERIES
from services.shared.chassis.identity import Principal, PrincipalKind, TokenIssuer
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.refusals import Refusal

SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A bearer token and when it ends. Never stored, never logged."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSecret:
    """A payer's member secret, which of them it is, and from when on it is used."""

    version: int
    secret: bytes
    in_use_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """Enrolling again changes nothing and gives a new token; a payer's first secret stays."""

    database: Database
    issuer: TokenIssuer
    token_life: timedelta
    new_secret: Callable[[int], bytes] = secrets.token_bytes

    async def hospital(self, tx: Transaction, code: str, name: str, now: datetime) -> None:
        """Insert the hospital."""
        await tx.execute(QUERIES["insert_hospital"], code, name, now)

    async def payer(self, tx: Transaction, number: str, name: str, now: datetime) -> None:
        """Insert the payer with a random secret of its own; statements that could not name its members are due.

        One that was unenrolled is enrolled again.
        """
        await tx.execute(QUERIES["lock_payer"], number)
        if await tx.execute(QUERIES["insert_payer"], number, name, self.new_secret(SECRET_BYTES), now):
            await tx.execute(HOUSEHOLDS["touch_payer"], number)
        if await self.is_unenrolled(tx, number):
            await tx.execute(QUERIES["enrol_payer_again"], number, now)

    async def rotate(self, tx: Transaction, number: str, *, now: datetime, used_from: datetime) -> bool:
        """Give the payer another secret, used from an instant on; False while the last one is not used yet.

        The payer must be locked and enrolled.
        """
        kept = await self.secrets_of(tx, number)
        if kept[-1].in_use_from > now:
            return False
        secret = self.new_secret(SECRET_BYTES)
        await tx.execute(QUERIES["insert_payer_secret"], number, kept[-1].version + 1, secret, used_from)
        return True

    async def unenrol(self, tx: Transaction, number: str, now: datetime) -> None:
        """Refuse every token that was given so far. The payer must be locked and enrolled."""
        await tx.execute(QUERIES["unenrol_payer"], number, now)

    async def lock(self, tx: Transaction, number: str) -> bool:
        """Lock the payer until the transaction ends; whether it is enrolled."""
        await tx.execute(QUERIES["lock_payer"], number)
        return bool(await self.secrets_of(tx, number)) and not await self.is_unenrolled(tx, number)

    async def is_unenrolled(self, tx: Transaction, number: str) -> bool:
        """Whether the payer was unenrolled and not enrolled again."""
        return bool(await tx.fetchval(QUERIES["payer_is_unenrolled"], number))

    async def secrets_of(self, tx: Transaction, number: str) -> Sequence[KeptSecret]:
        """Every secret of a payer, oldest first; none of one that was never enrolled."""
        rows = await tx.fetch(QUERIES["secrets_of_payer"], number)
        return [
            KeptSecret(version=row["version"], secret=row["secret"], in_use_from=row["in_use_from"]) for row in rows
        ]

    def token(self, kind: PrincipalKind, identity: str, now: datetime) -> IssuedToken:
        """A token for a hospital or a payer."""
        principal = Principal(kind=kind, id=identity)
        return IssuedToken(
            token=self.issuer.issue(principal, now=now, life=self.token_life), expires_at=now + self.token_life
        )

    async def refusals(self) -> dict[str, Refusal]:
        """Payers that were unenrolled, by subject. Raises TransientFault."""
        return {
            f"payer:{row['payer_number']}": Refusal(issued_before=row["refused_before"], is_gone=not row["enrolled"])
            for row in await self.database.fetch(QUERIES["refused_payers"])
        }

    async def control_totals(self, claim_month: str) -> list[asyncpg.Record]:
        """Parts, points and yen adjudicated per payer and claim month."""
        return await self.database.fetch(QUERIES["control_totals"], claim_month, None)
