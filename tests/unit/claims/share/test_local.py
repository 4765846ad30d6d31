import pytest

from services.claims.domain.faulty_rows import MOST_ERRORS, FaultyRows, RowError
from services.claims.domain.share.local import (
    COLUMNS,
    Programmes,
    programme_of_row,
    programmes_in,
    programmes_text,
    read_programmes,
)
from services.claims.domain.share.programmes import LeftRounding, LimitOrder
from services.shared.kernel.months import Month

_ROW = {"number": "80130", "name": "マル障", "source": "条例"}


def test_a_row_with_nothing_but_its_name_leaves_nothing_after_the_limit() -> None:
    programme = programme_of_row(_ROW)

    assert (programme.percent, programme.order, programme.rounding) == (None, LimitOrder.BEFORE, LeftRounding.ONE_YEN)
    assert programme.blank_is_nothing


def test_every_column_is_read() -> None:
    stated = ("88", "マル乳", "10", "44400", "8000", "after", "ten_yen_half_up", "2026-04", "2027-03", "条例 5条")
    programme = programme_of_row(dict(zip(COLUMNS, stated, strict=True)))

    assert (programme.number, programme.percent) == ("88", 10)
    assert (programme.inpatient_limit_yen, programme.outpatient_limit_yen) == (44_400, 8_000)
    assert (programme.order, programme.rounding) == (LimitOrder.AFTER, LeftRounding.TEN_YEN_HALF_UP)
    assert (programme.since, programme.until) == (Month(2026, 4), Month(2027, 3))
    assert not programme.blank_is_nothing


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("number", "", "number: must not be empty"),
        ("percent", "ten", "percent: must be a whole number"),
        ("outpatient_limit_yen", "-5", "outpatient_limit_yen: must be a whole number"),
        ("order", "first", "order: must be one of one_for_all"),
        ("rounding", "up", "rounding: must be one of one_yen"),
        ("since", "2026-4", "since: must be YYYY-MM"),
        ("percent", "101", "percent: must be at most 100"),
        ("outpatient_limit_yen", "100000000", "outpatient_limit_yen: must be at most 99999999"),
        ("order", "long_term", "order: must be one of one_for_all, by_class, assisted, before, after"),
        ("number", "8", "number: must be 2 to 8 digits"),
        ("number", "８０", "number: must be 2 to 8 digits"),
        ("number", "長", "number: must be 2 to 8 digits"),
        ("name", "a\nb", "name: must be one line"),
        ("until", "2026-03", "until: must not lie before since"),
        ("since", "202604", "since: must be YYYY-MM"),
    ],
)
def test_a_row_that_cannot_be_is_refused_by_its_column(column: str, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        programme_of_row({"since": "2026-04"} | _ROW | {column: text})


def _read(*lines: str) -> Programmes | FaultyRows:
    return read_programmes("\n".join([*lines, ""]).encode())


def _meaning(*lines: str) -> Programmes:
    read = _read(*lines)
    assert not isinstance(read, FaultyRows), read
    return read


def _wrong(*lines: str) -> tuple[RowError, ...]:
    read = _read(*lines)
    assert isinstance(read, FaultyRows)
    return read.errors


@pytest.mark.parametrize(
    ("limits", "blank_is_nothing"),
    [({}, True), ({"percent": "0"}, False), ({"inpatient_limit_yen": "500"}, False)],
)
def test_a_blank_burden_is_nothing_only_where_the_row_states_no_rule_of_its_own(
    limits: dict[str, str], blank_is_nothing: bool
) -> None:
    assert programme_of_row(_ROW | limits).blank_is_nothing is blank_is_nothing


def test_a_file_means_the_rows_of_each_number_in_one_order() -> None:
    lines = ("8013,a,10,2026-08,x", "80,b,,,x", "8013,c,20,2026-04,x")
    read = _meaning("number,name,percent,since,source", *lines)

    assert read == _meaning("number,name,percent,since,source", *reversed(lines))
    assert {number: [each.name for each in rows] for number, rows in read.items()} == {"80": ["b"], "8013": ["c", "a"]}


def test_a_file_may_be_in_cp932_or_begin_with_a_byte_order_mark() -> None:
    text = "number,name,source\n80,医療費助成,条例\n"

    assert read_programmes(text.encode("cp932")) == read_programmes(text.encode("utf-8-sig")) == _meaning(*text.split())


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (("number,name", "80,a"), RowError(1, "", "the columns are")),
        (("number,name,source,law", "80,a,x,y"), RowError(1, "", "the columns are")),
        (("number,name,source,name", "80,a,x,y"), RowError(1, "", "the columns are")),
        (("number,name,source",), RowError(1, "", "must state a programme")),
        (("number,name,source", "80,a,x,y"), RowError(2, "", "must have 3 columns")),
        (("number,name,source", "80,a,x", "", "81,b"), RowError(4, "source", "must not be empty")),
        (("number,name,source", "80,a,x", "80,b,y"), RowError(3, "since", "must differ from that of the other rows")),
        (("number,name,source", '80,"a,x'), RowError(1, "", "must be CSV")),
    ],
)
def test_a_file_that_cannot_be_says_line_column_and_rule(lines: tuple[str, ...], error: RowError) -> None:
    (found,) = _wrong(*lines)

    assert found[:2] == error[:2]
    assert found.rule.startswith(error.rule)


def test_every_wrong_row_is_counted_and_the_first_are_kept() -> None:
    read = _read("number,name,source", *["x,a,b"] * (MOST_ERRORS + 5))

    assert isinstance(read, FaultyRows)
    assert (len(read.errors), read.error_count) == (MOST_ERRORS, MOST_ERRORS + 5)


def test_bytes_that_are_no_text_are_refused() -> None:
    read = read_programmes(b"number,name,source\n80,\x81,x\n")

    assert isinstance(read, FaultyRows)
    assert read.errors == (RowError(1, "", "must be UTF-8"),)


def test_rows_are_kept_as_text_that_reads_as_the_same_rows() -> None:
    stated = ("88", 'マル乳, "第1子"', "10", "44400", "0", "after", "ten_yen_down", "2026-04", "2027-03", "条例, 5条")
    rows = (programme_of_row(_ROW), programme_of_row(dict(zip(COLUMNS, stated, strict=True))))

    assert programmes_in(programmes_text(rows)) == rows
    assert programmes_text(reversed(rows)) == programmes_text(rows)
