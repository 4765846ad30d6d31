"""An event whose batch is tried again carries its trace raised from then on."""

from collections.abc import Sequence

import pytest

from services.shared.chassis.kafka import Publisher
from services.shared.chassis.messages import Received
from services.shared.chassis.postgres import Database, Transaction, TransientFault
from services.shared.chassis.traceparent import is_raised
from tests.integration.chassis.test_consumer import consumer, ledger, running, topic, until_applied
from tests.support.chassis_ledger import announce, record
from tests.support.chassis_parts import ChassisBroker

__all__ = ["ledger", "topic"]
"""Fixtures that these tests share with the consumer's."""


class OnceAtFault:
    """A handler whose first batch meets a fault of the world; remembers the flags it was given."""

    def __init__(self) -> None:
        self.flags: list[list[bool]] = []

    async def __call__(self, received: Sequence[Received[str]], tx: Transaction) -> None:
        self.flags.append([is_raised(each.event.traceparent) for each in received])
        if len(self.flags) == 1:
            raise TransientFault("test")
        await record(received, tx)


@pytest.mark.usefixtures("ledger")
async def test_what_is_tried_again_after_a_fault_of_the_world_is_raised(
    *, ledger: Database, broker: ChassisBroker, publisher: Publisher, topic: str
) -> None:
    await publisher.publish([announce(topic, "clm_1", "evt_1")])
    handle = OnceAtFault()

    async with running(consumer(broker, ledger, topic, handle=handle)):
        await until_applied(ledger, 1)

    assert handle.flags == [[False], [True]]
