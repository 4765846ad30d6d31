"""Each schema.sql is the sum of its migrations: running code and a reader of the file see the same database."""

import asyncio
from pathlib import Path

import pytest

from tests.support.schema_dump import declared_schema, migrated_schema
from tests.support.stack import REPOSITORY, PostgresCluster

SQL_DIRS = sorted(path.parent for path in REPOSITORY.glob("services/**/sql/schema.sql"))


@pytest.mark.parametrize("sql_dir", SQL_DIRS, ids=lambda path: path.parent.name)
async def test_the_schema_file_is_the_sum_of_the_migrations(postgres_cluster: PostgresCluster, sql_dir: Path) -> None:
    one, other = [await asyncio.to_thread(postgres_cluster.create_database, "schema") for _ in range(2)]

    declared = await declared_schema(one, sql_dir)
    assert "CREATE TABLE public.outbox" in declared
    assert await migrated_schema(other, sql_dir) == declared


@pytest.mark.parametrize("sql_dir", SQL_DIRS, ids=lambda path: path.parent.name)
def test_each_schema_has_migrations_to_sum_up(sql_dir: Path) -> None:
    assert list((sql_dir / "migrations").glob("0001_*.sql"))
