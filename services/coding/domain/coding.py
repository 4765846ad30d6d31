"""The decision on one text: the code, when the master knows exactly one; otherwise none."""

from dataclasses import dataclass
from enum import Enum

from services.coding.domain.master import Disease, DiseaseMaster
from services.coding.domain.normalise import normalised
from services.shared.kernel.months import Month

CODER_VERSION = "exact-1"
"""Raised whenever the same text and master may give another answer."""


class Route(Enum):
    """How an answer was found."""

    EXACT = "exact"
    """The normalised text is a name, an abbreviation or the kana of exactly one code live in the treatment month."""
    UNRESOLVED = "unresolved"
    """No code, or more than one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """What one text was coded to; `disease` is there exactly when the route found one."""

    route: Route
    normalised_text: str
    disease: Disease | None

    def __post_init__(self) -> None:
        if (self.route is Route.EXACT) != (self.disease is not None):
            raise ValueError("exactly an exact coding names a disease")


def code_of(text: str, month: Month, master: DiseaseMaster) -> Coding:
    """Code one text for a treatment month. Several rows of one code count as one; two codes are none."""
    spelling = normalised(text)
    candidates = master.live(spelling, month)
    if len({disease.code for disease in candidates}) != 1:
        return Coding(route=Route.UNRESOLVED, normalised_text=spelling, disease=None)
    return Coding(route=Route.EXACT, normalised_text=spelling, disease=candidates[-1])


def coder_version(master: DiseaseMaster) -> str:
    """The version of coder and master that stands on each answer."""
    return f"{CODER_VERSION}/{master.version}"
