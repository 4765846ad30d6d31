"""The decision on one name of a drug or a procedure: a code that is sure, codes for a person to choose from, or none.

Automatic is a name that one code alone has, a text whose parts one product alone agrees with, and a first candidate
that is probable enough. A text that several products answer to is never automatic: which of them was given, and at
which price, no text tells.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from types import MappingProxyType
from typing import Final

from services.coding.domain.naming.drug_parts import GENERIC_MARK, DrugParts, parts_of, without_usage
from services.coding.domain.naming.listed import Listed, NameKind, NameMaster
from services.coding.domain.naming.ranking import MOST_CANDIDATES, NameCandidate, NameRanker, NameSource, Spelling
from services.coding.domain.naming.spelling import spelled
from services.shared.kernel.months import Month

NAMER_VERSION: Final = "names-1"
"""Raised whenever the same text and master may give another answer."""


class NameRoute(Enum):
    """How an answer was found."""

    EXACT = "exact"
    """The text is the name of exactly one code that lives in the treatment month."""
    PARTS = "parts"
    """Stem, form, amounts and maker, as far as the text states them, are those of exactly one living product."""
    RANKED = "ranked"
    """The most alike name, as probable as automatic codes have to be."""
    REVIEW = "review"
    """Codes were found, and a person has to choose."""
    UNRESOLVED = "unresolved"
    """Nothing in the master is like the text."""


AUTOMATIC_NAMES: Final = frozenset({NameRoute.EXACT, NameRoute.PARTS, NameRoute.RANKED})
"""Routes of codes that coding is sure of."""


class NameRefusal(Enum):
    """Why the first code is not automatic, in order of precedence."""

    NOT_LIVE = "not-live"
    """The code with this name may not be used on any day of the treatment month (変更年月日, 廃止年月日, 経過措置)."""
    SEVERAL = "several"
    """Several codes have this name, or several products agree with all that the text says."""
    GENERIC = "generic"
    """The text names a substance (一般名) and no maker; a product, and with it a price, it does not name."""
    FORMER = "former-name"
    """The code had this name in an earlier publication; it may mean another one since."""
    UNSURE = "unsure"
    """The first candidate is not probable enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameCoding:
    """What one text was coded to. Automatic routes have one candidate at least, and no refusal."""

    route: NameRoute
    spelling: str
    candidates: tuple[NameCandidate, ...] = ()
    refusal: NameRefusal | None = None

    def __post_init__(self) -> None:
        if (self.route is NameRoute.UNRESOLVED) == bool(self.candidates):
            raise ValueError("exactly what was found has candidates")
        if (self.route is NameRoute.REVIEW) != (self.refusal is not None):
            raise ValueError("exactly what is for a person says why")

    @property
    def found(self) -> NameCandidate | None:
        """The first candidate."""
        return self.candidates[0] if self.candidates else None


CERTAIN: Final[Mapping[NameRoute, float]] = MappingProxyType({NameRoute.EXACT: 0.99, NameRoute.PARTS: 0.98})
"""How often the route's code was right (docs/naming-quality.md); each rounded down."""
THRESHOLD: Final[Mapping[NameKind, float]] = MappingProxyType({NameKind.DRUG: 0.995, NameKind.PROCEDURE: 0.995})
"""The least p that is automatic: a typing error and the name of another thing look the same."""
AMONG_SEVERAL: Final = 0.9
"""How probable it is that the code is one of several that a name or its parts leave."""


USUAL_UNIT: Final = "MG"
"""What a bare number behind a drug's name is counted in, where no product is called so: ロキソニン60."""
_WITH_PARTS: Final = frozenset({NameSource.OFFICIAL, NameSource.GENERIC})
_BARE_AMOUNT: Final = re.compile(r"(.*[^0-9.(])\(?([0-9]+(?:\.[0-9]+)?)\)?(「[^」]*」)?")


