"""Whatever is struck while both topics are full, each request is answered and each revision made, once.

Every first answer and every revision has one event id and one content; what a strike repeats are whole events.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.integration.coding.test_backlog import BACKLOG, anew, revision_ids
from tests.support.chassis_parts import ChassisBroker
from tests.support.coding_process import CodingProcess, answers, claim, process_on, publish, request
from tests.support.stack import KafkaBroker, PostgresCluster, running_postgres
from tests.support.waiting import until

REQUESTS = 1_500
ANEW = 300
HEALED_S = 90.0
"""A group believes that its broker is back, or that a member is gone, only after seconds."""
AT_ONCE = {"SEIKYU_CODING_BACKLOG_PER_S": "5000"}

Strike = Callable[[], Coroutine[Any, Any, None]]

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def mortal_cluster() -> Iterator[PostgresCluster]:
    """Its processes are killed."""
    with running_postgres() as cluster:
        yield cluster


@pytest.fixture
def unsheltered(mortal_cluster: PostgresCluster, kafka_broker: KafkaBroker, tmp_path: Path) -> Iterator[CodingProcess]:
    """Its database dies."""
    process = process_on(mortal_cluster, kafka_broker, tmp_path)
    yield process
    process.end()


@pytest.fixture
def processes() -> Iterator[ExitStack]:
    """Ends what is started here."""
    with ExitStack() as started:
        yield started


async def answered_once(broker: KafkaBroker, coding: CodingProcess, later_master: str, strike: Strike) -> None:
    """Strike while both topics are full, then count what was announced."""
    word = f"{os.getpid()} {id(strike)}"
    new = {claim(f"struck {word} {number}") for number in range(REQUESTS)}
    old = {claim(f"struck anew {word} {number}") for number in range(ANEW)}
    coding.start()
    publish(broker, *[request(each) for each in sorted(old)])
    await asyncio.to_thread(answers, broker, old, at_least=ANEW)
    coding.end()

    coding.start(SEIKYU_DISEASE_MASTER=later_master, **AT_ONCE)
    publish(broker, *[anew(each) for each in sorted(old)], topic=BACKLOG)
    publish(broker, *[request(each) for each in sorted(new)])
    await strike()

    events = await asyncio.to_thread(
        answers, broker, new | old, at_least=REQUESTS + 2 * ANEW, within_s=HEALED_S, distinct=True
    )
    told = {(event.event_id, event.value) for event in events}
    assert len(told) == len({event_id for event_id, _ in told}) == REQUESTS + 2 * ANEW
    assert revision_ids(old) <= {event_id for event_id, _ in told}


async def some_answered(broker: KafkaBroker, before: int) -> None:
    """Wait until the stream is under way."""
    reader = ChassisBroker(real=broker)
    await until(lambda: reader.size("coding.completed") >= before + 100)


async def test_the_broker_killed_in_mid_stream(
    mortal_broker: KafkaBroker, bereaved: CodingProcess, later_master: str
) -> None:
    async def strike() -> None:
        await some_answered(mortal_broker, ANEW)
        await asyncio.to_thread(mortal_broker.kill)
        await asyncio.to_thread(mortal_broker.start)

    await answered_once(mortal_broker, bereaved, later_master, strike)
    assert bereaved.is_running


async def test_postgres_killed_in_mid_batch(
    kafka_broker: KafkaBroker, mortal_cluster: PostgresCluster, unsheltered: CodingProcess, later_master: str
) -> None:
    """A killed backend takes the whole server down, which then recovers from its log."""
    coding = unsheltered
    before = ChassisBroker(real=kafka_broker).size("coding.completed")

    async def strike() -> None:
        await some_answered(kafka_broker, before + ANEW)
        folder = str(Path(mortal_cluster.admin_dsn.rpartition("host=")[2]))
        backends = [each for each in psutil.process_iter(["cmdline"]) if _serves_coding(each, folder)]
        assert backends
        for backend in backends:
            with suppress(psutil.NoSuchProcess):
                backend.send_signal(signal.SIGKILL)

    await answered_once(kafka_broker, coding, later_master, strike)
    assert coding.is_running


def _serves_coding(process: psutil.Process, socket_folder: str) -> bool:
    """A backend of the cluster whose socket lies there, with a session of coding's database."""
    words = " ".join(process.info["cmdline"] or [])
    with suppress(psutil.Error):
        parent = process.parent()
        return "postgres: coding_" in words and parent is not None and socket_folder in " ".join(parent.cmdline())
    return False


async def test_a_second_instance_that_joins_and_leaves(
    kafka_broker: KafkaBroker, coding: CodingProcess, later_master: str, processes: ExitStack
) -> None:
    other = coding.beside("coding-1")
    processes.callback(other.end)
    before = ChassisBroker(real=kafka_broker).size("coding.completed")

    async def strike() -> None:
        other.start(SEIKYU_DISEASE_MASTER=later_master, **AT_ONCE)
        await some_answered(kafka_broker, before + ANEW)
        await other.until_serving()
        assert await asyncio.to_thread(other.stop) == 0

    await answered_once(kafka_broker, coding, later_master, strike)
    assert coding.is_running


async def test_a_topic_that_was_made_anew_is_consumed_by_the_same_process(
    mortal_broker: KafkaBroker, bereaved: CodingProcess
) -> None:
    first, second = claim("of the first topic"), claim("of the second topic")
    bereaved.start()
    publish(mortal_broker, *[request(claim(f"fills the first topic {number}")) for number in range(200)])
    publish(mortal_broker, request(first))
    await asyncio.to_thread(answers, mortal_broker, {first}, at_least=1)
    broker = ChassisBroker(real=mortal_broker)

    broker.delete_topic("coding.requested")
    await until(lambda: not broker.has("coding.requested"))
    mortal_broker.provision()
    publish(mortal_broker, request(second))

    await asyncio.to_thread(answers, mortal_broker, {second}, at_least=1, within_s=HEALED_S)
    assert bereaved.is_running
