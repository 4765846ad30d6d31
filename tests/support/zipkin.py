"""The trace store as its own page reads it: Zipkin's HTTP API, version 2."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from tests.support.waiting import seen

MOST_TRACES: Final = 100_000
DAY_MS: Final = 86_400_000
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipkinSpan:
    """A span as the store gives it; times in microseconds, the empty string for no parent."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    service: str
    kind: str
    start_us: int
    duration_us: int
    tags: Mapping[str, str]
    annotations: tuple[str, ...]

    @property
    def linked_trace_ids(self) -> tuple[str, ...]:
        """The traces that the span links to, from the attribute that stands for links."""
        text = self.tags.get("seikyu.linked_trace_ids", "[]")
        return tuple(json.loads(text)) if text.startswith("[") else tuple(text.split(","))


class ZipkinStore:
    """Reads one Zipkin server."""

    def __init__(self, url: str) -> None:
        """`url` without path, e.g. `http://127.0.0.1:9411`."""
        self._url = url.rstrip("/")

    def trace(self, trace_id: str) -> list[ZipkinSpan]:
        """The spans of a trace so far, by start; none when the store does not know it."""
        found: list[dict[str, Any]] = self._get(f"/api/v2/trace/{trace_id}", missing=[])
        return sorted((_span(each) for each in found), key=lambda span: span.start_us)

    def services(self) -> list[str]:
        """The names of the services that have written spans."""
        names: list[str] = self._get("/api/v2/services", missing=[])
        return names

    def span_names(self, service: str) -> list[str]:
        """The names of the spans that a service has written; in lower case, as the store keeps names."""
        names: list[str] = self._get(f"/api/v2/spans?serviceName={service}", missing=[])
        return names

    def everything(self) -> str:
        """All traces as the store answers them, to search for what must not be in them."""
        with urllib.request.urlopen(f"{self._url}/api/v2/traces?limit={MOST_TRACES}&lookback={DAY_MS}") as answer:
            found: bytes = answer.read()
        return found.decode()

    def wait_for(
        self, trace_id: str, is_complete: Callable[[Sequence[ZipkinSpan]], bool], *, within_s: float
    ) -> list[ZipkinSpan]:
        """The trace once it is complete; AssertionError with what was there when it is not in time."""
        return seen(lambda: self.trace(trace_id), is_complete, patience_s=within_s)

    def _get(self, path: str, *, missing: list[Answer]) -> list[Answer]:
        try:
            with urllib.request.urlopen(self._url + path, timeout=5.0) as answer:
                found: list[Answer] = json.load(answer)
                return found
        except urllib.error.HTTPError as refused:
            if refused.code == 404:
                return missing
            raise


def _span(found: Mapping[str, Any]) -> ZipkinSpan:
    return ZipkinSpan(
        trace_id=found["traceId"],
        span_id=found["id"],
        parent_id=found.get("parentId", ""),
        name=found.get("name", ""),
        service=found.get("localEndpoint", {}).get("serviceName", ""),
        kind=found.get("kind", ""),
        start_us=found.get("timestamp", 0),
        duration_us=found.get("duration", 0),
        tags=found.get("tags", {}),
        annotations=tuple(each["value"] for each in found.get("annotations", ())),
    )
