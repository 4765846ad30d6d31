"""When the claims of a treatment month are in: from then on its households are stated without being asked for.

A claim that comes later (月遅れ) or is corrected later only states its household again.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from services.claims.domain.share.yearly import limit_year_of
from services.shared.kernel.months import MONTHS_A_YEAR, Month


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionEnd:
    """Until which day of the month after a treatment month its claims may come, for treatment months from `since` on.

    `mark` says how well the source is known: [S] read at one place, [U] not verified.
    """

    since: Month
    day: int
    mark: str


SUBMISSION_ENDS: Final = (
    SubmissionEnd(
        since=Month(2011, 4),
        day=12,
        mark="[S] online claims come until the 10th, what the check (ASP) found wrong is mended until the 12th",
    ),
)
"""In order of `since`; the first holds for earlier months as well, of which all claims have long been in."""


def is_in(month: Month, today: date, ends: tuple[SubmissionEnd, ...] = SUBMISSION_ENDS) -> bool:
    """Whether the claims of a treatment month are in on a day: the last day for them is past."""
    found = [each for each in ends if each.since <= month] or ends[:1]
    return today > month.plus(1).first_day.replace(day=found[-1].day)


def latest_month_in(today: date, ends: tuple[SubmissionEnd, ...] = SUBMISSION_ENDS) -> Month:
    """The latest treatment month whose claims are in."""
    before = Month.of(today).plus(-1)
    return before if is_in(before, today, ends) else before.plus(-1)


def latest_year_in(latest_month: Month) -> Month:
    """The August of the latest year, August to July, all of whose months are in."""
    return limit_year_of(latest_month.plus(1)).plus(-MONTHS_A_YEAR)
