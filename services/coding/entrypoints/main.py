"""The coding process: `python -m services.coding.entrypoints.main`."""

import asyncio

from services.coding.adapters.events import REQUESTED_TOPIC
from services.coding.bootstrap import build_coder
from services.coding.entrypoints.agents import APP_ID, CodingAgents
from services.coding.entrypoints.batches import RequestBatches
from services.coding.entrypoints.rpc import surface
from services.coding.settings import CodingSettings
from services.shared.chassis.faust_guard import FaustGuard
from services.shared.chassis.metrics import Level, Reading
from services.shared.chassis.service import Chassis, Components, Service, run_service


async def assemble(chassis: Chassis[CodingSettings]) -> Components:
    """The Faust agents with their guard, and the RPC surface."""
    coder = await asyncio.to_thread(build_coder, chassis.settings, chassis.clock)
    guard = FaustGuard(
        access=chassis.kafka,
        group=APP_ID,
        topics=[REQUESTED_TOPIC],
        stall_limit_s=chassis.settings.coding_stall_limit_s,
        clock=chassis.clock,
    )
    chassis.telemetry.metrics.observe(Level.LAG, lambda: lag_of(guard))
    batches = RequestBatches(
        coder=coder,
        database=chassis.database,
        telemetry=chassis.telemetry,
        observer=chassis.observer(APP_ID),
        group=APP_ID,
    )
    agents = CodingAgents(
        access=chassis.kafka, batches=batches, guard=guard, instance_id=chassis.settings.coding_instance
    )
    return Components(rpc=surface(coder, chassis.pressure), background=[agents], is_ready=lambda: agents.has_partitions)


def lag_of(guard: FaustGuard) -> list[Reading]:
    """The guard's last look as the lag's level."""
    return [
        (float(standing.behind), {"topic": topic, "group": APP_ID, "partition": str(partition)})
        for (topic, partition), standing in guard.standings.items()
    ]


if __name__ == "__main__":
    run_service(Service(name="coding", settings=CodingSettings, assemble=assemble))
