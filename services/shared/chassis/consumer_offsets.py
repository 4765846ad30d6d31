"""The consumer's offsets and epochs in Postgres, keyed (cluster id, group, topic, partition)."""

from collections.abc import Mapping, Sequence

from services.shared.chassis.group_member import Hold, Partition
from services.shared.chassis.postgres import QUERIES, Database, Transaction


class OffsetStore:
    """Where a group stands in each partition, and who may say so."""

    def __init__(self, database: Database, group: str) -> None:
        self._database = database
        self._group = group

    async def raise_epochs(self, cluster_id: str, partitions: Sequence[Partition]) -> dict[Partition, Hold]:
        """Become the holder of the partitions: whoever held them before can save no offset any more. TransientFault."""
        async with self._database.transaction(label=f"consumer.{self._group}.claim") as tx:
            rows = await tx.fetch(
                QUERIES["raise_epochs"],
                cluster_id,
                self._group,
                [topic for topic, _ in partitions],
                [number for _, number in partitions],
            )
        return {(row["topic"], row["partition"]): Hold(row["next_offset"], row["epoch"]) for row in rows}

    async def save(
        self, tx: Transaction, cluster_id: str, offsets: Mapping[Partition, int], held: Mapping[Partition, Hold]
    ) -> bool:
        """Move the offsets on in the transaction of the effect; False when any partition has another holder by now."""
        partitions = sorted(offsets)
        updated = await tx.execute(
            QUERIES["save_offsets"],
            cluster_id,
            self._group,
            [topic for topic, _ in partitions],
            [number for _, number in partitions],
            [offsets[partition] for partition in partitions],
            [held[partition].epoch for partition in partitions],
        )
        return updated == len(partitions)
