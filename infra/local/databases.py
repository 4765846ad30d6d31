"""Databases and roles of the services on any PostgreSQL server that we may administer.

A service `claims` has the database `claims`, the role `claims_owner` which owns and migrates it, and the role `claims`
which runs with the grants that the migrations give. Nobody else may connect.
"""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import asyncpg

from services.shared.chassis.queries import load_queries

QUERIES = load_queries(Path(__file__).parents[1] / "postgres" / "provision.sql")
CONNECT_TIMEOUT_S = 10.0
OWNER_SUFFIX = "_owner"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDatabase:
    """One service's database: the address for the role that runs, and for the role that migrates."""

    name: str
    dsn: str
    owner_dsn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A database to make: its name (which is its role's name) and the passwords of its two roles."""

    database: str
    password: str
    owner_password: str

    @property
    def owner(self) -> str:
        """The role that owns and migrates."""
        return self.database + OWNER_SUFFIX


def blocking(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end from anywhere, a running event loop included."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def address(admin_dsn: str, *, database: str, role: str, password: str) -> str:
    """The server of `admin_dsn`, another database, role and password."""
    parts = urlsplit(admin_dsn)
    place = parts.netloc.rpartition("@")[2]
    query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] not in {"user", "password", "dbname"}])
    netloc = f"{quote(role, safe='')}:{quote(password, safe='')}@{place}"
    return urlunsplit((parts.scheme, netloc, "/" + database, query.replace("%2F", "/"), ""))


async def provision(admin_dsn: str, accounts: list[Account]) -> list[ServiceDatabase]:
    """Make what is missing and set the passwords; safe to repeat. `admin_dsn` is a superuser's, database postgres."""
    connection = await asyncpg.connect(admin_dsn, timeout=CONNECT_TIMEOUT_S)
    try:
        await connection.execute(QUERIES["wait_for_others"].sql)
        await _ensure_roles(connection, accounts)
        for database in ("postgres", "template1"):
            await _execute(connection, "close_database", database)
        for account in accounts:
            await _ensure_database(connection, account)
    finally:
        await connection.close()
    for account in accounts:
        await _open_schema(admin_dsn, account)
    return [service_database(admin_dsn, account) for account in accounts]


async def drop(admin_dsn: str, database: str) -> None:
    """Remove a database and its two roles, whoever is connected."""
    connection = await asyncpg.connect(admin_dsn, timeout=CONNECT_TIMEOUT_S)
    try:
        await _execute(connection, "drop_database", database)
        await _execute(connection, "drop_role", database)
        await _execute(connection, "drop_role", database + OWNER_SUFFIX)
    finally:
        await connection.close()


async def _ensure_roles(connection: "asyncpg.Connection[asyncpg.Record]", accounts: list[Account]) -> None:
    passwords = {account.database: account.password for account in accounts}
    passwords |= {account.owner: account.owner_password for account in accounts}
    missing = {row[0] for row in await connection.fetch(QUERIES["missing_roles"].sql, list(passwords))}
    for role, password in passwords.items():
        await _execute(connection, "create_role" if role in missing else "set_password", role, password)


async def _ensure_database(connection: "asyncpg.Connection[asyncpg.Record]", account: Account) -> None:
    if not await connection.fetchval(QUERIES["database_exists"].sql, account.database):
        await _execute(connection, "create_database", account.database, account.owner)
    await _execute(connection, "close_database", account.database)
    await _execute(connection, "open_database", account.database, account.database)


async def _open_schema(admin_dsn: str, account: Account) -> None:
    parts = urlsplit(admin_dsn)
    connection = await asyncpg.connect(
        urlunsplit(parts._replace(path="/" + account.database)), timeout=CONNECT_TIMEOUT_S
    )
    try:
        await connection.execute(QUERIES["close_schema"].sql)
        await _execute(connection, "open_schema", account.database)
    finally:
        await connection.close()


async def _execute(connection: "asyncpg.Connection[asyncpg.Record]", name: str, *arguments: str) -> None:
    """Names and passwords cannot be parameters of DDL, so the server quotes them into the statement it then runs."""
    await connection.execute(await connection.fetchval(QUERIES[name].sql, *arguments))


def service_database(admin_dsn: str, account: Account) -> ServiceDatabase:
    """Where an account's database is on the server of `admin_dsn`."""
    return ServiceDatabase(
        name=account.database,
        dsn=address(admin_dsn, database=account.database, role=account.database, password=account.password),
        owner_dsn=address(admin_dsn, database=account.database, role=account.owner, password=account.owner_password),
    )
