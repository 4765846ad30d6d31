"""One inbound call as telemetry sees it: its span, its measures, and its way to an error status."""

import contextlib
import random
import time
from typing import Any, Final

import grpc
import grpc.aio
from grpc_status import rpc_status
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from services.shared.chassis.access import MethodAccess
from services.shared.chassis.calls import Call, enter_call
from services.shared.chassis.gate import Knock
from services.shared.chassis.identity import Principal
from services.shared.chassis.metrics import Duration
from services.shared.chassis.rpc_errors import RpcRefusal, status_of
from services.shared.chassis.spans import FinishedSpan, span_context
from services.shared.chassis.telemetry import Telemetry
from services.shared.chassis.traceparent import is_raised, is_traceparent, new_traceparent, trace_id_of

Context = grpc.aio.ServicerContext[Any, Any]
"""grpc.aio declares its contexts generically over the wire's messages."""

SERVER_FAULTS: Final = frozenset(
    {
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
"""Codes that make a server span an error (semantic conventions, gRPC); the others are the caller's matter."""
TRACE_ID_KEY: Final = "seikyu-trace-id"
"""Trailing metadata of every answer, so that a caller can name the call to its operator."""


class Inbound:
    """Made when the call begins; `enter` once it is admitted, `close` when it ends."""

    def __init__(self, method: str, context: Context, row: MethodAccess | None, telemetry: Telemetry) -> None:
        """`method` with its leading slash; `row` is its access row, none where it has none."""
        self.name = method.lstrip("/")
        self.row = row or MethodAccess(kinds=frozenset())
        self._method = method
        self._context = context
        self._telemetry = telemetry
        self._metadata = {str(key): value for key, value in context.invocation_metadata() or ()}
        self._parent = self._callers_span()
        self._traceparent = self._own_span()
        self._start_ns = time.time_ns()
        self._began_s = time.perf_counter()
        self._code = grpc.StatusCode.OK
        self._caller = "none"
        otel_context.attach(trace.set_span_in_context(trace.NonRecordingSpan(span_context(self._traceparent))))

    def knock(self, *, is_unary: bool) -> Knock:
        """What the call shows at the gate."""
        return Knock(
            method=self._method,
            is_unary=is_unary,
            auth_context={name: tuple(values) for name, values in self._context.auth_context().items()},
            authorization=str(self._metadata.get("authorization", "")),
            time_remaining_s=self._remaining_s(),
        )

    def enter(self, principal: Principal | None) -> None:
        """Make this the call under way for the handler."""
        remaining_s = self._remaining_s()
        self._caller = principal.kind.value if principal is not None else "none"
        enter_call(
            Call(
                method=self._method,
                principal=principal,
                deadline_s=time.monotonic() + remaining_s if remaining_s is not None else None,
                traceparent=self._traceparent,
            )
        )
        with contextlib.suppress(grpc.aio.UsageError):
            self._context.set_trailing_metadata(((TRACE_ID_KEY, trace_id_of(self._traceparent)),))

    async def refuse(self, refusal: RpcRefusal) -> None:
        """Answer with the refusal's status; always raises grpc.aio.AbortError, as grpc wants it."""
        self._code = refusal.code
        status = status_of(refusal, trace_id_of(self._traceparent))
        await self._context.abort_with_status(rpc_status.to_status(status))

    def given_up(self) -> None:
        """The caller went away, its deadline passed, or the handler aborted on its own."""
        remaining_s = self._remaining_s()
        is_late = remaining_s is not None and remaining_s <= 0
        self._code = grpc.StatusCode.DEADLINE_EXCEEDED if is_late else grpc.StatusCode.CANCELLED

    def close(self) -> None:
        """Write the span and the measure."""
        code = self._code.name
        self._telemetry.metrics.record(Duration.RPC, time.perf_counter() - self._began_s, method=self.name, code=code)
        self._telemetry.spans.write(
            FinishedSpan(
                name=self.name,
                traceparent=self._traceparent,
                parent=self._parent,
                kind=SpanKind.SERVER,
                start_ns=self._start_ns,
                end_ns=time.time_ns(),
                attributes={
                    "rpc.system.name": "grpc",
                    "rpc.method": self.name,
                    "rpc.response.status_code": code,
                    "seikyu.caller.kind": self._caller,
                },
                error_type=code if self._code in SERVER_FAULTS else None,
            )
        )

    def _remaining_s(self) -> float | None:
        return self._context.time_remaining()  # none without a deadline, whatever the stub says

    def _callers_span(self) -> str | None:
        text = str(self._metadata.get("traceparent", ""))
        return text if is_traceparent(text) else None

    def _own_span(self) -> str:
        if self._parent is None:
            by_share = random.random() < self._telemetry.share  # noqa: S311 - sampling, not a secret
            return new_traceparent(raised=self.row.traced or by_share)
        raised = self.row.traced or is_raised(self._parent)
        return new_traceparent(raised=raised, trace_id=int(trace_id_of(self._parent), 16))
