"""The real file arrives to the yen: services and broker killed -9 with claims in flight, data deleted, events repeated.

What "nothing lost, nothing twice" means is in tests/support/proof.py. The sweeper is off, except where a test says so:
whatever a kill interrupts, transactions, stored offsets, outbox and cursors alone bring through.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import pytest
from seikyu.settlement.v1 import events_pb2

from services.shared.kernel.months import Month
from tests.support.crashes import HEALING_QUICKLY, CrashingPlatform, crashing_platform
from tests.support.echoes import TIMES, Echo, Repeater
from tests.support.file_journey import enrolled
from tests.support.waiting import until_awaited
from tests.support.witness import LOOK_S, SERVICE_TOPICS, Witness

TAKEN_IN = {
    "claims": "claims.release.after-commit",
    "eligibility": "consumer.eligibility.claims-received.after-commit",
    "coding": "coding.requested.after-commit",
    "settlement": "consumer.settlement.claims-adjudicated.before-commit",
}
"""Claims and answers are committed and not yet published; the posting of decisions is not even committed."""
PUBLISHED = {
    "claims": "relay.after-ack",
    "eligibility": "consumer.eligibility.claims-received.before-commit",
    "coding": "relay.after-ack",
    "settlement": "cursor-relay.after-ack",
}
"""The broker has the events and their sender does not know it; eligibility's answer is not committed."""
ON_DEMAND = {"coding.advice", "coding.backlog"}
"""Topics that nothing is on where no model is configured and nobody codes anew."""
POSTED = {"settlement": "consumer.settlement.claims-adjudicated.after-commit"}
"""The ledger has the money and no payer was told."""
STREAM_WAIT_S = 60.0
MONTHS_AFTER = 2
MONTHS_BEFORE = 12

pytestmark = pytest.mark.timeout(300)
"""The first test starts the platform, and every kill of a consumer costs ten seconds until the broker believes it."""


@pytest.fixture(scope="module")
def platform() -> Iterator[CrashingPlatform]:
    with crashing_platform() as platform:
        yield platform


@pytest.fixture(scope="module")
def enrolment(platform: CrashingPlatform, tmp_path_factory: pytest.TempPathFactory) -> Witness:
    return enrolled(platform.stack, tmp_path_factory.mktemp("tokens"))


@pytest.fixture
def witness(enrolment: Witness) -> Witness:
    """Each test's own memory of what payers read."""
    enrolment.readings = []
    return enrolment


@pytest.mark.parametrize(
    ("month", "points"),
    [
        pytest.param("202201", TAKEN_IN, id="taken-in"),
        pytest.param("202202", PUBLISHED, id="published"),
        pytest.param("202203", POSTED, id="posted"),
    ],
)
async def test_each_service_killed_with_claims_in_flight_loses_nothing_and_does_nothing_twice(
    platform: CrashingPlatform, witness: Witness, month: str, points: Mapping[str, str]
) -> None:
    await asyncio.to_thread(platform.start, list(points), points=points)

    async with asyncio.TaskGroup() as work:
        hospital = work.create_task(witness.submit(month))
        for name in points:
            work.create_task(platform.dies_and_is_started_again(name))
    answers, summary = hospital.result()

    assert summary.released
    assert len(answers) == witness.expected.receipts
    assert await witness.faults_when_through([month]) == []
    assert platform.ended() == []


async def test_every_event_repeated_twice_and_shuffled_across_partitions_changes_nothing(
    platform: CrashingPlatform, witness: Witness
) -> None:
    """A later month goes through behind the repeats; each partition is consumed in its order, so they are through."""
    await witness.submit("202301")
    assert await witness.faults_when_through(["202301"]) == []
    ledger, told = await witness.entries(), told_of(witness, "202301")
    events = await witness.internal("202301")

    await asyncio.to_thread(Repeater(witness.kafka, SERVICE_TOPICS).repeat_shuffled, events)
    await witness.submit("202302")

    assert {event.topic for event in events} == set(SERVICE_TOPICS) - ON_DEMAND
    assert len(await witness.internal("202301")) >= (1 + TIMES) * len(events)
    assert await witness.faults_when_through(["202301", "202302"]) == []
    assert told_of(witness, "202301") == told
    assert (await witness.entries())[: len(ledger)] == ledger


