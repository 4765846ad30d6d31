"""`python -m tests.bench.coding_stream [MODEL]`: coding in the stream, from `coding.requested` to `coding.completed`.

Starts a broker, PostgreSQL and the coding service on free ports (TLS, SCRAM, ACLs, fsync, acks=all), and publishes
requests of one to three texts, drawn by a seed from the labelled mentions and the names of the official master. Without
MODEL the coder uses what it finds (`seikyu coding train`), else likeness alone. First a backlog as fast as the broker
takes it, then an open loop at a rate. Asserts that every request was answered under one event id; a repeated answer is
counted, not excused.
"""

import argparse
import itertools
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil
from confluent_kafka import Consumer, Producer
from seikyu.coding.v1 import coding_service_pb2, events_pb2
from typing_extensions import override

from infra.local.journal import Journal
from infra.local.settings import isolated_settings
from infra.local.stack import Stack
from services.coding.adapters.master_files import load_master, master_paths
from services.coding.training.labelled import read_labelled
from tests.bench.coding_requests import REQUESTED_TYPE, Offered, drawn
from tests.bench.load import wire_headers
from tests.bench.pages import write_section
from tests.support.official_data import official_data

REQUESTED: Final = "coding.requested"
COMPLETED: Final = "coding.completed"
WARMING_REQUESTS: Final = 400
CONSUME_BATCH: Final = 1_000
TICK_S: Final = 0.01
"""How often the open loop looks what is due."""
ANSWER_WAIT_S: Final = 120.0


@dataclass(slots=True)
class Seen:
    """What arrived on `coding.completed`: per claim the moment (monotonic, seconds) and the event's id."""

    at_s: dict[str, float] = field(default_factory=dict)
    event_ids: dict[str, set[str]] = field(default_factory=dict)
    routes: Counter[int] = field(default_factory=Counter)
    repeated: int = 0


class Answers(threading.Thread):
    """Reads `coding.completed` from its end until stopped."""

    def __init__(self, config: dict[str, str | int | float | bool]) -> None:
        """Begins at the topic's beginning: nothing was answered yet."""
        super().__init__(daemon=True)
        self.seen = Seen()
        group = {"group.id": f"operator.bench-{uuid.uuid4().hex[:8]}", "auto.offset.reset": "earliest"}
        self._consumer = Consumer(config | group | {"fetch.wait.max.ms": 10})
        self._consumer.subscribe([COMPLETED])
        self._stopped = threading.Event()

    @override
    def run(self) -> None:
        """Until stopped."""
        while not self._stopped.is_set():
            for message in self._consumer.consume(CONSUME_BATCH, 0.02):
                value = message.value()
                if message.error() is None and value is not None:
                    self._note(wire_headers(message)["ce_id"].decode(), value)
        self._consumer.close()

    def _note(self, event_id: str, value: bytes) -> None:
        answer = events_pb2.CodingCompleted.FromString(value)
        self.seen.event_ids.setdefault(answer.claim_id, set()).add(event_id)
        if answer.claim_id in self.seen.at_s:
            self.seen.repeated += 1
            return
        self.seen.at_s[answer.claim_id] = time.monotonic()
        self.seen.routes.update(coding.route for coding in answer.codings)

    def until(self, offered: Sequence[Offered]) -> None:
        """Wait until each was answered. Raises AssertionError when that takes too long."""
        end_s = time.monotonic() + ANSWER_WAIT_S
        while not all(each.claim_id in self.seen.at_s for each in offered):
            assert time.monotonic() < end_s, f"{len(self.seen.at_s)} answers"
            time.sleep(TICK_S)

    def stop(self) -> None:
        """Stop and close."""
        self._stopped.set()
        self.join()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The running stack and what the bench holds of it."""

    stack: Stack
    producer: Producer
    answers: Answers

    def publish(self, offered: Sequence[Offered]) -> None:
        """As claims announces them."""
        for each in offered:
            headers: list[tuple[str, str | bytes | None]] = [
                ("ce_id", each.event_id),
                ("ce_type", REQUESTED_TYPE),
                ("traceparent", each.traceparent),
            ]
            self.producer.produce(REQUESTED, each.value, each.claim_id, headers=headers)
            self.producer.poll(0)

    def coding(self) -> psutil.Process:
        """The coding service's process."""
        record = Journal(self.stack.settings.state_dir).alive("coding")
        assert record is not None, "coding has ended"
        return psutil.Process(record.pid)

    def cpu_s(self) -> float:
        """Seconds of processor time that it has used so far."""
        times = self.coding().cpu_times()
        return times.user + times.system


def backlog(bench: Bench, offered: Sequence[Offered]) -> list[str]:
    """Publish all at once; from then until the last answer has arrived."""
    mentions = sum(each.mentions for each in offered)
    began_s, began_cpu_s = time.monotonic(), bench.cpu_s()
    bench.publish(offered)
    bench.producer.flush()
    bench.answers.until(offered)
    took_s = max(bench.answers.seen.at_s[each.claim_id] for each in offered) - began_s
    cpu_s = bench.cpu_s() - began_cpu_s
    told = f"{len(offered):,} requests of {mentions:,} mentions answered in {took_s:.1f} s"
    each_us = cpu_s / mentions * 1e6
    return [
        f"backlog: {told}: {mentions / took_s:,.0f} mentions/s, {len(offered) / took_s:,.0f} requests/s",
        f"processor time of coding: {cpu_s:.1f} s ({cpu_s / took_s:.2f} cores), {each_us:,.0f} µs a mention",
        f"mentions/s of one core: {mentions / cpu_s:,.0f}",
    ]


