"""The decision of the rules on one text: a code that is sure, one for a person to look at, or none, and why.

What the rules leave open is ranked (ranked.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from services.coding.domain.asides import without_asides
from services.coding.domain.candidates import Candidate
from services.coding.domain.decompose import Decomposed, decompose
from services.coding.domain.gate import Gate, gate_of
from services.coding.domain.master import Disease, DiseaseMaster, ModifierClass
from services.coding.domain.normalise import normalised
from services.coding.domain.verify import NOT_TOLD, Patient, Refusal, verify
from services.shared.kernel.months import Month

CODER_VERSION = "rules-4"
"""Raised whenever the same text and master may give another answer."""


class Route(Enum):
    """How an answer was found."""

    EXACT = "exact"
    """The normalised text is a name, an abbreviation or kana of exactly one code live in the treatment month."""
    DECOMPOSED = "decomposed"
    """The whole text is one disease with modifiers and asides that leave the disease what it is."""
    RANKED = "ranked"
    """The ranker's first candidate, more probable than the threshold that was measured."""
    REVIEW = "review"
    """One code was found, and a person has to look at it."""
    NOT_A_DIAGNOSIS = "not-a-diagnosis"
    """The text denies a disease, or tells of another time or person."""
    UNRESOLVED = "unresolved"
    """No code, or more than one."""
    REVIEWED = "reviewed"
    """A person decided: the code, or that there is none. Never the coder's own."""


AUTOMATIC: Final = frozenset({Route.EXACT, Route.DECOMPOSED, Route.RANKED})
"""Routes of codes that coding is sure of."""
WITH_CODE: Final = AUTOMATIC | {Route.REVIEW}
MEASURED_P: Final[Mapping[Route, float]] = {Route.EXACT: 0.99, Route.DECOMPOSED: 0.97, Route.REVIEW: 0.71}
"""How often the rules' ICD-10 code was right on mentions of real records (`tests.evals.coding_rules`), by route.

Exact: with the mentions that are their standard name, for those are most of what is written.
"""

SURE_SUFFIXES: Final = frozenset({"8002", "8016", "8063", "8065", "8067", "8068", "8140"})
"""疑い, 術後再発, 再燃, 再発, 初発, 遷延, 増悪: suffixes that tell doubt or course, and leave the ICD-10 code as it is.

Left out on purpose: 後遺症 and 急性増悪 (the classification has codes of their own), 既往 (not a disease of now), 症,
病 and 症候群 (they make another name).
"""
SURE_PREFIXES: Final = frozenset({"4024", "7008", "7009", "7011", "7017", "7018", "7385", "7479"})
"""再発 before the disease, and degrees: 軽症, 軽度, 高度, 重症, 重度, 中等度, 中等症. They leave the code as it is too.

Where the classification has a code of its own for a degree, the master has a name for it, which is longer and wins.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """What one text was coded to. `found` is there exactly on routes with a code.

    `p` is the probability that the ICD-10 code of `found` is right, `candidates` are what the text may mean, best
    first: empty where no ranker was asked.
    """

    route: Route
    normalised_text: str
    found: Decomposed | None = None
    gate: Gate = Gate.NONE
    refusal: Refusal | None = None
    p: float | None = None
    candidates: tuple[Candidate, ...] = ()

    def __post_init__(self) -> None:
        if (self.route in WITH_CODE) != (self.found is not None):
            raise ValueError("exactly the routes with a code name a disease")
        if (self.route is Route.NOT_A_DIAGNOSIS) != (self.gate is not Gate.NONE):
            raise ValueError("exactly what is no diagnosis says why")
        if self.refusal is not None and self.route is not Route.REVIEW:
            raise ValueError("a refused code is for a person")

    @property
    def disease(self) -> Disease | None:
        """The disease that was found."""
        return self.found.base if self.found is not None else None

    @property
    def modifier_codes(self) -> tuple[str, ...]:
        """The modifiers of the disease in the order of the record format."""
        return self.found.modifier_codes if self.found is not None else ()

    @property
    def reason(self) -> str:
        """What speaks against an automatic code: the gate or the refusal; empty where neither does."""
        if self.refusal is not None:
            return self.refusal.value
        return self.gate.value if self.gate is not Gate.NONE else ""


def code_of(text: str, month: Month, master: DiseaseMaster, patient: Patient = NOT_TOLD) -> Coding:
    """Code one text for a treatment month: exact name, else no diagnosis, else a disease with modifiers.

    Several rows of one code count as one; two codes are none.
    """
    spelling = normalised(text)
    exact = master.live(spelling, month)
    if exact:
        only = Decomposed(base=exact[-1], modifiers=()) if len({row.code for row in exact}) == 1 else None
        return _told(spelling, only, Route.EXACT, verify(only, month, patient) if only else None)
    gate = gate_of(spelling)
    if gate is not Gate.NONE:
        return Coding(route=Route.NOT_A_DIAGNOSIS, normalised_text=spelling, gate=gate)
    readings = decompose(spelling, month, master) or decompose(without_asides(spelling), month, master)
    only = readings[0] if len(readings) == 1 else None
    return _told(spelling, only, Route.DECOMPOSED, verify(only, month, patient) if only else None)


def _told(spelling: str, found: Decomposed | None, route: Route, refusal: Refusal | None) -> Coding:
    if found is None:
        return Coding(route=Route.UNRESOLVED, normalised_text=spelling)
    is_sure = refusal is None and leaves_disease_as_it_is(found)
    told = route if is_sure else Route.REVIEW
    return Coding(route=told, normalised_text=spelling, found=found, refusal=refusal, p=MEASURED_P[told])


def leaves_disease_as_it_is(found: Decomposed) -> bool:
    """Whether the modifiers only tell side, degree, doubt or course, so that the disease's own code cannot be another.

    Sites, causes and states often have codes of their own (疼痛 of the foot), so a person looks at them.
    """
    return all(
        modifier.kind is ModifierClass.POSITION or modifier.code in SURE_SUFFIXES | SURE_PREFIXES
        for modifier in found.modifiers
    )
