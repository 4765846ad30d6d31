"""Adjudicating a past month again (再審査 by machine): what is compared, what is left alone, and what differs in sum.

Pure. The same receipts, covers, schedule and standing decisions give the same differences in the same order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from typing import Final, NamedTuple, TypeVar

from services.claims.domain.correction import Cause
from services.claims.domain.outcome import Decision, Outcome
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.money import YEN_PER_POINT

Key = TypeVar("Key")


class Skip(Enum):
    """Why a claim of the month is left as it stands, in order of precedence; the numbers of the contract."""

    ON_ITS_WAY = 1
    """Not decided yet: its first decision will be by what is known then."""
    WITHDRAWN = 2
    """取下げ is final."""
    UNDER_REVIEW = 3
    """再審査 was asked for: a person decides."""
    RESUBMITTED = 4
    """Another receipt took its place (再請求)."""
    DECIDED_BY_PEOPLE = 5
    """Another review, an agreed error (再審査, 過誤) or a person's look decided it: no machine overturns that."""
    NO_COVERS = 6
    """It cannot be readjudicated: no covers were kept with its decisions."""
    UNREADABLE = 7
    """Its receipt was accepted under rules of form that read it no longer."""


AS_KNOWN_ON: Final = "as_known_on:"
"""Begins a decision's note of the day whose knowledge it rests on, where that is not the day on which it was made."""
_BY_PEOPLE: Final = frozenset({Cause.HOSPITAL_REVIEW, Cause.PAYER_REVIEW, Cause.ERROR_REPORTED, Cause.PERSON_DECIDED})


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason of a decision. Its message is told but not compared: wording is no difference."""

    code: str
    official_code: str
    payer_number: str
    message: str = field(default="", compare=False)


class Share(NamedTuple):
    """What one payer bears: points of its lines, and yen."""

    payer_number: str
    points: int
    yen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A decision as far as it is compared. Equal terms: nothing changed. `shares` stand in order of payer numbers."""

    outcome: Outcome
    billed_points: int
    reduced_points: int
    patient_yen: int
    shares: tuple[Share, ...]
    grounds: tuple[Ground, ...]

    def yen_of(self, payer_number: str) -> int:
        """What the payer bears, 0 where it bears nothing."""
        return sum(each.yen for each in self.shares if each.payer_number == payer_number)


def terms_of(decision: Decision) -> Terms:
    """A decision's terms."""
    return Terms(
        outcome=decision.outcome,
        billed_points=decision.billed_points,
        reduced_points=decision.reduced_yen // YEN_PER_POINT,
        patient_yen=decision.patient_yen,
        shares=tuple(sorted(Share(each.payer_number, each.points, each.share_yen) for each in decision.parts)),
        grounds=tuple(
            Ground(each.code.name, each.official_code, each.payer_number, each.message) for each in decision.reasons
        ),
    )


def resting_on(decision: Decision, day: date) -> Decision:
    """The decision with its note of the day whose knowledge it rests on."""
    return replace(decision, notes=(*decision.notes, f"{AS_KNOWN_ON}{day}"))


def rests_on(notes: Iterable[str]) -> date | None:
    """The day that a decision's notes tell, None where they tell none."""
    days = [note.removeprefix(AS_KNOWN_ON) for note in notes if note.startswith(AS_KNOWN_ON)]
    return date.fromisoformat(days[-1]) if days else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a claim stands. `terms` and `cause` are its latest decision's, None while it is on its way."""

    terms: Terms | None
    cause: Cause | None
    has_covers: bool
    under_review: bool = False
    resubmitted: bool = False


def skipped(place: Place) -> Skip | None:
    """Why the claim is not adjudicated again, or None: it is."""
    if place.terms is None:
        return Skip.ON_ITS_WAY
    if place.terms.outcome is Outcome.WITHDRAWN:
        return Skip.WITHDRAWN
    if place.under_review:
        return Skip.UNDER_REVIEW
    if place.resubmitted:
        return Skip.RESUBMITTED
    if place.cause in _BY_PEOPLE:
        return Skip.DECIDED_BY_PEOPLE
    return None if place.has_covers else Skip.NO_COVERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A claim whose decision is another one now."""

    claim_id: ClaimId
    before: Terms
    after: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Claims that were looked at, in the order of their ids. `last` is the last of them, None where there was none.

    claims = unchanged + skipped + differences.
    """

    last: ClaimId | None
    unchanged: int
    skipped: Mapping[Skip, int]
    differences: tuple[Difference, ...]

    @property
    def claims(self) -> int:
        """How many."""
        return self.unchanged + sum(self.skipped.values()) + len(self.differences)


class Change(NamedTuple):
    """An amount before and after."""

    before: int = 0
    after: int = 0

    def plus(self, other: "Change") -> "Change":
        """Both in sum."""
        return Change(self.before + other.before, self.after + other.after)


_NOTHING: Final = Change()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A month in sum. Amounts are those of the claims that changed; `payers` has each payer's yen by its number.

    10 × billed_points = Σ payers + patient_yen + 10 × reduced_points, before and after.
    """

    claims: int = 0
    unchanged: int = 0
    changed: int = 0
    skipped: Mapping[Skip, int] = field(default_factory=dict)
    outcomes: Mapping[tuple[Outcome, Outcome], int] = field(default_factory=dict)
    billed_points: Change = _NOTHING
    reduced_points: Change = _NOTHING
    patient_yen: Change = _NOTHING
    payers: Mapping[str, Change] = field(default_factory=dict)


def with_batch(summary: Summary, batch: Batch) -> Summary:
    """The summary with these claims added."""
    different = batch.differences
    return Summary(
        claims=summary.claims + batch.claims,
        unchanged=summary.unchanged + batch.unchanged,
        changed=summary.changed + len(different),
        skipped=_counted(summary.skipped, batch.skipped.items()),
        outcomes=_counted(summary.outcomes, (((each.before.outcome, each.after.outcome), 1) for each in different)),
        billed_points=_sum(
            summary.billed_points, (Change(each.before.billed_points, each.after.billed_points) for each in different)
        ),
        reduced_points=_sum(
            summary.reduced_points,
            (Change(each.before.reduced_points, each.after.reduced_points) for each in different),
        ),
        patient_yen=_sum(
            summary.patient_yen, (Change(each.before.patient_yen, each.after.patient_yen) for each in different)
        ),
        payers=_with_payers(summary.payers, different),
    )


def payers_of(difference: Difference) -> tuple[str, ...]:
    """Numbers of the payers that bear a part before or after, in order."""
    terms = (difference.before, difference.after)
    return tuple(sorted({share.payer_number for each in terms for share in each.shares}))


def _with_payers(payers: Mapping[str, Change], differences: Iterable[Difference]) -> dict[str, Change]:
    sums = dict(payers)
    for each in differences:
        for number in payers_of(each):
            change = Change(each.before.yen_of(number), each.after.yen_of(number))
            sums[number] = sums.get(number, _NOTHING).plus(change)
    return sums


def _counted(counts: Mapping[Key, int], more: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    sums = dict(counts)
    for key, count in more:
        sums[key] = sums.get(key, 0) + count
    return sums


def _sum(change: Change, more: Iterable[Change]) -> Change:
    for each in more:
        change = change.plus(each)
    return change
