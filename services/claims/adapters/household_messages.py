"""Households' statements as messages: written for the ledger and the event, and read back for the year.

Persons and members stand in them as keyed digests; names, numbers and birth dates do not.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from seikyu.claims.v1 import household_pb2
from seikyu.eligibility.v1 import coverage_pb2

from services.claims.domain.households.doubts import Doubt
from services.claims.domain.households.statement import Household, MonthStatement, StatedClaim
from services.claims.domain.households.versions import Span, id_of
from services.claims.domain.households.year import StatedMonth, YearStatement
from services.claims.domain.share.case import LimitCategory, Setting
from services.claims.domain.share.household import HouseholdMonth, Place
from services.shared.chassis.instants import timestamp
from services.shared.chassis.messages import Announcement
from services.shared.kernel.ids import event_id
from services.shared.kernel.months import Month

STATED_TOPIC: Final = "household.stated"
PAYER_TOPIC: Final = "statements."
STATED_TYPE: Final = "jp.seikyu.household.stated.v1"
SOURCE: Final = "claims"
LAW_DIGITS: Final = 2
"""法別番号, the beginning of a programme's number: which law it is, and not whose."""
_CLASSES: Final = {each: coverage_pb2.LimitCategory.Value(f"LIMIT_CATEGORY_{each.name}") for each in LimitCategory}
_CLASSES_OF_WIRE: Final = {number: each for each, number in _CLASSES.items()}
_DOUBTS: Final = {each: household_pb2.HouseholdDoubt.Value(f"HOUSEHOLD_DOUBT_{each.name}") for each in Doubt}

_DOUBTS_OF_WIRE: Final = {number: each for each, number in _DOUBTS.items()}


def month_content(statement: MonthStatement, payer_member_key: str) -> bytes:
    """A month's HouseholdStatement; equal bytes for equal statements."""
    result, classes = statement.result, statement.classes
    month = household_pb2.HouseholdMonthStatement(
        class_under_70=_class(classes.under_70),
        class_from_70=_class(classes.elderly),
        multi=classes.multi,
        high_cost=statement.high_cost,
        paid_yen=result.paid_yen,
        elderly_refund_yen=result.elderly_refund_yen,
        household_refund_yen=result.household_refund_yen,
        refund_yen=result.refund_yen,
        left_yen=result.left_yen,
        persons=_persons(statement),
        places=_places(result),
        claims=[_claim(each) for each in statement.claims],
    )
    return household_pb2.HouseholdStatement(
        statement_id=id_of(statement.household.key, Span.MONTH, statement.month),
        payer_number=statement.household.payer_number,
        payer_member_key=payer_member_key,
        since=str(statement.month),
        doubts=[_DOUBTS[each] for each in statement.doubts],
        month=month,
    ).SerializeToString(deterministic=True)


def year_content(statement: YearStatement) -> bytes:
    """A year's HouseholdStatement; equal bytes for equal statements."""
    result = statement.result
    year = household_pb2.HouseholdYearStatement(
        limit_class=_class(statement.category),
        months=[
            household_pb2.HouseholdYearMonth(
                month=str(each.month), version_id=each.version_id, left_yen=sum(each.left_by_place.values())
            )
            for each in statement.months
        ],
        persons=[
            household_pb2.HouseholdPerson(
                person=person, branch=statement.branches.get(person, ""), outpatient_refund_yen=yen
            )
            for person, yen in sorted(result.outpatient_refunds_yen.items())
        ],
        household_refund_yen=result.household_refund_yen,
        refund_yen=sum(result.outpatient_refunds_yen.values()) + result.household_refund_yen,
        left_yen=result.left_yen,
    )
    household = statement.months[0].household
    return household_pb2.HouseholdStatement(
        statement_id=id_of(household.key, Span.YEAR, statement.since),
        payer_number=household.payer_number,
        payer_member_key=statement.payer_member_key,
        since=str(statement.since),
        doubts=[_DOUBTS[each] for each in statement.doubts],
        year=year,
    ).SerializeToString(deterministic=True)