class NameCoder:
    """Codes texts against one master. Never changes after it was built; safe to share between threads."""

    def __init__(self, master: NameMaster) -> None:
        """Indexes every name and, of drugs, every stem."""
        self.kind: Final = master.kind
        self.version: Final = f"{NAMER_VERSION}/{master.version}"
        self._ranker = NameRanker(master)
        self._rows = master.rows
        self._named = self._by_spelling(NameSource.OFFICIAL)
        self._formerly = self._by_spelling(NameSource.FORMER)
        self._stems: dict[str, list[Spelling]] = defaultdict(list)
        for spelling in self._ranker.spellings:
            if spelling.parts is not None and spelling.parts.stem and spelling.source in _WITH_PARTS:
                self._stems[spelling.parts.stem].append(spelling)

    def code(self, texts: Sequence[str], month: Month) -> list[NameCoding]:
        """One answer for each text, in order; behind what is certain stand the codes that are like it."""
        spellings = [self._spelled(text) for text in texts]
        ranked = self._ranker.rank([spelling.removeprefix(GENERIC_MARK) for spelling in spellings], month)
        return [self._decided(spelling, others, month) for spelling, others in zip(spellings, ranked, strict=True)]

    def _spelled(self, text: str) -> str:
        spelling = spelled(text)
        return without_usage(spelling) if self.kind is NameKind.DRUG else spelling

    def _by_spelling(self, source: NameSource) -> Mapping[str, tuple[Listed, ...]]:
        found: dict[str, list[Listed]] = defaultdict(list)
        for spelling in self._ranker.spellings:
            if spelling.source is source:
                found[spelling.text].append(self._rows[spelling.owner])
        return {text: tuple(rows) for text, rows in found.items()}

    def _decided(self, spelling: str, ranked: Sequence[NameCandidate], month: Month) -> NameCoding:
        named = self._named.get(spelling, ())
        living = [row for row in named if row.is_live(month)]
        former = [row for row in self._formerly.get(spelling, ()) if row.is_live(month)]
        if living:
            return _told(NameRoute.EXACT, spelling, [*living, *former], ranked)
        if named:
            return _for_a_person(NameRefusal.NOT_LIVE, spelling, named, ranked)
        if former:
            return _for_a_person(NameRefusal.FORMER, spelling, former, ranked)
        by_parts = self._by_parts(spelling, ranked, month)
        if by_parts is None and (bare := _BARE_AMOUNT.fullmatch(spelling)) is not None:
            by_parts = self._by_parts(f"{bare[1]}{bare[2]}{USUAL_UNIT}{bare[3] or ''}", ranked, month)
        return by_parts or _likely(self.kind, spelling, ranked)

    def _by_parts(self, spelling: str, ranked: Sequence[NameCandidate], month: Month) -> NameCoding | None:
        """By stem, form, amounts and maker, what says no more than the text first; None where no product agrees."""
        told = parts_of(spelling, self._ranker.makers)
        agreeing = [
            each
            for each in self._stems.get(told.stem, ())
            if each.parts is not None and told.agrees_with(each.parts) and self._rows[each.owner].is_live(month)
        ]
        agreeing.sort(key=partial(_said_more, told))
        products = [each for each in agreeing if each.source is NameSource.OFFICIAL]
        if not agreeing:
            return None
        if told.is_generic or not products or _names_substance(told, products):
            return _for_a_person(NameRefusal.GENERIC, spelling, [self._rows[each.owner] for each in agreeing], ranked)
        return _told(NameRoute.PARTS, spelling, [self._rows[each.owner] for each in products], ranked)


def _said_more(told: DrugParts, spelling: Spelling) -> tuple[bool, ...]:
    """Orders what agrees: first what has no other maker, form and amounts than the text."""
    parts = spelling.parts or told
    return parts.maker != told.maker, parts.form != told.form, parts.amounts != told.amounts


def _names_substance(told: DrugParts, products: Sequence[Spelling]) -> bool:
    """Whether the only product is one maker's and the text names no maker: others may sell the same by another name."""
    [first, *others] = products
    return not others and first.parts is not None and first.parts.maker != told.maker


def _likely(kind: NameKind, spelling: str, ranked: Sequence[NameCandidate]) -> NameCoding:
    """By likeness alone. A substance (【般】) is no product, however alike."""
    if not ranked:
        return NameCoding(route=NameRoute.UNRESOLVED, spelling=spelling)
    if ranked[0].p >= THRESHOLD[kind] and not spelling.startswith(GENERIC_MARK):
        return NameCoding(route=NameRoute.RANKED, spelling=spelling, candidates=tuple(ranked))
    return NameCoding(route=NameRoute.REVIEW, spelling=spelling, candidates=tuple(ranked), refusal=NameRefusal.UNSURE)


def _told(route: NameRoute, spelling: str, rows: Sequence[Listed], ranked: Sequence[NameCandidate]) -> NameCoding:
    """One code is an answer; several are for a person."""
    distinct = _one_per_code(rows)
    if len(distinct) > 1:
        return _for_a_person(NameRefusal.SEVERAL, spelling, distinct, ranked)
    return NameCoding(route=route, spelling=spelling, candidates=_before(distinct, CERTAIN[route], ranked))


def _for_a_person(
    refusal: NameRefusal, spelling: str, rows: Sequence[Listed], ranked: Sequence[NameCandidate]
) -> NameCoding:
    distinct = _one_per_code(rows)
    candidates = _before(distinct, AMONG_SEVERAL / len(distinct), ranked)
    return NameCoding(route=NameRoute.REVIEW, spelling=spelling, candidates=candidates, refusal=refusal)


def _before(rows: Sequence[Listed], p: float, ranked: Sequence[NameCandidate]) -> tuple[NameCandidate, ...]:
    """The rows, each with `p`, and behind them what else is like the text, with what is left of 1."""
    first = [NameCandidate(row=row, p=p, found_by=row.name) for row in rows]
    codes = {row.code for row in rows}
    others = [candidate for candidate in ranked if candidate.row.code not in codes]
    left = max(1 - p * len(rows), 0.0) / max(sum(other.p for other in others), 1.0)
    behind = [replace(other, p=min(p, other.p * left)) for other in others]
    return tuple([*first, *behind][:MOST_CANDIDATES])


def _one_per_code(rows: Iterable[Listed]) -> list[Listed]:
    """Each code once, in the order given."""
    return list({row.code: row for row in rows}.values())
