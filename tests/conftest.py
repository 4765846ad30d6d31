"""What every test may ask for: a PostgreSQL cluster and a Kafka broker, each started when first needed.

Run by two processes (`make test`), tests that start and kill whole platforms stand first, all in one of them: two such
at a time would take each other's processor, and they wait for what has its own time limits. The rest runs beside them,
a file at a time.
"""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.stack import KafkaBroker, PostgresCluster, running_kafka, running_postgres

TESTS: Final = Path(__file__).parent
PLATFORMS: Final = "platforms"
OF_PLATFORMS: Final = (TESTS / "e2e", TESTS / "integration" / "stack")


def pytest_configure() -> None:
    """Let programs that the tests start be interrupted: a shell's background job ignores SIGINT, and so would they."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test the group that stays together in one process, those of platforms first."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group_of(item.path)))
    items.sort(key=lambda item: _group_of(item.path) != PLATFORMS)


def _group_of(file: Path) -> str:
    return PLATFORMS if any(file.is_relative_to(each) for each in OF_PLATFORMS) else str(file.relative_to(TESTS))


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    with running_postgres() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def kafka_broker() -> Iterator[KafkaBroker]:
    with running_kafka() as broker:
        yield broker
