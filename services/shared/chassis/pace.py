"""How many events come in a second, as far back as about a second: what tells light load from heavy."""

from math import exp
from typing import Final

from services.shared.chassis.clock import Clock

MEMORY_S: Final = 1.0
"""What came this long ago counts for a third (1/e) of what comes now."""


class Pace:
    """Of one consumer. Starts at rest."""

    def __init__(self, clock: Clock) -> None:
        """Looks at `clock` whenever it is asked or told."""
        self._clock = clock
        self._per_second = 0.0
        self._at_s = clock.monotonic_s()

    def came(self, events: int) -> None:
        """So many came just now."""
        self._per_second = self.per_second() + events / MEMORY_S
        self._at_s = self._clock.monotonic_s()

    def per_second(self) -> float:
        """Events per second; falls towards 0 while nothing comes."""
        return self._per_second * exp((self._at_s - self._clock.monotonic_s()) / MEMORY_S)
