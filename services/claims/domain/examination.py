"""The examination (審査) of a receipt: its lines priced, the edits asked, and what they leave of each unit.

It looks at the receipt and the masters alone; whether payers cover the patient, and who bears what, is adjudication's.
Meals (section 97) are yen outside the points and are not settled: an edit that would cut them takes nothing, so it
states no points and is told as a note.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from services.claims.domain.edits.case import EditCase
from services.claims.domain.edits.edit import Severity
from services.claims.domain.edits.find import allowed_points, find
from services.claims.domain.edits.finding import EditFinding
from services.claims.domain.edits.standards import FacilityStandards
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.priced import PricedUnit, Pricing, Unpriced
from services.claims.domain.pricing.prices import price
from services.claims.domain.share.national import NATIONAL
from services.claims.domain.share.programmes import ProgrammeTable
from services.claims.domain.treatment import Treatment, Unit
from services.claims.domain.uke.codes import MEAL_SECTION
from services.shared.kernel.named_tuples import of_fields


class ExaminedUnit(NamedTuple):
    """One unit: what it declares, its price, and what is left of it after reductions, points × times."""

    unit: Unit
    price: PricedUnit
    allowed_points: int

    @property
    def cut_points(self) -> int:
        """Points × times that were cut away."""
        return self.unit.points * self.unit.times - self.allowed_points


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What pricing and the edits came to: `findings` in order of precedence, `units` parallel to the treatment's.

    `loaded` are the kinds of master that were known for the month.
    """

    findings: tuple[EditFinding, ...]
    units: tuple[ExaminedUnit, ...]
    loaded: frozenset[MasterKind]

    def of_severity(self, severity: Severity) -> tuple[EditFinding, ...]:
        """The findings that have the effect of one severity."""
        return tuple([each for each in self.findings if effect_of(each) is severity])

    @property
    def unpriced(self) -> tuple[tuple[Unpriced, str], ...]:
        """Why units have no price, and what is missing for it (a code or a kind of master), each once, in order."""
        prices = [each.price for each in self.units]
        return tuple(dict.fromkeys([(each.why, each.missing) for each in prices if each.why is not None]))

    def cuts(self) -> dict[str, int]:
        """Points × times cut away, by benefit share; meals, which are yen, are left out."""
        cut: dict[str, int] = {}
        if self.findings:
            for each in self.units:
                if each.cut_points and each.unit.section != MEAL_SECTION:
                    cut[each.unit.share] = cut.get(each.unit.share, 0) + each.cut_points
        return cut


def effect_of(finding: EditFinding) -> Severity:
    """What a finding does to the receipt: its edit's severity, where that is not a reduction.

    A reduction that states no points takes nothing: NOTE. One of which no machine can say what is left: REFER.
    """
    severity = finding.edit.severity
    if severity is not Severity.REDUCE:
        return severity
    if finding.points_before is None:
        return Severity.NOTE
    return Severity.REFER if finding.points_after is None else severity


class Surroundings(NamedTuple):
    """What is known around a receipt.

    `standards` are the hospital's registered 施設基準, None where they were never told; `has_twin` whether another live
    claim of the same person, month and kind stands. `programmes`, the public programmes that are known, are nothing to
    the examination: with them its money is split.
    """

    standards: FacilityStandards | None = None
    has_twin: bool = False
    programmes: ProgrammeTable = NATIONAL


ALONE: Final = Surroundings()


def examine(treatment: Treatment, schedule: MonthSchedule, around: Surroundings = ALONE) -> Examination:
    """Price a receipt's lines and ask every edit. The same input gives the same examination."""
    pricing = price(treatment, schedule)
    case = EditCase(
        treatment=treatment,
        pricing=pricing,
        schedule=schedule,
        standards=around.standards,
        twin=around.has_twin,
        municipal=treatment.municipal,
        patient_part_stated=treatment.patient_part_stated,
    )
    findings = find(case)
    if findings:
        findings = tuple([settled(each, treatment) for each in findings])
    return Examination(findings=findings, units=tuple(_examined(treatment, pricing, findings)), loaded=schedule.kinds)


def settled(finding: EditFinding, treatment: Treatment) -> EditFinding:
    """The finding; without points where it would cut meals."""
    if finding.unit is None or treatment.units[finding.unit].section != MEAL_SECTION:
        return finding
    return finding._replace(points_before=None, points_after=None)


def _examined(treatment: Treatment, pricing: Pricing, findings: tuple[EditFinding, ...]) -> Iterable[ExaminedUnit]:
    if not findings:
        return [
            of_fields(ExaminedUnit, (unit, priced, unit.points * unit.times))
            for unit, priced in zip(treatment.units, pricing.units, strict=True)
        ]
    allowed = allowed_points(treatment, findings)
    return [ExaminedUnit(*each) for each in zip(treatment.units, pricing.units, allowed, strict=True)]
