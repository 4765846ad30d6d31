"""A household's month as a statement to its insurer: what was paid, what comes back and why, and what is not known.

A function of the household's claims as their latest decisions left them, and of its earlier months with such a benefit
(多数回該当): any order gives the same statement. It never changes a claim.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from services.claims.domain.households.doubts import Doubt
from services.claims.domain.households.persons import Person, persons_of
from services.claims.domain.households.reading import PersonMarks, Reading
from services.claims.domain.share.case import AgeClass, LimitCategory, Setting, ShareCase
from services.claims.domain.share.household import (
    HouseholdClasses,
    HouseholdMonth,
    Portion,
    SettledReceipt,
    household_month,
    is_multi,
)
from services.claims.domain.share.limits import category_in_force
from services.shared.kernel.months import Month


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """A household as receipts know it: an insurer, and a digest of its number with 記号 and 番号, without 枝番."""

    key: str
    payer_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedClaim:
    """A settled claim of the month. `person` is a key, empty where unknown; no portions where it does not enter."""

    claim_id: str
    decision_id: str
    hospital_code: str
    person: str
    setting: Setting | None
    age: AgeClass | None
    portions: tuple[Portion, ...]
    doubt: Doubt | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthStatement:
    """The statement of one household and treatment month. Persons and claims stand in the order of their keys.

    `high_cost`: the month counts for 多数回該当 of later ones. `doubts` are those of the household as a whole.
    """

    household: Household
    month: Month
    classes: HouseholdClasses
    persons: tuple[Person, ...]
    claims: tuple[StatedClaim, ...]
    result: HouseholdMonth
    high_cost: bool
    doubts: tuple[Doubt, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is settled in it, nor anything left out."""
        return not self.claims


def month_statement(
    household: Household,
    month: Month,
    readings: Sequence[Reading],
    *,
    earlier: Iterable[Month],
    platform_key: bytes,
) -> MonthStatement:
    """The statement of the one household whose claims these are, at least one.

    `earlier` are the household's months, of those before this one, that count for 多数回該当.
    """
    ordered = sorted(readings, key=lambda each: each.claim_id)
    persons = persons_of([each.marks for each in ordered if each.marks is not None], household.key, platform_key)
    cases = [each.case for each in ordered if each.case is not None]
    young, old = _class_under_70(cases), _class_from_70(cases)
    multi = any(case.multi for case in cases) or is_multi(earlier, month)
    classes = HouseholdClasses(under_70=young.category, elderly=old.category, multi=multi)
    result = household_month([_receipt(each, household, month, persons) for each in ordered], classes)
    claims = tuple(
        _claim(each, _key(each, persons)) for each in ordered if each.case is not None or each.doubt is not None
    )
    there = {each.person for each in claims}
    return MonthStatement(
        household=household,
        month=month,
        classes=classes,
        persons=tuple(sorted({each for each in persons.values() if each.key in there}, key=lambda each: each.key)),
        claims=claims,
        result=result,
        high_cost=any(each.high_cost for each in ordered) or _counts(result),
        doubts=_doubts(
            {young.doubt, old.doubt},
            uncertain=any(each.uncertain for each in persons.values() if each.key in there),
            classes_known=result.classes_known,
            others_unseen=any(case.age is AgeClass.LATE_ELDERLY for case in cases),
        ),
    )


class _Class(NamedTuple):
    """The class of one age, None where it is not known, and the doubt about it."""

    category: LimitCategory | None
    doubt: Doubt | None = None


def _class_under_70(cases: Sequence[ShareCase]) -> _Class:
    """The class that the claims agree on."""
    return _agreed({case.category for case in cases if not case.age.is_elderly} & _UNDER_70)


def _class_from_70(cases: Sequence[ShareCase]) -> _Class:
    """The class that the claims agree on; where none tells one, the card's (see limits.category_in_force)."""
    elderly = [case for case in cases if case.age.is_elderly]
    told = {case.category for case in elderly} & _FROM_70
    if told or not elderly:
        return _agreed(told)
    by_card = _agreed({category_in_force(case) for case in elderly})
    return by_card if by_card.category is None else _Class(by_card.category, Doubt.CLASS_BY_CARD)


_FROM_70 = frozenset(each for each in LimitCategory if each.is_elderly)
_UNDER_70 = frozenset(LimitCategory) - _FROM_70


def _agreed(told: AbstractSet[LimitCategory | None]) -> _Class:
    if len(told) > 1:
        return _Class(None, Doubt.CLASS_CONTRADICTED)
    return _Class(next(iter(told), None))


def _key(each: Reading, persons: Mapping[PersonMarks, Person]) -> str:
    return "" if each.marks is None else persons[each.marks].key


def _receipt(
    each: Reading, household: Household, month: Month, persons: Mapping[PersonMarks, Person]
) -> SettledReceipt:
    """The claim as the household's month takes it; one that does not enter has no portions, whatever its place."""
    case = each.case
    return SettledReceipt(
        claim_id=each.claim_id,
        decision=each.number,
        household=household.key,
        person=_key(each, persons),
        institution=each.hospital_code,
        month=month,
        setting=Setting.OUTPATIENT if case is None else case.setting,
        age=AgeClass.GENERAL if case is None else case.age,
        turns_75=each.turns_75,
        portions=each.portions,
    )


def _claim(each: Reading, person: str) -> StatedClaim:
    return StatedClaim(
        claim_id=each.claim_id,
        decision_id=each.decision_id,
        hospital_code=each.hospital_code,
        person=person,
        setting=None if each.case is None else each.case.setting,
        age=None if each.case is None else each.case.age,
        portions=each.portions,
        doubt=each.doubt,
    )


def _counts(result: HouseholdMonth) -> bool:
    """健康保険法施行令 第42条: benefits of 第41条第1項 to 第4項, so not a person's outpatient limit (第5項)."""
    return bool(result.turning_75_refunds_yen or result.elderly_refund_yen or result.household_refund_yen)


def _doubts(
    of_classes: AbstractSet[Doubt | None], *, uncertain: bool, classes_known: bool, others_unseen: bool
) -> tuple[Doubt, ...]:
    """In order of gravity. A class is unknown only where a limit could hold, and nothing contradicts."""
    contradicted = Doubt.CLASS_CONTRADICTED in of_classes
    found = {
        Doubt.PERSON_UNCERTAIN: uncertain,
        Doubt.CLASS_BY_CARD: Doubt.CLASS_BY_CARD in of_classes,
        Doubt.CLASS_UNKNOWN: not classes_known and not contradicted,
        Doubt.CLASS_CONTRADICTED: contradicted,
        Doubt.OTHERS_UNSEEN: others_unseen,
    }
    return tuple(doubt for doubt, holds in found.items() if holds)
