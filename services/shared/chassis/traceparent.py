"""The W3C `traceparent` as text, the way rows and event headers carry it. Pure: no context, no clock.

Layout: `00-<32 hex trace id>-<16 hex span id>-<2 hex flags>`; bit 0 of the flags says "sampled", here "raised".
"""

import re
import secrets
from typing import Final

_SHAPE: Final = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
_RAISED_DIGITS: Final = frozenset("13579bdf")
_FLAGS_AT: Final = 53


def new_traceparent(*, raised: bool, trace_id: int | None = None) -> str:
    """A traceparent with a fresh span id; of a fresh trace unless `trace_id` names one."""
    trace = trace_id if trace_id is not None else secrets.randbits(128) or 1
    return f"00-{trace:032x}-{secrets.randbits(64) or 1:016x}-{'01' if raised else '00'}"


def is_traceparent(text: str) -> bool:
    """Whether the text is a version 00 traceparent with ids that are not all zero."""
    return _SHAPE.fullmatch(text) is not None


def is_raised(traceparent: str) -> bool:
    """Whether spans of this trace are to be written. Costs one look at the last character."""
    return traceparent[-1:] in _RAISED_DIGITS


def raise_flag(traceparent: str) -> str:
    """The same trace and span with the sampled flag raised; a raised flag is never lowered."""
    return traceparent if is_raised(traceparent) else f"{traceparent[:_FLAGS_AT]}01"


def trace_id_of(traceparent: str) -> str:
    """The 32 hex digits that stand in ledger rows, events and log lines."""
    return traceparent[3:35]


def span_id_of(traceparent: str) -> str:
    """The 16 hex digits of the span that the traceparent names."""
    return traceparent[36:52]
