"""Whether a payer covers a member in a month or on a day, and at which ratio. One function per rule.

The rules apply in the order of CoverReason; the first that refuses is the answer. A claim's month counts as covered
when any day of it is, for the receipt is made out per month and insurer (記載要領).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.eligibility.domain.copay import PROGRAMME_TENTHS, copay_tenths
from services.eligibility.domain.coverage import CoveragePeriod, CoverReason, LimitCategory, Sex, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One payer and the person it is asked to cover. Empty branch: not told. Empty digest: not compared."""

    payer_number: str
    is_programme: bool
    branch: str
    birth_digest: str
    sex: Sex


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """The answer for one payer. Ratio, category and branch are those of the period in force; 0 and none without one."""

    payer_number: str
    reason: CoverReason
    copay_tenths: int
    limit_category: LimitCategory
    branch: str
    is_programme: bool


Periods = Sequence[CoveragePeriod]


def determine_cover(question: Question, periods: Periods, span: Span) -> Cover:
    """The answer from what is known of the member under that payer: periods of all its branches, in any order."""
    if not periods:
        return not_covered(question, CoverReason.UNKNOWN_MEMBER)
    person = persons_of(question, periods)
    if isinstance(person, CoverReason):
        return not_covered(question, person)
    in_force = period_in_force(person, span)
    if in_force is None:
        return not_covered(question, why_not_in_force(person, span))
    return covered(question, in_force, span)


def persons_of(question: Question, periods: Periods) -> Periods | CoverReason:
    """The periods of the one person meant, or the reason why there is none."""
    among = of_branch(question.branch, periods) if question.branch else periods
    if not among:
        return CoverReason.BRANCH_WRONG
    born = [period for period in among if is_born_then(question, period)]
    if not born:
        return CoverReason.BIRTH_DATE_DIFFERS
    person = [period for period in born if period.sex is question.sex]
    if not person:
        return CoverReason.SEX_DIFFERS
    return person if is_one_person(person) else CoverReason.BRANCH_WRONG


def of_branch(branch: str, periods: Periods) -> Periods:
    """Periods under the branch, and those that the payer records without one."""
    return [period for period in periods if period.branch in {branch, ""}]


def is_born_then(question: Question, period: CoveragePeriod) -> bool:
    """Whether the birth date is the person's, as far as it was told."""
    return not question.birth_digest or period.birth_digest == question.birth_digest


def is_one_person(periods: Periods) -> bool:
    """Whether all are of one branch. Two of the same birth date and sex are twins: only the 枝番 tells them apart."""
    return len({period.branch for period in periods if period.branch}) <= 1


def period_in_force(periods: Periods, span: Span) -> CoveragePeriod | None:
    """The latest period with a day in the span."""
    found: CoveragePeriod | None = None
    for period in periods:
        begins_in_time = period.valid_from <= span.last
        lasts = period.valid_to is None or period.valid_to >= span.first
        if begins_in_time and lasts and (found is None or period.valid_from > found.valid_from):
            found = period
    return found


def why_not_in_force(periods: Periods, span: Span) -> CoverReason:
    """Why none of a person's periods has a day in the span."""
    ended = [period for period in periods if period.valid_to is not None and period.valid_to < span.first]
    if ended and max(ended, key=lambda period: period.valid_from).next_payer:
        return CoverReason.ANOTHER_PAYER_SINCE
    if any(period.valid_from > span.last for period in periods):
        return CoverReason.NOT_YET
    return CoverReason.ENDED


def covered(question: Question, period: CoveragePeriod, span: Span) -> Cover:
    """The ratio of a programme is 0: what it leaves to the patient stands on the receipt."""
    tenths = (
        PROGRAMME_TENTHS
        if question.is_programme
        else copay_tenths(question.payer_number, period.copay_class, period.ages, span.month)
    )
    return Cover(
        payer_number=question.payer_number,
        reason=CoverReason.COVERED,
        copay_tenths=tenths,
        limit_category=period.limit_category,
        branch=period.branch or question.branch,
        is_programme=question.is_programme,
    )


def not_covered(question: Question, reason: CoverReason) -> Cover:
    """No ratio and no category: nothing may be computed from them."""
    return Cover(
        payer_number=question.payer_number,
        reason=reason,
        copay_tenths=0,
        limit_category=LimitCategory.NONE,
        branch="",
        is_programme=question.is_programme,
    )
