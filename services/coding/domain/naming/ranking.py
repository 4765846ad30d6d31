"""Orders the codes whose names are most like a text, and says how probable it is that the first is meant.

Two masters, one way: the names most alike by TF-IDF are weighed by a few figures (likeness), the best name of a code
stands for it, and its share of the exponentials of all scores, "none of these" included, the gap to the next code and
its cosine tell how certain the first is (docs/naming-quality.md). Needs numpy and scipy.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from math import exp, log
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.coding.domain.naming.drug_parts import GENERIC_MARK, DrugParts, maker_in, parts_of
from services.coding.domain.naming.index import Alike, Floats, NameIndex
from services.coding.domain.naming.likeness import Likeness, Weights
from services.coding.domain.naming.listed import Listed, NameKind, NameMaster
from services.coding.domain.naming.spelling import spelled
from services.shared.kernel.months import Month

NAMES_LOOKED_AT: Final = 80
MOST_CANDIDATES: Final = 20
WEIGHTS: Final[Mapping[NameKind, Weights]] = MappingProxyType(
    {
        NameKind.DRUG: Weights(cosine=11.0, number=1.3, missing=22.0, more=6.0, against=2.2, none=2.6),
        NameKind.PROCEDURE: Weights(cosine=10.0, number=2.2, missing=16.0, more=8.0, against=0.0, none=-2.0),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """How probable it is that the first candidate is right: a logistic of three figures of its list."""

    constant: float
    share: float
    """Of the log odds of its share among all candidates and none."""
    gap: float
    """Of how far the next code's score lies below."""
    cosine: float
    """Of how alike the name is as such."""

    def p(self, share: float, gap: float, cosine: float) -> float:
        """`share` between 0 and 1, `gap` at least 0."""
        odds = log(max(share, LEAST_SHARE) / max(1 - share, LEAST_SHARE))
        weighed = self.constant + self.share * odds + self.gap * min(gap, WIDEST_GAP) + self.cosine * cosine
        return min(1 / (1 + exp(-weighed)), MOST_CERTAIN)


LEAST_SHARE: Final = 1e-6
WIDEST_GAP: Final = 15.0
MOST_CERTAIN: Final = 0.997
"""Likeness never tells more: more was not measured."""
CERTAINTY: Final[Mapping[NameKind, Certainty]] = MappingProxyType(
    {
        NameKind.DRUG: Certainty(constant=0.0, share=0.8, gap=0.17, cosine=0.0),
        NameKind.PROCEDURE: Certainty(constant=-4.0, share=0.05, gap=0.37, cosine=5.3),
    }
)
"""Fitted on earlier wordings and damaged names, of which one in seven had no code at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameCandidate:
    """One code that a text may mean, the name it was found by, and how probable it is.

    `p` of the first of a list is calibrated; those after it share what is left by their scores.
    """

    row: Listed
    p: float
    found_by: str

    def __post_init__(self) -> None:
        if not 0.0 <= self.p <= 1.0:
            raise ValueError("a probability lies between 0 and 1")


class NameSource(Enum):
    """What a spelled name is to its code."""

    OFFICIAL = "official"
    """漢字名称 or 基本漢字名称 of the newest publication."""
    FORMER = "former"
    GENERIC = "generic"
    """一般名処方の標準的な記載: of the substance, not of the product."""
    KANA = "kana"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """One spelled name of a code, by its place among the rows. `parts`: of a drug's name but kana."""

    text: str
    owner: int
    source: NameSource
    parts: DrugParts | None = None


