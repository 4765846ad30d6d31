"""Files as they are published: packing, names, kinds, full and differential, and what is told of a bad one."""

import io
import zipfile
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.claims.domain.masters.files import (
    MOST_ERRORS,
    FaultyFile,
    MasterFile,
    RowError,
    read_file,
)
from services.claims.domain.masters.kinds import ChangeClass, MasterKind
from services.claims.domain.masters.opening import MOST_BYTES, Unreadable, UnreadableFile
from services.claims.domain.masters.records import comment_code, laid_over, row_of
from services.claims.domain.masters.rows import Row
from tests.unit.claims.masters.rows.samples import csv_of, record, sparse_record

ACT = MasterKind.ACT


def zip_of(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_csv", ".csv"), content)
    return packed.getvalue()


def read(name: str, content: bytes, published: date | None = None) -> MasterFile:
    found = read_file(name, content, published)
    assert isinstance(found, MasterFile), found
    return found


def refused(name: str, content: bytes, published: date | None = None) -> Unreadable:
    found = read_file(name, content, published)
    assert isinstance(found, UnreadableFile), found
    return found.why


def errors(content: bytes) -> tuple[RowError, ...]:
    found = read_file("s_20240531.csv", content)
    assert isinstance(found, FaultyFile), found
    return found.errors


@pytest.mark.parametrize("kind", MasterKind)
def test_each_kind_is_known_by_its_second_column(kind: MasterKind) -> None:
    file = read(f"{kind.value}_20240531.csv", csv_of([record(kind)]))

    assert file.kind is kind
    assert [each.line for each in file.records] == [1]


def test_a_zip_is_read_as_the_csv_it_holds() -> None:
    csv = csv_of([record(ACT)])

    packed, plain = read("s_20240531.zip", zip_of(s_ALL20240531_csv=csv)), read("s_20240531.csv", csv)

    assert packed.records == plain.records
    assert packed.csv == plain.csv == csv


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("s_20240531.csv", date(2024, 5, 31)),
        ("s_ALL20220218.csv", date(2022, 2, 18)),
        ("S_20240531.CSV", date(2024, 5, 31)),
    ],
)
def test_the_name_states_the_day_of_publication(name: str, day: date) -> None:
    assert read(name, csv_of([record(ACT)])).published_on == day


def test_a_day_may_be_stated_where_the_name_has_none() -> None:
    csv = csv_of([record(ACT)])

    assert refused("acts.csv", csv) is Unreadable.NO_DATE
    assert refused("s_20241399.csv", csv) is Unreadable.NO_DATE
    assert read("acts.csv", csv, date(2024, 5, 31)).published_on == date(2024, 5, 31)
    assert read("acts.zip", zip_of(s_20240601_csv=csv), date(2024, 5, 31)).published_on == date(2024, 6, 1)


def test_a_file_named_as_another_master_is_refused() -> None:
    assert refused("y_20240531.csv", csv_of([record(ACT)])) is Unreadable.NAMED_OTHERWISE


def test_a_master_that_is_not_known_is_refused() -> None:
    assert refused("h_20240531.csv", b'"0","H","1"\r\n') is Unreadable.UNKNOWN_KIND
    assert refused("s_20240531.csv", b"0,S,111000110\r\n") is Unreadable.UNKNOWN_KIND


def test_a_zip_holds_one_file() -> None:
    csv = csv_of([record(ACT)])

    assert refused("s_20240531.zip", zip_of()) is Unreadable.NOT_ONE_FILE
    assert refused("s_20240531.zip", zip_of(a_csv=csv, b_csv=csv)) is Unreadable.NOT_ONE_FILE


def test_a_zip_that_unpacks_to_more_than_the_bound_is_refused() -> None:
    assert refused("s_20240531.zip", zip_of(s_csv=bytes(MOST_BYTES + 1))) is Unreadable.TOO_LARGE


def test_a_zip_is_stored_or_deflated_and_its_file_has_a_name() -> None:
    csv = csv_of([record(ACT)])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("s.csv", csv)

    assert refused("s_20240531.zip", packed.getvalue()) is Unreadable.BAD_ZIP
    assert refused("s_20240531.zip", zip_of(_csv=csv).replace(b".csv", b"\0csv")) is Unreadable.BAD_ZIP


