"""Mentions made ready to be learned from: their candidates, what grade each deserves, and what must not be seen.

No mention is learned from with its own spelling in the search. Those of a share of the diseases are searched for where
no learned spelling of a part of the diseases is known, theirs among them, as if nobody had written about it. Parts that
see other parts' answers get those of mentions that the other part had not seen: `part_of` says which are kept together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.coding.domain.master import Disease
from services.coding.domain.ranking_features import Pairs, pairs_of, together
from services.coding.domain.ranking_judging import firsts
from services.coding.domain.retrieval import CATEGORY, Hidden, SpellingIndex
from services.coding.training.labelled import Labelled
from services.coding.training.splits import share_of
from services.shared.kernel.months import Month

GOLD: Final = 3
"""The grade of the gold code."""
SAME_ICD10: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Teaching:
    """How mentions are learned from."""

    seed: int
    hidden_share: float
    """Of the diseases, those whose learned spellings are all hidden while their mentions are learned from."""
    parts: int
    """In how many parts the mentions fall, of which each is judged by what the others taught."""

    def is_hidden(self, mention: Labelled) -> bool:
        """Whether nothing that its disease learned is seen; of mentions of none as large a share, lest it tell them."""
        kept = mention.gold.code if mention.gold is not None else mention.text
        return share_of(f"hide:{kept}", self.seed) < self.hidden_share

    def part_of(self, mention: Labelled) -> int:
        """The mention's part. Where its disease is hidden, all mentions of the disease are in one."""
        kept = f"code:{mention.gold.code}" if mention.gold and self.is_hidden(mention) else f"text:{mention.text}"
        return int(share_of(f"part:{kept}", self.seed) * self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Mentions with the pairs that they are learned from."""

    mentions: tuple[Labelled, ...]
    pairs: Pairs
    parts: NDArray[np.int32]
    """The part of each mention."""
    hidden: NDArray[np.bool_]
    """Whether each mention was searched for as if nobody had written about its disease."""
    grades: NDArray[np.int32]
    """For each row 3 for the gold code, 2 for its ICD-10, 1 for its category, 0 for all else."""

    @property
    def lists(self) -> NDArray[np.intp]:
        """For each row, the place of its mention."""
        return np.repeat(np.arange(len(self.mentions)), self.pairs.sizes)

    @property
    def listed(self) -> list[Labelled]:
        """The mentions that have candidates."""
        return [mention for mention, size in zip(self.mentions, self.pairs.sizes.tolist(), strict=True) if size]

    def are_right(self, scores: NDArray[np.float64]) -> NDArray[np.bool_]:
        """For each mention with candidates, whether the ICD-10 of the first by these scores is the gold's."""
        return self.grades[firsts(scores, self.pairs)] >= SAME_ICD10


def blinded(mentions: Sequence[Labelled], index: SpellingIndex, teaching: Teaching) -> dict[int, SpellingIndex]:
    """For each part with hidden diseases, the index without what any of them learned."""
    codes: dict[int, set[str]] = {}
    for mention in mentions:
        if mention.gold is not None and teaching.is_hidden(mention):
            codes.setdefault(teaching.part_of(mention), set()).add(mention.gold.code)
    return {part: _without(index, theirs) for part, theirs in sorted(codes.items())}


def lesson_of(
    mentions: Sequence[Labelled], index: SpellingIndex, teaching: Teaching, blind: Mapping[int, SpellingIndex]
) -> Lesson:
    """The lesson of the mentions: first those that see their disease's spellings, then the others part by part."""
    hidden = {part: [m for m in mentions if teaching.is_hidden(m) and teaching.part_of(m) == part] for part in blind}
    unseeing = {mention.text for theirs in hidden.values() for mention in theirs}
    seeing = [mention for mention in mentions if mention.text not in unseeing]
    month = newest_month(index)
    held = [(seeing, index, [Hidden(text=mention.text) for mention in seeing])]
    held += [(theirs, blind[part], []) for part, theirs in hidden.items()]
    groups = [(group, pairs_of([m.text for m in group], month, seen, own)) for group, seen, own in held if group]
    taught = tuple(mention for group, _ in groups for mention in group)
    pairs = together([each for _, each in groups])
    return Lesson(
        mentions=taught,
        pairs=pairs,
        parts=np.array([teaching.part_of(mention) for mention in taught], dtype=np.int32),
        hidden=np.array([teaching.is_hidden(mention) for mention in taught], dtype=bool),
        grades=_grades(taught, pairs, index),
    )


def _without(index: SpellingIndex, codes: set[str]) -> SpellingIndex:
    owners = {index.owner_of[code] for code in codes if code in index.owner_of}
    known = zip(index.texts, index.owners.tolist(), index.learned.tolist(), strict=True)
    kept = {text: index.diseases[owner].code for text, owner, learned in known if learned and owner not in owners}
    return SpellingIndex(index.master, kept)


def newest_month(index: SpellingIndex) -> Month:
    """The month in which the youngest disease of the master began."""
    return Month.of(max(disease.valid_from for disease in index.diseases))


def _grades(mentions: Sequence[Labelled], pairs: Pairs, index: SpellingIndex) -> NDArray[np.int32]:
    lists = np.repeat(np.arange(len(mentions)), pairs.sizes).tolist()
    return np.array(
        [
            _grade(index.diseases[owner], mentions[place].gold)
            for place, owner in zip(lists, pairs.owners.tolist(), strict=True)
        ],
        dtype=np.int32,
    )


def _grade(disease: Disease, gold: Disease | None) -> int:
    if gold is None or disease.icd10[:CATEGORY] != gold.icd10[:CATEGORY]:
        return 0
    if disease.code == gold.code:
        return GOLD
    return SAME_ICD10 if disease.icd10 == gold.icd10 else 1
