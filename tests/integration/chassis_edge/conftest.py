from collections.abc import Iterator

import pytest

from tests.support.otlp_collector import OtlpCollector


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[OtlpCollector]:
    """A running collector that this process's exporters, made from here on, send to."""
    with OtlpCollector() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running
