"""A receipt's lines, diseases and comments beside their rows of the masters: what the edits walk over.

Built in one pass. What has no row is kept apart (`Unread`); `marks` are the bits of all rows together, so that an edit
without anything to look at is never called.
"""

from datetime import date
from typing import Final, NamedTuple

from services.claims.domain.edits import marks as bits
from services.claims.domain.edits.case import EditCase
from services.claims.domain.edits.kinds_and_ages import fits_the_age
from services.claims.domain.edits.watch import Known, Row, Shelf, Watch, watch_of
from services.claims.domain.masters.acts import Act
from services.claims.domain.masters.comments import MasterComment
from services.claims.domain.masters.diseases import Disease
from services.claims.domain.masters.drugs import Drug
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.materials import Material
from services.claims.domain.pricing.priced import Unpriced
from services.claims.domain.treatment import DayCount, Line, LineKind, Unit
from services.claims.domain.uke.codes import MEAL_SECTION, Scheme
from services.claims.domain.uke.facts import Diagnosis
from services.shared.kernel.months import MONTHS_A_YEAR
from services.shared.kernel.named_tuples import of_fields

_ACT: Final = LineKind.ACT
_DRUG: Final = LineKind.DRUG
_LOOKED_AT: Final = (
    Unpriced.QUANTITY_MISSING,
    Unpriced.QUANTITY_NOT_WHOLE,
    Unpriced.QUANTITY_ZERO,
    Unpriced.QUANTITY_BELOW_LOWER,
    Unpriced.UNIT_PRICE_MISSING,
    Unpriced.UNIT_DIFFERS,
)


class PlacedAct(NamedTuple):
    """An act's line: its row and bits, the unit that it stands in and that unit's place in the treatment."""

    act: Act
    marks: int
    line: Line
    unit: Unit
    at: int


class PlacedDrug(NamedTuple):
    """A drug's line, as an act's."""

    drug: Drug
    marks: int
    line: Line
    unit: Unit
    at: int


class PlacedMaterial(NamedTuple):
    """A material's line, as an act's."""

    material: Material
    marks: int
    line: Line
    unit: Unit
    at: int


class PlacedDisease(NamedTuple):
    """A coded diagnosis and its row."""

    disease: Disease
    marks: int
    diagnosis: Diagnosis


class PlacedComment(NamedTuple):
    """A comment, of its own line (CO) or beside another, and its row."""

    comment: MasterComment
    line: int
    text: str


class Unread(NamedTuple):
    """A code of a loaded kind that has no row on its days; `days` are those of a code that is in force on others."""

    kind: MasterKind
    line: int
    code: str
    days: tuple[int, ...]


class Moved(NamedTuple):
    """A diagnosis under a code that is no longer in use, and the code that it moved to."""

    line: int
    code: str
    successor: str


