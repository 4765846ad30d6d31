"""The rules of form that hold for one field on its own; asked only of lines that do not match their layout's pattern.

Each rule is a small function from a field's layout and text to the rules it breaks, with a detail that repeats nothing
of the text.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.claims.domain.uke import records
from services.claims.domain.uke.characters import bytes_of, is_alnum, is_digits, is_wide
from services.claims.domain.uke.columns import MOST_DIGITS, day, is_amount, split_codes
from services.claims.domain.uke.findings import Place, Rule
from services.claims.domain.uke.layout import COMMENTS, FieldLayout, Form, Mode, Need, RecordLayout, Shape

_MONTHS = range(1, 13)
_RECIPIENT_NUMBER = records.ProgrammeRecord.layout.fields[1]


class Fault(NamedTuple):
    """A rule broken at a place; how heavy that is depends on the profile and is decided later."""

    rule: Rule
    place: Place
    detail: str = ""


def line_faults(layout: RecordLayout, fields: Sequence[str], line: int) -> Iterator[Fault]:
    """Everything wrong with the fields of one line, `fields[0]` being the record id."""
    place = Place(line, layout.record)
    if len(fields) < layout.columns:
        yield Fault(Rule.FIELDS_MISSING, place, f"{len(fields)} of {layout.columns}")
    if len(fields) > layout.columns:
        yield Fault(Rule.FIELDS_EXTRA, place, f"{len(fields)} of {layout.columns}")
    for field in layout.fields:
        text = fields[field.index] if field.index < len(fields) else ""
        for rule, detail in field_faults(field, text):
            yield Fault(rule, Place(line, layout.record, field.name), detail)
    yield from _comment_faults(layout, fields, line)


def _comment_faults(layout: RecordLayout, fields: Sequence[str], line: int) -> Iterator[Fault]:
    """Comments: a text needs its code, and a pair stands before the next."""
    pairs = [field for field in layout.fields if field.run == COMMENTS]
    texts = [fields[field.index] if field.index < len(fields) else "" for field in pairs]
    ended = False
    for field, code, written in zip(pairs[::2], texts[::2], texts[1::2], strict=True):
        if (written and not code) or (code and ended):
            yield Fault(Rule.COMMENT_PAIR, Place(line, layout.record, field.name))
        ended = ended or not code


def field_faults(field: FieldLayout, text: str) -> Iterator[tuple[Rule, str]]:
    """The rules that this text breaks in this field, each with a detail."""
    if not text:
        if field.need is Need.REQUIRED:
            yield (Rule.NAME_MISSING if field.name == "name" else Rule.REQUIRED), field.japanese
    elif field.need is Need.RESERVED:
        yield Rule.RESERVED, ""
    else:
        yield from _SHAPE_FAULTS[field.shape](field, text)


def _text_faults(field: FieldLayout, text: str) -> Iterator[tuple[Rule, str]]:
    yield from _mode_faults(field, text)
    length = bytes_of(text)
    if length > field.max_bytes:
        yield Rule.TEXT_TOO_LONG, f"{length} bytes, at most {field.max_bytes}"
    elif field.form is Form.FIXED and length < field.max_bytes:
        yield Rule.LENGTH, f"{length} bytes, exactly {field.max_bytes}"
    if text[-1] in " \u3000":
        yield Rule.TRAILING_SPACE, ""


def _mode_faults(field: FieldLayout, text: str) -> Iterator[tuple[Rule, str]]:
    alnum, wide = bool(is_alnum(text)), bool(is_wide(text))
    match field.mode:
        case Mode.WIDE if not wide:
            yield Rule.MODE, field.mode.value
        case Mode.ALNUM | Mode.DIGITS if not alnum:
            yield Rule.MODE, field.mode.value
        case Mode.EITHER if not (alnum or wide):
            mixed = all(is_alnum(character) or is_wide(character) for character in text)
            yield (Rule.MIXED_MODES if mixed else Rule.MODE), field.mode.value


def _digit_faults(field: FieldLayout, text: str) -> Iterator[tuple[Rule, str]]:
    if not is_digits(text):
        yield Rule.MODE, field.mode.value
    elif not field.fewest <= len(text) <= field.max_bytes:
        short = field is _RECIPIENT_NUMBER and len(text) < field.max_bytes
        yield (Rule.RECIPIENT_NUMBER if short else Rule.LENGTH), f"{len(text)} digits, {_span(field)}"
    elif not text.startswith(field.first_digit):
        yield Rule.CODE_FAMILY, f"first digit {field.first_digit}"


def _span(field: FieldLayout) -> str:
    return f"exactly {field.max_bytes}" if field.fewest == field.max_bytes else f"{field.fewest} to {field.max_bytes}"


def _date_faults(field: FieldLayout, text: str) -> Iterator[tuple[Rule, str]]:
    whole = list(_digit_faults(field, text))
    yield from whole
    if not whole and not is_calendar(text):
        yield Rule.DATE, "YYYYMMDD" if field.max_bytes == len("YYYYMMDD") else "YYYYMM"


def is_calendar(text: str) -> bool:
    """Whether these 6 or 8 digits are a month or a day of the calendar."""
    if len(text) == len("YYYYMM"):
        return int(text[4:]) in _MONTHS and text[:4] > "0000"
    return day(text) is not None


def _quantity_faults(field: FieldLayout, text: str) -> Iterator[tuple[Rule, str]]:
    if not is_digits(text):
        yield Rule.MODE, field.mode.value
    elif len(text.lstrip("0")) > field.max_bytes or len(text) > MOST_DIGITS:
        yield Rule.NUMBER_TOO_LONG, f"at most {field.max_bytes} digits"
    elif len(text) > 1 and text[0] == "0":
        yield Rule.NUMBER_FORM, "leading zero"


def _amount_faults(field: FieldLayout, text: str) -> Iterator[tuple[Rule, str]]:
    if not is_amount(text):
        yield Rule.MODE, f"{field.mode.value}, {field.whole} digits and {field.fraction} decimals"
        return
    whole, point, fraction = text.partition(".")
    if len(whole.lstrip("0")) > field.whole or len(fraction.rstrip("0")) > field.fraction:
        yield Rule.NUMBER_TOO_LONG, f"at most {field.whole} digits and {field.fraction} decimals"
    elif (len(whole) > 1 and whole[0] == "0") or (point and fraction[-1] == "0"):
        yield Rule.NUMBER_FORM, "leading or trailing zero"


def _code_faults(field: FieldLayout, text: str) -> Iterator[tuple[Rule, str]]:
    if len(text) % field.width:
        yield Rule.CODES_WIDTH, f"{field.width} characters each"
    elif len(text) > field.max_bytes:
        yield Rule.LENGTH, f"at most {field.max_bytes // field.width} codes"
    elif field.table and not field.table.codes.issuperset(split_codes(text, field.width)):
        yield Rule.CODE, f"別表{field.table.number} {field.table.japanese}" if field.table.number else field.japanese
    elif not field.table and not (text.isascii() and text.isalnum()):
        yield Rule.MODE, field.mode.value


_SHAPE_FAULTS = {
    Shape.TEXT: _text_faults,
    Shape.DIGITS: _digit_faults,
    Shape.DATE: _date_faults,
    Shape.QUANTITY: _quantity_faults,
    Shape.AMOUNT: _amount_faults,
    Shape.CODES: _code_faults,
}
