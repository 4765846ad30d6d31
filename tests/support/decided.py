"""The whole decision on a receipt whose payers cover it: form, price, edits, and the split of its yen."""

from collections.abc import Mapping
from typing import Final

from services.claims.domain.adjudication import Cover, adjudicate, adjudication_facts
from services.claims.domain.examination import Surroundings, examine
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.outcome import Decision
from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.codes import PatientClass, ReceiptKind, Scheme
from services.claims.domain.uke.facts import PayerKind
from services.claims.domain.uke.treatment_of import treatment_of
from tests.support.judged import Circumstances, registered

TENTHS_OF: Final[Mapping[PatientClass, int]] = {
    PatientClass.INSURED: 3,
    PatientClass.FAMILY: 3,
    PatientClass.PRESCHOOL: 2,
    PatientClass.ELDERLY_GENERAL: 2,
    PatientClass.ELDERLY_SEVENTY_PERCENT: 3,
}
"""自己負担割合 in tenths by class; one for the late elderly in general."""


def decided(receipt: bytes, schedule: MonthSchedule, around: Circumstances) -> Decision:
    """What is decided where every payer covers the patient; AssertionError where the form does not hold."""
    facts = assess(receipt).facts
    assert facts is not None
    treatment = treatment_of(facts, hospital_code=around.hospital_code, claim_month=around.claim_month)
    examination = examine(treatment, schedule, Surroundings(standards=registered(around), has_twin=around.twin))
    tenths = copay_tenths(facts.kind)
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
    return adjudicate(adjudication_facts(facts), covers, examination)


def copay_tenths(kind: ReceiptKind) -> int:
    """The insurer's ratio for a receipt of this kind."""
    general = kind.patient_class is PatientClass.ELDERLY_GENERAL
    if kind.scheme is Scheme.LATE_ELDERLY and general:
        return 1
    return TENTHS_OF[kind.patient_class] if kind.patient_class else 0
