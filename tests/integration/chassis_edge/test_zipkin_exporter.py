"""The local trace store's exporter, by its entry point name: what it posts is what Zipkin's API takes."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from typing_extensions import override

from services.shared.chassis.claim_trace import ClaimJourney
from services.shared.chassis.spans import SpanEvent
from services.shared.chassis.telemetry import Telemetry
from services.shared.chassis.traceparent import new_traceparent, span_id_of, trace_id_of


@pytest.fixture(name="posted")
def zipkin_api(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    spans: list[dict[str, Any]] = []

    class Api(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            spans.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(202)
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "zipkin_json")
    monkeypatch.setenv("OTEL_EXPORTER_ZIPKIN_ENDPOINT", f"http://127.0.0.1:{server.server_port}/api/v2/spans")
    yield spans
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_claim_span_reaches_the_store_with_service_stages_and_linked_traces(posted: list[dict[str, Any]]) -> None:
    telemetry = Telemetry.configure("claims", share=0.0)
    claim, call = new_traceparent(raised=True), new_traceparent(raised=True)

    telemetry.claims.finish(
        ClaimJourney(
            traceparent=claim,
            start_ns=1_000_000,
            end_ns=5_000_000,
            origin=call,
            stages=[SpanEvent(name="received", at_ns=1_000_000)],
            attributes={"seikyu.outcome": "approved"},
        )
    )
    telemetry.shutdown()

    (span,) = posted
    assert (span["traceId"], span["id"], span["name"]) == (trace_id_of(claim), span_id_of(claim), "claim")
    assert span["localEndpoint"]["serviceName"] == "claims"
    assert (span["timestamp"], span["duration"]) == (1_000, 4_000)
    assert json.loads(span["tags"]["seikyu.linked_trace_ids"]) == [trace_id_of(call)]
    assert json.loads(span["annotations"][0]["value"]) == {"received": {}}
