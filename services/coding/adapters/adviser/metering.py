"""What a model's use tells: one span and one duration per call, its tokens and their price. Never a word of content.

Names are those of the semantic conventions for generative AI (status: development). What a server says of itself is not
repeated: its text could be made of what it was told.
"""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from opentelemetry.trace import SpanKind

from services.coding.adapters.adviser.answering import Pick
from services.coding.adapters.adviser.egress import Endpoint
from services.coding.adapters.adviser.prompting import MAX_TOKENS
from services.shared.chassis.metrics import Count, Duration, Size
from services.shared.chassis.spans import Attributes, OpenSpan
from services.shared.chassis.telemetry import Telemetry


class AskedOutcome(Enum):
    """What came of a question; the value stands on the metric."""

    PICKED = "picked"
    NONE = "none"
    CACHED = "cached"
    IDENTIFIER = "held_back_identifier"
    INJECTION = "held_back_injection"
    BREAKER = "breaker_open"
    SATURATED = "saturated"
    BUDGET = "budget_spent"
    UNREACHABLE = "unreachable"
    REFUSED = "request_refused"
    OUT_OF_SET = "answer_refused"
    BODY = "body_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Yen for a million tokens, in and out; 0 where the model is one's own."""

    input_yen: int = 0
    output_yen: int = 0

    def micro_yen(self, pick: Pick) -> int:
        """What a call cost, in millionths of a yen."""
        return pick.input_tokens * self.input_yen + pick.output_tokens * self.output_yen


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """Records one model's use."""

    telemetry: Telemetry
    endpoint: Endpoint
    model: str
    provider: str
    prices: Prices

    def outcome(self, outcome: AskedOutcome) -> None:
        """Count a question."""
        self.telemetry.metrics.add(Count.ADVICE, outcome=outcome.value)

    @contextlib.contextmanager
    def call(self) -> Iterator[OpenSpan]:
        """The span and the duration of one call; set `error_type` on it where the call failed."""
        began_s = time.perf_counter()
        with self.telemetry.child_span(f"chat {self.model}", kind=SpanKind.CLIENT, attributes=self._told()) as span:
            try:
                yield span
            finally:
                labels = {"model": self.model, "provider": self.provider}
                if span.error_type is not None:
                    labels["error"] = span.error_type
                self.telemetry.metrics.record(Duration.MODEL, time.perf_counter() - began_s, **labels)

    def used(self, span: OpenSpan, pick: Pick) -> None:
        """Record what a call used."""
        span.set(gen_ai__usage__input_tokens=pick.input_tokens, gen_ai__usage__output_tokens=pick.output_tokens)
        metrics = self.telemetry.metrics
        for kind, tokens in (("input", pick.input_tokens), ("output", pick.output_tokens)):
            metrics.size(Size.TOKENS, tokens, model=self.model, provider=self.provider, token_type=kind)
        metrics.add(Count.MODEL_COST, self.prices.micro_yen(pick), model=self.model)

    def _told(self) -> Attributes:
        return {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": self.provider,
            "gen_ai.request.model": self.model,
            "gen_ai.request.temperature": 0.0,
            "gen_ai.request.max_tokens": MAX_TOKENS,
            "server.address": self.endpoint.host,
            "server.port": self.endpoint.port,
        }
