"""Rules of form about who pays: the payer records, and the records and lines that name payers."""

from collections.abc import Callable, Iterator

from services.claims.domain.uke.codes import (
    BENEFIT_SHARES,
    FIRST_CLAIM_CONFIRMATIONS,
    FIRST_CLAIM_VISITS,
    INSURER_BEARER,
    PATIENT_PART_CLASSES,
    RECORDS_SINCE,
    VISIT,
    Scheme,
)
from services.claims.domain.uke.columns import DAYS_IN_RECORD
from services.claims.domain.uke.findings import Place, Rule
from services.claims.domain.uke.form import Fault
from services.claims.domain.uke.receipt_rules import Case
from services.shared.kernel.check_digits import check_digit_fits

_INSURER_DIGITS = (6, 8)
"""保険者番号: 8 digits, 6 of a municipal insurer (国民健康保険)."""
_MEMBER_CHARACTERS = 19
# 法別30 (医療観察法) has no recipient numbers.
_WITHOUT_RECIPIENT_NUMBER = "30"


def payers_fit_the_kind(case: Case) -> Iterator[Fault]:
    """HO stands if and only if the kind names an insurer; KO as often as it names programmes (第1章 3 (3) ア (カ))."""
    insurer, programmes = case.draft.insurer, case.draft.programmes
    if (insurer is not None) is not case.kind.has_insurer:
        yield Fault(Rule.PAYERS_OF_KIND, Place(insurer.line if insurer else case.head.line, "HO"))
    if len(programmes) != case.kind.programmes:
        detail = f"{len(programmes)} public programmes, the kind names {case.kind.programmes}"
        yield Fault(Rule.PAYERS_OF_KIND, Place(programmes[-1].line if programmes else case.head.line, "KO"), detail)


def insurer_is_well_formed(case: Case) -> Iterator[Fault]:
    """The insurer's number and check digit, the length of symbol and number together, meals only of inpatients.

    The number travels in events, so nothing but a number may stand there: a symbol or a name in the wrong field would.
    """
    insurer = case.draft.insurer
    if insurer is None:
        return
    number = insurer.insurer_number.lstrip(" ")
    if number and not (number.isascii() and number.isdigit() and len(number) in _INSURER_DIGITS):
        yield Fault(Rule.MODE, Place(insurer.line, "HO", "insurer_number"))
    if not check_digit_fits(number):
        yield Fault(Rule.CHECK_DIGIT, Place(insurer.line, "HO", "insurer_number"))
    if len(insurer.symbol) + len(insurer.member_number) > _MEMBER_CHARACTERS:
        yield Fault(Rule.MEMBER_LENGTH, Place(insurer.line, "HO", "member_number"))
    if (insurer.meals or insurer.meals_yen) and not case.kind.inpatient:
        yield Fault(Rule.INPATIENT_ONLY, Place(insurer.line, "HO", "meals"))


def programmes_are_well_formed(case: Case) -> Iterator[Fault]:
    """Each programme's check digit, its recipient's number, meals only of inpatients."""
    for programme in case.draft.programmes:
        number = programme.programme_number
        if not check_digit_fits(number):
            yield Fault(Rule.CHECK_DIGIT, Place(programme.line, "KO", "programme_number"))
        if bool(programme.recipient_number) is number.startswith(_WITHOUT_RECIPIENT_NUMBER):
            rule = Rule.NOT_APPLICABLE if programme.recipient_number else Rule.REQUIRED
            yield Fault(rule, Place(programme.line, "KO", "recipient_number"))
        if (programme.meals or programme.meals_yen) and not case.kind.inpatient:
            yield Fault(Rule.INPATIENT_ONLY, Place(programme.line, "KO", "meals"))


def shares_name_present_payers(case: Case) -> Iterator[Fault]:
    """No line's benefit share (負担区分) names a payer without a record; donors' lines name the recipient's payers."""
    present = present_payers(case)
    tallies = (case.draft.tally, *(donor.tally for donor in case.draft.donors))
    for tally in tallies:
        for share, line in tally.line_of_share.items():
            if not present.issuperset(BENEFIT_SHARES.get(share, ())):
                yield Fault(Rule.SHARE_PAYERS, Place(line, "", "share"))


