"""What may appear in a log line. Owns the allow-list; whatever is not on it is replaced.

Names, insured numbers, birth dates and texts of receipts are Japanese text or digits without a known meaning. So only
keys of the list keep their value, a value is a number, a truth value or short ASCII text, and lists are of those.
"""

import re
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Final

REDACTED: Final = "[redacted]"
MAX_VALUE_CHARACTERS: Final = 256
MAX_LIST_ITEMS: Final = 50
MAX_FRAMES: Final = 30

ALLOWED_KEYS: Final = frozenset(
    """
    event level module timestamp service.name trace_id span_id exception
    addresses amount_yen attempt attempts batch_id batch_size caller caller_kind check claim_id claims cluster_id code
    component consumer count cursor database deadline_s decision_id delay_s dropped duration_s epoch error_type event_id
    event_type events exit_code exporter fault field file finished_at group host interval_s job key kind lag_s
    library limit line_count method migration mode model month name next_offset offset origin_offset origin_partition
    origin_topic outcome owner partition partitions payer_number period pid points port principal reason received
    records request_id retry_after_s revision role route rows rule sequence setting severity shard shards signal size
    source stage state statement status subject submission_id task topic topics total transfer_id transfers version
    waited_s
    """.split()  # noqa: SIM905 - a list of a hundred quoted words is harder to read
)
"""Opaque ids, counts, durations, outcomes and places. `key` is an event's key: a claim id or a batch id."""

_PLAIN: Final = re.compile(r"[\x20-\x7e]*", re.ASCII)
_NOT_ASCII: Final = re.compile(r"[^\x20-\x7e]+")
_LONG_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z_.:-])[0-9]{6,}(?![0-9A-Za-z_.:-])")
_NAMES_A_LIBRARY: Final = ("rdkafka", "grpc", "asyncio", "opentelemetry", "faust", "mode", "aiokafka", "asyncpg", "py.")

Frames = tuple[type[BaseException], BaseException, TracebackType | None]


def redact(_logger: object, _method: str, line: MutableMapping[str, object]) -> Mapping[str, object]:
    """Structlog processor, last before the renderer: keep what the list allows, replace the rest."""
    return {key: _kept(key, value) for key, value in line.items()}


def describe_exception(fault: BaseException) -> dict[str, object]:
    """An exception without its message: type, the types it was raised from, and the frames it came through."""
    causes: list[str] = []
    cause = fault.__cause__ or fault.__context__
    while cause is not None and len(causes) < MAX_FRAMES:
        causes.append(_type_name(cause))
        cause = cause.__cause__ or cause.__context__
    return {"type": _type_name(fault), "causes": causes, "frames": _frames(fault.__traceback__)}


def library_message(logger: str, template: object, formatted: str) -> str:
    """What a library said. Known libraries' lines are kept without non-ASCII text and bare long numbers.

    An unknown library's line may hold anything, so only its template (without arguments) is shown.
    """
    text = formatted if logger.startswith(_NAMES_A_LIBRARY) else str(template)
    masked = _LONG_NUMBER.sub(REDACTED, _NOT_ASCII.sub(REDACTED, text))
    return masked[:MAX_VALUE_CHARACTERS]


def plain(text: str) -> str:
    """The text where it is short printable ASCII; for span attributes, whose keys the code itself chooses."""
    return text if len(text) <= MAX_VALUE_CHARACTERS and _PLAIN.fullmatch(text) else REDACTED


def _kept(key: str, value: object) -> object:
    if key == "exception" and isinstance(value, Mapping):  # made by describe_exception
        return {name: _value(item) for name, item in value.items()}
    return _value(value) if key in ALLOWED_KEYS else REDACTED


def _value(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_value(item) for item in list(value)[:MAX_LIST_ITEMS]]
    return REDACTED


def _type_name(fault: BaseException) -> str:
    return f"{type(fault).__module__}.{type(fault).__qualname__}"


def _frames(traceback: TracebackType | None) -> list[str]:
    frames: list[str] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        module = str(traceback.tb_frame.f_globals.get("__name__", "?"))
        frames.append(f"{module}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return frames[-MAX_FRAMES:]
