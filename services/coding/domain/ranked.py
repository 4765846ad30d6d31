"""Codes a batch of texts: by the rules where they are sure, by a ranker's order where they are not.

Owns what an order may decide. A ranked code is automatic only above the threshold that was measured for the ranker,
only where verification lets it stand, and only where the code and its modifiers say all that the text does of doubt and
of another time.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from services.coding.domain.candidates import Candidate
from services.coding.domain.coding import (
    CODER_VERSION,
    SURE_SUFFIXES,
    Coding,
    Route,
    code_of,
)
from services.coding.domain.decompose import MOST_MODIFIERS, Decomposed, decompose
from services.coding.domain.master import Disease, DiseaseMaster, Modifier, ModifierClass
from services.coding.domain.verify import NOT_TOLD, Patient, verify
from services.shared.kernel.months import Month


class Ranking(Protocol):
    """Orders what mentions may mean. `version` names what it was learned from, empty where nothing was learned."""

    @property
    def version(self) -> str:
        """Stands on each answer."""
        ...

    @property
    def threshold(self) -> float:
        """The least probability of a first candidate that may be automatic; above 1 where none may."""
        ...

    def rank(self, mentions: Sequence[str], month: Month) -> list[list[Candidate]]:
        """The candidates of each mention that may be used in the month, best first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One text with the month of its treatment and what is told of the patient."""

    text: str
    month: Month
    patient: Patient = NOT_TOLD


LEAST_NAMED: Final = 0.1
"""Of a first candidate's probability: only above it a code is proposed; else the candidates stand for themselves."""
OTHER_TIME_OR_DOUBT: Final = ("疑", "ウタガイ", "術後", "既往", "後遺", "予防", "再発", "増悪")
"""What a code must say too, in its name or by a modifier, where the text says it."""


def code_many(asked: Sequence[Asked], master: DiseaseMaster, ranking: Ranking | None = None) -> list[Coding]:
    """The coding of each text, in order. Whatever is no exact name gets candidates where there is a ranker."""
    codings = [code_of(each.text, each.month, master, each.patient) for each in asked]
    if ranking is None:
        return codings
    for month, places in _open(asked, codings).items():
        listed = ranking.rank([codings[place].normalised_text for place in places], month)
        for place, candidates in zip(places, listed, strict=True):
            codings[place] = with_candidates(
                codings[place], tuple(candidates), asked[place], master, threshold=ranking.threshold
            )
    return codings


def _open(asked: Sequence[Asked], codings: Sequence[Coding]) -> dict[Month, list[int]]:
    """The places of the texts to rank, by month."""
    places: dict[Month, list[int]] = defaultdict(list)
    for place, (each, coding) in enumerate(zip(asked, codings, strict=True)):
        if coding.route is not Route.EXACT and coding.normalised_text:
            places[each.month].append(place)
    return places


def with_candidates(
    coding: Coding, candidates: tuple[Candidate, ...], asked: Asked, master: DiseaseMaster, *, threshold: float
) -> Coding:
    """The rules' coding with the candidates beside it; where the rules found nothing sure, the first of them stands."""
    is_settled = coding.route in (Route.DECOMPOSED, Route.NOT_A_DIAGNOSIS) or coding.refusal is not None
    if is_settled or not candidates or (coding.found is None and candidates[0].p <= LEAST_NAMED):
        return replace(coding, candidates=candidates)
    first = candidates[0]
    found = _as_written(coding.normalised_text, first.disease, asked.month, master)
    refusal = verify(found, asked.month, asked.patient)
    is_sure = first.p >= threshold and refusal is None and says_all(found, coding.normalised_text)
    return Coding(
        route=Route.RANKED if is_sure else Route.REVIEW,
        normalised_text=coding.normalised_text,
        found=found,
        refusal=refusal,
        p=first.p,
        candidates=candidates,
    )


def lacks_probability_alone(coding: Coding) -> bool:
    """Whether nothing but its probability keeps the first candidate's code from being automatic."""
    return (
        coding.route is Route.REVIEW
        and coding.refusal is None
        and coding.found is not None
        and bool(coding.candidates)
        and coding.found.base.code == coding.candidates[0].disease.code
        and says_all(coding.found, coding.normalised_text)
    )


def says_all(found: Decomposed, spelling: str) -> bool:
    """Whether what the text says of doubt, or of another time, is said by the code or its modifiers as well."""
    told = [found.base.name, *(modifier.name for modifier in found.modifiers)]
    return all(any(word in name for name in told) for word in OTHER_TIME_OR_DOUBT if word in spelling)


def _as_written(spelling: str, base: Disease, month: Month, master: DiseaseMaster) -> Decomposed:
    """The disease with the modifiers of the text's own reading, else with those that leave any disease as it is.

    Each once, and as many as the record holds: a doubt that has no place behind them is for a person (`says_all`).
    """
    readings = [reading for reading in decompose(spelling, month, master) if reading.base.code == base.code]
    if len(readings) == 1:
        return readings[0]
    before, behind = _positions(spelling, month, master), _sure_suffixes(spelling, month, master)
    told = dict.fromkeys(each for each in (*before, *behind) if each.name.removeprefix("の") not in base.name)
    return Decomposed(base=base, modifiers=tuple(told)[:MOST_MODIFIERS])


def _positions(spelling: str, month: Month, master: DiseaseMaster) -> Iterator[Modifier]:
    """左, 右, 両側 at the beginning of the text."""
    place = 0
    while place < len(spelling):
        ends = [
            (end, row)
            for end, rows in master.prefixes.at(spelling, place)
            for row in rows
            if row.kind is ModifierClass.POSITION and row.is_live(month)
        ]
        if not ends:
            return
        place, modifier = ends[-1]
        yield modifier


def _sure_suffixes(spelling: str, month: Month, master: DiseaseMaster) -> list[Modifier]:
    """疑い, 再発 and their like at the end of the text, in the order in which they are written."""
    found: list[Modifier] = []
    end = len(spelling)
    while end:
        begun = [
            (start, row)
            for start in range(end)
            for row in master.suffixes.rows.get(spelling[start:end], ())
            if row.code in SURE_SUFFIXES and row.is_live(month)
        ]
        if not begun:
            break
        end, modifier = begun[0]
        found.insert(0, modifier)
    return found


def coder_version(master: DiseaseMaster, ranking: Ranking | None = None) -> str:
    """The version of coder, master and model that stands on each answer."""
    learned = ranking.version if ranking is not None else ""
    return "/".join(part for part in (CODER_VERSION, master.version, learned) if part)
