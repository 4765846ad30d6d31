"""One trace per claim (design.md 8). Owns the claim's traceparent, its stage spans and the `claim` span itself.

At intake a claim gets a traceparent whose span id is that of the future `claim` span; rows and events carry it
unchanged, except that the flag may be raised. Services write stage spans as children of it while the flag is raised;
when the claim is final, `claims` writes the `claim` span with the ids it was given at the start.

The hot path carries batches of 500 claims of which a hundredth is raised: everything here costs one look at a
character for the others.
"""

import random
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from services.shared.chassis.spans import Attributes, FinishedSpan, SpanEvent, SpanWriter
from services.shared.chassis.traceparent import is_raised, new_traceparent, trace_id_of

_IDS_BYTES: Final = 16 + 8
"""A trace id and a span id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimJourney:
    """What the `claim` span says: from `start_ns` (intake) to `end_ns` (final), stages as span events.

    `traceparent` is the claim's own. `origin` is the traceparent of the RPC span that brought the claim: the parent
    where it is of the same trace (single submission), else a link (batch, file). Attributes: opaque ids, outcome.
    """

    traceparent: str
    start_ns: int
    end_ns: int
    origin: str | None = None
    stages: Sequence[SpanEvent] = ()
    links: Sequence[str] = ()
    attributes: Attributes = field(default_factory=dict)
    error_type: str | None = None


class ClaimTraces:
    """Begins, continues and ends the traces of claims. One per process; built by `Telemetry.configure`."""

    def __init__(
        self,
        writer: SpanWriter,
        share: float,
        chance: Callable[[], float] = random.random,  # noqa: S311 - sampling, not a secret
    ) -> None:
        """`share` of the claims that come in batches start raised; `chance` draws from [0, 1)."""
        self._writer = writer
        self._share = share
        self._chance = chance

    def begin(self, count: int) -> list[str]:
        """Traceparents for `count` claims of a batch or file: each its own trace, a share of them raised."""
        share, chance = self._share, self._chance
        ids = secrets.token_hex(_IDS_BYTES * count)
        width = 2 * _IDS_BYTES
        return [
            f"00-{ids[at : at + 32]}-{ids[at + 32 : at + width]}-{'01' if chance() < share else '00'}"
            for at in range(0, width * count, width)
        ]

    def begin_single(self, origin: str | None) -> str:
        """The traceparent of a claim submitted alone: always raised, continuing the RPC's trace (`origin`)."""
        trace_id = int(trace_id_of(origin), 16) if origin is not None else None
        return new_traceparent(raised=True, trace_id=trace_id)

    def stage(
        self,
        name: str,
        traceparent: str,
        *,
        start_ns: int,
        end_ns: int | None = None,
        attributes: Attributes | None = None,
        links: Sequence[str] = (),
        error_type: str | None = None,
    ) -> None:
        """Write one claim's stage span, child of the claim span; nothing at all unless the flag is raised.

        `name` is a constant such as `determine eligibility`; times are nanoseconds since the epoch; `end_ns` defaults
        to now; `links` are traceparents of batch spans (`current_traceparent()`).
        """
        if not is_raised(traceparent):
            return
        self._writer.write(
            FinishedSpan(
                name=name,
                traceparent=new_traceparent(raised=True, trace_id=int(trace_id_of(traceparent), 16)),
                parent=traceparent,
                start_ns=start_ns,
                end_ns=end_ns if end_ns is not None else time.time_ns(),
                attributes=attributes or {},
                links=links,
                error_type=error_type,
            )
        )

    def stages(
        self,
        name: str,
        traceparents: Sequence[str],
        *,
        start_ns: int,
        end_ns: int | None = None,
        attributes_of: Callable[[int], Attributes] | None = None,
        links: Sequence[str] = (),
    ) -> int:
        """The same for a whole batch with common times; `attributes_of(i)` is asked for raised claims only.

        Returns how many spans were written.
        """
        raised = [index for index, traceparent in enumerate(traceparents) if is_raised(traceparent)]
        end = end_ns if end_ns is not None else time.time_ns()
        for index in raised:
            attributes = attributes_of(index) if attributes_of is not None else None
            self.stage(name, traceparents[index], start_ns=start_ns, end_ns=end, attributes=attributes, links=links)
        return len(raised)

    def finish(self, journey: ClaimJourney) -> None:
        """Write the `claim` span with the ids of the claim's traceparent; nothing unless its flag is raised."""
        if not is_raised(journey.traceparent):
            return
        origin = journey.origin
        is_child = origin is not None and trace_id_of(origin) == trace_id_of(journey.traceparent)
        links = list(journey.links)
        if origin is not None and not is_child:
            links.insert(0, origin)
        self._writer.write(
            FinishedSpan(
                name="claim",
                traceparent=journey.traceparent,
                parent=origin if is_child else None,
                start_ns=journey.start_ns,
                end_ns=journey.end_ns,
                attributes=journey.attributes,
                events=journey.stages,
                links=links,
                error_type=journey.error_type,
            )
        )
