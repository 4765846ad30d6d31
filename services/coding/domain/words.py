"""What a coder of medical records has in the head and no master holds: abbreviations, English, lay and former names.

The tables were written for this project from general medical knowledge (services/coding/words). Here is only their form
and what they say of whole diseases; rewriting has the words inside a mention. They give other spellings, never a code.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import Final


class Kind(Enum):
    """How a spelling of a whole disease came to be."""

    ACRONYM = "acronym"
    ENGLISH = "english"
    """English, German or Latin words, or a person's name in Latin letters."""
    EVERYDAY = "everyday"
    """What patients and doctors say, and other usual wordings."""
    FORMER = "former"
    """A name that was given up or replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The names of the diseases that a spelling may stand for, the likelier first."""

    kind: Kind
    diseases: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.diseases:
            raise ValueError("a spelling stands for a disease")

    @property
    def is_ambiguous(self) -> bool:
        """Whether it may be one of several."""
        return len(self.diseases) > 1


@dataclass(frozen=True, kw_only=True)
class Words:
    """The tables, by normalised spelling; what they say is normalised too, but for the diseases' names."""

    diseases: Mapping[str, Meaning] = field(default_factory=lambda: MappingProxyType({}))
    latin: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Words in Latin letters inside a mention."""
    same: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Japanese words for which the master has another."""
    kin: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Words that the master has for some diseases and another for others: tried one at a time."""
    left_out: frozenset[str] = frozenset()
    """Words without which a mention may be a name of the master."""

    @cached_property
    def replaced(self) -> "Lengths":
        """All that a mention is searched for at once."""
        return Lengths((*self.diseases, *self.latin, *self.same))

    @cached_property
    def tried(self) -> "Lengths":
        """All that is tried one at a time."""
        return Lengths((*self.kin, *self.left_out))

    @cached_property
    def english(self) -> "Lengths":
        """Latin words of three letters and more, without acronyms: what a run without spaces may be made of."""
        names = (word for word, meaning in self.diseases.items() if meaning.kind is Kind.ENGLISH)
        return Lengths(word for word in (*names, *self.latin) if word.isascii() and word.isalpha() and len(word) > 1)


NO_WORDS: Final = Words()


class Lengths:
    """A set of spellings, by the lengths of those that begin with a character: the longest first."""

    def __init__(self, spellings: Iterable[str]) -> None:
        """Keeps the spellings."""
        self._spellings = frozenset(spellings)
        lengths: dict[str, set[int]] = defaultdict(set)
        for spelling in self._spellings:
            lengths[spelling[0]].add(len(spelling))
        self._lengths = {first: sorted(each, reverse=True) for first, each in lengths.items()}

    def at(self, text: str, start: int) -> list[str]:
        """The spellings that stand at a place of the text, the longest first."""
        lengths = self._lengths.get(text[start])
        if lengths is None:
            return []
        known, most = self._spellings, len(text) - start
        return [
            spelling for length in lengths if length <= most and (spelling := text[start : start + length]) in known
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """Another spelling of a whole disease, for an index beside the master's own."""

    text: str
    """Normalised."""
    disease: str
    """The master's name."""
    kind: Kind
    rank: int
    """0: the likeliest disease of this spelling."""
    is_ambiguous: bool


def spellings_of(words: Words) -> Iterator[Spelling]:
    """Every spelling with each disease that it may stand for, by spelling and likelihood."""
    for text, meaning in sorted(words.diseases.items()):
        for rank, name in enumerate(meaning.diseases):
            yield Spelling(text=text, disease=name, kind=meaning.kind, rank=rank, is_ambiguous=meaning.is_ambiguous)
