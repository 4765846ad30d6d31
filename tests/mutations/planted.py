"""What a kind of fault is: a sound receipt, the same with the fault in it, and what must be found of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from tests.mutations.scenes import Scene, Stage
from tests.support.mutator.raw import RawReceipt


class Planted(NamedTuple):
    """The innocent neighbour, the guilty receipt, and the line that is to blame (0 for the receipt as a whole)."""

    innocent: Scene
    guilty: Scene
    line: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault: its name, the edit and the official code (増減点事由, or none) of it, and how it is planted."""

    name: str
    edit: str
    official_code: str
    plant: Callable[[Stage], Planted]


class Catalogue:
    """Faults by name, in the order they are written."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def found_by(
        self, edit: str, official_code: str = ""
    ) -> Callable[[Callable[[Stage], Planted]], Callable[[Stage], Planted]]:
        """Register a function as the fault of its name, found by this edit."""

        def register(plant: Callable[[Stage], Planted]) -> Callable[[Stage], Planted]:
            self.faults.append(Fault(plant.__name__.replace("_", "-"), edit, official_code, plant))
            return plant

        return register


def planted(scene: Scene, receipt: RawReceipt, at: str = "", nth: int = 1) -> Planted:
    """The scene and the same with this receipt in it; the line to blame is that of a code."""
    return Planted(scene, replace(scene, receipt=receipt), receipt.line_of(at, nth) if at else 0)
