"""What the edits look at: a receipt's treatment, its price, the masters of its month, and what is known around it."""

from dataclasses import dataclass

from services.claims.domain.edits.standards import FacilityStandards
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.priced import Pricing
from services.claims.domain.treatment import Treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class EditCase:
    """One receipt before the edits.

    `pricing` is of the same schedule. `standards` is None where the hospital's registration was never told. `twin`
    tells that another live claim of the same person, month and kind from the same hospital is known. `municipal` tells
    whether the insurer is 国民健康保険, `patient_part_stated` whether an MF record (窓口負担額) stands; both are None
    where that is not known.
    """

    treatment: Treatment
    pricing: Pricing
    schedule: MonthSchedule
    standards: FacilityStandards | None = None
    twin: bool = False
    municipal: bool | None = None
    patient_part_stated: bool | None = None
