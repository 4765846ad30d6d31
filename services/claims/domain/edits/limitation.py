"""When a hospital's right to its fees is extinguished (診療報酬請求権の消滅時効), by treatment month: dated.

Sources: 民法 第166条第1項第1号 as in force since 2020-04-01 (five years); until then 民法 第170条第1号 (three years,
医師の診療に関する債権), which still holds for treatment before that day. The time runs from the first of the month
after the treatment, with 国民健康保険 from the first of the third month after it: seen in 京都府保険医協会's and
others' excerpts of the notices of 2020 and of 昭和38年1月18日 保険発第7号, which were not read themselves.
"""

from typing import Final, NamedTuple

from services.claims.domain.masters.revisions import Mark
from services.shared.kernel.months import MONTHS_A_YEAR, Month


class Limitation(NamedTuple):
    """Years within which treatment from this month on may be claimed, and what that rests on."""

    first: Month
    years: int
    source: str
    mark: Mark


LIMITATIONS: Final = (
    Limitation(Month(1, 1), 3, "民法 第170条第1号 (until 2020-03-31)", Mark.SEEN),
    Limitation(Month(2020, 4), 5, "民法 第166条第1項第1号", Mark.SEEN),
)
_BEGINS_AFTER_MONTHS: Final = 1
_BEGINS_AFTER_MONTHS_MUNICIPAL: Final = 3


def last_claim_month(treated: Month, *, municipal: bool) -> Month:
    """The last month in which treatment of this month may be claimed; ValueError before the year 1."""
    rule = max((each for each in LIMITATIONS if each.first <= treated), key=lambda each: each.first)
    begins = _BEGINS_AFTER_MONTHS_MUNICIPAL if municipal else _BEGINS_AFTER_MONTHS
    return treated.plus(begins + rule.years * MONTHS_A_YEAR - 1)
