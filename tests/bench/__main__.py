"""`python -m tests.bench`: the honest bench. Open loop, submitted over gRPC until the payer's event is consumed.

Starts a stack of its own on free ports with everything on (TLS, SCRAM, ACLs, fsync, acks=all, default sampling) and
offers a rate for some seconds after a warm-up, and prints what arrived, when, and what it cost each process.
With `--write` the figures replace those of the same rate in docs/performance.md.
"""

import argparse
import asyncio
import itertools
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psutil
from dotenv import dotenv_values
from seikyu.settlement.v1 import settlement_service_pb2 as settlement
from seikyu.settlement.v1 import settlement_service_pb2_grpc as settlement_grpc

from infra.local.settings import isolated_settings
from infra.local.stack import Stack
from tests.bench.caches import cache_lines
from tests.bench.clients import Clients
from tests.bench.costs import Snapshot, Weighed, cost_lines, growth_line, snapshot, weigh, written_lines
from tests.bench.load import Arrivals, Load, Measured, drained
from tests.bench.pages import write_section
from tests.bench.population import populate
from tests.bench.verdicts import mix_lines, outcome_line
from tests.support.official_data import official_data

TELL_INTERVAL_S = 10.0
WEIGH_INTERVAL_S = 2.0


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share lies; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


async def measure(stack: Stack, rate: int, arguments: argparse.Namespace, folder: Path) -> list[str]:
    """One run; the lines of its report."""
    variables = {name: value or "" for name, value in dotenv_values(stack.settings.client_env_file).items()}
    clients = Clients(variables, folder)
    masters = official_data("masters")
    population = populate(masters, arguments.seed, int(rate * (arguments.seconds + arguments.warmup)))
    await clients.load_masters(masters)
    tokens = await clients.enrol(population)
    measured = Measured()
    arrivals = Arrivals(kafka_config(variables), population.payers, measured)
    arrivals.start()
    load = Load(clients, population, tokens, measured)
    moments: list[tuple[int, Snapshot]] = []

    async def look(after_s: float) -> None:
        await asyncio.sleep(after_s)
        moments.append((len(measured.submitted_at), await snapshot(stack)))

    weighed: list[Weighed] = []
    looking = asyncio.create_task(look(arguments.warmup))
    telling = asyncio.create_task(tell(measured, arguments.warmup + arguments.seconds))
    weighing = asyncio.create_task(weigh_often(stack, measured, weighed, after_s=arguments.warmup))
    took_s = await load.run(rate=rate, seconds=arguments.seconds, warmup_s=arguments.warmup)
    await looking
    telling.cancel()
    weighing.cancel()
    waited_s = await drained(measured)
    await look(0.0)
    arrivals.stop()
    async with clients.channel("settlement") as channel:
        stub = settlement_grpc.SettlementServiceStub(channel)
        balance = await stub.GetTrialBalance(settlement.GetTrialBalanceRequest())
    report = [*results(measured, took_s, waited_s), f"sum of all balances: {balance.sum_yen} yen"]
    report += [await outcome_line(stack.parts.postgres.admin_dsn), *mix_lines(population)]
    report += [*cache_lines(population, masters, arguments.seed), growth_line(weighed)]
    return report + spent(moments)


def spent(moments: Sequence[tuple[int, Snapshot]]) -> list[str]:
    """Costs from the end of the warm-up to the end of the run."""
    (warm, first), (whole, last) = moments
    return [*written_lines(first, last, whole - warm), *cost_lines(first, last, whole - warm)]


def kafka_config(variables: dict[str, str]) -> dict[str, str | int | float | bool]:
    """The operator's consumer settings, from client.env.

    It reads forty topics at once: without a least size it asks the broker for every few records, several hundred times
    a second, and the broker does little else. The wait is part of the latency measured.
    """
    return {
        "bootstrap.servers": variables["SEIKYU_KAFKA_BOOTSTRAP"],
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": variables["SEIKYU_KAFKA_USERNAME"],
        "sasl.password": variables["SEIKYU_KAFKA_PASSWORD"],
        "ssl.ca.location": variables["SEIKYU_KAFKA_CA_FILE"],
        "log_level": 0,
        "fetch.min.bytes": 65_536,
        "fetch.wait.max.ms": 20,
    }


def results(measured: Measured, took_s: float, waited_s: float) -> list[str]:
    """Rates and latencies of what was submitted after the warm-up."""
    warm = [claim for claim in measured.submitted_at if claim not in measured.in_warmup]
    latencies = [measured.arrived_at[c] - measured.submitted_at[c] for c in warm if c in measured.arrived_at]
    expected = sum(measured.expected_events.values())
    return [
        f"claims submitted after warm-up: {len(warm)} in {took_s:.1f} s = {len(warm) / took_s:.0f}/s",
        f"events: {len(measured.events)} distinct of {expected} expected, {measured.duplicates} repeated",
        f"refused: {measured.refused}; drained {waited_s:.2f} s after the last answer",
        "latency, submission due to event consumed: "
        + ", ".join(f"p{share * 100:g} {percentile(latencies, share) * 1000:.0f} ms" for share in (0.5, 0.95, 0.99)),
    ]


async def weigh_often(stack: Stack, measured: Measured, weighed: list[Weighed], *, after_s: float) -> None:
    """Look at the services' memory every few seconds once the warm-up is over, until cancelled."""
    await asyncio.sleep(after_s)
    while True:
        weighed.append(weigh(stack, len(measured.submitted_at)))
        await asyncio.sleep(WEIGH_INTERVAL_S)


async def tell(measured: Measured, seconds: float) -> None:
    """Say every few seconds how far the run is, until cancelled."""
    for number in itertools.count(1):
        await asyncio.sleep(TELL_INTERVAL_S)
        submitted, events = len(measured.submitted_at), len(measured.events)
        now = number * TELL_INTERVAL_S
        sys.stderr.write(f"{now:.0f} of {seconds:.0f} s: {submitted:,} claims answered, {events:,} events arrived\n")


def run(rate: int, arguments: argparse.Namespace) -> str:
    """One run on a stack of its own; the section of its figures."""
    with tempfile.TemporaryDirectory(prefix="seikyu-bench-") as folder:
        stack = Stack(isolated_settings(Path(folder) / "state"))
        try:
            stack.up()
            lines = asyncio.run(measure(stack, rate, arguments, Path(folder)))
        finally:
            stack.down()
    title = f"### {rate:,} claims/s for {arguments.seconds:.0f} s after {arguments.warmup:.0f} s of warm-up"
    memory_gib = psutil.virtual_memory().total / 2**30
    machine = f"{os.cpu_count()} cores, {memory_gib:.0f} GiB, Python {platform.python_version()}."
    return "\n".join([title, "", machine, "", *(f"- {x}" if x and x[0] != "|" else x for x in lines), ""])


def main() -> None:
    """Run and print; with --write, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, nargs="+", default=[350, 1_000, 1_400], help="claims a second, a run each")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the rate is offered and measured")
    parser.add_argument("--warmup", type=float, default=20.0, help="how long it is offered before")
    parser.add_argument("--seed", type=int, default=1, help="of the population")
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/performance.md")
    arguments = parser.parse_args()
    for rate in arguments.rate:
        section = run(rate, arguments)
        sys.stdout.write(section + "\n")
        if arguments.write:
            write_section(f"bench-{rate}", section.rstrip("\n"))


if __name__ == "__main__":
    main()
