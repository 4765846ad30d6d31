from collections.abc import Iterator
from pathlib import Path

import pytest

from services.coding.adapters.master_files import OWN_EXTRACT
from tests.support.coding_process import UNKNOWN, CodingProcess, process_on
from tests.support.stack import KafkaBroker, PostgresCluster, running_kafka

FOUND = "9999991"
"""What the later master has line 4 of each request as."""


@pytest.fixture
def coding(postgres_cluster: PostgresCluster, kafka_broker: KafkaBroker, tmp_path: Path) -> Iterator[CodingProcess]:
    process = process_on(postgres_cluster, kafka_broker, tmp_path)
    yield process
    process.end()


@pytest.fixture
def mortal_broker() -> Iterator[KafkaBroker]:
    """One that no other test sees: it dies, and what is published to it stays unanswered."""
    with running_kafka() as broker:
        yield broker


@pytest.fixture
def bereaved(postgres_cluster: PostgresCluster, mortal_broker: KafkaBroker, tmp_path: Path) -> Iterator[CodingProcess]:
    process = process_on(postgres_cluster, mortal_broker, tmp_path)
    yield process
    process.end()


@pytest.fixture
def later_master(tmp_path: Path) -> str:
    file = tmp_path / "diseases.csv"
    file.write_text(f"{OWN_EXTRACT.read_text('utf-8')}{FOUND},{UNKNOWN},,,R69,,\n", "utf-8")
    return str(file)
