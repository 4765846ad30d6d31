import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infra.local.databases import ServiceDatabase
from services.shared.chassis.postgres import Database
from tests.support.bank_site import Site, served
from tests.support.settlement import opened
from tests.support.stack import PostgresCluster


@pytest.fixture
async def fresh(postgres_cluster: PostgresCluster) -> ServiceDatabase:
    return await asyncio.to_thread(postgres_cluster.create_migrated_database, "settlement")


@pytest.fixture
async def database(fresh: ServiceDatabase) -> AsyncIterator[Database]:
    async with opened(fresh) as database:
        yield database


@pytest.fixture
async def site(tmp_path: Path, database: Database) -> AsyncIterator[Site]:
    async with served(tmp_path, database) as site:
        yield site