class Places:
    """The parts of a receipt beside their rows."""

    __slots__ = (
        "_commented",
        "acts",
        "case",
        "comments",
        "diseases",
        "drugs",
        "marks",
        "materials",
        "moved",
        "unread",
        "watch",
        "whole_drugs",
    )

    def __init__(self, case: EditCase) -> None:
        """Reads the whole case. `whole_drugs` tells whether every drug of it has a row."""
        self.case = case
        self.watch: Watch = watch_of(case.schedule)
        self.acts: list[PlacedAct] = []
        self.drugs: list[PlacedDrug] = []
        self.materials: list[PlacedMaterial] = []
        self.diseases: list[PlacedDisease] = []
        self.comments: list[PlacedComment] = []
        self._commented: list[Line] = []
        self.unread: list[Unread] = []
        self.moved: list[Moved] = []
        self.whole_drugs = self.watch.drugs.loaded
        self.marks = self._read_lines() | self._read_diagnoses() | self._read_comments() | self._read_prices()
        self.marks |= self._read_case()
        self.marks &= ~self._irrelevant()
        if self.unread:
            self.marks |= bits.UNREAD

    def day_of(self, unit: Unit) -> date:
        """The first day on which the unit was done; the month's first where no day is stated."""
        month = self.case.treatment.month
        return date(month.year, month.month, unit.days[0].day if unit.days else 1)

    def date_of(self, day: int) -> date:
        """A day of the treatment month."""
        month = self.case.treatment.month
        return date(month.year, month.month, day)

    def marked(self, bit: int) -> list[PlacedAct]:
        """The acts with a bit, in the order of their lines."""
        return [placed for placed in self.acts if placed.marks & bit]

    def disease_row(self, code: str) -> Known[Disease] | None:
        """The row of a disease that is in force on some day of the month; the first or the last is enough."""
        shelf = self.watch.diseases
        return shelf.whole.get(code) or self._on_some_day(shelf, code)

    def _read_case(self) -> int:
        """What is known around the receipt that some edit looks at."""
        case, treated, claimed = self.case, self.case.treatment.month, self.case.treatment.claim_month
        seen = bits.TWIN if case.twin else 0
        if case.treatment.found:
            seen |= bits.FOUND
        if not fits_the_age(case.treatment.kind, case.treatment.birth_date, treated):
            seen |= bits.OTHER_AGE
        if case.patient_part_stated is False:
            seen |= bits.WITHOUT_PART
        if claimed is not None:
            months = (claimed.year - treated.year) * MONTHS_A_YEAR + claimed.month - treated.month
            seen |= bits.OUT_OF_TIME if months != 1 else 0
        return seen

    def _irrelevant(self) -> int:
        """Bits that say no more than what this receipt is."""
        kind = self.case.treatment.kind
        setting = bits.INPATIENT_ONLY if kind.inpatient else bits.OUTPATIENT_ONLY
        if kind.scheme is Scheme.PROGRAMMES_ONLY:
            return setting | bits.LATE_ELDERLY_ONLY | bits.MEDICAL_INSURANCE_ONLY | bits.FORENSIC
        late = kind.scheme is Scheme.LATE_ELDERLY
        return setting | (bits.LATE_ELDERLY_ONLY if late else bits.MEDICAL_INSURANCE_ONLY)

    def _read_lines(self) -> int:
        """Every line beside its row; the bits of all. The lines of most units are acts in force all month."""
        seen = 0
        setting = 1 if self.case.treatment.kind.inpatient else 0
        whole, place = self.watch.acts.whole, self.acts.append
        for at, unit in enumerate(self.case.treatment.units):
            section, days = unit.section, unit.days
            for line in unit.lines:
                if line.comments:
                    self._commented.append(line)
                if line.kind is not _ACT:
                    seen |= self._read_goods(line, unit, at)
                    continue
                known = whole.get(line.code) or self._look_up(self.watch.acts, MasterKind.ACT, line, days)
                if known is None:
                    continue
                act, marks, families = known
                place(of_fields(PlacedAct, (act, marks, line, unit, at)))
                seen |= marks
                if line.quantity is not None:
                    seen |= bits.QUANTITIES
                if not section.startswith(families[setting]):
                    seen |= bits.SECTIONS
        return seen

    def _read_goods(self, line: Line, unit: Unit, at: int) -> int:
        if line.kind is _DRUG:
            drug = self.watch.drugs.whole.get(line.code) or self._look_up(
                self.watch.drugs, MasterKind.DRUG, line, unit.days
            )
            if drug is None:
                self.whole_drugs = False
                return 0
            self.drugs.append(PlacedDrug(drug.row, drug.marks, line, unit, at))
            return drug.marks
        material = self._look_up(self.watch.materials, MasterKind.MATERIAL, line, unit.days)
        if material is None:
            return 0
        self.materials.append(PlacedMaterial(material.row, material.marks, line, unit, at))
        return material.marks | bits.MATERIALS

    def _look_up(
        self, shelf: Shelf[Row], kind: MasterKind, line: Line, days: tuple[DayCount, ...]
    ) -> Known[Row] | None:
        """The row on the first of the days that has one; what has none on some day is noted."""
        known = shelf.all_month(line.code)
        if known is not None or not shelf.loaded:
            return known
        if not shelf.ever(line.code):
            self.unread.append(Unread(kind, line.number, line.code, ()))
            return None
        missing = shelf.missing_days(line.code, days)
        if missing:
            self.unread.append(Unread(kind, line.number, line.code, missing))
        return next((row for each in days if (row := shelf.on(line.code, each.day)) is not None), None)

    def _read_diagnoses(self) -> int:
        """Every coded diagnosis beside its row: in force on some day of the month, the first or the last is enough."""
        shelf = self.watch.diseases
        seen = self._read_modifiers()
        if not shelf.loaded:
            return seen
        for diagnosis in self.case.treatment.diagnoses:
            code = diagnosis.code
            known = self.disease_row(code)
            successor = self.case.schedule.moved_diseases.get(code) if known is None else None
            if successor is not None:
                self.moved.append(Moved(diagnosis.line, code, successor))
                seen |= bits.MOVED
                known = shelf.all_month(successor)
            elif known is None:
                self.unread.append(Unread(MasterKind.DISEASE, diagnosis.line, code, ()))
            if known is not None:
                seen |= known.marks
                self.diseases.append(PlacedDisease(known.row, known.marks, diagnosis))
        return seen

    def _on_some_day(self, shelf: Shelf[Row], code: str) -> Known[Row] | None:
        """The row of a code that is in force on the first or on the last day of the month."""
        return shelf.all_month(code) or shelf.on(code, 1) or shelf.on(code, self.case.treatment.month.last_day.day)

    def _read_modifiers(self) -> int:
        if self.watch.modifiers.loaded:
            for diagnosis in self.case.treatment.diagnoses:
                if diagnosis.modifiers:
                    return bits.MODIFIERS
        return 0

    def _read_prices(self) -> int:
        """What the prices say that some edit looks at."""
        seen = 0
        for unit, priced in zip(self.case.treatment.units, self.case.pricing.units, strict=True):
            if priced.points is None:
                if priced.why in _LOOKED_AT:
                    seen |= bits.UNPRICED
            elif priced.points != unit.points:
                seen |= bits.DIFFERS
            if priced.remarks:
                seen |= bits.REMARKED
            if unit.section == MEAL_SECTION:
                seen |= bits.MEALS
        return seen

    def _read_comments(self) -> int:
        """Every comment beside its row."""
        if not self.watch.comments.loaded:
            return 0
        for comment in self.case.treatment.comments:
            self._read_comment(comment.number, comment.code, comment.text)
        for line in self._commented:
            for beside in line.comments:
                self._read_comment(line.number, beside.code, beside.text)
        return bits.COMMENTS if self.comments else 0

    def _read_comment(self, line: int, code: str, text: str) -> None:
        known = self.watch.comments.whole.get(code) or self._on_some_day(self.watch.comments, code)
        if known is None:
            self.unread.append(Unread(MasterKind.COMMENT, line, code, ()))
        else:
            self.comments.append(PlacedComment(known.row, line, text))
