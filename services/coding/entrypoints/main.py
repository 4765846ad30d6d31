"""The coding process: `python -m services.coding.entrypoints.main`."""

import asyncio
from datetime import timedelta
from typing import Final

from services.coding.adapters.postgres_reviews import ReviewReads
from services.coding.adapters.review_measures import ReviewMeasures
from services.coding.application.reviewing import Reviewing
from services.coding.bootstrap import Coder, Recoder, build_coder
from services.coding.entrypoints.rpc import surface
from services.coding.entrypoints.rpc_reviews import ReviewDesk
from services.coding.entrypoints.streams import backlog_stream, request_stream
from services.coding.settings import CodingSettings
from services.shared.chassis.periodic import Periodic
from services.shared.chassis.service import Chassis, Components, Service, run_service

ROUNDS_VALID: Final = 3
"""So many rounds without new figures of the review queue, and the last ones are told no longer."""


async def assemble(chassis: Chassis[CodingSettings]) -> Components:
    """The Faust agents with their guard, and the RPC surface."""
    coder = await asyncio.to_thread(build_coder, chassis.settings, chassis.clock)
    requests = request_stream(chassis, coder)
    backlog = backlog_stream(chassis, Recoder(coder=coder), requests)
    desk = review_desk(chassis, coder)
    return Components(
        rpc=surface(coder, desk, chassis.pressure),
        background=[requests.agents, backlog.agents],
        periodics=[figures_of(desk, chassis.settings)],
        is_ready=lambda: requests.agents.has_partitions,
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


if __name__ == "__main__":
    run_service(Service(name="coding", settings=CodingSettings, assemble=assemble))