def test_other_bytes_are_refused_with_their_reason() -> None:
    assert refused("s_20240531.csv", b"") is Unreadable.EMPTY
    assert refused("s_20240531.csv", b"\r\n") is Unreadable.EMPTY
    assert refused("s_20240531.csv", b'"0","S"\r\n"\x81"\r\n') is Unreadable.NOT_CP932
    assert refused("s_20240531.zip", b"PK\x03\x04 and no more") is Unreadable.BAD_ZIP


def test_lines_that_end_otherwise_are_named_as_the_reason() -> None:
    csv = csv_of([record(ACT), record(ACT, {3: "111000370"})])

    assert refused("s_20240531.csv", csv.replace(b"\r\n", b"\n")) is Unreadable.LINE_ENDS
    assert len(read("s_20240531.csv", csv).records) == 2


def test_an_unchanged_record_makes_a_file_full() -> None:
    other = record(ACT, {1: "3", 3: "111000370"})

    assert read("s_20240531.csv", csv_of([record(ACT), other])).full
    assert not read("s_20240531.csv", csv_of([other])).full
    assert read("s_ALL20240531.csv", csv_of([other])).full


def test_a_changed_record_of_a_differential_file_may_state_only_what_changed() -> None:
    changed = sparse_record(ACT, {1: "5", 12: "300.00", 87: "20241001"})

    (found,) = read("s_20240930.csv", csv_of([changed])).records

    assert (found.code, found.change, found.row) == ("111000110", ChangeClass.CHANGED, None)
    assert found.fields == changed


def test_a_new_record_states_everything() -> None:
    assert {error.item for error in errors(csv_of([sparse_record(ACT, {1: "3", 12: "300.00"})]))} >= {11, 13, 87}


def test_a_full_file_has_no_sparse_record() -> None:
    sparse = sparse_record(ACT, {1: "5", 3: "111000370", 12: "300.00"})

    assert {error.line for error in errors(csv_of([record(ACT), sparse]))} == {2}


def test_a_changed_record_with_every_column_is_a_complete_one() -> None:
    (found,) = read("s_20240930.csv", csv_of([record(ACT, {1: "5"})])).records

    assert found.row is not None


def test_a_sparse_records_columns_are_held_against_their_rules() -> None:
    (error,) = errors(csv_of([sparse_record(ACT, {1: "5", 12: "three"})]))

    assert error == RowError("s_20240531.csv", 1, 12, "新又は現点数", "up to 7 digits and up to 2 decimals", "three")


@pytest.mark.parametrize("item", [2, 3])
def test_a_sparse_record_states_what_it_is_about(item: int) -> None:
    good, bad = sparse_record(ACT, {1: "5"}), sparse_record(ACT, {1: "5", 3: "111000370", item: ""})

    assert [(error.line, error.item) for error in errors(csv_of([good, bad]))] == [(2, item)]


@pytest.mark.parametrize("item", [3, 4, 5])
def test_a_sparse_comment_states_all_parts_of_its_code(item: int) -> None:
    found = read_file("c_20250307.csv", csv_of([sparse_record(MasterKind.COMMENT, {1: "5", item: ""})]))

    assert isinstance(found, FaultyFile)
    assert [error.item for error in found.errors] == [item]


def test_a_sparse_abolished_record_states_the_last_day() -> None:
    (error,) = errors(csv_of([sparse_record(ACT, {1: "9", 87: "20241201"})]))

    assert error.item == 88


def test_a_sparse_comment_has_the_code_of_its_pattern_and_serial() -> None:
    content = csv_of([sparse_record(MasterKind.COMMENT, {1: "9", 22: "20250331"})])

    (found,) = read("c_20250307.csv", content).records

    assert found.code == "840000013" == comment_code("40", "13")


