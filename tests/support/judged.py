"""The way under test from a receipt's raw bytes to what the edits find: form, treatment, price, edits."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from services.claims.domain.edits.case import EditCase
from services.claims.domain.edits.find import find
from services.claims.domain.edits.finding import EditFinding
from services.claims.domain.edits.standards import Facility, FacilityStandards, Period, Premises, Registered
from services.claims.domain.examination import settled
from services.claims.domain.found_codes import FoundCode, with_found_codes
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.priced import Pricing
from services.claims.domain.pricing.prices import price
from services.claims.domain.treatment import Treatment
from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.findings import Finding, Profile
from services.claims.domain.uke.treatment_of import treatment_of
from services.shared.kernel.months import Month

ALWAYS: Final = Period(date(2000, 1, 1), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known around a receipt: who claims it and when, what is registered, whether it came before.

    `standards` is None where the hospital's registration was never told; then nothing is known of its beds either.
    """

    claim_month: Month
    hospital_code: str
    hospital: bool
    beds: int
    standards: frozenset[str] | None
    twin: bool = False
    municipal: bool | None = None
    patient_part_stated: bool | None = None
    moved_diseases: Mapping[str, str] = field(default_factory=dict)
    found: tuple[FoundCode, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What came out: the findings of form and sums, the treatment, its price, and the edits' findings."""

    form: tuple[Finding, ...]
    treatment: Treatment
    pricing: Pricing
    findings: tuple[EditFinding, ...]


def judged(receipt: bytes, schedule: MonthSchedule, around: Circumstances, profile: Profile = Profile.STRICT) -> Judged:
    """All of it, for a receipt whose form holds; AssertionError for any other."""
    read = assess(receipt, profile=profile)
    assert read.facts is not None, read.findings
    treatment = treatment_of(read.facts, hospital_code=around.hospital_code, claim_month=around.claim_month)
    treatment = with_found_codes(treatment, around.found)
    if around.moved_diseases:
        schedule = replace(schedule, moved_diseases=around.moved_diseases)
    pricing = price(treatment, schedule)
    case = EditCase(
        treatment=treatment,
        pricing=pricing,
        schedule=schedule,
        standards=registered(around),
        twin=around.twin,
        municipal=around.municipal,
        patient_part_stated=around.patient_part_stated,
    )
    form = (*read.findings, *read.facts.arithmetic)
    findings = tuple(settled(each, treatment) for each in find(case))
    return Judged(form=form, treatment=treatment, pricing=pricing, findings=findings)


def registered(around: Circumstances) -> FacilityStandards | None:
    """The hospital's registration, without an end."""
    if around.standards is None:
        return None
    facility = Facility.HOSPITAL if around.hospital else Facility.CLINIC
    return FacilityStandards(
        registered=tuple(Registered(code, ALWAYS) for code in sorted(around.standards)),
        premises=(Premises(ALWAYS, facility, around.beds, around.beds),),
    )
