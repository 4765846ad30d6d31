"""Edits of the receipt as a whole: when it was claimed, whether twice, whether it can be passed on."""

from typing import Final

from services.claims.domain.edits.hits import WHOLE_RECEIPT, Hit, Hits
from services.claims.domain.edits.kinds_and_ages import fits_the_age
from services.claims.domain.edits.places import Places
from services.claims.domain.edits.tables import LIMITATIONS, row_in, transferable_in
from services.claims.domain.uke.codes import MEAL_SECTION, Scheme
from services.shared.kernel.months import MONTHS_A_YEAR, Month

AGREED_COMMENT: Final = "820000242"
"""（請求権消滅レセ）保険者等同意済み: the insurer pays although its debt is extinguished (コメントマスター)."""


def twin(places: Places) -> Hits:
    """The same person's month claimed twice."""
    if places.case.twin:
        yield Hit(WHOLE_RECEIPT, "another live claim of the same person, month and kind is known")


def kind_of_another_age(places: Places) -> Hits:
    """A receipt of a kind that somebody of this age does not have: ratio and limits would be another's."""
    treatment = places.case.treatment
    if not fits_the_age(treatment.kind, treatment.birth_date, treatment.month):
        yield Hit(WHOLE_RECEIPT, f"kind {treatment.kind.code} is not of the patient's age in {treatment.month}")


def before_month_end(places: Places) -> Hits:
    """Claimed in the treatment month or before it."""
    claimed, treated = places.case.treatment.claim_month, places.case.treatment.month
    if claimed is not None and claimed <= treated:
        yield Hit(WHOLE_RECEIPT, f"treatment of {treated}, claimed in {claimed}")


def extinguished(places: Places) -> Hits:
    """Claimed after the right was extinguished, without the insurer's consent."""
    claimed, treated = places.case.treatment.claim_month, places.case.treatment.month
    if claimed is None or claimed <= treated.plus(1):
        return
    last = last_claim_month(treated, municipal=places.case.municipal is not False)
    agreed = any(comment.code == AGREED_COMMENT for comment in places.case.treatment.comments)
    if last is not None and claimed > last and not agreed:
        yield Hit(WHOLE_RECEIPT, f"treatment of {treated} could be claimed until {last}, it was in {claimed}")


def last_claim_month(treated: Month, *, municipal: bool) -> Month | None:
    """The last month in which treatment of this month may be claimed; None where no limitation is known."""
    rule = row_in(LIMITATIONS, treated)
    if rule is None:
        return None
    begins = rule.begins_after_municipal if municipal else rule.begins_after
    return treated.plus(begins + rule.years * MONTHS_A_YEAR - 1)


def late(places: Places) -> Hits:
    """月遅れ: claimed later than in the month after the treatment."""
    claimed, treated = places.case.treatment.claim_month, places.case.treatment.month
    if claimed is not None and claimed > treated.plus(1):
        yield Hit(WHOLE_RECEIPT, f"treatment of {treated}, claimed in {claimed}")


def not_transferable(places: Places) -> Hits:
    """Without an MF record and above the points up to which it may be missing."""
    treatment = places.case.treatment
    most = _most_points_without_part(places)
    if most is None:
        return
    points = sum(unit.points * unit.times for unit in treatment.units if unit.section != MEAL_SECTION)
    if points > most:
        allowed = f"up to {most} points it may be missing" if most else "it may be missing on no receipt with points"
        yield Hit(WHOLE_RECEIPT, f"{points} points, no MF record; {allowed}")


def _most_points_without_part(places: Places) -> int | None:
    """None where the rule does not speak: programmes only, no claim month, or one before the rule."""
    kind, claimed = places.case.treatment.kind, places.case.treatment.claim_month
    most = None if claimed is None else transferable_in(claimed)
    if most is None or kind.patient_class is None:
        return None
    return most.late_elderly_points if kind.scheme is Scheme.LATE_ELDERLY else most.points[kind.patient_class]
