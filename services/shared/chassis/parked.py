"""Parked keys: a key whose event was dead-lettered keeps its later events out until a person has looked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.shared.chassis.postgres import QUERIES, Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedKey:
    """One key that a consumer group no longer applies, with the reason of its first dead letter."""

    key: str
    reason: str
    parked_at: datetime


async def park_keys(tx: Transaction, *, group: str, keys: Collection[str], reason: str) -> None:
    """Park these keys for the consumer group; parking twice is parking once."""
    await tx.execute(QUERIES["park_keys"], group, sorted(keys), reason)


async def any_parked(tx: Transaction, *, group: str) -> bool:
    """Whether the group has any parked key: where it has none, batches need not ask."""
    return bool(await tx.fetchval(QUERIES["any_parked"], group))


async def parked_among(tx: Transaction, *, group: str, keys: Collection[str]) -> frozenset[str]:
    """Which of `keys` are parked for the group."""
    rows = await tx.fetch(QUERIES["parked_among"], group, list(keys))
    return frozenset(row["key"] for row in rows)


async def list_parked(database: Database, *, group: str, limit: int) -> Sequence[ParkedKey]:
    """Parked keys of the group, oldest first."""
    rows = await database.fetch(QUERIES["list_parked"], group, limit)
    return [ParkedKey(key=row["key"], reason=row["reason"], parked_at=row["parked_at"]) for row in rows]


async def unpark_keys(tx: Transaction, *, group: str, keys: Collection[str]) -> int:
    """Let the keys' events through again; returns how many of them were parked."""
    return await tx.execute(QUERIES["unpark_keys"], group, sorted(keys))
