"""The alarm: levels that a monitor reads, nothing before the first round."""

from datetime import UTC, datetime, timedelta
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from services.settlement.adapters.bank.bank_watch import BankWatch
from services.shared.chassis.metrics import Metrics
from services.shared.chassis.postgres import Database
from tests.support.bank_statements import Line, statement_file
from tests.support.reconciling import take

AT = datetime(2026, 7, 10, 3, 0, tzinfo=UTC)


class StoppedClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.passed_s = 0.0

    def now(self) -> datetime:
        return AT + timedelta(seconds=self.passed_s)

    def monotonic_s(self) -> float:
        return self.passed_s


def levels(reader: InMemoryMetricReader) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    collected: Any = reader.get_metrics_data()
    for resource in collected.resource_metrics if collected is not None else ():
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                if metric.name.startswith("seikyu.bank."):
                    points = metric.data.data_points
                    found[metric.name] = {str(each.attributes.get("seikyu.kind", "")): each.value for each in points}
    return found


async def test_a_line_that_waited_too_long_rings_until_its_figure_is_old(database: Database) -> None:
    reader, clock = InMemoryMetricReader(), StoppedClock()
    metrics = Metrics(MeterProvider([reader]).get_meter("test"))
    watch = BankWatch(database, clock, metrics)
    await take(database, statement_file(0, [Line(day=datetime(2026, 6, 30, tzinfo=UTC).date(), yen=5)]))
    before = levels(reader)

    await watch.look()
    rung = levels(reader)
    clock.passed_s = 600
    after = levels(reader)

    assert (before, after) == ({}, {})
    assert rung["seikyu.bank.overdue"] == {"payment": 0, "statement": 0, "queue": 1, "notice": 0, "recall": 0, "own": 0}
    assert rung["seikyu.bank.unproved"] == {"": 0}
