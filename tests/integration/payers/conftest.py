import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.shared.chassis.postgres import Database, open_pool
from tests.integration.corrections.world import World
from tests.integration.payers.site import PayerSite, served
from tests.support.stack import PostgresCluster


@pytest.fixture
async def site(tmp_path: Path, postgres_cluster: PostgresCluster) -> AsyncIterator[PayerSite]:
    """PayerService of settlement, which asks PayerAccessService of claims, each over its own database."""
    claims = await asyncio.to_thread(postgres_cluster.create_migrated_database, "claims")
    settlement = await asyncio.to_thread(postgres_cluster.create_migrated_database, "settlement")
    pools = [await open_pool(each.dsn, application_name="test") for each in (claims, settlement)]
    world = World(claims=Database(pools[0]), settlement=Database(pools[1]), claims_dsn=claims.dsn)
    async with served(tmp_path, world, settlement) as site:
        yield site
    for pool in pools:
        await pool.close()
