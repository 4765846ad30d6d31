"""The end that nothing can hold up: a thread that ends the process when its drain has outlasted its limit.

A drain is a chain of bounded steps; still a library may swallow its cancellation, block the event loop, or keep the
interpreter waiting for a thread. Whatever it is, the process is gone at the limit, and its log names who was left.
"""

import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

from services.shared.chassis.logs import get_logger

EXIT_ABANDONED: Final = 70
"""The drain did not end by itself: work in hand was left to the next process, as after kill -9."""

_log = get_logger(__name__)


class LastResort:
    """Armed when the drain begins, and for the rest of the process."""

    def __init__(self, *, limit_s: float, end: Callable[[], object]) -> None:
        """`end` is called `limit_s` seconds after `arm`, from a thread of its own."""
        self._limit_s = limit_s
        self._end = end
        self._timer: threading.Timer | None = None

    def arm(self, unfinished: Callable[[], Sequence[str]]) -> None:
        """Begin to count; `unfinished` names the components that still run; the log names threads as well."""
        self._timer = threading.Timer(self._limit_s, self._over, args=(unfinished,))
        self._timer.daemon = True
        self._timer.start()

    def _over(self, unfinished: Callable[[], Sequence[str]]) -> None:
        threads = [
            each.name for each in threading.enumerate() if each is not threading.main_thread() and not each.daemon
        ]
        left = [*unfinished(), *threads]
        _log.error("drain took too long; components abandoned", component=" ".join(left), waited_s=self._limit_s)
        self._end()


def end_abandoned() -> NoReturn:
    """End the process at once, without waiting for any of its tasks or threads."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EXIT_ABANDONED)
