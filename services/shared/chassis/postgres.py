"""The way to PostgreSQL: one pool, transactions that carry their announcements, driver errors translated once.

A transaction's outbox rows go in with one statement just before COMMIT; after the commit they are handed to the relay
in memory. Refuses to retry: a TransientFault says that the whole transaction may be tried again by whoever opened it.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from zlib import crc32

import asyncpg

from services.shared.chassis.crashpoints import crashpoint
from services.shared.chassis.messages import Announcement
from services.shared.chassis.queries import Statement, load_queries

QUERIES = load_queries(Path(__file__).parent / "sql" / "queries.sql")
"""The chassis' own statements."""

OUTBOX_SHARDS = 8
OUTBOX_CHANNEL = "outbox"
LOCK_TIMEOUT_MS = 4_000
STATEMENT_TIMEOUT_MS = 30_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000
CONNECT_TIMEOUT_S = 10.0


class TransientFault(Exception):
    """The world failed for now (connection, lock, deadlock, serialisation, shutdown): the transaction may be repeated.

    A fault during COMMIT leaves open whether it took effect; every effect here is idempotent, so trying again is safe.
    """


class UnwritableText(Exception):
    """A text holds a character that PostgreSQL does not keep: NUL. Whoever sent it is told so."""


class ConstraintViolated(Exception):
    """A named constraint of the schema refused the rows; the adapter maps `constraint` to a domain error."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """An announcement that stands committed in the outbox under `seq`, in the shard of its key."""

    seq: int
    shard: int
    announcement: Announcement


class HandOver(Protocol):
    """Where committed outbox rows go in memory; the relay of this process is one."""

    def owns(self, shards: Collection[int]) -> bool:
        """Whether this process publishes all of these shards; otherwise the transaction notifies the owner."""
        ...

    def take(self, rows: Sequence[OutboxRow]) -> None:
        """Accept rows of one committed transaction in seq order. Never blocks; may drop them, as the table has them."""
        ...


class Transaction:
    """One open transaction. Not shared between tasks; dead after its `async with` block."""

    def __init__(self, connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]", timeout_s: float | None) -> None:
        self.connection = connection
        self.announcements: list[Announcement] = []
        self.tellings: list[Callable[[], None]] = []
        self.owner_notified = False
        self._timeout_s = timeout_s

    async def fetch(self, statement: Statement, *args: Any) -> list[asyncpg.Record]:  # noqa: ANN401 - wire values
        """All rows."""
        with translated():
            return await self.connection.fetch(statement.sql, *args, timeout=self._timeout_s)

    async def fetchrow(self, statement: Statement, *args: Any) -> asyncpg.Record | None:  # noqa: ANN401 - wire values
        """The first row or None."""
        with translated():
            return await self.connection.fetchrow(statement.sql, *args, timeout=self._timeout_s)

    async def fetchval(self, statement: Statement, *args: Any) -> Any:  # noqa: ANN401 - wire values
        """The first column of the first row or None."""
        with translated():
            return await self.connection.fetchval(statement.sql, *args, timeout=self._timeout_s)

    async def execute(self, statement: Statement, *args: Any) -> int:  # noqa: ANN401 - wire values
        """Run it and return the number of rows it touched (0 for statements that touch none)."""
        with translated():
            status = await self.connection.execute(statement.sql, *args, timeout=self._timeout_s)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    def announce(self, announcements: Sequence[Announcement]) -> None:
        """Publish these once the transaction has committed, in this order per key. Costs one statement per transaction.

        For order across transactions the caller holds the row lock of what the key names before the commit.
        """
        self.announcements.extend(announcements)

    def once_committed(self, tell: Callable[[], None]) -> None:
        """Call this after the commit, and never if the transaction is rolled back: for spans and counts of what is so.

        It must neither raise nor block. A process that dies in between never calls it.
        """
        self.tellings.append(tell)


class Database:
    """The service's database as its own role."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", *, hand_over: HandOver | None = None) -> None:
        """`hand_over` is this process's relay; without one every announcing transaction notifies whoever relays."""
        self.pool = pool
        self.hand_over = hand_over

    @asynccontextmanager
    async def transaction(self, *, label: str, timeout_s: float | None = None) -> AsyncGenerator[Transaction]:
        """A read-committed transaction: commits at the end of the block, rolls back on any exception.

        `label` names its crash points, `<label>.before-commit` and `<label>.after-commit`, e.g. "claims.intake".
        `timeout_s` bounds each statement. Raises TransientFault, ConstraintViolated.
        """
        async with self._connection() as connection:
            tx = Transaction(connection, timeout_s)
            driver = connection.transaction()
            with translated():
                await driver.start()
            try:
                yield tx
                with translated():
                    rows = await self.store(tx)
                crashpoint(f"{label}.before-commit")
            except BaseException:
                await _rolled_back(driver)
                raise
            with translated():
                await driver.commit()
            crashpoint(f"{label}.after-commit")
            await self.hand(tx, rows)
            for tell in tx.tellings:
                tell()

    async def fetch(self, statement: Statement, *args: Any) -> list[asyncpg.Record]:  # noqa: ANN401 - wire values
        """One reading statement in a transaction of its own."""
        async with self._connection() as connection:
            with translated():
                return await connection.fetch(statement.sql, *args)

    async def store(self, tx: Transaction) -> Sequence[OutboxRow]:
        """Insert the announcements into the outbox: one statement, and a second one where another process relays."""
        if not tx.announcements:
            return ()
        shards = [shard_of(announcement.key) for announcement in tx.announcements]
        rows = await _insert_outbox(tx.connection, tx.announcements, shards)
        if not self._is_ours(rows):
            await tx.connection.execute(QUERIES["notify_outbox"].sql)
            tx.owner_notified = True
        return rows

    async def hand(self, tx: Transaction, rows: Sequence[OutboxRow]) -> None:
        """Give committed rows to the relay of this process. Whoever took its shards during the commit is told again."""
        if not rows or self.hand_over is None:
            return
        self.hand_over.take(rows)
        if not tx.owner_notified and not self._is_ours(rows):
            with suppress(TransientFault), translated():  # committed is committed: the owner finds them without us too
                await tx.connection.execute(QUERIES["notify_outbox"].sql)

    def _is_ours(self, rows: Sequence[OutboxRow]) -> bool:
        return self.hand_over is not None and self.hand_over.owns({row.shard for row in rows})

    @asynccontextmanager
    async def _connection(self) -> "AsyncGenerator[asyncpg.pool.PoolConnectionProxy[asyncpg.Record]]":
        with translated():
            connection = await self.pool.acquire(timeout=CONNECT_TIMEOUT_S)
        try:
            yield connection
        finally:
            await self.pool.release(connection)


