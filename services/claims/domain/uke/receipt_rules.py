"""Rules of form that need more than one field: a receipt's head and its records in their context.

Each rule is a function from what was read to the faults it finds. RULES lists them in the order they are asked; rules
of payers are in `payer_rules`, of donors in `donor_rules`.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from services.claims.domain.uke.characters import is_digits, is_kana
from services.claims.domain.uke.codes import (
    MARKS_FROM_2022_10,
    MARKS_UNTIL_2018_07,
    UNCODED_DISEASE,
    ReceiptKind,
    Scheme,
)
from services.claims.domain.uke.columns import day, split_codes, whole_number
from services.claims.domain.uke.draft import Draft
from services.claims.domain.uke.findings import Place, Rule
from services.claims.domain.uke.form import Fault, is_calendar
from services.claims.domain.uke.line_forms import DiseaseLine, HeadLine
from services.claims.domain.uke.tally import Tally

_DEPARTMENT_FIELDS = 5
_SHORTEST_MONTH = 28
_PERCENT = range(1, 101)
_is_spaced = re.compile(r"[^ \u3000][ \u3000][^ \u3000]").search
_KANA_SINCE = "201804"
_MARKS_17_TO_22_UNTIL = "201807"
_MARKS_41_TO_44_SINCE = "202210"


class Case(NamedTuple):
    """What the rules of a receipt look at: the draft, its head, the kind it declares, and the month of the claim."""

    draft: Draft
    head: HeadLine
    kind: ReceiptKind
    claim_month: str

    def at(self, name: str) -> Place:
        """A field of the receipt's head."""
        return Place(self.head.line, "RE", name)


def records_stand(case: Case) -> Iterator[Fault]:
    """Diseases and lines of treatment are there; narratives state their class."""
    draft = case.draft
    if not draft.diseases:
        yield Fault(Rule.DISEASE_MISSING, Place(case.head.line, "SY"))
    if not draft.tally.treatment_lines:
        yield Fault(Rule.DETAIL_MISSING, Place(case.head.line, "SI"))
    if draft.narratives and not draft.narratives[0].narrative_class:
        yield Fault(Rule.NARRATIVE_CLASS, Place(draft.narratives[0].line, "SJ", "narrative_class"))


def name_is_written_in_two(case: Case) -> Iterator[Fault]:
    """氏名 holds one space between family and given name; カタカナ holds none and nothing but katakana."""
    head = case.head
    if head.name and not _is_spaced(head.name):
        yield Fault(Rule.NAME_SPACE, case.at("name"))
    if head.kana and not is_kana(head.kana):
        yield Fault(Rule.KANA, case.at("kana"))
    if head.kana and head.treatment_month < _KANA_SINCE:
        yield Fault(Rule.KANA, case.at("kana"), "recorded since April 2018")


def days_are_of_the_calendar(case: Case) -> Iterator[Fault]:
    """Dates exist, and none lies after the treatment month, which does not lie after the month of the claim."""
    head = case.head
    month = head.treatment_month
    yield from month_faults(month, case.at("treatment_month"))
    if case.claim_month and month > case.claim_month:
        yield Fault(Rule.FUTURE_MONTH, case.at("treatment_month"))
    yield from date_faults(head.birth_date, month, case.at("birth_date"))
    yield from date_faults(head.admission_date, month, case.at("admission_date"))


def month_faults(text: str, place: Place) -> Iterator[Fault]:
    """A month that is none of the calendar; digits are proved elsewhere."""
    if len(text) == len("YYYYMM") and is_digits(text) and not is_calendar(text):
        yield Fault(Rule.DATE, place, "YYYYMM")


def date_faults(text: str, month: str, place: Place) -> Iterator[Fault]:
    """A date that is no day of the calendar, or lies after the treatment month; digits are proved elsewhere."""
    rule = date_rule(text, month)
    if rule is not None:
        yield Fault(rule, place, "YYYYMMDD" if rule is Rule.DATE else "")


def date_rule(text: str, month: str) -> Rule | None:
    """The rule that a date breaks, its digits being proved elsewhere: it exists, and not after the treatment month."""
    if day(text) is not None:
        return Rule.AFTER_TREATMENT if text[:6] > month else None
    return Rule.DATE if len(text) == len("YYYYMMDD") and is_digits(text) else None