def _class(category: LimitCategory | None) -> coverage_pb2.LimitCategory.ValueType:
    return coverage_pb2.LIMIT_CATEGORY_UNSPECIFIED if category is None else _CLASSES[category]


def _persons(statement: MonthStatement) -> list[household_pb2.HouseholdPerson]:
    result = statement.result
    return [
        household_pb2.HouseholdPerson(
            person=each.key,
            branch=each.branch,
            uncertain=each.uncertain,
            outpatient_refund_yen=result.outpatient_refunds_yen.get(each.key, 0),
            turning_75_refund_yen=result.turning_75_refunds_yen.get(each.key, 0),
        )
        for each in statement.persons
    ]


def _places(result: HouseholdMonth) -> list[household_pb2.HouseholdPlace]:
    return [
        household_pb2.HouseholdPlace(
            person=place.person, inpatient=place.inpatient, from_70=place.elderly, left_yen=left_yen
        )
        for place, left_yen in sorted(result.left_by_place.items())
    ]


def _claim(claim: StatedClaim) -> household_pb2.HouseholdClaim:
    return household_pb2.HouseholdClaim(
        claim_id=claim.claim_id,
        decision_id=claim.decision_id,
        hospital_code=claim.hospital_code,
        person=claim.person,
        inpatient=claim.setting is Setting.INPATIENT,
        from_70=claim.age is not None and claim.age.is_elderly,
        portions=[
            household_pb2.HouseholdPortion(
                programme=each.programme[:LAW_DIGITS],
                copay_yen=each.copay_yen,
                left_yen=each.left_yen,
                cost_yen=each.cost_yen,
            )
            for each in claim.portions
        ],
        doubt=household_pb2.HOUSEHOLD_DOUBT_UNSPECIFIED if claim.doubt is None else _DOUBTS[claim.doubt],
    )


def stated_month_of(household: str, version_id: str, content: bytes) -> StatedMonth:
    """What a year needs of a month's statement as it was kept."""
    statement = household_pb2.HouseholdStatement.FromString(content)
    month = statement.month
    return StatedMonth(
        household=Household(key=household, payer_number=statement.payer_number),
        month=Month.parse(statement.since),
        under_70=_CLASSES_OF_WIRE.get(month.class_under_70),
        elderly=_CLASSES_OF_WIRE.get(month.class_from_70),
        doubts=frozenset(_DOUBTS_OF_WIRE[each] for each in statement.doubts),
        left_by_place=_left_by_place(month.places),
        branches={each.person: each.branch for each in month.persons},
        payer_member_key=statement.payer_member_key,
        version_id=version_id,
    )


def _left_by_place(places: Iterable[household_pb2.HouseholdPlace]) -> dict[Place, int]:
    return {Place(each.person, each.inpatient, each.from_70): each.left_yen for each in places}


def topic_of(payer_number: str) -> str:
    """A payer's own topic of statements; settlement makes it at enrolment."""
    return PAYER_TOPIC + payer_number


def stated_message(
    content: bytes, *, version_id: str, number: int, replaces: str | None, sequence: int, at: datetime
) -> household_pb2.HouseholdStated:
    """One version as it is announced and listed; `sequence` is its place in its payer's stream."""
    statement = household_pb2.HouseholdStatement.FromString(content)
    return household_pb2.HouseholdStated(
        event_id=event_id(STATED_TYPE, statement.statement_id, version_id),
        version_id=version_id,
        number=number,
        replaces_version_id=replaces or "",
        stated_time=timestamp(at),
        statement=statement,
        sequence=sequence,
    )


def announcement(message: household_pb2.HouseholdStated, *, topic: str, traceparent: str, at: datetime) -> Announcement:
    """A version as it goes to a topic; the key is the statement, so its versions stay in order."""
    return Announcement(
        topic=topic,
        key=message.statement.statement_id,
        event_id=message.event_id,
        type=STATED_TYPE,
        source=SOURCE,
        subject=message.statement.statement_id,
        traceparent=traceparent,
        value=message.SerializeToString(deterministic=True),
        time=at,
    )
