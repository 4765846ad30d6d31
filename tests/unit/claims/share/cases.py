"""Builders of cases: one insurer, an outpatient under 70 with three tenths, unless a test says otherwise."""

from services.claims.domain.share.case import AgeClass, Setting, ShareCase, SharePayer
from services.shared.kernel.months import Month

OLD = Month(2024, 6)
NEW = Month(2026, 8)
INSURER = SharePayer(0, "01130012")

PLAIN = ShareCase(
    month=OLD,
    points={"1": 1_000},
    payers=(INSURER,),
    copay_tenths=3,
    setting=Setting.OUTPATIENT,
    age=AgeClass.GENERAL,
)
INPATIENT = PLAIN._replace(setting=Setting.INPATIENT)
ELDERLY = PLAIN._replace(age=AgeClass.ELDERLY, copay_tenths=2)
LATE = PLAIN._replace(age=AgeClass.LATE_ELDERLY, copay_tenths=2)


def with_programmes(case: ShareCase, points: dict[str, int], *programmes: SharePayer) -> ShareCase:
    """The case with these points by benefit share, and programmes beside the insurer."""
    return case._replace(points=points, payers=(INSURER, *programmes))
