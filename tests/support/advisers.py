"""The real adviser over a loopback server, with everything that a test may look at."""

import asyncio
import contextlib
import ipaddress
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random

from services.coding.adapters.adviser.client import Ladder, Limits, ModelAdviser
from services.coding.adapters.adviser.egress import EgressRules, endpoint_of, guarded_session
from services.coding.adapters.adviser.limits import Allowance, Breaker, Budget, PickCache
from services.coding.adapters.adviser.metering import Meter, Prices
from services.coding.adapters.adviser.transport import Sleep, Transport
from services.coding.application.advising import Option, Question
from services.coding.domain.verify import Patient, Sex
from tests.support.chassis_fakes import SetClock
from tests.support.edge import MemoryTelemetry

LOOPBACK = EgressRules(
    hosts=frozenset({"127.0.0.1"}), networks=(ipaddress.ip_network("127.0.0.1/32"),), plain_loopback=True
)
PLENTY = Allowance(calls=10_000, tokens=10_000_000, period_s=3600.0)


def question(mention: str = "胃のあれ", *names: str) -> Question:
    offered = names or ("胃炎", "びらん性胃炎", "胃潰瘍")
    return Question(
        mention=mention,
        candidates=tuple(Option(key=f"{number:07d}", name=name) for number, name in enumerate(offered, start=8300000)),
        master_version="b_20240601",
        patient=Patient(sex=Sex.FEMALE, age_band_years=70),
    )


@dataclass(slots=True, kw_only=True)
class Advised:
    """An adviser and its surroundings."""

    adviser: ModelAdviser
    clock: SetClock
    memory: MemoryTelemetry
    ladder: Ladder
    slept: list[float] = field(default_factory=list)

    def outcomes(self) -> dict[str, int]:
        counted = self.memory.counted("seikyu.coding.model.questions")
        return {dict(labels)["seikyu.outcome"]: int(value) for labels, value in counted.items()}


@contextlib.asynccontextmanager
async def advised(
    base_url: str,
    *,
    allowance: Allowance = PLENTY,
    total_s: float = 8.0,
    places: int = 8,
    ladder: Ladder | None = None,
    prices: Prices | None = None,
    rules: EgressRules = LOOPBACK,
    started: bool = True,
    model: str = "tiny",
) -> AsyncIterator[Advised]:
    endpoint, memory, clock, slept = endpoint_of(base_url, rules), MemoryTelemetry(), SetClock(), list[float]()
    transport = Transport(
        session=guarded_session(rules, ca_file=None, total_s=total_s),
        endpoint=endpoint,
        model=model,
        credential="Bearer secret",
        jitter=lambda: 0.5,
        sleep=_remembering(slept),
        total_s=total_s,
    )
    telemetry, known = memory.build(), ladder or Ladder()
    adviser = ModelAdviser(
        transport=transport,
        limits=Limits(
            breaker=Breaker(clock),
            budget=Budget(allowance, clock),
            cache=PickCache(model),
            places=asyncio.Semaphore(places),
        ),
        meter=Meter(telemetry=telemetry, endpoint=endpoint, model=model, provider="test", prices=prices or Prices()),
        ladder=known,
        shuffler=Random(1),
    )
    if started:
        await adviser.start()
    try:
        yield Advised(adviser=adviser, clock=clock, memory=memory, ladder=known, slept=slept)
    finally:
        await adviser.close()


def _remembering(slept: list[float]) -> Sleep:
    async def sleep(duration_s: float) -> None:
        slept.append(duration_s)

    return sleep