def present_payers(case: Case) -> frozenset[int]:
    """The positions of the payers that have a record: 0 the insurer, 1 to 4 programmes."""
    first = 0 if case.draft.insurer is not None else 1
    return frozenset(range(first, len(case.draft.programmes) + 1))


def early_records_are_skipped(case: Case) -> Iterator[Fault]:
    """SN, JD and MF of treatment before September 2021 are skipped (第1章 3 (4) ウ, notes)."""
    draft = case.draft
    if case.head.treatment_month < RECORDS_SINCE:
        for record, lines in (("SN", draft.eligibility), ("JD", draft.visits), ("MF", draft.payments)):
            for line in lines:
                yield Fault(Rule.SKIPPED_RECORD, Place(line[0], record))


def eligibility_is_the_insurers(case: Case) -> Iterator[Fault]:
    """A first claim has one SN at most, for its insurer, confirmed at the window, without the agency's fields."""
    if case.head.treatment_month < RECORDS_SINCE:
        return
    for count, line in enumerate(case.draft.eligibility):
        if count or line.bearer != INSURER_BEARER or case.draft.insurer is None:
            yield Fault(Rule.BEARER, Place(line.line, "SN", "bearer"))
        if line.confirmation not in FIRST_CLAIM_CONFIRMATIONS:
            yield Fault(Rule.FIRST_CLAIM, Place(line.line, "SN", "confirmation"))
        if line.confirmed_insurer or line.confirmed_symbol or line.confirmed_number or line.recipient_number:
            yield Fault(Rule.FIRST_CLAIM, Place(line.line, "SN", "confirmed_insurer"))
        if line.branch and case.kind.scheme is Scheme.LATE_ELDERLY:
            yield Fault(Rule.NOT_APPLICABLE, Place(line.line, "SN", "branch"))


def visits_are_of_each_payer(case: Case) -> Iterator[Fault]:
    """Where JD stands, it stands once for each payer, with the codes of a first claim."""
    visits = case.draft.visits
    if not visits or case.head.treatment_month < RECORDS_SINCE:
        return
    missing = {str(position + 1) for position in present_payers(case)}
    for line in visits:
        if line.bearer not in missing:
            yield Fault(Rule.BEARER, Place(line.line, "JD", "bearer"))
        missing.discard(line.bearer)
        yield from _visit_code_faults(line.line, line.visits)
    if missing:
        yield Fault(Rule.RECORD_MISSING, Place(visits[-1].line, "JD"), "one for each payer")


def _visit_code_faults(line: int, run: str) -> Iterator[Fault]:
    days = run.split(",")
    if len(days) != DAYS_IN_RECORD:
        yield Fault(
            Rule.FIELDS_MISSING if len(days) < DAYS_IN_RECORD else Rule.FIELDS_EXTRA, Place(line, "JD", "visits")
        )
    for place, code in enumerate(days, 1):
        if code and code not in FIRST_CLAIM_VISITS:
            rule = Rule.FIRST_CLAIM if code in VISIT.codes else Rule.CODE
            yield Fault(rule, Place(line, "JD", f"visits_{place}"))


def payments_are_the_patients_part(case: Case) -> Iterator[Fault]:
    """For the time being MF states the patient's part alone, once (第1章 3 (3) ア (オ) note 5)."""
    if case.head.treatment_month < RECORDS_SINCE:
        return
    for count, line in enumerate(case.draft.payments):
        if count:
            yield Fault(Rule.RECORD_REPEATED, Place(line.line, "MF"))
        if line.payment_class not in PATIENT_PART_CLASSES:
            yield Fault(Rule.NOT_APPLICABLE, Place(line.line, "MF", "payment_class"))


RULES: tuple[Callable[[Case], Iterator[Fault]], ...] = (
    payers_fit_the_kind,
    insurer_is_well_formed,
    programmes_are_well_formed,
    shares_name_present_payers,
    early_records_are_skipped,
    eligibility_is_the_insurers,
    visits_are_of_each_payer,
    payments_are_the_patients_part,
)
