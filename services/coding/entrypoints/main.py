"""The coding process: `python -m services.coding.entrypoints.main`."""

import asyncio

from services.coding.bootstrap import Recoder, build_adviser, build_coder
from services.coding.entrypoints.asking import Asking, Forwarding, Recalling, advising_of
from services.coding.entrypoints.desks import desks_of, figures_of, synonym_watch
from services.coding.entrypoints.rpc import surface
from services.coding.entrypoints.streams import advice_stream, backlog_stream, request_stream
from services.coding.settings import CodingSettings
from services.shared.chassis.service import Chassis, Components, Service, run_service


async def assemble(chassis: Chassis[CodingSettings]) -> Components:
    """The Faust agents with their guard, and the RPC surface."""
    coder = await asyncio.to_thread(build_coder, chassis.settings, chassis.clock)
    adviser = build_adviser(chassis.settings, chassis.telemetry, chassis.clock)
    advising = advising_of(chassis.settings, adviser)
    requests = request_stream(chassis, Forwarding(coder=coder, advising=advising))
    advice = advice_stream(chassis, Asking(coder=coder, advising=advising, telemetry=chassis.telemetry))
    backlog = backlog_stream(chassis, Recalling(recoder=Recoder(coder=coder), advising=advising), requests)
    desks = desks_of(chassis, coder)
    watch = synonym_watch(chassis, coder)
    await watch.take_in()
    if adviser is not None:
        adviser.begin()
    return Components(
        rpc=surface(desks, chassis.pressure),
        background=[requests.agents, advice.agents, backlog.agents, watch],
        periodics=[figures_of(desks.reviews, chassis.settings)],
        is_ready=lambda: requests.agents.has_partitions,
        close=[adviser.close] if adviser is not None else [],
    )


if __name__ == "__main__":
    run_service(Service(name="coding", settings=CodingSettings, assemble=assemble))
