"""What coding consumes: each topic by agents of its own, with a guard that watches them.

What a language model is asked about has a topic of its own, so that nothing else waits for the model.

The backlog yields: its agents take a small batch only where the agents of `coding.requested` are at rest and nothing
beyond a bound waits for them, and only so many requests a second.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from services.coding.adapters.backlog import BACKLOG_TOPIC
from services.coding.adapters.events import ADVICE_TOPIC
from services.coding.entrypoints.agents import REQUESTS, CodingAgents, Intake
from services.coding.entrypoints.asking import Asking
from services.coding.entrypoints.batches import RequestBatches, Work
from services.coding.entrypoints.yielding import Yielding
from services.coding.settings import CodingSettings
from services.shared.chassis.faust_guard import FaustGuard, never
from services.shared.chassis.metrics import Level, Reading
from services.shared.chassis.service import Chassis

ADVICE: Final = Intake(group="coding.advice", topic=ADVICE_TOPIC, batch_events=16, within_s=0.2)
"""As many as can be asked about within one deadline."""
BACKLOG: Final = Intake(group="coding.backlog", topic=BACKLOG_TOPIC, batch_events=25, within_s=0.5)
"""Small, since what comes first waits for the rest of a batch under way; and without hurry, since each look costs."""
FIRST_BEHIND: Final = 200
"""Events of `coding.requested` not yet acknowledged, beyond which the backlog waits: one batch of them.

Offsets are committed once a second, so a stream that keeps up is behind by what comes in a second.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """The agents of one topic and their guard."""

    agents: CodingAgents
    guard: FaustGuard

    @property
    def is_at_rest(self) -> bool:
        """Whether no batch is under way here, and no more waits than comes in a moment."""
        behind = sum(standing.behind for standing in self.guard.standings.values())
        return self.agents.is_idle and behind <= FIRST_BEHIND


def request_stream(chassis: Chassis[CodingSettings], coder: Work) -> Stream:
    """Codes what claims ask for."""
    guard = _guard(chassis, REQUESTS)
    return Stream(agents=_agents(chassis, REQUESTS, _batches(chassis, REQUESTS, coder), guard), guard=guard)


def advice_stream(chassis: Chassis[CodingSettings], asking: Asking) -> Stream:
    """Asks a model about what `request_stream` passed on, and answers it; where none is configured, answers it."""
    guard = _guard(chassis, ADVICE)
    return Stream(agents=_agents(chassis, ADVICE, _batches(chassis, ADVICE, asking), guard), guard=guard)


def backlog_stream(chassis: Chassis[CodingSettings], recoder: Work, first: Stream) -> Stream:
    """Codes anew what an operator put on the backlog, behind `first`."""
    batches = Yielding(
        _batches(chassis, BACKLOG, recoder),
        may_go=lambda: first.is_at_rest,
        per_s=chassis.settings.coding_backlog_per_s,
        clock=chassis.clock,
    )
    guard = _guard(chassis, BACKLOG, is_waiting=lambda: batches.is_waiting)
    return Stream(agents=_agents(chassis, BACKLOG, batches, guard), guard=guard)


def _batches(chassis: Chassis[CodingSettings], intake: Intake, work: Work) -> RequestBatches:
    return RequestBatches(
        coder=work,
        database=chassis.database,
        telemetry=chassis.telemetry,
        observer=chassis.observer(intake.group),
        group=intake.group,
        topic=intake.topic,
    )


def _guard(chassis: Chassis[CodingSettings], intake: Intake, *, is_waiting: Callable[[], bool] = never) -> FaustGuard:
    """A guard whose looks are told as the lag's level."""
    guard = FaustGuard(
        access=chassis.kafka,
        group=intake.group,
        topics=[intake.topic],
        stall_limit_s=chassis.settings.coding_stall_limit_s,
        clock=chassis.clock,
        is_waiting=is_waiting,
    )
    chassis.telemetry.metrics.observe(Level.LAG, lambda: _lag_of(guard, intake.group))
    return guard


def _agents(
    chassis: Chassis[CodingSettings], intake: Intake, batches: RequestBatches | Yielding, guard: FaustGuard
) -> CodingAgents:
    return CodingAgents(
        access=chassis.kafka,
        batches=batches,
        guard=guard,
        instance_id=chassis.settings.coding_instance,
        intake=intake,
    )


def _lag_of(guard: FaustGuard, group: str) -> list[Reading]:
    return [
        (float(standing.behind), {"topic": topic, "group": group, "partition": str(partition)})
        for (topic, partition), standing in guard.standings.items()
    ]
