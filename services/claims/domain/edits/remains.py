"""What is left of a receipt once edits have refused lines and days: what the edits that count look at.

It keeps the refused times of each line as a set, so that two edits that refuse different days refuse both. A line falls
when all its unit's times are refused.
"""

from collections.abc import Iterable
from dataclasses import replace

from services.claims.domain.edits.case import EditCase
from services.claims.domain.edits.cutting import without_times
from services.claims.domain.edits.hits import Cut, Time
from services.claims.domain.edits.places import PlacedAct, Places
from services.claims.domain.treatment import Unit


class Remains:
    """A receipt without what was refused of it so far."""

    __slots__ = ("_places", "_refused", "declared")

    def __init__(self, places: Places) -> None:
        """A receipt of which nothing is refused; `declared` is how it came."""
        self.declared = places
        self._places: Places | None = places
        self._refused: dict[tuple[int, int], frozenset[Time]] = {}

    @property
    def places(self) -> Places:
        """What is left, beside its rows. Units keep their places, be it without lines."""
        if self._places is None:
            self._places = Places(self._case())
            self._places.acts = [self._left_of(placed) for placed in self._places.acts]
        return self._places

    def refuse(self, cuts: Iterable[Cut]) -> bool:
        """Take away what the cuts refuse; whether that is anything."""
        refused = False
        for cut in cuts:
            if cut.line is not None:
                key = cut.unit, cut.line
                self._refused[key] = self._refused.get(key, frozenset()) | cut.refused
                self._places, refused = None, True
        return refused

    def fallen(self, at: int) -> frozenset[int]:
        """Numbers of the lines of a unit that are not paid at all."""
        unit = self.declared.case.treatment.units[at]
        return frozenset(number for of, number in self._refused if of == at and self._is_fallen(at, unit, number))

    def _is_fallen(self, at: int, unit: Unit, number: int) -> bool:
        refused = self._refused.get((at, number))
        return refused is not None and len(refused) >= unit.times

    def _case(self) -> EditCase:
        case = self.declared.case
        units = tuple(
            unit._replace(lines=tuple(line for line in unit.lines if not self._is_fallen(at, unit, line.number)))
            for at, unit in enumerate(case.treatment.units)
        )
        return replace(case, treatment=replace(case.treatment, units=units))

    def _left_of(self, placed: PlacedAct) -> PlacedAct:
        """The act with the times of its unit on which it is not refused."""
        refused = self._refused.get((placed.at, placed.line.number))
        return placed._replace(unit=without_times(placed.unit, refused)) if refused else placed