async def test_every_event_repeated_while_its_claim_is_on_the_way_changes_nothing(
    platform: CrashingPlatform, witness: Witness
) -> None:
    echo = Echo(witness.kafka, SERVICE_TOPICS)
    echo.start()

    await witness.submit("202303")
    await witness.submit("202304")
    found = await witness.faults_when_through(["202303", "202304"])
    echo.stop()

    assert found == []
    assert echo.repeated >= {event.event_id for event in await witness.internal("202303")}


async def test_the_broker_killed_in_mid_stream_loses_nothing_and_nothing_comes_twice(
    platform: CrashingPlatform, witness: Witness
) -> None:
    months = await struck_in_mid_stream(witness, "202305", lambda: platform.lose_broker(data=False))
    in_flight = await claims_in_flight(witness, months)
    await asyncio.to_thread(platform.restart_broker)

    assert in_flight > 0
    assert await witness.faults_when_through(months) == []
    assert platform.ended() == []


async def test_the_brokers_data_deleted_in_mid_run_loses_nothing_and_tells_payers_the_same_again(
    platform: CrashingPlatform, witness: Witness
) -> None:
    """Here the sweeper heals: what stood on the deleted topics alone is announced again.

    Faust notices within seconds that its topic is another one; where coding's own watchdog is faster, as it is here, it
    ends the process, and a supervisor starts it again.
    """
    platform.settings = HEALING_QUICKLY
    await asyncio.to_thread(platform.start, ["claims", "coding"])
    await witness.submit("202212")
    assert await witness.faults_when_through(["202212"]) == []

    months = await struck_in_mid_stream(witness, "202501", lambda: platform.lose_broker(data=True))
    in_flight = await claims_in_flight(witness, months)
    await asyncio.to_thread(platform.restart_broker)
    supervisor = asyncio.create_task(platform.keep_running("coding"))
    found = await witness.faults_when_through([*months, "202212"])
    supervisor.cancel()

    assert in_flight > 0
    assert found == []


def told_of(witness: Witness, month: str) -> list[tuple[str, str, bytes]]:
    """What the payers' topics say of a month, every copy in its order, topic by topic, as last read."""
    return [
        (event.topic, event.event_id, event.value)
        for event in sorted(witness.readings[-1], key=lambda event: (event.topic, event.offset))
        if events_pb2.ClaimSettled.FromString(event.value).claim_month == month
    ]


async def struck_in_mid_stream(witness: Witness, first: str, strike: Callable[[], None]) -> list[str]:
    """A hospital submits month after month; strike at its first final claim. Two more months come after that.

    Services that have just started may take some seconds to the first final claim, so leave a year to the next test's.
    """
    struck = asyncio.Event()

    async def stream() -> list[str]:
        submitted: list[str] = []
        after = MONTHS_AFTER
        while after:
            if len(submitted) == MONTHS_BEFORE:
                await struck.wait()
            after -= struck.is_set()
            submitted.append(str(Month.parse(first).plus(len(submitted))))
            await witness.submit(submitted[-1])
        return submitted

    hospital = asyncio.create_task(stream())
    await until_awaited(partial(witness.claims, first, final=True), patience_s=STREAM_WAIT_S, look_s=LOOK_S)
    await asyncio.to_thread(strike)
    struck.set()
    return await hospital


async def claims_in_flight(witness: Witness, months: Sequence[str]) -> int:
    """How many claims of these months are not final yet."""
    final = [len(await witness.claims(month, final=True)) for month in months]
    return len(months) * witness.expected.receipts - sum(final)
