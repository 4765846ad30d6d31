"""Parked keys: a key whose event was dead-lettered keeps its later events out until a person has looked."""

from collections.abc import Collection, Sequence

from services.shared.chassis.postgres import Database, Transaction


async def park_keys(tx: Transaction, *, group: str, keys: Collection[str], reason: str) -> None:
    """Park these keys for the consumer group; parking twice is parking once."""
    raise NotImplementedError


async def parked_among(tx: Transaction, *, group: str, keys: Collection[str]) -> frozenset[str]:
    """Which of `keys` are parked for the group."""
    raise NotImplementedError


async def list_parked(database: Database, *, group: str, limit: int) -> Sequence[str]:
    """Parked keys of the group, oldest first."""
    raise NotImplementedError


async def unpark(database: Database, *, group: str, key: str) -> bool:
    """Let the key's events through again. False when it was not parked."""
    raise NotImplementedError
