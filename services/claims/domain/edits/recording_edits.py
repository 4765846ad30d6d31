"""Edits of what may stand on such a receipt at all (記録可能): no matter of points."""

from services.claims.domain.edits import marks
from services.claims.domain.edits.hits import Hit, Hits
from services.claims.domain.edits.places import Places
from services.claims.domain.pricing.priced import Remark, Unpriced
from services.claims.domain.treatment import LineKind, Unit


def inpatient_only(places: Places) -> Hits:
    """An inpatients' act on an outpatient's receipt."""
    for placed in places.marked(marks.INPATIENT_ONLY):
        yield Hit(placed.line.number, f"{placed.act.code} stands on receipts of inpatients only")


def outpatient_only(places: Places) -> Hits:
    """An outpatients' act on an inpatient's receipt."""
    for placed in places.marked(marks.OUTPATIENT_ONLY):
        yield Hit(placed.line.number, f"{placed.act.code} stands on receipts of outpatients only")


def dpc_only(places: Places) -> Hits:
    """A code of DPC receipts; this record format is the other one."""
    for placed in places.marked(marks.DPC_ONLY):
        yield Hit(placed.line.number, f"{placed.act.code} stands on DPC receipts only")


def forensic(places: Places) -> Hits:
    """A code of the forensic psychiatric fee schedule on a receipt that an insurer pays."""
    for placed in places.marked(marks.FORENSIC):
        yield Hit(placed.line.number, f"{placed.act.code} is of the 医療観察 fee schedule")


def dental_drug(places: Places) -> Hits:
    """A drug code that only the dental system takes."""
    for placed in places.drugs:
        if placed.marks & marks.DENTAL:
            yield Hit(placed.line.number, f"{placed.drug.code} stands on dental receipts only")


def quantity_missing(places: Places) -> Hits:
    """An act priced by quantity that states none, or not a whole one."""
    yield from _unpriced(places, Unpriced.QUANTITY_MISSING, LineKind.ACT, "states no quantity")
    yield from _unpriced(places, Unpriced.QUANTITY_NOT_WHOLE, LineKind.ACT, "states a quantity that is not whole")


def drug_quantity_missing(places: Places) -> Hits:
    """A drug that states no quantity (使用量)."""
    yield from _unpriced(places, Unpriced.QUANTITY_MISSING, LineKind.DRUG, "states no quantity")


def material_price_missing(places: Places) -> Hits:
    """A material at the hospital's purchase price that states none (単価)."""
    yield from _unpriced(places, Unpriced.UNIT_PRICE_MISSING, LineKind.MATERIAL, "states no price")


def material_unit_wrong(places: Places) -> Hits:
    """A material in another unit (単位コード) than the one that is priced."""
    yield from _unpriced(places, Unpriced.UNIT_DIFFERS, LineKind.MATERIAL, "is priced by another unit")


def quantity_zero(places: Places) -> Hits:
    """A stepped act with the quantity 0: 別紙7-5 returns the receipt."""
    yield from _unpriced(places, Unpriced.QUANTITY_ZERO, LineKind.ACT, "states the quantity 0")


def quantity_below(places: Places) -> Hits:
    """A stepped act whose quantity counts no points: 別紙7-5 returns the receipt."""
    yield from _unpriced(places, Unpriced.QUANTITY_BELOW_LOWER, LineKind.ACT, "states a quantity below what counts")


def quantity_above(places: Places) -> Hits:
    """A stepped act priced by a quantity above its upper limit: 別紙7-5 has it looked at."""
    for unit, priced in zip(places.case.treatment.units, places.case.pricing.units, strict=True):
        if Remark.QUANTITY_ABOVE_UPPER in priced.remarks:
            yield Hit(_stepped_above(places, unit), "a quantity above the master's upper limit")


def quantity_unasked(places: Places) -> Hits:
    """A quantity on an act that is counted by none (データ規格コード 0): it is left aside."""
    for placed in places.acts:
        if placed.line.quantity is not None and not placed.act.unit_code:
            yield Hit(placed.line.number, f"{placed.act.code} takes no quantity")


def other_section(places: Places) -> Hits:
    """An act in another section (診療識別) than the column that its points are added up in."""
    inpatient = places.case.treatment.kind.inpatient
    for placed in places.acts:
        column = marks.families(placed.act)[inpatient]
        if not placed.unit.section.startswith(column):
            yield Hit(placed.line.number, f"{placed.act.code} stands in section {placed.unit.section}, not {column}")


def _stepped_above(places: Places, unit: Unit) -> int:
    for placed in places.acts:
        step, quantity = placed.act.step, placed.line.quantity
        if placed.unit is unit and step and step.upper is not None and quantity is not None and quantity > step.upper:
            return placed.line.number
    return unit.lines[-1].number


def _unpriced(places: Places, why: Unpriced, kind: LineKind, says: str) -> Hits:
    for unit, priced in zip(places.case.treatment.units, places.case.pricing.units, strict=True):
        if priced.why is why:
            guilty = next((line for line in unit.lines if line.code == priced.missing), None)
            if guilty is not None and guilty.kind is kind:
                yield Hit(guilty.number, f"{guilty.code} {says}")
