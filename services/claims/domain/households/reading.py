"""A settled claim as a household's month sees it, computed anew from its receipt, its latest decision and its covers.

The decision is the word: where the split of today does not give its yen, the claim is left out and that is said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from services.claims.domain.adjudication import AdjudicationFacts, Cover, adjudication_facts, case_of_points
from services.claims.domain.households.doubts import Doubt
from services.claims.domain.households.left_points import points_left
from services.claims.domain.outcome import Outcome
from services.claims.domain.readjudication import Terms
from services.claims.domain.share.case import INSURER, LongTerm, Setting, ShareCase
from services.claims.domain.share.household import Portion, portions_of
from services.claims.domain.share.limits import category_in_force, class_limits
from services.claims.domain.share.national import NATIONAL
from services.claims.domain.share.programmes import ProgrammeTable
from services.claims.domain.share.split import Workings, workings
from services.claims.domain.share.tables import table_for
from services.claims.domain.uke.facts import ReceiptFacts

SETTLED: Final = frozenset({Outcome.APPROVED, Outcome.REDUCED})
RATIOS: Final = (1, 2, 3)
"""自己負担割合 of the law, in tenths (健康保険法 第74条)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptClaim:
    """A claim as it is kept. `number` is its latest decision's, 0 and no `terms` before the first.

    `facts` are None where its receipt is read no longer; they are personal data. `covers` are None where none are kept.
    `known_at` is the instant whose knowledge the latest decision rests on, None before the first.
    """

    claim_id: str
    hospital_code: str
    decision_id: str
    number: int
    terms: Terms | None
    facts: ReceiptFacts | None
    covers: tuple[Cover, ...] | None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonMarks:
    """What tells members of one household apart: birth date, 男女区分, and 枝番 or nothing. Personal data."""

    birth_date: date
    sex: str
    branch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A claim read for its household's month. `case` is None, and there are no portions, where it does not enter.

    `high_cost`: what the hospital took was cut by a limit that counts for 多数回該当.
    """

    claim_id: str
    hospital_code: str
    decision_id: str
    number: int
    marks: PersonMarks | None
    case: ShareCase | None
    turns_75: bool = False
    portions: tuple[Portion, ...] = ()
    high_cost: bool = False
    doubt: Doubt | None = None


def read_claim(kept: KeptClaim, programmes: ProgrammeTable = NATIONAL) -> Reading:
    """The claim as its latest decision left it; what is not settled (any more) brings nothing.

    `programmes` are those that were known when it was decided.
    """
    settled = kept.terms is not None and kept.terms.outcome in SETTLED
    if kept.facts is None or kept.terms is None or not settled:
        return _without(kept, Doubt.UNREADABLE if settled else None)
    facts = adjudication_facts(kept.facts)
    parts = {each.payer_number: each.points for each in kept.terms.shares}
    points = points_left(facts, parts, kept.terms.reduced_points)
    if points is None:
        return _without(kept, Doubt.CUTS_UNPLACED)
    if kept.covers is None or facts.payers[0].number not in {each.payer_number for each in kept.covers}:
        return _inferred(kept, facts, points, programmes)
    done = workings(case_of_points(facts, kept.covers, points, programmes), programmes)
    return _read(kept, done, None) if _explains(done, kept.terms) else _without(kept, Doubt.SPLIT_DIFFERS)


def _inferred(
    kept: KeptClaim, facts: AdjudicationFacts, points: Mapping[str, int], programmes: ProgrammeTable
) -> Reading:
    """The claim with the one ratio that explains what was settled."""
    found = [
        done
        for ratio in RATIOS
        for done in [workings(case_of_points(facts, _covers(facts, ratio), points, programmes), programmes)]
        if kept.terms is not None and _explains(done, kept.terms)
    ]
    return _read(kept, found[0], Doubt.COPAY_INFERRED) if len(found) == 1 else _without(kept, Doubt.COPAY_UNKNOWN)


def _covers(facts: AdjudicationFacts, ratio: int) -> Sequence[Cover]:
    lead = facts.payers[0].number
    return [Cover(payer_number=lead, covered=True, reason="", copay_tenths=ratio, public_programme=False)]


def _explains(done: Workings, terms: Terms) -> bool:
    """Whether a split gives, payer by payer and for the patient, the yen that were settled."""
    payers = {each.number: done.split.payer_yen[each.position] for each in done.given.case.payers}
    return done.split.patient_yen == terms.patient_yen and payers == {
        each.payer_number: each.yen for each in terms.shares
    }


def _read(kept: KeptClaim, done: Workings, doubt: Doubt | None) -> Reading:
    case = done.given.case
    return Reading(
        claim_id=kept.claim_id,
        hospital_code=kept.hospital_code,
        decision_id=kept.decision_id,
        number=kept.number,
        marks=_marks(kept),
        case=case,
        turns_75=case.turns_75,
        portions=portions_of(done),
        high_cost=is_high_cost(done),
        doubt=doubt,
    )


def _without(kept: KeptClaim, doubt: Doubt | None) -> Reading:
    return Reading(
        claim_id=kept.claim_id,
        hospital_code=kept.hospital_code,
        decision_id=kept.decision_id,
        number=kept.number,
        marks=_marks(kept),
        case=None,
        doubt=doubt,
    )


def _marks(kept: KeptClaim) -> PersonMarks | None:
    if kept.facts is None:
        return None
    facts = kept.facts
    return PersonMarks(birth_date=facts.birth_date, sex=facts.sex.value, branch=facts.payers[0].branch)


def is_high_cost(done: Workings) -> bool:
    """Whether a receipt's own limit cut it in a way that counts for 多数回該当.

    健康保険法施行令 第42条第1項第1号: the benefits of 第41条第1項 to 第4項. [U]
    A person's outpatient limit at 70 and over (第5項), a programme's limit and that of a long-term disease do not.
    """
    case = done.given.case
    if case.long_term is not LongTerm.NONE or _under_outpatient_limit(case):
        return False
    by_class = any(pool.governor == INSURER and pool.due_yen < pool.copay_yen for pool in done.pools)
    return by_class or done.aggregation is not None


def _under_outpatient_limit(case: ShareCase) -> bool:
    category = category_in_force(case)
    if not case.age.is_elderly or case.setting is Setting.INPATIENT or category is None:
        return False
    found = class_limits(table_for(case.month), category, case.band)
    return found is not None and found.outpatient is not None
