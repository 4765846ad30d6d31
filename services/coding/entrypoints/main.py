"""The coding process: `python -m services.coding.entrypoints.main`."""

import asyncio
from datetime import timedelta
from typing import Final

from services.coding.adapters.events import REQUESTED_TOPIC
from services.coding.adapters.postgres_reviews import ReviewReads
from services.coding.adapters.review_measures import ReviewMeasures
from services.coding.application.reviewing import Reviewing
from services.coding.bootstrap import Coder, build_coder
from services.coding.entrypoints.agents import APP_ID, CodingAgents
from services.coding.entrypoints.batches import RequestBatches
from services.coding.entrypoints.rpc import surface
from services.coding.entrypoints.rpc_reviews import ReviewDesk
from services.coding.settings import CodingSettings
from services.shared.chassis.faust_guard import FaustGuard
from services.shared.chassis.metrics import Level, Reading
from services.shared.chassis.periodic import Periodic
from services.shared.chassis.service import Chassis, Components, Service, run_service

ROUNDS_VALID: Final = 3
"""So many rounds without new figures of the review queue, and the last ones are told no longer."""


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
    desk = review_desk(chassis, coder)
    return Components(
        rpc=surface(coder, desk, chassis.pressure),
        background=[agents],
        periodics=[figures_of(desk, chassis.settings)],
        is_ready=lambda: agents.has_partitions,
    )


def review_desk(chassis: Chassis[CodingSettings], coder: Coder) -> ReviewDesk:
    """What the calls of reviewers need."""
    settings = chassis.settings
    return ReviewDesk(
        database=chassis.database,
        reviewing=Reviewing(master=coder.master, lease=timedelta(minutes=settings.review_lease_min)),
        reads=ReviewReads(chassis.database),
        measures=ReviewMeasures(
            database=chassis.database,
            metrics=chassis.telemetry.metrics,
            clock=chassis.clock,
            valid_for_s=ROUNDS_VALID * settings.review_figures_interval_s,
        ),
        clock=chassis.clock,
    )


def figures_of(desk: ReviewDesk, settings: CodingSettings) -> Periodic:
    """One process at a time reads the figures of the review queue."""
    dsn = settings.postgres_dsn.get_secret_value()
    return Periodic("coding.review-figures", settings.review_figures_interval_s, desk.measures.read, dsn=dsn)


def lag_of(guard: FaustGuard) -> list[Reading]:
    """The guard's last look as the lag's level."""
    return [
        (float(standing.behind), {"topic": topic, "group": APP_ID, "partition": str(partition)})
        for (topic, partition), standing in guard.standings.items()
    ]


if __name__ == "__main__":
    run_service(Service(name="coding", settings=CodingSettings, assemble=assemble))
