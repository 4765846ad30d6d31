"""What a patient is expected to pay for a receipt that nobody has decided: for a check, before it is submitted.

Eligibility is not asked. Each payer is taken to cover the patient, the ratio (自己負担割合) to be that of the receipt's
own kind (レセプト種別, 別表5), and the class of the monthly limit to be the one that the receipt states, if any.
"""

from typing import Final

from services.claims.domain.adjudication import AdjudicationFacts, Cover, adjudicate, share_case
from services.claims.domain.examination import Examination
from services.claims.domain.share.programmes import ProgrammeTable
from services.claims.domain.share.ratio import CopayClass, copay_tenths
from services.claims.domain.share.receipt import age_class_of
from services.claims.domain.share.split import Workings, workings
from services.claims.domain.share.words import Assumption
from services.claims.domain.uke.codes import PatientClass, ReceiptKind
from services.claims.domain.uke.facts import PayerKind
from services.shared.kernel.months import Month

ELIGIBILITY_UNASKED: Final = Assumption(
    "eligibility was not asked: every payer covers the patient, and the ratio is that of the receipt's kind",
    "資格確認はしていない: 全ての支払者が有効で、負担割合はレセプト種別による",
)


def expected_share(facts: AdjudicationFacts, examination: Examination, programmes: ProgrammeTable) -> Workings | None:
    """The split as it would be decided; None where the receipt would be returned or pended, or no ratio is known."""
    tenths = ratio_of(facts.kind, facts.month)
    if tenths is None:
        return None
    covers = [
        Cover(
            payer_number=payer.number,
            covered=True,
            reason="",
            copay_tenths=tenths if payer.kind is PayerKind.INSURER else 0,
            public_programme=payer.kind is PayerKind.PROGRAMME,
        )
        for payer in facts.payers
    ]
    if not adjudicate(facts, covers, examination, programmes).parts:
        return None
    return workings(share_case(facts, covers, examination, programmes), programmes)


def ratio_of(kind: ReceiptKind, month: Month) -> int | None:
    """The tenths that a kind of receipt tells in a month: 高齢受給者・後期高齢者7割 are three. None where nobody knows.

    健康保険法 第74条; 高齢者の医療の確保に関する法律 第67条. The two tenths of 一定以上所得 at 75 and over stand on no
    receipt's kind: one is taken.
    """
    seventy_percent = kind.patient_class is PatientClass.ELDERLY_SEVENTY_PERCENT
    copay_class = CopayClass.ACTIVE_INCOME if seventy_percent else CopayClass.STANDARD
    return copay_tenths(age_class_of(kind), copay_class, month)
