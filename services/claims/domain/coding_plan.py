"""Which diagnoses written as free text go to coding, and what of the patient goes with them.

A text in which the identifier screen finds the patient never leaves claims; people code it. With the others go the sex
and a ten-year age band, for some diseases are coded by them, and nothing else.
"""

from dataclasses import dataclass

from services.claims.domain.screen import person_in_text
from services.claims.domain.uke.facts import ReceiptFacts
from services.shared.kernel.months import Month, attains_age_on

AGE_BAND_YEARS = 10
_OLDEST_YEARS = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class CodingPlan:
    """Texts as (line, text) pairs, line being that of the SY record within its receipt, from 1.

    `mentions` may be announced; `withheld` may not. `sex` is 1 男 or 2 女; `age_band_years` is 0, 10, 20 and so on, the
    age at the end of the treatment month.
    """

    mentions: tuple[tuple[int, str], ...]
    withheld: tuple[tuple[int, str], ...]
    sex: int
    age_band_years: int


def coding_plan(facts: ReceiptFacts) -> CodingPlan:
    """The plan for one receipt; an empty plan where every diagnosis is coded."""
    passed: list[tuple[int, str]] = []
    withheld: list[tuple[int, str]] = []
    # Facts count lines as their reader did, from the file's start or the receipt's; a request that is announced again
    # after the receipt was read alone must name the same lines.
    before = facts.lines_before
    for each in facts.uncoded:
        side = withheld if person_in_text(each.text, facts) else passed
        side.append((each.line - before, each.text))
    return CodingPlan(
        mentions=tuple(passed),
        withheld=tuple(withheld),
        sex=int(facts.sex.value),
        age_band_years=age_band_years(facts) if facts.uncoded else 0,
    )


def age_band_years(facts: ReceiptFacts) -> int:
    """The age attained by the last day of the treatment month, rounded down to ten years; 0 for who is born later."""
    end = Month.parse(facts.treatment_month).last_day
    years = min(max(0, end.year - facts.birth_date.year + 1), _OLDEST_YEARS)
    while years > 0 and attains_age_on(facts.birth_date, years) > end:
        years -= 1
    return years - years % AGE_BAND_YEARS
