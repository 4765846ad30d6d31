"""The treatment of a receipt, from the lines of its facts: text becomes numbers, lines become units.

This is done once, when a claim is adjudicated; what is read again and again is remembered.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from services.claims.domain.treatment import CommentLine, DayCount, Line, LineKind, Treatment, Unit
from services.claims.domain.uke.columns import Comment, is_amount, whole_number
from services.claims.domain.uke.facts import ReceiptFacts
from services.claims.domain.uke.tally import ReadLine
from services.shared.kernel.months import Month
from services.shared.kernel.named_tuples import of_fields

_KINDS = {kind.value: kind for kind in LineKind}
_COMMENT_RECORD = "CO"
_NO_COMMENTS = ",,,,,"
_NO_MATERIAL = ("", "", "")
_MUNICIPAL_DIGITS = 6


def treatment_of(facts: ReceiptFacts, *, hospital_code: str = "", claim_month: Month | None = None) -> Treatment:
    """What a receipt whose form holds states of its treatment, for the hospital (10 digits) that claims in a month."""
    units, comments = units_of(facts.lines)
    return Treatment(
        kind=facts.kind,
        hospital_code=hospital_code,
        claim_month=claim_month,
        month=month_of(facts.treatment_month),
        sex=facts.sex,
        birth_date=facts.birth_date,
        admission_date=facts.admission_date,
        departments=facts.departments,
        days=facts.payers[0].days,
        special_marks=facts.special_marks,
        units=units,
        comments=comments,
        diagnoses=facts.diagnoses,
        uncoded=facts.uncoded,
        lines_before=facts.lines_before,
        municipal=_is_municipal(facts),
        patient_part_stated=facts.patient_part_stated,
    )


def _is_municipal(facts: ReceiptFacts) -> bool | None:
    """保険者番号 of 国民健康保険 has six digits, of every other insurer eight."""
    return len(facts.payers[0].number) == _MUNICIPAL_DIGITS if facts.kind.has_insurer else None


def units_of(lines: Sequence[ReadLine]) -> tuple[tuple[Unit, ...], tuple[CommentLine, ...]]:
    """Lines composed to units (点数・回数算定単位, 記録条件仕様 第1章 3 (4) オ), and the comments among them.

    Lines after the last that states its points are left out: a receipt with such lines is rejected.
    """
    units: list[Unit] = []
    comments: list[CommentLine] = []
    open_lines: list[Line] = []
    group, section = 0, ""
    for number, record, values in lines:
        if values[0]:
            section = values[0]
            group += 1
        if record == _COMMENT_RECORD:
            _, share, code, text = values
            comments.append(CommentLine(number, group, section, share, code, text))
            continue
        line = _line(number, record, values)
        open_lines.append(line)
        if line.points is not None:
            times = whole_number(values[5]) or 0
            days, lines_of_unit = days_of(values[-1]), tuple(open_lines)
            units.append(of_fields(Unit, (group, section, values[1], times, days, line.points, lines_of_unit)))
            open_lines = []
    return tuple(units), tuple(comments)


def _line(number: int, record: str, values: tuple[str, ...]) -> Line:
    kind = _KINDS[record]
    unit, price, product = values[6:9] if kind is LineKind.MATERIAL else _NO_MATERIAL
    comments = values[-2]
    fields = (
        number,
        kind,
        values[2],
        amount_of(values[3]) if values[3] else None,
        whole_number(values[4]) if values[4] else None,
        unit,
        amount_of(price) if price else None,
        product,
        () if comments == _NO_COMMENTS else _comments(comments),
    )
    return of_fields(Line, fields)


@lru_cache(maxsize=4_096)
def month_of(text: str) -> Month:
    """The month written YYYYMM; ValueError for anything else."""
    return Month.parse(text)


@lru_cache(maxsize=16_384)
def amount_of(text: str) -> Decimal | None:
    """The number that these digits write, exactly; None for anything else."""
    return Decimal(text) if is_amount(text) else None


@lru_cache(maxsize=16_384)
def days_of(run: str) -> tuple[DayCount, ...]:
    """The days of 31 columns that have a count."""
    counts = [whole_number(text) or 0 for text in run.split(",")]
    return tuple(DayCount(day, times) for day, times in enumerate(counts, 1) if times)


def _comments(run: str) -> tuple[Comment, ...]:
    fields = run.split(",")
    pairs = zip(fields[::2], fields[1::2], strict=False)
    return tuple(Comment(code, text) for code, text in pairs if code or text)
