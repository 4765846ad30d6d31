"""The catalogue of what Seikyu counts and measures. Owns every instrument's name, unit and labels.

A label is one of the closed set below and its value a constant of the code, a topic, a method or a code: never an id of
a person, a claim, a hospital or a payer. A label an instrument does not declare is refused.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Final

from opentelemetry.metrics import CallbackOptions, Meter, Observation

SECONDS_BOUNDARIES: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
MODEL_SECONDS_BOUNDARIES: Final = tuple(0.01 * 2**step for step in range(14))
REVIEW_SECONDS_BOUNDARIES: Final = tuple(3_600.0 * hours for hours in (0.25, 1, 2, 4, 8, 24, 48, 72, 120, 240, 480))
TOKENS_BOUNDARIES: Final = tuple(float(4**step) for step in range(14))
"""Those of the model and the tokens as the semantic conventions of generative AI want them."""


class _Instrument(Enum):
    """Name, unit, what it tells, and its labels; `fixed` is what the semantic conventions want on every value."""

    def __init__(self, metric: str, unit: str, tells: str, labels: tuple[str, ...]) -> None:
        self.metric = metric
        self.unit = unit
        self.tells = tells
        self.labels = frozenset(labels)
        self.fixed = _FIXED.get(metric, {})


_PROCESS: Final = {"messaging.system": "kafka", "messaging.operation.name": "process"}
_SEND: Final = {"messaging.system": "kafka", "messaging.operation.name": "send"}
_CHAT: Final = {"gen_ai.operation.name": "chat"}
_FIXED: Final[Mapping[str, Mapping[str, str]]] = {
    "rpc.server.call.duration": {"rpc.system.name": "grpc"},
    "db.client.operation.duration": {"db.system.name": "postgresql", "db.operation.name": "transaction"},
    "messaging.client.consumed.messages": _PROCESS,
    "messaging.process.duration": _PROCESS,
    "messaging.client.sent.messages": _SEND,
    "messaging.client.operation.duration": _SEND,
    "gen_ai.client.operation.duration": _CHAT,
    "gen_ai.client.token.usage": _CHAT,
}
_BOUNDARIES: Final[Mapping[str, Sequence[float]]] = {
    "gen_ai.client.operation.duration": MODEL_SECONDS_BOUNDARIES,
    "seikyu.coding.review.duration": REVIEW_SECONDS_BOUNDARIES,
}


class Count(_Instrument):
    """What only grows."""

    CLAIMS = ("seikyu.claims", "{claim}", "Claims that left a stage", ("stage", "outcome"))
    RECEIPTS_REFUSED = ("seikyu.receipts.refused", "{receipt}", "Receipts refused at intake", ("reason",))
    MONEY = (
        "seikyu.money",
        "{yen}",
        "Yen decided, by party (insurer, programme, patient, reduced)",
        ("outcome", "party"),
    )
    POSTED = ("seikyu.ledger.transfers", "{transfer}", "Transfers posted", ("kind",))
    POSTED_YEN = ("seikyu.ledger.posted", "{yen}", "Yen posted", ("kind",))
    CODING = (
        "seikyu.coding.mentions",
        "{mention}",
        "Uncoded texts, by the route that decided them, and by who had a part in it (embedded, advised, degraded)",
        ("route", "outcome", "system"),
    )
    ADVICE = (
        "seikyu.coding.model.questions",
        "{question}",
        "Questions to the language model, by what came of them",
        ("outcome",),
    )
    VIEWS = (
        "seikyu.coding.model.views",
        "{mention}",
        "Mentions of the middle band, by how the language model's view stood to the ranker's first candidate",
        ("standing",),
    )
    MODEL_COST = (
        "seikyu.coding.model.cost",
        "{microyen}",
        "Millionths of a yen for the language model's tokens, by the configured prices",
        ("model",),
    )
    REVIEWED = (
        "seikyu.coding.review.decisions",
        "{decision}",
        "Decisions of reviewers, by outcome and by whether they took the coder's first candidate, another, or none",
        ("kind", "outcome", "agreement"),
    )
    REFUSED_CALLS = (
        "seikyu.rpc.refused",
        "{call}",
        "Calls refused before they reached a handler",
        ("method", "reason"),
    )
    CONSUMED = ("messaging.client.consumed.messages", "{message}", "Events consumed", ("topic", "group", "outcome"))
    SENT = ("messaging.client.sent.messages", "{message}", "Events delivered to the broker", ("topic", "outcome"))
    DEAD_LETTERS = (
        "seikyu.events.dead_lettered",
        "{message}",
        "Events sent to a dead-letter topic",
        ("topic", "reason"),
    )
    PARKED = ("seikyu.events.parked", "{message}", "Events parked behind a poisoned key", ("topic",))
    RETRIES = ("seikyu.events.retried", "{attempt}", "Batches tried again after a transient fault", ("topic", "reason"))
    REANNOUNCED = ("seikyu.claims.reannounced", "{claim}", "Claims the sweeper announced again", ("stage",))


class Duration(_Instrument):
    """What takes time, in seconds."""

    RPC = ("rpc.server.call.duration", "s", "Duration of inbound calls", ("method", "code"))
    STAGE = ("seikyu.claim.stage.duration", "s", "A claim's time from received to the end of a stage", ("stage",))
    BATCH = ("messaging.process.duration", "s", "Handling of one batch of events", ("topic", "group", "outcome"))
    TRANSACTION = ("db.client.operation.duration", "s", "One transaction", ("transaction", "outcome"))
    DELIVERY = (
        "messaging.client.operation.duration",
        "s",
        "One batch on its way to the broker, until it is acknowledged",
        ("topic",),
    )
    MODEL = (
        "gen_ai.client.operation.duration",
        "s",
        "One call of the language model, with its retry",
        ("model", "provider", "error"),
    )
    REVIEW = ("seikyu.coding.review.duration", "s", "From a line's coming to the review queue to its decision", ())
    EVENT_AGE = ("seikyu.event.age", "s", "From what an event tells to its being applied", ("topic", "group"))


class Size(_Instrument):
    """What is counted each time it occurs."""

    TOKENS = (
        "gen_ai.client.token.usage",
        "{token}",
        "Tokens of one call of the language model",
        ("model", "provider", "token_type"),
    )


class Level(_Instrument):
    """What goes up and down."""

    OUTBOX_AGE = ("seikyu.outbox.age", "s", "Age of the oldest undelivered row", ("relay",))
    LAG = (
        "seikyu.consumer.lag",
        "{message}",
        "Events behind the end of the partition",
        ("topic", "group", "partition"),
    )
    CONTROL_DIFFERENCE = (
        "seikyu.control.difference",
        "1",
        "By how many parts, points and yen two books differ, over all payers and months; must be 0",
        ("total", "books"),
    )
    UNPOSTED = (
        "seikyu.decisions.unposted",
        "{decision}",
        "Decisions that settlement was found not to have: waiting, or overdue for an hour and a person's to look at",
        ("state",),
    )
    REVIEWS = ("seikyu.coding.review.items", "{item}", "Lines that wait for a reviewer", ("state",))
    REVIEW_AGE = ("seikyu.coding.review.age", "s", "Age of the oldest line that waits for a reviewer", ())
    REVIEWS_LATE = (
        "seikyu.coding.review.late",
        "1",
        "Share of the lines that wait for a reviewer past their service level",
        (),
    )
    BANK_OVERDUE = (
        "seikyu.bank.overdue",
        "{position}",
        "Amounts whose date has passed: payments, payers' statements, queued lines, notices, recalls; must be 0",
        ("kind",),
    )
    BANK_UNPROVED = (
        "seikyu.bank.unproved",
        "{account}",
        "Bank accounts on which bank and ledger differ; must be 0",
        (),
    )
    CALLS_IN_FLIGHT = ("seikyu.rpc.active_calls", "{call}", "Calls under way", ())


_WIRE_LABELS: Final = {
    "method": "rpc.method",
    "code": "rpc.response.status_code",
    "topic": "messaging.destination.name",
    "group": "messaging.consumer.group.name",
    "partition": "messaging.destination.partition.id",
    "model": "gen_ai.request.model",
    "provider": "gen_ai.provider.name",
    "token_type": "gen_ai.token.type",
    "error": "error.type",
}
"""Labels that have a name in the semantic conventions; the others get the prefix `seikyu.`."""

Reading = tuple[float, dict[str, str]]
"""One value of a level with its labels."""


class Metrics:
    """Records into the catalogue's instruments. One per process; without an exporter each call is nearly free."""

    def __init__(self, meter: Meter) -> None:
        """Make every instrument once, so that a dashboard sees a zero and not a gap."""
        self._counters = {
            item: meter.create_counter(item.metric, unit=item.unit, description=item.tells) for item in Count
        }
        self._durations = {
            item: meter.create_histogram(
                item.metric,
                unit=item.unit,
                description=item.tells,
                explicit_bucket_boundaries_advisory=_BOUNDARIES.get(item.metric, SECONDS_BOUNDARIES),
            )
            for item in Duration
        }
        self._sizes = {
            item: meter.create_histogram(
                item.metric,
                unit=item.unit,
                description=item.tells,
                explicit_bucket_boundaries_advisory=TOKENS_BOUNDARIES,
            )
            for item in Size
        }
        self._meter = meter
        self._readers: dict[Level, list[Callable[[], Sequence[Reading]]]] = {}

    def add(self, what: Count, amount: int = 1, /, **labels: str) -> None:
        """Count `amount` more (of claims, yen, events); once per batch, not once per claim."""
        self._counters[what].add(amount, _wire(what, labels))

    def record(self, what: Duration, seconds: float, /, **labels: str) -> None:
        """Record one duration in seconds."""
        self._durations[what].record(seconds, _wire(what, labels))

    def size(self, what: Size, amount: int, /, **labels: str) -> None:
        """Record one size."""
        self._sizes[what].record(amount, _wire(what, labels))

    def record_all(self, what: Duration, seconds: Iterable[float], /, **labels: str) -> None:
        """Record a batch's durations under the same labels."""
        histogram, attributes = self._durations[what], _wire(what, labels)
        for value in seconds:
            histogram.record(value, attributes)

    def observe(self, what: Level, read: Callable[[], Sequence[Reading]], /) -> None:
        """Let `read` be asked at each export for the level's present values; it must not block.

        Several may tell the same level under different labels.
        """
        readers = self._readers.setdefault(what, [])
        readers.append(read)
        if len(readers) > 1:
            return

        def callback(_options: CallbackOptions) -> Iterable[Observation]:
            return [Observation(value, _wire(what, labels)) for each in readers for value, labels in each()]

        self._meter.create_observable_gauge(what.metric, [callback], unit=what.unit, description=what.tells)


def _wire(what: _Instrument, labels: dict[str, str]) -> dict[str, str]:
    if not labels.keys() <= what.labels:
        undeclared = ", ".join(sorted(labels.keys() - what.labels))
        raise ValueError(f"{what.metric} has no label {undeclared}")
    return {**what.fixed, **{_WIRE_LABELS.get(label, f"seikyu.{label}"): value for label, value in labels.items()}}
