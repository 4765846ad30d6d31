"""A receipt while it is read: its lines taken apart in order, before it is judged as a whole.

A draft holds text as read and is the one thing in this package that changes; it lives as long as the reading of one
receipt. The only rules asked here are those of single lines and of a line among those before it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from services.claims.domain.uke import line_forms as forms
from services.claims.domain.uke.findings import FRAME_RECORDS, Place, Rule
from services.claims.domain.uke.form import Fault
from services.claims.domain.uke.line_forms import (
    DiseaseLine,
    DonorClaimLine,
    DonorInstitutionLine,
    DonorReceiptLine,
    EligibilityLine,
    HeadLine,
    InsurerLine,
    NarrativeLine,
    ProgrammeLine,
    VisitsLine,
    WindowPaymentLine,
)
from services.claims.domain.uke.order import LETTERS
from services.claims.domain.uke.records import ReceiptRecord
from services.claims.domain.uke.tally import ReadLine, Tally, day_counts


@dataclass(slots=True)
class DonorDraft:
    """One donor's receipt (TR to the line before the next TI or TR), under its institution."""

    institution: DonorInstitutionLine | None
    receipt: DonorReceiptLine
    claim: DonorClaimLine | None = None
    diseases: list[DiseaseLine] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


@dataclass(slots=True)
class Draft:
    """One receipt's lines so far."""

    faults: list[Fault] = field(default_factory=list)
    head: HeadLine | None = None
    departments: list[str] = field(default_factory=list)
    insurer: InsurerLine | None = None
    programmes: list[ProgrammeLine] = field(default_factory=list)
    eligibility: list[EligibilityLine] = field(default_factory=list)
    visits: list[VisitsLine] = field(default_factory=list)
    payments: list[WindowPaymentLine] = field(default_factory=list)
    diseases: list[DiseaseLine] = field(default_factory=list)
    narratives: list[NarrativeLine] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    institution: DonorInstitutionLine | None = None
    donors: list[DonorDraft] = field(default_factory=list)

    def current_tally(self) -> Tally:
        """The sums that the next line of treatment belongs to: the receipt's own, or the last donor's."""
        return self.donors[-1].tally if self.donors else self.tally


def read_lines(draft: Draft, lines: Sequence[str], first_line: int) -> list[str]:
    """Take the lines of a receipt, the first standing on `first_line`; their record ids, empty for unknown ones."""
    kinds = [_RECORD_OF.get(line[:3], "") for line in lines]
    number = first_line
    for kind, line in zip(kinds, lines, strict=True):
        take = _TAKE.get(kind)
        if take is None:
            rule = Rule.RECORD_ORDER if kind in FRAME_RECORDS else Rule.UNKNOWN_RECORD
            draft.faults.append(Fault(rule, Place(number)))
        else:
            take(draft, number, line)
        number += 1
    return kinds


# 診療科1 to 3, five fields each.
_DEPARTMENTS = slice(ReceiptRecord.layout.index_of("department_1"), ReceiptRecord.layout.index_of("kana"))


def _head(draft: Draft, number: int, line: str) -> None:
    values = forms.HEAD.values(line, number, draft.faults)
    if draft.head is None:
        draft.head = HeadLine(number, *values)
        draft.departments = line.split(",")[_DEPARTMENTS]


def _insurer(draft: Draft, number: int, line: str) -> None:
    values = forms.INSURER.values(line, number, draft.faults)
    draft.insurer = draft.insurer or InsurerLine(number, *values)


def _programme(draft: Draft, number: int, line: str) -> None:
    draft.programmes.append(ProgrammeLine(number, *forms.PROGRAMME.values(line, number, draft.faults)))


def _eligibility(draft: Draft, number: int, line: str) -> None:
    draft.eligibility.append(EligibilityLine(number, *forms.ELIGIBILITY.values(line, number, draft.faults)))


def _visits(draft: Draft, number: int, line: str) -> None:
    draft.visits.append(VisitsLine(number, *forms.VISITS.values(line, number, draft.faults)))


def _payment(draft: Draft, number: int, line: str) -> None:
    draft.payments.append(WindowPaymentLine(number, *forms.WINDOW_PAYMENT.values(line, number, draft.faults)))


def _non_dpc(draft: Draft, number: int, line: str) -> None:
    forms.NON_DPC.values(line, number, draft.faults)


def _disease(draft: Draft, number: int, line: str) -> None:
    diseases = draft.donors[-1].diseases if draft.donors else draft.diseases
    diseases.append(DiseaseLine(number, *forms.DISEASE.values(line, number, draft.faults)))


def _treatment(draft: Draft, number: int, line: str) -> None:
    """Four of five lines are these: no call is made here that can be spared."""
    record = line[:2]
    faults = draft.faults
    form = forms.TREATMENTS[record]
    match = form.match(line)
    values = match.groups() if match else form.closely(line, number, faults)
    counts = day_counts(values[-1])
    if counts is not None:
        tally = draft.donors[-1].tally if draft.donors else draft.tally
        tally.add(number, record, values, counts, faults)
    elif not faults or faults[-1].place.line != number:
        form.closely(line, number, faults)


def _comment(draft: Draft, number: int, line: str) -> None:
    values = forms.COMMENT.values(line, number, draft.faults)
    tally = draft.current_tally()
    tally.enter(number, "CO", values[0], values[1], draft.faults)
    tally.lines.append(ReadLine(number, "CO", values))


def _narrative(draft: Draft, number: int, line: str) -> None:
    draft.narratives.append(NarrativeLine(number, *forms.NARRATIVE.values(line, number, draft.faults)))


def _donor_institution(draft: Draft, number: int, line: str) -> None:
    values = forms.DONOR_INSTITUTION.values(line, number, draft.faults)
    draft.institution = DonorInstitutionLine(number, *values)


def _donor_receipt(draft: Draft, number: int, line: str) -> None:
    receipt = DonorReceiptLine(number, *forms.DONOR_RECEIPT.values(line, number, draft.faults))
    elsewhere = draft.institution is not None and draft.institution.site == ANOTHER_INSTITUTION
    draft.donors.append(DonorDraft(draft.institution, receipt, tally=Tally(days_optional=elsewhere)))


def _donor_claim(draft: Draft, number: int, line: str) -> None:
    claim = DonorClaimLine(number, *forms.DONOR_CLAIM.values(line, number, draft.faults))
    if draft.donors:
        draft.donors[-1].claim = claim


# 別表25: the donor's institution is another than the recipient's.
ANOTHER_INSTITUTION = "2"

_TAKE: dict[str, Callable[[Draft, int, str], None]] = {
    "RE": _head,
    "HO": _insurer,
    "KO": _programme,
    "SN": _eligibility,
    "JD": _visits,
    "MF": _payment,
    "GR": _non_dpc,
    "SY": _disease,
    "SI": _treatment,
    "IY": _treatment,
    "TO": _treatment,
    "CO": _comment,
    "SJ": _narrative,
    "TI": _donor_institution,
    "TR": _donor_receipt,
    "TS": _donor_claim,
}
# A line's first three characters, the comma included, tell its record.
_RECORD_OF = {f"{record},": record for record in (*_TAKE, *FRAME_RECORDS)}
assert _TAKE.keys() == LETTERS.keys()  # noqa: S101 - every record that has an order has a reader
