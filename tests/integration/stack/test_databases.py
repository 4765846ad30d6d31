import asyncpg
import pytest

from tests.support.stack import PostgresCluster


async def test_a_service_connects_to_its_own_database(postgres_cluster: PostgresCluster) -> None:
    database = postgres_cluster.create_database("claims")

    connection = await asyncpg.connect(database.dsn)
    assert (
        await connection.fetchval("SELECT current_user || ' ' || current_database()")
        == f"{database.name} {database.name}"
    )
    await connection.close()


async def test_a_service_cannot_connect_to_another_service_s_database(postgres_cluster: PostgresCluster) -> None:
    claims = postgres_cluster.create_database("claims")
    settlement = postgres_cluster.create_database("settlement")

    for dsn in (claims.dsn, claims.owner_dsn):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
            await asyncpg.connect(dsn.replace(f"/{claims.name}?", f"/{settlement.name}?"))


@pytest.mark.parametrize("common", ["postgres", "template1"])
async def test_a_service_cannot_connect_to_the_cluster_s_common_databases(
    postgres_cluster: PostgresCluster, common: str
) -> None:
    claims = postgres_cluster.create_database("claims")

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
        await asyncpg.connect(claims.dsn.replace(f"/{claims.name}?", f"/{common}?"))


async def test_a_wrong_password_is_refused(postgres_cluster: PostgresCluster) -> None:
    claims = postgres_cluster.create_database("claims")

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(claims.dsn, password="not the password")


async def test_a_service_may_neither_create_tables_nor_read_its_owner_s_without_a_grant(
    postgres_cluster: PostgresCluster,
) -> None:
    claims = postgres_cluster.create_database("claims")
    owner = await asyncpg.connect(claims.owner_dsn)
    await owner.execute("CREATE TABLE kept (id text)")
    await owner.close()
    service = await asyncpg.connect(claims.dsn)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute("CREATE TABLE mine (id text)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.fetch("SELECT * FROM kept")
    await service.close()


async def test_commits_wait_for_the_disk_and_text_is_compared_as_bytes(postgres_cluster: PostgresCluster) -> None:
    claims = postgres_cluster.create_database("claims")
    connection = await asyncpg.connect(claims.dsn)

    rows = await connection.fetch("SELECT name, setting FROM pg_settings WHERE name = ANY($1)", NAMES)
    settings = {row["name"]: row["setting"] for row in rows}
    assert settings == {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "TimeZone": "UTC"}
    collation = "SELECT datcollate FROM pg_database WHERE datname = current_database()"
    assert await connection.fetchval(collation) == "C"
    await connection.close()


NAMES = ["fsync", "full_page_writes", "synchronous_commit", "TimeZone"]