def test_a_sparse_record_that_changes_nothing_is_told() -> None:
    changed = sparse_record(ACT, {1: "5", 3: "111000370", 12: "1.00"})

    file = read("s_20240902.csv", csv_of([changed, sparse_record(ACT, {1: "5"})]))

    assert file.silent == (2,)


def test_a_record_becomes_another_row_when_a_sparse_one_is_laid_over_it() -> None:
    before = record(MasterKind.DRUG, {36: "0"})
    after = laid_over(before, sparse_record(MasterKind.DRUG, {1: "5", 12: "7.10", 30: "20241101"}))

    row = row_of(MasterKind.DRUG, after)

    assert isinstance(row, Row)
    assert (row.code, row.valid_from, row.extra) == ("620000020", date(2024, 11, 1), ("0",))
    assert [item for item, (old, new) in enumerate(zip(before, after, strict=True), 1) if old != new] == [1, 12, 30]


def test_a_later_layout_lays_more_columns_over() -> None:
    sparse = (*sparse_record(MasterKind.DRUG, {1: "5"}), *("",) * 6, "1")

    assert laid_over(record(MasterKind.DRUG), sparse)[35:] == ("", "", "", "", "", "", "1")


def test_a_code_stands_on_one_line_of_a_file() -> None:
    (error,) = errors(csv_of([record(ACT), record(ACT)]))

    assert (error.line, error.rule) == (2, "one line for one code, the first is 1")


def test_every_line_is_quoted_and_ends_with_cr_lf() -> None:
    good = csv_of([record(ACT)])

    for bad in (good.replace("初".encode("cp932"), b'"'), good.replace(b"\r\n", b"\n"), good + b"0\r\n"):
        (error,) = errors(good.replace(b"111000110", b"111000370") + bad)
        assert error.line in {2, 3}
        assert error.rule == "every field in quotation marks, none within, CR LF at the end"


def test_codes_beyond_the_specification_and_later_columns_are_counted() -> None:
    file = read("s_20240531.csv", csv_of([record(ACT, {83: "3", 128: "1"}), record(ACT, {3: "111000370", 83: "3"})]))

    assert file.beyond == {(83, "3"): 2}
    assert file.later == {128: 1}


def test_errors_are_told_up_to_a_bound_and_counted_beyond_it() -> None:
    many = MOST_ERRORS + 20
    bad = [record(ACT, {3: f"1{number:08d}", 13: "9"}) for number in range(many)]

    found = read_file("s_20240531.csv", csv_of(bad))

    assert isinstance(found, FaultyFile)
    assert len(found.errors) == MOST_ERRORS
    assert found.error_count == many


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["", "1", "2"]), max_size=6), st.lists(st.sampled_from(["", "3", "4"]), max_size=6))
def test_laying_a_sparse_record_over_twice_is_laying_it_over_once(before: list[str], changes: list[str]) -> None:
    once = laid_over(tuple(before), tuple(changes))

    assert laid_over(once, tuple(changes)) == once
    assert all(after == new for after, new in zip(once, changes, strict=False) if new)
    assert all(after == old for after, old, new in zip(once, before, changes, strict=False) if not new)
    assert len(once) == max(len(before), len(changes))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_reason(content: bytes) -> None:
    assert isinstance(read_file("s_20240531.csv", content), UnreadableFile | FaultyFile)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(MasterKind), st.data())
def test_a_file_with_one_byte_changed_ends_in_rows_or_in_errors(kind: MasterKind, data: st.DataObject) -> None:
    packed = data.draw(st.booleans())
    csv = csv_of([record(kind)])
    content = bytearray(zip_of(a_csv=csv) if packed else csv)
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))

    found = read_file(f"{kind.value}_20240531.csv", bytes(content))

    assert isinstance(found, MasterFile | FaultyFile | UnreadableFile)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 99_999_999), unique=True, max_size=8))
def test_records_come_in_the_order_of_their_lines(numbers: list[int]) -> None:
    rows = [record(ACT, {3: f"1{number:08d}"}) for number in numbers] or [record(ACT)]

    file = read("s_20240531.csv", csv_of(rows))

    assert [each.fields for each in file.records] == rows
    assert all(before.line < after.line for before, after in pairwise(file.records))
