"""Check cover on a day, as a hospital does at its reception (資格確認)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from services.eligibility.application.ports import Coverage, Lookup
from services.eligibility.domain.coverage import span_of_day
from services.eligibility.domain.determination import Cover, Question, determine_cover
from services.shared.kernel.months import BUSINESS_ZONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question for one treatment day. `as_known`: the moment whose knowledge counts; None for the usual one."""

    member_key: str
    question: Question
    treatment_day: date
    as_known: datetime | None


async def check_covers(checks: Sequence[Check], coverage: Coverage, now: datetime) -> list[Cover]:
    """One cover per check, in order."""
    lookups = [Lookup(check.member_key, known_at(check, now)) for check in checks]
    known = await coverage.periods(lookups)
    return [
        determine_cover(check.question, periods, span_of_day(check.treatment_day))
        for check, periods in zip(checks, known, strict=True)
    ]


def known_at(check: Check, now: datetime) -> datetime:
    """The moment asked for; else the end of the treatment day where that is past, else now."""
    if check.as_known is not None:
        return check.as_known
    next_day = datetime.combine(check.treatment_day + timedelta(days=1), time(), BUSINESS_ZONE)
    return min(now, next_day)
