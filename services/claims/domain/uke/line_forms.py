"""How each kind of line is taken apart: by its layout's pattern, or field by field where that does not match.

The pattern both proves the form of every field and captures the few that the facts need, so a well-formed line costs
one match. Captured values are text as read.
"""

from collections.abc import Callable
from re import Match
from typing import Any, NamedTuple

from services.claims.domain.uke.columns import Record
from services.claims.domain.uke.form import Fault, line_faults
from services.claims.domain.uke.lines import ActRecord, CommentRecord, DrugRecord, MaterialRecord
from services.claims.domain.uke.records import (
    DiseaseRecord,
    DonorClaimRecord,
    DonorInstitutionRecord,
    DonorReceiptRecord,
    EligibilityRecord,
    InsurerRecord,
    NarrativeRecord,
    NonDpcRecord,
    ProgrammeRecord,
    ReceiptRecord,
    VisitsRecord,
    WindowPaymentRecord,
)


class HeadLine(NamedTuple):
    """What is taken from RE."""

    line: int
    receipt_number: str
    kind: str
    treatment_month: str
    name: str
    sex: str
    birth_date: str
    benefit_percent: str
    admission_date: str
    wards: str
    burden_class: str
    special_marks: str
    discount_unit_yen: str
    search_number: str
    kana: str


class InsurerLine(NamedTuple):
    """What is taken from HO."""

    line: int
    insurer_number: str
    symbol: str
    member_number: str
    days: str
    points: str
    meals: str
    meals_yen: str
    burden_yen: str
    relief: str
    relief_percent: str
    relief_yen: str


class ProgrammeLine(NamedTuple):
    """What is taken from KO."""

    line: int
    programme_number: str
    recipient_number: str
    days: str
    points: str
    burden_yen: str
    outpatient_copay_yen: str
    inpatient_copay_yen: str
    meals: str
    meals_yen: str


class EligibilityLine(NamedTuple):
    """What is taken from SN."""

    line: int
    bearer: str
    confirmation: str
    confirmed_insurer: str
    confirmed_symbol: str
    confirmed_number: str
    branch: str
    recipient_number: str


class VisitsLine(NamedTuple):
    """What is taken from JD; `visits` are 31 columns with their commas."""

    line: int
    bearer: str
    visits: str


class WindowPaymentLine(NamedTuple):
    """What is taken from MF."""

    line: int
    payment_class: str


class NarrativeLine(NamedTuple):
    """What is taken from SJ."""

    line: int
    narrative_class: str


class DiseaseLine(NamedTuple):
    """What is taken from SY."""

    line: int
    disease_code: str
    start_date: str
    outcome: str
    modifiers: str
    name: str
    main: str


class TreatmentLine(NamedTuple):
    """What is taken from SI and IY; `comments` and `days` are 6 and 31 columns with their commas."""

    line: int
    treatment_section: str
    share: str
    item_code: str
    quantity: str
    points: str
    times: str
    comments: str
    days: str


class MaterialLine(NamedTuple):
    """What is taken from TO; it begins and ends as a TreatmentLine does."""

    line: int
    treatment_section: str
    share: str
    item_code: str
    quantity: str
    points: str
    times: str
    unit: str
    unit_price_yen: str
    product_name: str
    comments: str
    days: str


class CommentLine(NamedTuple):
    """What is taken from CO."""

    line: int
    treatment_section: str
    share: str
    comment_code: str
    comment_text: str


class DonorInstitutionLine(NamedTuple):
    """What is taken from TI."""

    line: int
    site: str
    prefecture: str
    score_table: str
    institution_code: str
    name: str
    address: str
    telephone: str


class DonorReceiptLine(NamedTuple):
    """What is taken from TR."""

    line: int
    receipt_number: str
    kind: str
    treatment_month: str
    birth_date: str
    admission_date: str
    wards: str


class DonorClaimLine(NamedTuple):
    """What is taken from TS."""

    line: int
    points: str
    meals: str
    meals_yen: str


class LineForm:
    """How one kind of line is read."""

    __slots__ = ("_columns", "layout", "match")

    def __init__(self, record: type[Record], captured: type[NamedTuple] | None = None) -> None:
        names = captured._fields[1:] if captured else ()
        self.layout = record.layout
        self._columns = self.layout.columns_of(*names)
        self.match: Callable[[str], Match[str] | None] = self.layout.pattern(*names).fullmatch

    def values(self, line: str, number: int, faults: list[Fault]) -> tuple[str | Any, ...]:
        """The captured values in column order; what is wrong with the line's fields is added to `faults`."""
        match = self.match(line)
        return self.closely(line, number, faults) if match is None else match.groups()

    def closely(self, line: str, number: int, faults: list[Fault]) -> tuple[str, ...]:
        """The captured values of a line whose fields are looked at one by one."""
        fields = line.split(",")
        faults.extend(line_faults(self.layout, fields, number))
        fields.extend([""] * (self.layout.columns - len(fields)))
        return tuple(",".join(fields[columns]) for columns in self._columns)


HEAD = LineForm(ReceiptRecord, HeadLine)
INSURER = LineForm(InsurerRecord, InsurerLine)
PROGRAMME = LineForm(ProgrammeRecord, ProgrammeLine)
ELIGIBILITY = LineForm(EligibilityRecord, EligibilityLine)
VISITS = LineForm(VisitsRecord, VisitsLine)
WINDOW_PAYMENT = LineForm(WindowPaymentRecord, WindowPaymentLine)
NON_DPC = LineForm(NonDpcRecord)
DISEASE = LineForm(DiseaseRecord, DiseaseLine)
NARRATIVE = LineForm(NarrativeRecord, NarrativeLine)
TREATMENTS = {
    "SI": LineForm(ActRecord, TreatmentLine),
    "IY": LineForm(DrugRecord, TreatmentLine),
    "TO": LineForm(MaterialRecord, MaterialLine),
}
COMMENT = LineForm(CommentRecord, CommentLine)
DONOR_INSTITUTION = LineForm(DonorInstitutionRecord, DonorInstitutionLine)
DONOR_RECEIPT = LineForm(DonorReceiptRecord, DonorReceiptLine)
DONOR_CLAIM = LineForm(DonorClaimRecord, DonorClaimLine)
