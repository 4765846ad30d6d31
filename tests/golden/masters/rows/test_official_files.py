"""The official files, every one of them, against what an independent route (the csv module) reads in them."""

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.claims.domain.masters.act_values import Step
from services.claims.domain.masters.acts import Act
from services.claims.domain.masters.ages import AgeRange, age_limit
from services.claims.domain.masters.drugs import Drug
from services.claims.domain.masters.files import MasterFile, read_file
from services.claims.domain.masters.kinds import ChangeClass, MasterKind
from services.claims.domain.masters.records import Fields, laid_over, row_of
from tests.support.official_data import official_data

FULL = {
    "b_20240601.zip": (MasterKind.DISEASE, 27_437, 46),
    "s_20240531.zip": (MasterKind.ACT, 10_133, 150),
    "s_ALL20220218.zip": (MasterKind.ACT, 8_735, 150),
    "y_ALL20240321.zip": (MasterKind.DRUG, 19_686, 40),
    "t_ALL20240315.zip": (MasterKind.MATERIAL, 1_334, 38),
    "c_ALL20230801.zip": (MasterKind.COMMENT, 3_065, 30),
    "z_20250601.zip": (MasterKind.MODIFIER, 2_375, 19),
}
"""Rows and columns: reference claims-japan 2.2; the schedule of 2022 was counted with the csv module."""
UPDATES = 55


@cache
def full_file(name: str) -> MasterFile:
    found = read_file(name, official_data("masters", "full", name).read_bytes())
    assert isinstance(found, MasterFile), found
    return found


def updates() -> list[Path]:
    return sorted(official_data("masters", "updates").glob("*.csv"), key=lambda path: path.stem[2:])


def read_update(path: Path) -> MasterFile:
    found = read_file(path.name, path.read_bytes())
    assert isinstance(found, MasterFile), found
    return found


def records_by_csv(name: str) -> list[list[str]]:
    with zipfile.ZipFile(official_data("masters", "full", name)) as archive:
        content = archive.read(archive.namelist()[0])
    return list(csv.reader(io.StringIO(content.decode("cp932"), newline="")))


@pytest.mark.parametrize("name", FULL)
def test_every_row_of_a_full_file_is_read(name: str) -> None:
    kind, rows, columns = FULL[name]

    file = full_file(name)

    assert (file.kind, file.full, len(file.records)) == (kind, True, rows)
    assert all(record.row is not None for record in file.records)
    assert {len(record.fields) for record in file.records} == {columns}


@pytest.mark.parametrize("name", ["s_20240531.zip", "t_ALL20240315.zip", "c_ALL20230801.zip"])
def test_records_are_those_that_the_csv_module_reads(name: str) -> None:
    assert [list(record.fields) for record in full_file(name).records] == records_by_csv(name)


def test_every_differential_file_is_read() -> None:
    read = [(path, read_update(path)) for path in updates()]

    assert len(read) == UPDATES
    for path, file in read:
        assert (len(file.records), file.full) == (path.read_bytes().count(b"\r\n"), False)
        assert file.published_on.strftime("%Y%m%d") == path.stem[2:]
        assert all((record.row is not None) == (record.change is ChangeClass.NEW) for record in file.records)


def test_one_line_of_the_differential_files_says_that_a_code_changed_but_not_in_what() -> None:
    silent = {path.name: file.silent for path in updates() if (file := read_update(path)).silent}

    assert silent == {"s_20240902.csv": (4,)}


def act(code: str) -> Act:
    (found,) = [record.row for record in full_file("s_20240531.zip").records if record.code == code]
    assert isinstance(found, Act)
    return found


def test_what_the_specification_says_of_its_examples_holds_in_the_act_master() -> None:
    limited, unlimited, catheter = act("160177770"), act("160098210"), act("160064510")

    assert isinstance(limited.step, Step)
    assert (limited.step.bounds.value, limited.step.upper, limited.points) == ("1", 5, Decimal(10))
    assert isinstance(unlimited.step, Step)
    assert (unlimited.step.bounds.value, unlimited.step.upper, unlimited.points) == ("0", None, Decimal(310))
    assert [(added.code, added.ages) for added in catheter.age_additions] == [
        ("160185970", AgeRange(None, age_limit("AA"))),
        ("160186070", AgeRange(age_limit("AA"), age_limit("03"))),
    ]


