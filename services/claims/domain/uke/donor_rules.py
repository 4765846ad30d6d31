"""Rules of form for the donor's receipts inside a receipt (臓器提供者レセプト情報, 第1章 3 (3) ア (キ) and (4) キ)."""

from collections.abc import Iterator

from services.claims.domain.uke.columns import whole_number
from services.claims.domain.uke.draft import ANOTHER_INSTITUTION, DonorDraft
from services.claims.domain.uke.findings import Place, Rule
from services.claims.domain.uke.form import Fault
from services.claims.domain.uke.line_forms import DonorInstitutionLine
from services.claims.domain.uke.receipt_rules import Case, date_faults, day_faults, disease_faults, month_faults
from services.shared.kernel.check_digits import check_digit_fits

_INPATIENT_KINDS = frozenset({"1991", "1997"})


def donors_are_well_formed(case: Case) -> Iterator[Fault]:
    """Every donor's receipt on its own, and their numbers per institution."""
    institution: DonorInstitutionLine | None = None
    expected = 1
    for donor in case.draft.donors:
        if donor.institution is not institution:
            institution, expected = donor.institution, 1
            if institution is not None:
                yield from institution_faults(institution)
        if whole_number(donor.receipt.receipt_number) != expected:
            yield Fault(Rule.DONOR_NUMBER, Place(donor.receipt.line, "TR", "receipt_number"))
        expected += 1
        yield from donor_faults(donor)


def institution_faults(institution: DonorInstitutionLine) -> Iterator[Fault]:
    """The institution's codes and names are recorded if and only if it is another than the recipient's."""
    line, site, *stated, telephone = institution
    elsewhere = site == ANOTHER_INSTITUTION
    if not all(stated) if elsewhere else any((*stated, telephone)):
        yield Fault(Rule.DONOR_INSTITUTION, Place(line, "TI", "institution_code"))
    code = f"{institution.prefecture}{institution.score_table}{institution.institution_code}"
    if elsewhere and not check_digit_fits(code):
        yield Fault(Rule.CHECK_DIGIT, Place(line, "TI", "institution_code"))


def donor_faults(donor: DonorDraft) -> Iterator[Fault]:
    """One donor's receipt: dates, admission, meals, at least one disease and one line."""
    receipt = donor.receipt
    inpatient = receipt.kind in _INPATIENT_KINDS
    yield from month_faults(receipt.treatment_month, Place(receipt.line, "TR", "treatment_month"))
    for name, text in (("birth_date", receipt.birth_date), ("admission_date", receipt.admission_date)):
        yield from date_faults(text, receipt.treatment_month, Place(receipt.line, "TR", name))
    if bool(receipt.admission_date) is not inpatient:
        yield Fault(Rule.ADMISSION, Place(receipt.line, "TR", "admission_date"))
    if donor.claim and (donor.claim.meals or donor.claim.meals_yen) and not inpatient:
        yield Fault(Rule.INPATIENT_ONLY, Place(donor.claim.line, "TS", "meals"))
    if donor.claim and whole_number(donor.claim.points) != donor.tally.points:
        yield Fault(Rule.DONOR_POINTS, Place(donor.claim.line, "TS", "points"))
    if not donor.diseases:
        yield Fault(Rule.DISEASE_MISSING, Place(receipt.line, "SY"))
    if not donor.tally.treatment_lines:
        yield Fault(Rule.DETAIL_MISSING, Place(receipt.line, "SI"))
    yield from day_faults(donor.tally, receipt.treatment_month)
    for disease in donor.diseases:
        yield from disease_faults(disease, receipt.treatment_month)
