"""What a decision left of a receipt's points by benefit share, told from what it left to each payer.

A decision keeps points by payer, not by benefit share. Where nothing was cut the lines say it; where something was cut,
it is told only if the payers' points allow one answer. Nothing is guessed.
"""

from collections.abc import Mapping
from typing import NamedTuple

from services.claims.domain.adjudication import AdjudicationFacts
from services.claims.domain.uke.codes import BENEFIT_SHARES


class _Sum(NamedTuple):
    """The cuts of these shares come to so many points."""

    shares: frozenset[str]
    points: int


def points_left(
    facts: AdjudicationFacts, part_points: Mapping[str, int], reduced_points: int
) -> Mapping[str, int] | None:
    """Points by benefit share after a decision; None where they cannot be told.

    `part_points` are by payer number, for every payer of the receipt; `reduced_points` are the decision's cuts, among
    them what the first payer declares above its lines.
    """
    lines: dict[str, int] = {}
    for share, points in facts.shares:
        lines[share] = lines.get(share, 0) + points
    lead = facts.payers[0]
    cut = reduced_points - (lead.declared_points - lead.line_points)
    if not cut:
        return lines
    cuts = _only_answer(lines, [_Sum(frozenset(lines), cut), *_payers_sums(facts, part_points, lines)])
    return None if cuts is None else {share: points - cuts[share] for share, points in lines.items()}


def _payers_sums(facts: AdjudicationFacts, part_points: Mapping[str, int], lines: Mapping[str, int]) -> list[_Sum]:
    return [
        _Sum(
            frozenset(share for share in lines if each.position in BENEFIT_SHARES[share]),
            each.line_points - part_points.get(each.number, 0),
        )
        for each in facts.payers
    ]


def _only_answer(lines: Mapping[str, int], sums: list[_Sum]) -> Mapping[str, int] | None:
    """The cuts, 0 or more each, that all the sums leave room for; None where there is none or more than one is left."""
    known: dict[str, int] = {}
    told = -1
    while len(known) > told:
        told = len(known)
        for each in sums:
            known.update(_told_by(each, known))
    fits = known.keys() == lines.keys() and all(0 <= cut <= lines[share] for share, cut in known.items())
    return known if fits and all(sum(known[share] for share in each.shares) == each.points for each in sums) else None


def _told_by(whole: _Sum, known: Mapping[str, int]) -> Mapping[str, int]:
    """What one sum tells beside what is known: its last unknown cut, or that all of them are nothing."""
    unknown = sorted(whole.shares - known.keys())
    rest = whole.points - sum(known[share] for share in whole.shares & known.keys())
    if not unknown or (len(unknown) > 1 and rest):
        return {}
    return dict.fromkeys(unknown, rest)
