"""The sums of a receipt: declared points against the lines, payer by payer.

A difference does not reject a receipt at intake. Adjudication reduces points declared above the lines (縦計誤り) and
returns a receipt that declares less than its lines or whose benefit shares do not match.
"""

from collections.abc import Iterable, Iterator

from services.claims.domain.uke.facts import PayerFacts, PayerKind
from services.claims.domain.uke.findings import Finding, Place, Profile, Rule, finding


def declared_against_lines(payers: Iterable[PayerFacts], profile: Profile) -> Iterator[Finding]:
    """A finding for each payer whose declared points are not the sum of points times count over its lines."""
    for payer in payers:
        rule = difference(payer)
        if rule is not None:
            record = "HO" if payer.kind is PayerKind.INSURER else "KO"
            detail = f"declared {payer.declared_points}, lines {payer.line_points}"
            yield finding(rule, profile, Place(payer.line, record, "points"), detail)


def difference(payer: PayerFacts) -> Rule | None:
    """In which direction a payer's declared points differ from its lines, or None where they agree."""
    if payer.declared_points > payer.line_points:
        return Rule.POINTS_ABOVE_LINES
    if payer.declared_points < payer.line_points:
        return Rule.POINTS_BELOW_LINES
    return None
