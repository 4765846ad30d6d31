"""Why a claim was decided as it was: its receipt examined again by the masters of the decision's day.

An examination depends on nothing but the receipt and the masters, so it is worked out when somebody asks and stored
nowhere. Where the answer does not come to the decision's points (a master was loaded later than it was published), that
is told; so is a receipt that today's rules of form read no longer, of which nothing more can be told.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final, NamedTuple

from services.claims.application.ports import KnownSchedules, Registrations
from services.claims.application.recent import UnreadableReceipt, reread
from services.claims.domain.adjudication import Cover, adjudication_facts, share_case
from services.claims.domain.edits.edit import Edit
from services.claims.domain.examination import Examination, Surroundings, examine
from services.claims.domain.found_codes import FoundCode, with_found_codes
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.readjudication import rests_on
from services.claims.domain.share.programmes import ProgrammeTable
from services.claims.domain.share.split import Workings, workings
from services.claims.domain.treatment import Treatment
from services.claims.domain.uke.codes import MEAL_SECTION
from services.claims.domain.uke.facts import Diagnosis
from services.claims.domain.uke.treatment_of import treatment_of
from services.shared.kernel.money import YEN_PER_POINT
from services.shared.kernel.months import BUSINESS_ZONE, Month, business_day

DIFFERS: Final = "explanation_differs"
"""A note: by the masters and programmes as they are told now, the receipt comes to other points or yen than decided."""
UNREADABLE: Final = "receipt_unreadable"
"""A note: the receipt was accepted, but does not pass today's rules of form; its lines cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDecision:
    """A claim's receipt and a decision on it as they are kept. `reasons` are the names of its reasons' codes.

    `codes` are what coding had found when the decision was made, and was sure of.
    """

    receipt: bytes
    hospital_code: str
    claim_month: str
    decided_at: datetime
    notes: Sequence[str]
    reasons: Collection[str]
    billed_points: int
    reduced_yen: int
    codes: tuple[FoundCode, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminedAgain:
    """A decision's receipt examined by `schedule`, as known on a day; `agrees`: it comes to what was decided.

    `found` are the diagnoses that the decision saw beside free text, on its lines.
    """

    examination: Examination
    found: tuple[Diagnosis, ...]
    schedule: MonthSchedule
    as_of: date
    agrees: bool


class Grounds(NamedTuple):
    """What a decision's examination rests on: the receipt without found codes, masters as of a day, what was known."""

    treatment: Treatment
    schedule: MonthSchedule
    around: Surroundings
    as_of: date


async def grounds_of(kept: KeptDecision, schedules: KnownSchedules, registrations: Registrations) -> Grounds | None:
    """Masters and registrations then known, and the twin that the decision tells of.

    Whether another live claim stood beside it is not kept: a decision with the reason DUPLICATE had a twin, any other
    none. None where the receipt is read no longer.
    """
    try:
        treatment = treatment_again(kept.receipt, kept.hospital_code, kept.claim_month)
    except UnreadableReceipt:
        return None
    as_of = known_by(kept.decided_at, kept.notes)
    schedule = await schedules.schedule(treatment.month, as_of)
    standards = await registrations.standards([kept.hospital_code], told_by(kept.decided_at, kept.notes))
    around = Surroundings(standards=standards.get(kept.hospital_code), has_twin=Edit.DUPLICATE.name in kept.reasons)
    return Grounds(treatment, schedule, around, as_of)


async def examined_again(
    kept: KeptDecision, schedules: KnownSchedules, registrations: Registrations
) -> ExaminedAgain | None:
    """Examine by what the decision rests on, with the codes that it saw; None where the receipt is read no longer."""
    grounds = await grounds_of(kept, schedules, registrations)
    if grounds is None:
        return None
    treatment = with_found_codes(grounds.treatment, kept.codes)
    examination = examine(treatment, grounds.schedule, grounds.around)
    return ExaminedAgain(
        examination=examination,
        found=treatment.found,
        schedule=grounds.schedule,
        as_of=grounds.as_of,
        agrees=comes_to(examination, billed_points=kept.billed_points, reduced_yen=kept.reduced_yen),
    )


def treatment_again(receipt: bytes, hospital_code: str, claim_month: str) -> Treatment:
    """The treatment of an accepted receipt, its lines counted from 1 at RE. Raises UnreadableReceipt."""
    return treatment_of(reread(receipt), hospital_code=hospital_code, claim_month=Month.parse(claim_month))


def share_again(
    receipt: bytes, covers: Sequence[Cover], examination: Examination, programmes: ProgrammeTable
) -> Workings:
    """How an accepted receipt's yen were split, step by step, on what eligibility had answered.

    `programmes` are those that were known when it was decided.
    """
    return workings(share_case(adjudication_facts(reread(receipt)), covers, examination, programmes), programmes)


def known_by(decided_at: datetime, notes: Iterable[str] = ()) -> date:
    """The day whose publications a decision rests on: that of its notes, else the day on which it was made."""
    return rests_on(notes) or business_day(decided_at)


def told_by(decided_at: datetime, notes: Iterable[str] = ()) -> datetime:
    """The instant whose registrations a decision rests on: the end of the day of its notes, else when it was made."""
    day = rests_on(notes)
    return decided_at if day is None else datetime.combine(day, time.max, BUSINESS_ZONE)


def comes_to(examination: Examination, *, billed_points: int, reduced_yen: int) -> bool:
    """Whether the units come to what was decided. Nothing billed (returned, pended, withdrawn) cannot disagree."""
    allowed = sum(each.allowed_points for each in examination.units if each.unit.section != MEAL_SECTION)
    return billed_points == 0 or allowed == billed_points - reduced_yen // YEN_PER_POINT
