"""Small cases for the edits: rows of the masters from a few columns, a receipt of May 2024, what is known around it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.claims.domain.edits.case import EditCase
from services.claims.domain.edits.find import find
from services.claims.domain.edits.finding import EditFinding
from services.claims.domain.edits.standards import Facility, FacilityStandards, Period, Premises, Registered
from services.claims.domain.masters.acts import Act
from services.claims.domain.masters.comments import MasterComment
from services.claims.domain.masters.diseases import Disease
from services.claims.domain.masters.drugs import Drug
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.materials import Material
from services.claims.domain.masters.modifiers import Modifier
from services.claims.domain.masters.records import row_of
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.prices import price
from services.claims.domain.treatment import CommentLine, DayCount, Line, Treatment, Unit
from services.claims.domain.uke.codes import receipt_kind
from services.claims.domain.uke.facts import Diagnosis, Sex, UncodedDiagnosis
from services.shared.kernel.months import Month
from tests.unit.claims.pricing.builders import treatment

MAY = Month(2024, 5)
JUNE = Month(2024, 6)
VISIT, TEST = "112000010", "160000010"
DISEASE = "2500013"
ALWAYS = Period(date(2000, 1, 1), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The masters of a case; a kind that is None is not loaded."""

    acts: Sequence[Act] | None = ()
    drugs: Sequence[Drug] | None = ()
    materials: Sequence[Material] | None = ()
    comments: Sequence[MasterComment] | None = None
    diseases: Sequence[Disease] | None = None
    modifiers: Sequence[Modifier] | None = None

    def schedule(self, month: Month = MAY) -> MonthSchedule:
        """What they say of a month."""
        return MonthSchedule.of(
            month,
            acts=self.acts,
            drugs=self.drugs,
            materials=self.materials,
            comments=self.comments,
            diseases=self.diseases,
            modifiers=self.modifiers,
        )


def unit(
    *lines: Line, points: int = 0, times: int = 1, days: Sequence[int] = (7,), section: str = "60", twice: int = 0
) -> Unit:
    """A unit done once on each of these days, and once more on day `twice`."""
    counted = tuple(DayCount(day, 2 if day == twice else 1) for day in days)
    return Unit(1, section, "1", times if not days else sum(each.times for each in counted), counted, points, lines)


def receipt(*units: Unit, kind: str = "", days: int = 1, born: str = "", sex: Sex = Sex.MALE) -> Treatment:
    """A receipt of May 2024, claimed in June; lines are numbered from 11 on through all units.

    A kind that is left out fits the birth date, a birth date the kind; without both it is an adult's, 1112.
    """
    kind = kind or _kind_at(born)
    born = born or _BORN[kind[-1]]
    known = receipt_kind(kind)
    assert known is not None
    numbers = iter(range(11, 500))
    numbered = tuple(
        each._replace(lines=tuple(line._replace(number=next(numbers)) for line in each.lines)) for each in units
    )
    return replace(
        treatment(*numbered), kind=known, days=days, birth_date=date.fromisoformat(born), sex=sex, claim_month=JUNE
    )


def _kind_at(born: str) -> str:
    """Of outpatients in May 2024."""
    if born > "2018-04-01":
        return "1114"
    return "1118" if born and born <= "1954-05-01" else "1112"


_BORN = dict.fromkeys("1256", "1980-01-01") | dict.fromkeys("34", "2020-01-01") | dict.fromkeys("7890", "1940-01-01")
"""By the last digit of the kind."""


def case(rows: Rows, treated: Treatment, **around: object) -> EditCase:
    """The case with its price."""
    schedule = rows.schedule(treated.month)
    made = EditCase(treatment=treated, pricing=price(treated, schedule), schedule=schedule)
    return replace(made, **around)  # type: ignore[arg-type]  # fields of EditCase by name


def found(edit_id: str, judged: EditCase) -> list[EditFinding]:
    """What one edit says."""
    return [each for each in find(judged) if each.edit.id == edit_id]


def ids(judged: EditCase) -> list[str]:
    """The edits that speak, in order."""
    return [each.edit.id for each in find(judged)]


def cuts(edit_id: str, judged: EditCase) -> list[tuple[int, int | None, int | None]]:
    """Line, points before and points after of one edit's reductions."""
    return [(each.line, each.points_before, each.points_after) for each in found(edit_id, judged)]


def disease(code: str = DISEASE, columns: Mapping[int, str] | None = None) -> Disease:
    """A disease of E11.9 (2型糖尿病) that says nothing else."""
    known = {1: "0", 2: "B", 3: code, 6: "病", 5: "1", 8: "病", 7: "1", 10: "ビョウ", 9: "3", 11: "20050001", 12: "1"}
    known |= {13: "ABCD", 14: "E119", 16: "E119", 19: "00", 20: "0", 21: "00", 24: "99999999", 43: "00", 44: "00"}
    known |= dict.fromkeys([*range(25, 38), 45, 46], "0") | {39: "", 42: "0"}
    row = _row(MasterKind.DISEASE, known | dict(columns or {}), 46)
    assert isinstance(row, Disease), row
    return row


def modifier(code: str, role: str = "1") -> Modifier:
    """A modifier of a role (修飾語区分 second character)."""
    known = {1: "0", 2: "Z", 3: code, 6: "1", 7: "左", 9: "2", 10: "サリ", 12: "0", 13: "0", 16: "99999999"}
    known |= {17: "20050001", 18: "ABC", 19: f"A{role}000000"}
    row = _row(MasterKind.MODIFIER, known, 19)
    assert isinstance(row, Modifier), row
    return row


def master_comment(code: str, columns: Mapping[int, str] | None = None) -> MasterComment:
    """A comment; its pattern stands in the second and third digit of its code."""
    known = {1: "0", 2: "C", 3: "8", 4: code[1:3], 5: code[3:], 6: "1", 7: "文", 8: "1", 9: "ｺ", 20: "0"}
    known |= {21: "20200401", 22: "99999999", 23: code, 24: ""} | dict.fromkeys(range(10, 20), "0")
    row = _row(MasterKind.COMMENT, known | dict(columns or {}), 30)
    assert isinstance(row, MasterComment), row
    return row


def _row(kind: MasterKind, columns: Mapping[int, str], count: int) -> object:
    return row_of(kind, [columns.get(item, "") for item in range(1, count + 1)])


def ill(code: str = DISEASE, *modifiers: str, line: int = 5) -> Diagnosis:
    """A coded diagnosis."""
    return Diagnosis(line, code, modifiers, date(2024, 5, 1), "1", main=False)


def ill_in_words(text: str = "のどの痛み") -> UncodedDiagnosis:
    """A diagnosis as free text."""
    return UncodedDiagnosis(6, text, date(2024, 5, 1), "1", main=False)


def said(code: str, text: str = "", number: int = 90) -> CommentLine:
    """A CO line."""
    return CommentLine(number, 1, "60", "1", code, text)


def registered(
    *codes: str,
    facility: Facility | None = Facility.CLINIC,
    beds: int | None = 0,
    since: str = "2000-01-01",
    until: str | None = None,
) -> FacilityStandards:
    """A hospital with these standards in a period, and with so many beds, all of them general."""
    period = Period(date.fromisoformat(since), None if until is None else date.fromisoformat(until))
    return FacilityStandards(
        registered=tuple(Registered(code, period) for code in codes),
        premises=(Premises(ALWAYS, facility, beds, beds),),
    )
