"""Every named statement is one that the service's role may prepare on its own schema."""

import asyncpg

from infra.local.databases import ServiceDatabase
from services.claims.adapters.postgres_ledger import QUERIES


async def test_postgres_accepts_every_statement(migrated: ServiceDatabase) -> None:
    connection = await asyncpg.connect(migrated.dsn)
    try:
        for name in QUERIES.names:
            await connection.prepare(QUERIES[name].sql)
    finally:
        await connection.close()
    assert len(QUERIES.names) > 30
