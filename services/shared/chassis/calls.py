"""The call under way. Owns what a handler may ask about it: who calls, how long is left, which trace.

The values stand in context variables of the call's own task; the interceptors set them before the handler runs.
"""

import contextvars
import time
from dataclasses import dataclass

from services.shared.chassis.identity import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One inbound call. `deadline_s` is on the monotonic clock; none on a stream without deadline.

    `traceparent` is that of the RPC span (its flag says whether the span is written).
    """

    method: str
    principal: Principal | None
    deadline_s: float | None
    traceparent: str


_call: contextvars.ContextVar[Call] = contextvars.ContextVar("seikyu_call")


def current_call() -> Call:
    """The call under way; LookupError outside one."""
    return _call.get()


def caller() -> Principal:
    """Who calls. A public method has no caller: LookupError."""
    principal = _call.get().principal
    if principal is None:
        raise LookupError("a public method knows no caller")
    return principal


def remaining_s(ceiling_s: float) -> float:
    """Seconds left of the call's deadline, at most `ceiling_s` (which alone holds outside a call or without deadline).

    Give it to every wait on the database or another service: `timeout=remaining_s(5.0)`. Never below 1 ms.
    """
    call = _call.get(None)
    if call is None or call.deadline_s is None:
        return ceiling_s
    return max(0.001, min(ceiling_s, call.deadline_s - time.monotonic()))


def enter_call(call: Call) -> None:
    """Make this the call of the present task; the task ends with the call, so nothing restores the old value."""
    _call.set(call)
