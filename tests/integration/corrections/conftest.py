import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.shared.chassis.postgres import Database, open_pool
from tests.integration.corrections.site import Site, served
from tests.integration.corrections.world import World
from tests.support.stack import PostgresCluster


@pytest.fixture
async def world(postgres_cluster: PostgresCluster) -> AsyncIterator[World]:
    """The databases of claims and of settlement, empty."""
    claims = await asyncio.to_thread(postgres_cluster.create_migrated_database, "claims")
    settlement = await asyncio.to_thread(postgres_cluster.create_migrated_database, "settlement")
    pools = [await open_pool(each.dsn, application_name="test") for each in (claims, settlement)]
    yield World(claims=Database(pools[0]), settlement=Database(pools[1]), claims_dsn=claims.dsn)
    for pool in pools:
        await pool.close()


@pytest.fixture
async def site(tmp_path: Path, world: World) -> AsyncIterator[Site]:
    """CorrectionService over the real ledger."""
    async with served(tmp_path, world) as site:
        yield site