COUNTS = [
    ("s_20240531.zip", 13, "1", lambda row: row.setting.value == "1"),
    ("s_20240531.zip", 30, "1", lambda row: row.step is not None),
    ("s_20240531.zip", 68, "7", lambda row: row.notice_kind.value == "7"),
    ("s_20240531.zip", 16, "1", lambda row: row.bundle.value == "1"),
    ("y_ALL20240321.zip", 17, "1", lambda row: row.generic),
    ("t_ALL20240315.zip", 11, "2", lambda row: row.price_kind.value == "2"),
    ("c_ALL20230801.zip", 20, "1", lambda row: row.chosen),
    ("b_20240601.zip", 20, "1", lambda row: row.outside_insurance),
    ("b_20240601.zip", 19, "01", lambda row: row.needs_modifier),
]


@pytest.mark.parametrize(("name", "item", "text", "holds"), COUNTS)
def test_rows_of_a_value_are_as_many_as_the_csv_module_counts(
    name: str, item: int, text: str, holds: Callable[[Any], bool]
) -> None:
    counted = Counter(fields[item - 1] for fields in records_by_csv(name))

    assert sum(1 for record in full_file(name).records if holds(record.row)) == counted[text] > 0


def test_prices_add_up_to_what_the_csv_module_adds_up() -> None:
    rows = [record.row for record in full_file("y_ALL20240321.zip").records]
    by_csv = sum((Decimal(fields[11]) for fields in records_by_csv("y_ALL20240321.zip")), Decimal())

    assert sum((row.price for row in rows if isinstance(row, Drug)), Decimal()) == by_csv


def test_codes_beyond_the_specification_are_those_marked_in_the_closed_sets() -> None:
    assert full_file("s_20240531.zip").beyond == {
        (22, "72"): 1,
        (63, "115"): 1,
        (83, "3"): 30,
        (101, "AE"): 1,
        **{(124, code): 1 for code in "789A"},
    }
    assert full_file("s_ALL20220218.zip").beyond == {
        (19, "3"): 2,
        (83, "3"): 22,
        (83, "4"): 44,
        (123, "3"): 1,
        (123, "4"): 6,
    }


def test_each_sparse_record_becomes_a_row_when_laid_over_the_record_before() -> None:
    files = [full_file(name) for name in FULL if name != "s_ALL20220218.zip"]
    records = _laid_over_in_order([*files, *(read_update(path) for path in updates())])

    broken = {key: found for key, fields in records.items() if isinstance(found := row_of(key[0], fields), tuple)}
    assert broken == {}


def test_some_changed_codes_came_between_the_full_files_and_the_differential_ones() -> None:
    """At hand are comments of August 2023 and then of July 2024, drugs of March 2024 and then of June."""
    known = {(full_file(name).kind, record.code) for name in FULL for record in full_file(name).records}
    unknown: Counter[MasterKind] = Counter()
    for file in map(read_update, updates()):
        unknown.update(
            file.kind for record in file.records if record.row is None and (file.kind, record.code) not in known
        )
        known |= {(file.kind, record.code) for record in file.records}

    assert unknown == {MasterKind.COMMENT: 18, MasterKind.DRUG: 5}


def _laid_over_in_order(files: list[MasterFile]) -> dict[tuple[MasterKind, str], Fields]:
    """Every code's record after all of the files; a sparse record of a code that none of them has is left out."""
    records: dict[tuple[MasterKind, str], Fields] = {}
    for file in files:
        for record in file.records:
            key = (file.kind, record.code)
            if record.row is not None:
                records[key] = record.fields
            elif key in records:
                records[key] = laid_over(records[key], record.fields)
    return records