def open_loop(bench: Bench, offered: Sequence[Offered], *, rate: float, seconds: float) -> list[str]:
    """Offer `rate` mentions a second; latency counts from the moment at which a request was due."""
    due_s: dict[str, float] = {}
    began_s, began_cpu_s = time.monotonic(), bench.cpu_s()
    waiting = iter(offered)
    mentions = 0
    while (passed_s := time.monotonic() - began_s) < seconds:
        while mentions < rate * passed_s and (one := next(waiting, None)) is not None:
            due_s[one.claim_id] = began_s + mentions / rate
            mentions += one.mentions
            bench.publish([one])
        bench.producer.poll(0)
        time.sleep(TICK_S)
    bench.producer.flush()
    bench.answers.until([each for each in offered if each.claim_id in due_s])
    took_s = time.monotonic() - began_s
    latencies = sorted(bench.answers.seen.at_s[claim] - due for claim, due in due_s.items())
    cpu_s = bench.cpu_s() - began_cpu_s
    told = ", ".join(f"p{share} {latencies[len(latencies) * share // 100] * 1000:.0f} ms" for share in (50, 99))
    offered_rate = f"{mentions / seconds:,.0f} mentions/s for {seconds:.0f} s"
    return [f"open loop: {offered_rate}, due to answered: {told}; coding at {cpu_s / took_s:.2f} cores"]


def outcome(bench: Bench, offered: Sequence[Offered]) -> list[str]:
    """Everything answered once, and how. Raises AssertionError."""
    seen = bench.answers.seen
    assert seen.event_ids.keys() == {each.claim_id for each in offered}
    assert all(len(ids) == 1 for ids in seen.event_ids.values())
    mentions = seen.routes.total()
    routes = ", ".join(
        f"{coding_service_pb2.CodingRoute.Name(route).removeprefix('CODING_ROUTE_').lower()} {count / mentions:.1%}"  # type: ignore[arg-type]
        for route, count in seen.routes.most_common()
    )
    return [
        f"{len(seen.event_ids):,} requests answered, each under one event id, {seen.repeated} answers repeated",
        f"routes: {routes}",
        f"resident memory of coding: {bench.coding().memory_info().rss / 1e6:,.0f} MB",
    ]


def measure(stack: Stack, arguments: argparse.Namespace) -> list[str]:
    """The lines of the report."""
    masters = master_paths(official_data("masters"))
    master = load_master(*masters)
    mentions = official_data("mentions") / "manbyo_part_a.csv"
    requests = drawn(arguments.seed, master, read_labelled(mentions.read_bytes(), master))
    told = {"SEIKYU_DISEASE_MASTER": str(masters[0]), "SEIKYU_MODIFIER_MASTER": str(masters[1])}
    if arguments.model:
        told["SEIKYU_CODER_MODEL"] = str(arguments.model.resolve())
    stack.start_service("coding", told | {"OTEL_TRACES_EXPORTER": "none"})
    config = stack.parts.kafka.account("operator").config()
    bench = Bench(stack=stack, producer=Producer(config | {"linger.ms": 5}), answers=Answers(config))
    bench.answers.start()
    warming, lot = (list(itertools.islice(requests, n)) for n in (WARMING_REQUESTS, arguments.requests))
    paced = list(itertools.islice(requests, int(arguments.rate * arguments.seconds)))
    bench.publish(warming)
    bench.producer.flush()
    bench.answers.until(warming)
    lines = backlog(bench, lot) + open_loop(bench, paced, rate=arguments.rate, seconds=arguments.seconds)
    offered = [each for each in (*warming, *lot, *paced) if each.claim_id in bench.answers.seen.at_s]
    lines += outcome(bench, offered)
    bench.answers.stop()
    return lines


def main() -> None:
    """Run and print; with --write, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, nargs="?", help="that `seikyu coding train` wrote")
    parser.add_argument("--requests", type=int, default=10_000, help="of the backlog")
    parser.add_argument("--rate", type=float, default=300.0, help="mentions a second of the open loop")
    parser.add_argument("--seconds", type=float, default=15.0, help="of the open loop")
    parser.add_argument("--seed", type=int, default=1, help="of the requests")
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/performance.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="seikyu-bench-") as folder:
        stack = Stack(isolated_settings(Path(folder) / "state"))
        try:
            stack.up(["postgres", "kafka"])
            lines = measure(stack, arguments)
        finally:
            stack.down()
    title = f"### The stream, {'with a model' if arguments.model else 'with the model at hand'}"
    section = "\n".join([title, "", *(f"- {line}" for line in lines)])
    sys.stdout.write(section + "\n")
    if arguments.write:
        write_section("coding-stream", section)


if __name__ == "__main__":
    main()
