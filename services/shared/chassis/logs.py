"""Structured logs: one JSON object per line on stdout, with the ids of the trace under way. Owns their set-up.

    log = get_logger(__name__)
    log.warning("event dead-lettered", topic=event.topic, reason=reason.value, trace_id=trace_id_of(event.traceparent))

The event is a constant sentence; what varies goes into keys, and only keys on the allow-list of redaction.py appear.
An exception is shown by its type and the places it came through, never by its message.
"""

import logging
import sys
import warnings
from collections.abc import MutableMapping
from typing import Final, Protocol, TextIO, cast

import structlog
from opentelemetry import trace
from typing_extensions import override

from services.shared.chassis.redaction import describe_exception, library_message, redact

Line = MutableMapping[str, object]

_QUIET_LIBRARIES: Final = ("asyncio", "grpc", "aiokafka", "faust", "mode", "urllib3", "opentelemetry")
"""Libraries that are heard from WARNING on, whatever the level of Seikyu's own lines."""


class Logger(Protocol):
    """What the code of a service may say. `event` is a constant."""

    def debug(self, event: str, /, **fields: object) -> None:
        """For a developer who looks closely."""

    def info(self, event: str, /, **fields: object) -> None:
        """Something begins or ends that an SRE may want to know."""

    def warning(self, event: str, /, **fields: object) -> None:
        """Something is off and is being dealt with."""

    def error(self, event: str, /, **fields: object) -> None:
        """Somebody should look."""

    def exception(self, event: str, /, **fields: object) -> None:
        """The same within an except block: adds the exception's type and frames."""


def configure_logging(service_name: str, *, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Route structlog, the standard library's logging and warnings to `stream` (stdout) as redacted JSON."""
    out = stream if stream is not None else sys.stdout
    threshold = logging.getLevelNamesMapping()[level]

    def name_service(_logger: object, _method: str, line: Line) -> Line:
        line["service.name"] = service_name
        return line

    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            name_service,
            _name_trace,
            _describe_exception,
            redact,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    _route_standard_logging(threshold)


def get_logger(name: str) -> Logger:
    """The logger of a module; usable before `configure_logging`."""
    return cast("Logger", structlog.get_logger(module=name))


def librdkafka_logger() -> logging.Logger:
    """The logger to give to confluent-kafka clients (`logger=`); its lines pass the same redaction."""
    return logging.getLogger("rdkafka")


class _ToStructlog(logging.Handler):
    """Hands the records of libraries to the same pipeline, without their arguments where these may say anything."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Never raises: a line that cannot be formatted is shown by its template."""
        try:
            formatted = record.getMessage()
        except Exception:  # noqa: BLE001 - a library's own formatting mistake must not stop the service
            formatted = str(record.msg)
        fields: dict[str, object] = {}
        if record.exc_info is not None and record.exc_info[1] is not None:
            fields["exc_info"] = record.exc_info[1]
        log = structlog.get_logger(module=record.name)
        log.log(record.levelno, library_message(record.name, record.msg, formatted), **fields)


def _route_standard_logging(threshold: int) -> None:
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, _ToStructlog):
            root.removeHandler(handler)
    root.addHandler(_ToStructlog())
    root.setLevel(threshold)
    for library in _QUIET_LIBRARIES:
        logging.getLogger(library).setLevel(max(threshold, logging.WARNING))
    logging.captureWarnings(capture=True)
    warnings.simplefilter("default")


def _name_trace(_logger: object, _method: str, line: Line) -> Line:
    context = trace.get_current_span().get_span_context()
    if context.is_valid and "trace_id" not in line:
        line["trace_id"] = f"{context.trace_id:032x}"
        line["span_id"] = f"{context.span_id:016x}"
    return line


def _describe_exception(_logger: object, _method: str, line: Line) -> Line:
    told = line.pop("exc_info", None)
    fault = sys.exc_info()[1] if told is True else told
    if isinstance(fault, BaseException):
        line["exception"] = describe_exception(fault)
    return line
