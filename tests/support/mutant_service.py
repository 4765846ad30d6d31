"""A service as a process in which one order that delivery rests on is reversed.

`python -m tests.support.mutant_service offsets-before-effect|publish-before-commit SERVICE`. Everything else is the
service's own: its bootstrap gets the mutant in place of the class that it builds.
"""

import runpy
import sys
from typing import TypeVar

from typing_extensions import override

from services.eligibility import bootstrap as eligibility
from services.settlement import bootstrap as settlement
from services.settlement.adapters.consumer import SettlingConsumer
from services.shared.chassis.consumer import Batch, BatchConsumer
from services.shared.chassis.kafka import Publisher

Body = TypeVar("Body")


class OffsetsBeforeEffect(BatchConsumer[Body]):
    """The offsets are committed before the effect is: who dies in between never sees the batch again."""

    @override
    async def apply(self, batch: Batch) -> None:
        async with self.database.transaction(label="mutant.offsets") as tx:
            await self.save_offsets(batch, tx)
        async with self.database.transaction(label=f"consumer.{self.group}") as tx:
            await self.take_effect(batch, tx)


class PublishesBeforeCommit(SettlingConsumer):
    """Payers are told before the ledger is written: who dies in between has told what never was."""

    @override
    async def apply(self, batch: Batch) -> None:
        self._posting.forget()
        async with self.database.transaction(label=f"consumer.{self.group}") as tx:
            await self.take_effect(batch, tx)
            await self.save_offsets(batch, tx)
            publisher = Publisher(self._access)
            await publisher.publish([item.announcement for item in self._posting.take()])
            await publisher.close()


def main(mutant: str, service: str) -> None:
    """Put the mutant in its place and run the service."""
    if mutant == "offsets-before-effect":
        vars(eligibility)["BatchConsumer"] = OffsetsBeforeEffect
    else:
        vars(settlement)["SettlingConsumer"] = PublishesBeforeCommit
    runpy.run_module(f"services.{service}.entrypoints.main", run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
