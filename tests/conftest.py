"""What every test may ask for: a PostgreSQL cluster and a Kafka broker, each started when first needed.

Run by two processes (`make test`), tests that start and kill whole platforms stand first, all in one of them: two such
at a time would take each other's processor, and they wait for what has its own time limits. The rest runs beside them,
a file at a time.
"""

import signal
from collections.abc import Iterator
from typing import Final

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from tests.support.stack import KafkaBroker, PostgresCluster, running_kafka, running_postgres

PLATFORMS: Final = "platforms"
OF_PLATFORMS: Final = ("tests/e2e/", "tests/integration/stack/")


def pytest_configure() -> None:
    """Let programs that the tests start be interrupted: a shell's background job ignores SIGINT, and so would they."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests of platforms first."""
    items.sort(key=lambda item: _unit_of(item.nodeid) != PLATFORMS)


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # no types upstream
    """Gives each process one file after the other; all tests of platforms are one unit of work."""

    def _split_scope(self, nodeid: str) -> str:
        return _unit_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """How tests are dealt out where there are several processes."""
    return ByFile(config, log)


def _unit_of(nodeid: str) -> str:
    file = nodeid.split("::", maxsplit=1)[0]
    return PLATFORMS if file.startswith(OF_PLATFORMS) else file


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    with running_postgres() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def kafka_broker() -> Iterator[KafkaBroker]:
    with running_kafka() as broker:
        yield broker