def inpatients_are_admitted(case: Case) -> Iterator[Fault]:
    """The day of admission stands on inpatient receipts and only there; wards stand on no other."""
    head = case.head
    if bool(head.admission_date) is not case.kind.inpatient:
        yield Fault(Rule.ADMISSION, case.at("admission_date"))
    if head.wards and not case.kind.inpatient:
        yield Fault(Rule.INPATIENT_ONLY, case.at("wards"))
    if case.draft.tally.inpatient_line and not case.kind.inpatient:
        yield Fault(Rule.SECTION_INPATIENT, Place(case.draft.tally.inpatient_line, "", "treatment_section"))


def marks_are_in_use(case: Case) -> Iterator[Fault]:
    """特記事項 17 to 19 and 22 ended with July 2018; 41 to 44 began with October 2022, for the late elderly."""
    if not case.head.special_marks:
        return
    marks = set(split_codes(case.head.special_marks, 2))
    month = case.head.treatment_month
    ended = marks & MARKS_UNTIL_2018_07 and month > _MARKS_17_TO_22_UNTIL
    elderly = case.kind.scheme is Scheme.LATE_ELDERLY
    not_yet = marks & MARKS_FROM_2022_10 and (month < _MARKS_41_TO_44_SINCE or not elderly)
    if ended or not_yet:
        yield Fault(Rule.MARK_PERIOD, case.at("special_marks"))


def benefit_ratio_is_stated(case: Case) -> Iterator[Fault]:
    """給付割合 stands on municipal (six-digit insurer) and retiree receipts, as a percentage; elsewhere 30 or none."""
    head, insurer = case.head, case.draft.insurer
    municipal = insurer is not None and insurer.insurer_number.startswith("  ")
    if municipal or case.kind.scheme is Scheme.RETIREE:
        if whole_number(head.benefit_percent) not in _PERCENT:
            yield Fault(Rule.BENEFIT_RATIO, case.at("benefit_percent"))
    elif head.benefit_percent not in {"", "30"}:
        yield Fault(Rule.BENEFIT_RATIO, case.at("benefit_percent"), "not recorded for this scheme")


def departments_are_whole(case: Case) -> Iterator[Fault]:
    """A combined name stands beside its department; a second and third department on outpatient receipts only."""
    departments = case.draft.departments
    if not any(departments):
        return
    for place in range(0, len(departments), _DEPARTMENT_FIELDS):
        department, *combined = departments[place : place + _DEPARTMENT_FIELDS]
        name = f"department_{place // _DEPARTMENT_FIELDS + 1}"
        if any(combined) and not department:
            yield Fault(Rule.DEPARTMENT, case.at(name))
        if place and case.kind.inpatient and (department or any(combined)):
            yield Fault(Rule.OUTPATIENT_ONLY, case.at(name))


def first_claims_have_no_search_number(case: Case) -> Iterator[Fault]:
    """検索番号 is given by the agency; a first claim has none."""
    if case.head.search_number:
        yield Fault(Rule.SEARCH_NUMBER, case.at("search_number"))


def diseases_are_coded_or_named(case: Case) -> Iterator[Fault]:
    """The diagnoses of the receipt, each on its own."""
    month = case.head.treatment_month
    for disease in case.draft.diseases:
        yield from disease_faults(disease, month)


def disease_faults(disease: DiseaseLine, month: str) -> Iterator[Fault]:
    """Code 0000999, and only it, has a name and no modifiers; the start is a day not after the treatment month."""
    line, code, start, _, modifiers, name, _ = disease
    uncoded = code == UNCODED_DISEASE
    if uncoded is not bool(name):
        yield Fault(Rule.UNCODED_NAME, Place(line, "SY", "name"))
    if uncoded and modifiers:
        yield Fault(Rule.UNCODED_MODIFIER, Place(line, "SY", "modifiers"))
    rule = date_rule(start, month)
    if rule is not None:
        yield Fault(rule, Place(line, "SY", "start_date"))


def counted_days_exist(case: Case) -> Iterator[Fault]:
    """The receipt's own lines count on days of its month."""
    yield from day_faults(case.draft.tally, case.head.treatment_month)


def day_faults(tally: Tally, month: str) -> Iterator[Fault]:
    """No line counts on a day that the treatment month has not."""
    if tally.last_day > _SHORTEST_MONTH and day(f"{month}{tally.last_day}") is None:
        yield Fault(Rule.DAY_OF_MONTH, Place(tally.last_day_line, "", f"days_{tally.last_day}"))


RULES: tuple[Callable[[Case], Iterator[Fault]], ...] = (
    records_stand,
    name_is_written_in_two,
    days_are_of_the_calendar,
    inpatients_are_admitted,
    marks_are_in_use,
    benefit_ratio_is_stated,
    departments_are_whole,
    first_claims_have_no_search_number,
    diseases_are_coded_or_named,
    counted_days_exist,
)
