"""Periods and questions as tests write them: one woman of branch 01, insured from April 2020 on."""

from dataclasses import replace
from datetime import date

from services.eligibility.domain.coverage import CopayClass, CoveragePeriod, LimitCategory, Sex, age_months
from services.eligibility.domain.determination import Question

PAYER = "01130012"
PERIOD = CoveragePeriod(
    branch="01",
    sex=Sex.FEMALE,
    birth_digest="born-1980",
    valid_from=date(2020, 4, 1),
    valid_to=None,
    ages=age_months(date(1980, 5, 5)),
    copay_class=CopayClass.STANDARD,
    limit_category=LimitCategory.U,
    next_payer="",
)
QUESTION = Question(payer_number=PAYER, is_programme=False, branch="01", birth_digest="born-1980", sex=Sex.FEMALE)


def period(**changes: object) -> CoveragePeriod:
    return replace(PERIOD, **changes)  # type: ignore[arg-type]  # the tests' own keywords


def question(**changes: object) -> Question:
    return replace(QUESTION, **changes)  # type: ignore[arg-type]  # the tests' own keywords
