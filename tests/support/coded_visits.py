"""Receipts of one visit with a diagnosis in free text, and masters in which the visit demands a disease."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from services.claims.application.intake import Assessed, assess_all
from services.claims.application.model import Agency, Submitted
from services.claims.domain.found_codes import FoundCode
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.uke.findings import Profile
from services.shared.kernel.months import Month
from tests.support import uke
from tests.unit.claims.edits.builders import disease
from tests.unit.claims.pricing.builders import act

VISIT: Final = "112007410"
EPILEPSY, COMMON, OF_WOMEN, UNINSURED = "3459004", "2500013", "2189011", "8850703"
LINE: Final = 4
"""Of the free text: RE, HO, SY and then it."""
NAMED, OTHER, CONTRADICTS, UNKNOWN = (FoundCode(LINE, code, ()) for code in (EPILEPSY, COMMON, OF_WOMEN, "9999999"))
PAYER_YEN, PATIENT_YEN = 511, 219
"""Of 73 points at three tenths."""


class VisitMasters:
    """An application.ports.KnownSchedules in which a visit is worth 73 points; it demands epilepsy where told."""

    def __init__(self, *, demands: bool = True) -> None:
        self._link = {25: "5"} if demands else {}

    async def schedule(self, month: Month, as_of: date | None = None) -> MonthSchedule:
        """The same on every day."""
        return MonthSchedule.of(
            month,
            acts=[act(VISIT, "73", self._link)],
            diseases=[
                disease(COMMON),
                disease(EPILEPSY, {21: "05"}),
                disease(OF_WOMEN, {16: "D259"}),
                disease(UNINSURED, {20: "1"}),
            ],
        )


def visits(hospital: str, count: int = 1, *, special_marks: str = "") -> Sequence[Assessed]:
    """Receipts of as many men, each with diabetes and a disease in words."""
    receipts = [
        uke.receipt(
            uke.head(receipt_number=str(number), special_marks=special_marks),
            uke.insurer(member_number=str(number).translate(uke.FULL_WIDTH)),
            uke.disease(),
            uke.disease(disease_code="0000999", name="季節の不調", main=""),
            uke.act(),
        )
        for number in range(1, count + 1)
    ]
    submitted = [
        Submitted(place=place, agency=Agency.SSK, claim_month="202406", receipt=receipt)
        for place, receipt in enumerate(receipts)
    ]
    return assess_all(hospital, submitted, Profile.LENIENT)