class NameRanker:
    """Ranks texts against one master. Never changes after it was built; safe to share between threads."""

    def __init__(self, master: NameMaster) -> None:
        """Indexes every name: about two seconds for the official drug master."""
        self.master: Final = master
        named = list(_named(master))
        is_drug = master.kind is NameKind.DRUG
        self.makers: Final = frozenset(maker_in(text) for text, _, _ in named) - {""} if is_drug else frozenset[str]()
        self.spellings: Final = tuple(
            Spelling(
                text=text,
                owner=owner,
                source=source,
                parts=parts_of(text, self.makers) if is_drug and source is not NameSource.KANA else None,
            )
            for text, owner, source in named
        )
        names = [spelling.text for spelling in self.spellings]
        self._index = NameIndex(names)
        self._likeness = Likeness(names, WEIGHTS[master.kind])
        self._owners = np.array([spelling.owner for spelling in self.spellings], dtype=np.int64)

    def rank(self, spellings: Sequence[str], month: Month) -> list[list[NameCandidate]]:
        """The codes that each spelled text may mean and that live in the month, best first, at most 20."""
        found = self._index.search(spellings, NAMES_LOOKED_AT)
        return [self._ranked(text, alike, month) for text, alike in zip(spellings, found, strict=True)]

    def figures(self, text: str, alike: Alike) -> NDArray[np.float64]:
        """The figures of likeness of one spelled text, one row for each name: what weights are fitted on."""
        return self._likeness.figures(text, alike.places, alike.cosines, self._against(text, alike))

    def _ranked(self, text: str, alike: Alike, month: Month) -> list[NameCandidate]:
        scores = self._likeness.scores(text, alike.places, alike.cosines, self._against(text, alike))
        best: dict[int, int] = {}
        for position in np.argsort(-scores, kind="stable").tolist():
            best.setdefault(int(self._owners[alike.places[position]]), position)
        rows = [(self.master.rows[owner], position) for owner, position in best.items()]
        live = [(row, position) for row, position in rows if row.is_live(month)][:MOST_CANDIDATES]
        kept = [position for _, position in live]
        probabilities = self._probabilities(scores[kept], alike.cosines[kept])
        return [
            NameCandidate(row=row, p=p, found_by=self.spellings[int(alike.places[position])].text)
            for (row, position), p in zip(live, probabilities, strict=True)
        ]

    def _probabilities(self, scores: NDArray[np.float64], cosines: Floats) -> list[float]:
        """Of the first how certain it is; those after it share what is left, none more than the first."""
        if not len(scores):
            return []
        shares = _shares(scores, self._likeness.weights.none)
        gap = float(scores[0] - scores[1]) if len(scores) > 1 else WIDEST_GAP
        first = CERTAINTY[self.master.kind].p(float(shares[0]), gap, float(cosines[0]))
        rest = max(float(shares[1:].sum()), LEAST_SHARE)
        return [first, *(min(first, (1 - first) * float(share) / rest) for share in shares[1:])]

    def _against(self, text: str, alike: Alike) -> list[int]:
        """How many parts of each name speak against the text; 0 for what has no parts."""
        if self.master.kind is not NameKind.DRUG:
            return [0] * len(alike.places)
        told = parts_of(text, self.makers)
        parts = (self.spellings[place].parts for place in alike.places.tolist())
        return [told.against(other) if other is not None else 0 for other in parts]


def _shares(scores: NDArray[np.float64], none: float) -> NDArray[np.float64]:
    """Of the exponentials of all scores and of no name at all."""
    raised = np.exp(np.append(scores, none) - max([none, *scores.tolist()]))
    return np.asarray(raised[:-1] / raised.sum())


def _named(master: NameMaster) -> Iterator[tuple[str, int, NameSource]]:
    """Each different name of each code, spelled; a name that is two things counts as the first."""
    for owner, row in enumerate(master.rows):
        seen: set[str] = set()
        for source, names in (
            (NameSource.OFFICIAL, row.names),
            (NameSource.FORMER, row.former),
            (NameSource.GENERIC, (row.generic_name,)),
            (NameSource.KANA, (row.kana,)),
        ):
            for name in dict.fromkeys(names):
                text = spelled(name).removeprefix(GENERIC_MARK)
                if text and text not in seen:
                    seen.add(text)
                    yield text, owner, source
