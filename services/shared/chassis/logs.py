"""Structured logs: one JSON object per line on stdout, with the ids of the trace under way. Owns their set-up.

    log = get_logger(__name__)
    log.warning("event dead-lettered", topic=event.topic, reason=reason.value, trace_id=trace_id_of(event.traceparent))

The event is a constant sentence; what varies goes into keys, and only keys on the allow-list of redaction.py appear.
An exception is shown by its type and the places it came through, never by its message.
"""

import logging
from typing import Protocol


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


def configure_logging(service_name: str, *, level: str = "INFO") -> None:
    """Route structlog, the standard library's logging and warnings to stdout as redacted JSON."""
    raise NotImplementedError


def get_logger(name: str) -> Logger:
    """The logger of a module; usable before `configure_logging`."""
    raise NotImplementedError


def librdkafka_logger() -> logging.Logger:
    """The logger to give to confluent-kafka clients (`logger=`); its lines pass the same redaction."""
    return logging.getLogger("rdkafka")
