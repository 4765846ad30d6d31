"""A process of its own for the crash tests: one consumer that writes rows and answers each event, and its relay.

`python -m tests.support.chassis_process DSN BOOTSTRAP TOPIC ANSWERS MUTANT`. The two mutants reverse an order that
delivery rests on; the crash tests must notice.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from typing_extensions import override

from services.shared.chassis.clock import SystemClock
from services.shared.chassis.consumer import Batch, BatchConsumer, ConsumerLimits
from services.shared.chassis.kafka import KafkaAccess, Publisher
from services.shared.chassis.messages import Received
from services.shared.chassis.outbox import OutboxRelay
from services.shared.chassis.postgres import Database, OutboxRow, Transaction, open_pool
from tests.support.chassis_ledger import announce, parse, record

GROUP = "crash"
BATCH_EVENTS = 20


class OffsetsBeforeEffect(BatchConsumer[str]):
    """Mutant: the offsets are committed before the effect is."""

    @override
    async def apply(self, batch: Batch) -> None:
        async with self.database.transaction(label="mutant.offsets") as tx:
            await self.save_offsets(batch, tx)
        async with self.database.transaction(label=f"consumer.{GROUP}") as tx:
            await self.take_effect(batch, tx)


class PublishesBeforeCommit(Database):
    """Mutant: announcements are published before their transaction is committed."""

    publisher: Publisher

    @override
    async def store(self, tx: Transaction) -> Sequence[OutboxRow]:
        rows = await super().store(tx)
        await self.publisher.publish(tx.announcements)
        return rows


async def main(arguments: Sequence[str]) -> None:
    dsn, bootstrap, topic, answers, mutant = arguments
    access = KafkaAccess(
        bootstrap=bootstrap,
        client_id="crash-test",
        username=os.environ["SEIKYU_KAFKA_USERNAME"],
        password=os.environ["SEIKYU_KAFKA_PASSWORD"],
        ca_file=Path(os.environ["SEIKYU_KAFKA_CA_FILE"]),
    )
    publisher = Publisher(access)
    relay = OutboxRelay(dsn, publisher, clock=SystemClock())
    pool = await open_pool(dsn, application_name="crash-test")
    database = Database(pool, hand_over=relay)
    if mutant == "publish-before-commit":
        database = early = PublishesBeforeCommit(pool, hand_over=relay)
        early.publisher = Publisher(access)

    async def answer(received: Sequence[Received[str]], tx: Transaction) -> None:
        await record(received, tx)
        tx.announce([announce(answers, each.event.key, each.event.event_id) for each in received])

    consumer = (OffsetsBeforeEffect if mutant == "offsets-before-effect" else BatchConsumer[str])(
        access=access,
        database=database,
        group=GROUP,
        topics=[topic],
        parse=parse,
        handle=answer,
        instance_id="crash-test",
        limits=ConsumerLimits(batch_events=BATCH_EVENTS, commit_interval_s=0.0),
    )
    await asyncio.gather(relay.run(), consumer.run())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
