"""Lag as the difference between the broker's ends and Postgres' offsets, on a real broker."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest
from confluent_kafka import Producer

from infra.local.databases import ServiceDatabase
from services.shared.chassis.kafka import KafkaAccess, cluster_id
from services.shared.chassis.lag import LagWatch
from services.shared.chassis.migrate import CHASSIS_SQL_DIR, migrate
from services.shared.chassis.postgres import Database, open_pool
from tests.support.edge import MemoryTelemetry
from tests.support.stack import KafkaBroker, PostgresCluster


@dataclass(frozen=True, slots=True)
class Follower:
    group: str
    topics: tuple[str, ...]


@pytest.fixture
async def made(postgres_cluster: PostgresCluster) -> ServiceDatabase:
    database = await asyncio.to_thread(postgres_cluster.create_database, "edge")
    await migrate(database.owner_dsn, CHASSIS_SQL_DIR)
    return database


@pytest.fixture
async def database(made: ServiceDatabase) -> AsyncIterator[Database]:
    pool = await open_pool(made.dsn, application_name="test")
    yield Database(pool)
    await pool.close()


async def test_lag_is_what_the_broker_holds_beyond_what_postgres_has_applied(
    database: Database, made: ServiceDatabase, kafka_broker: KafkaBroker
) -> None:
    topic = await asyncio.to_thread(kafka_broker.create_topic, "lag", 2)
    user = kafka_broker.super_user
    producer = Producer(user.config())
    for partition, count in ((0, 5), (1, 3)):
        for _ in range(count):
            producer.produce(topic, b"x", partition=partition)
    await asyncio.to_thread(producer.flush, 10)
    access = KafkaAccess(
        bootstrap=user.bootstrap,
        client_id="test",
        username=user.username,
        password=user.password,
        ca_file=user.ca_file,
    )
    owner = await asyncpg.connect(made.owner_dsn)
    await owner.execute(
        "INSERT INTO consumer_offset (cluster_id, consumer_group, topic, partition, next_offset, epoch)"
        " VALUES ($1, 'settlement', $2, 0, 4, 1)",
        await cluster_id(access),
        topic,
    )
    await owner.close()
    watch = LagWatch(
        access=access,
        database=database,
        metrics=MemoryTelemetry().build().metrics,
        consumers=[Follower("settlement", (topic,))],
    )

    readings = await watch.look()

    assert {(labels["partition"], lag) for lag, labels in readings} == {("0", 1.0), ("1", 3.0)}
    assert {labels["group"] for _, labels in readings} == {"settlement"}
