"""Ownership by advisory lock: one process at a time relays a shard, publishes the streams, or runs a periodic task.

A lock lives as long as the connection that took it: when the process or its connection dies, another one may take over.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import TypeAlias
from zlib import crc32

import asyncpg

from services.shared.chassis.postgres import (
    CONNECT_TIMEOUT_S,
    QUERIES,
    TransientFault,
    session_settings,
    translated,
)
from services.shared.chassis.queries import Statement

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
CLOSE_TIMEOUT_S = 2.0


async def open_session(dsn: str, *, application_name: str) -> Connection:
    """A connection of its own for locks, listening and what needs no durable commit (deleting acknowledged rows).

    `synchronous_commit` is off: a delete lost in a crash only means that a row is published again with the same id.
    Raises TransientFault.
    """
    settings = session_settings(application_name) | {"synchronous_commit": "off"}
    with translated():
        return await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT_S, server_settings=settings)


async def close_session(connection: Connection) -> None:
    """Close it, and with it every lock it holds; a connection that does not answer is dropped."""
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        await connection.close(timeout=CLOSE_TIMEOUT_S)


async def try_lock(connection: Connection, name: str, number: int = 0) -> bool:
    """Try to take the lock (name, number) for the life of the connection. Raises TransientFault."""
    return bool(await _value(connection, QUERIES["try_session_lock"], (lock_class(name), number)))


def lock_class(name: str) -> int:
    """The lock's first key: a signed 32-bit number from its name."""
    return crc32(name.encode()) - 2**31


async def _value(connection: Connection, statement: Statement, args: Sequence[int]) -> object:
    if connection.is_closed():
        raise TransientFault("ConnectionClosed")
    with translated():
        return await connection.fetchval(statement.sql, *args)