async def open_pool(
    dsn: str, *, application_name: str, min_size: int = 2, max_size: int = 8
) -> "asyncpg.Pool[asyncpg.Record]":
    """Open a pool on `dsn` (TCP, or a Unix socket as `postgresql://user:password@/database?host=/folder`).

    Statements, locks and idle transactions are bounded in time by the server. Raises TransientFault.
    """
    with translated():
        return await asyncpg.create_pool(
            dsn,
            min_size=min_size,
            max_size=max_size,
            timeout=CONNECT_TIMEOUT_S,
            reset=_keep_session,
            server_settings=session_settings(application_name),
        )


def session_settings(application_name: str) -> dict[str, str]:
    """What the chassis asks of the server for each of its connections."""
    return {
        "application_name": application_name,
        "lock_timeout": str(LOCK_TIMEOUT_MS),
        "statement_timeout": str(STATEMENT_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
        "timezone": "UTC",
        "jit": "off",
    }


def shard_of(key: str) -> int:
    """The outbox shard that a key belongs to; fixed for all time."""
    return crc32(key.encode()) % OUTBOX_SHARDS


@contextmanager
def translated() -> Generator[None]:
    """Turn the driver's errors into the chassis' faults. Anything not listed is a bug and passes unchanged."""
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        raise ConstraintViolated(error.constraint_name or "") from error
    except asyncpg.CharacterNotInRepertoireError as error:
        raise UnwritableText from error
    except _TRANSIENT as error:
        raise TransientFault(type(error).__name__) from error
    except asyncpg.InterfaceError as error:
        if "closed" not in str(error) and "closing" not in str(error):
            raise
        raise TransientFault("ConnectionClosed") from error


_TRANSIENT = (
    asyncpg.PostgresConnectionError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InternalClientError,  # what the driver says of a connection that the server is just closing
    ConnectionError,
    OSError,
    TimeoutError,
)


async def _insert_outbox(
    connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]",
    announcements: Sequence[Announcement],
    shards: Sequence[int],
) -> Sequence[OutboxRow]:
    records = await connection.fetch(
        QUERIES["insert_outbox"].sql,
        shards,
        [a.topic for a in announcements],
        [a.key for a in announcements],
        [a.event_id for a in announcements],
        [a.type for a in announcements],
        [a.source for a in announcements],
        [a.subject for a in announcements],
        [a.traceparent for a in announcements],
        [a.time for a in announcements],
        [packed_headers(a.extra_headers) for a in announcements],
        [a.value for a in announcements],
    )
    return [
        OutboxRow(seq=record[0], shard=shard, announcement=announcement)
        for record, shard, announcement in zip(records, shards, announcements, strict=True)
    ]


def packed_headers(headers: tuple[tuple[str, str], ...]) -> str | None:
    """Extra headers as one column: `name=value` lines, None for none. Neither may hold a line break."""
    return "\n".join(f"{name}={value}" for name, value in headers) if headers else None


def unpacked_headers(packed: str | None) -> tuple[tuple[str, str], ...]:
    """The reverse of packed_headers."""
    if not packed:
        return ()
    return tuple((name, value) for name, _, value in (line.partition("=") for line in packed.split("\n")))


async def _rolled_back(driver: asyncpg.transaction.Transaction) -> None:
    try:
        await asyncio.shield(driver.rollback())
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
        return  # the connection is gone, and with it the transaction; the first error is the one to tell


async def _keep_session(_: object) -> None:
    """Skip the driver's reset on release: pooled connections get no session state, and it costs a round trip."""
