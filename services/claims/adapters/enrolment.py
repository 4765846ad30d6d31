"""Hospitals and payers in Postgres, and the tokens they speak with."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from services.claims.adapters.postgres_households import HOUSEHOLDS
from services.claims.adapters.postgres_ledger import QUERIES
from services.shared.chassis.identity import Principal, PrincipalKind, TokenIssuer
from services.shared.chassis.postgres import Database, Transaction

SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A bearer token and when it ends. Never stored, never logged."""

    token: str
    expires_at: datetime


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
        """Insert the payer with a random secret of its own; statements that could not name its members are due."""
        if await tx.execute(QUERIES["insert_payer"], number, name, self.new_secret(SECRET_BYTES), now):
            await tx.execute(HOUSEHOLDS["touch_payer"], number)

    async def secret_of(self, tx: Transaction, number: str) -> bytes:
        """The secret of an enrolled payer."""
        secret: bytes = await tx.fetchval(QUERIES["payer_secret"], number)
        return secret

    def token(self, kind: PrincipalKind, identity: str, now: datetime) -> IssuedToken:
        """A token for a hospital or a payer."""
        principal = Principal(kind=kind, id=identity)
        return IssuedToken(
            token=self.issuer.issue(principal, now=now, life=self.token_life), expires_at=now + self.token_life
        )

    async def control_totals(self, claim_month: str) -> list[asyncpg.Record]:
        """Parts, points and yen adjudicated per payer and claim month."""
        return await self.database.fetch(QUERIES["control_totals"], claim_month, None)
