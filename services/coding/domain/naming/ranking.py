"""Orders the codes whose names are most like a text, and says how probable it is that the first is meant.

Two masters, one way: the names most alike by TF-IDF are weighed by a few figures (likeness), the best name of a code
stands for it, and a code's share of the exponentials of all scores, "none of these" included, is made even by steps
that were measured (docs/naming-quality.md). Needs numpy and scipy.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.coding.domain.naming.drug_parts import GENERIC_MARK, DrugParts, maker_in, parts_of
from services.coding.domain.naming.index import Alike, NameIndex
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
EVEN: Final[Mapping[NameKind, tuple[tuple[float, float], ...]]] = MappingProxyType(
    {
        NameKind.DRUG: (
            (0.0, 0.05), (0.1, 0.22), (0.3, 0.36), (0.5, 0.54), (0.65, 0.70), (0.75, 0.86), (0.85, 0.94), (0.93, 0.98),
            (1.0, 0.998),
        ),
        NameKind.PROCEDURE: (
            (0.0, 0.15), (0.2, 0.25), (0.4, 0.42), (0.6, 0.65), (0.8, 0.80), (0.9, 0.87), (0.98, 0.915), (0.995, 0.94),
            (1.0, 0.97),
        ),
    }
)  # fmt: skip
"""How often a first candidate was right, by its share, on earlier wordings of which one in seven had no code at all."""


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
    """漢字名称 or 基本漢字名称 of the newest edition."""
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
        shares = _shares(scores[[position for _, position in live]], self._likeness.weights.none)
        return [
            NameCandidate(row=row, p=p, found_by=self.spellings[int(alike.places[position])].text)
            for (row, position), p in zip(live, _told(shares, self.master.kind), strict=True)
        ]

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


def _told(shares: NDArray[np.float64], kind: NameKind) -> list[float]:
    if not len(shares):
        return []
    first = even(float(shares[0]), kind)
    rest = max(float(shares[1:].sum()), 1e-9)
    return [first, *(min(first, (1 - first) * float(share) / rest) for share in shares[1:])]


def even(share: float, kind: NameKind) -> float:
    """How often a first with this share was right: straight between the measured points."""
    points = EVEN[kind]
    place = min(max(bisect_right(points, (share, 1.0)), 1), len(points) - 1)
    (low, low_p), (high, high_p) = points[place - 1], points[place]
    return low_p + (high_p - low_p) * (min(max(share, low), high) - low) / (high - low)


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
