"""The official masters as this generator reads them: with the csv module, by column number, on its own.

Columns are those of マスターファイル仕様説明書 (令和4年4月版), counted from 1. Only codes are used that no differential
file touches before April 2025, so that one full file per kind says all that there is to say of them in these months.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

FULL: Final = {
    "s": "s_20240531.zip",
    "y": "y_ALL20240321.zip",
    "t": "t_ALL20240315.zip",
    "c": "c_ALL20230801.zip",
    "b": "b_20240601.zip",
    "z": "z_20250601.zip",
}
CODE_COLUMN: Final = {"s": 3, "y": 3, "t": 3, "c": 23, "b": 3, "z": 3}
CHANGED_COLUMN: Final = {"s": 87, "y": 30, "t": 28, "c": 21, "b": 23, "z": 15}
AFTER_ALL_MONTHS: Final = "20250401"
NO_LIMIT: Final = "00"


class Steps(NamedTuple):
    """きざみ値: columns 31 to 35 of an act."""

    lower: int
    upper: int
    step: int
    points: Decimal
    errors: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One row of the act master, as far as a valid line depends on it; names follow the columns' numbers below."""

    code: str
    name: str
    unit: str
    points_kind: str
    points: Decimal
    setting: str
    late_elderly: str
    section_outside: str
    bundle: str
    dpc: str
    facility: str
    committal: str
    disease_group: str
    days: str
    drug_bound: str
    steps: Steps | None
    most: int
    note_group: str
    note_number: str
    rule_age: str
    youngest: str
    oldest: str
    time: str
    graded: str
    graded_by: str
    donor: str
    judged: str
    judgement_group: str
    tapered: str
    management: str
    specimen: str
    taper_group: str
    section_inside: str
    kind: str
    kind_in_table: str
    beds: str
    standards: tuple[str, ...]
    short_stay: str
    monitored: str
    begins: str
    closes_appendage: str


class Drug(NamedTuple):
    """One row of the drug master: price in yen of one unit, dosage form (1 internal, 4 injected, 6 external)."""

    code: str
    price_kind: str
    price: Decimal
    form: str


class Material(NamedTuple):
    """One row of the material master."""

    code: str
    unit: str
    price_kind: str
    price: Decimal
    ages: tuple[str, str]
    plain: bool


class Disease(NamedTuple):
    """One row of the disease master: alone = 単独使用禁止区分, billed = 保険請求外区分, and the groups of 管理料."""

    code: str
    alone: str
    not_billed: str
    group: str
    intractable: str
    icd10: str
    icd10_beside: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Masters:
    """The rows that no differential file touches in time, by code; `touched` are the codes that some file does."""

    acts: dict[str, Act]
    drugs: dict[str, Drug]
    materials: dict[str, Material]
    diseases: dict[str, Disease]
    modifiers: tuple[str, ...]
    comments: frozenset[str]
    touched: frozenset[str]


ACTS_BEFORE: Final = "s_ALL20220218.zip"
"""The act master of the fee schedule before last, which no differential file at hand touches."""


@cache
def masters_before(folder: Path) -> Masters:
    """The same with the acts of the earlier schedule."""
    acts = (_act(row) for row in _rows(folder / "full" / ACTS_BEFORE))
    return replace(read_masters(folder), acts={act.code: act for act in acts})


@cache
def read_masters(folder: Path) -> Masters:
    """The official files under this folder (full/ and updates/)."""
    touched = frozenset(code for path in sorted((folder / "updates").glob("*.csv")) for code in _touched_by(path))
    rows = {kind: _untouched(kind, _rows(folder / "full" / name), touched) for kind, name in FULL.items()}
    return Masters(
        acts={act.code: act for act in map(_act, rows["s"])},
        drugs={drug.code: drug for drug in map(_drug, rows["y"])},
        materials={material.code: material for material in map(_material, rows["t"])},
        diseases={disease.code: disease for disease in map(_disease, rows["b"])},
        modifiers=tuple(row[2] for row in rows["z"] if row[13] <= "20240601"),
        comments=frozenset(row[22] for row in rows["c"]),
        touched=touched,
    )


def _touched_by(path: Path) -> Iterator[str]:
    """The codes of a differential file's rows that take effect in time, or do not say when."""
    kind = path.name[0]
    for row in _rows(path):
        if row[CHANGED_COLUMN[kind] - 1] < AFTER_ALL_MONTHS:
            yield row[CODE_COLUMN[kind] - 1]


def _rows(path: Path) -> Iterator[list[str]]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            content = archive.read(archive.namelist()[0])
    else:
        content = path.read_bytes()
    return csv.reader(io.StringIO(content.decode("cp932")))


def _untouched(kind: str, rows: Iterable[list[str]], touched: frozenset[str]) -> list[list[str]]:
    place = CODE_COLUMN[kind] - 1
    return [row for row in rows if row[place] not in touched]


def _act(row: list[str]) -> Act:
    stepped = row[29] == "1"
    return Act(
        code=row[2],
        name=row[4],
        unit=row[7],
        points_kind=row[10],
        points=Decimal(row[11]),
        setting=row[12],
        late_elderly=row[13],
        section_outside=row[14],
        bundle=row[15],
        dpc=row[17],
        facility=row[18],
        committal=row[20],
        disease_group=row[24],
        days=row[26] + row[27],
        drug_bound=row[28],
        steps=Steps(int(row[30]), int(row[31]), int(row[32]), Decimal(row[33]), row[34]) if stepped else None,
        most=int(row[35]),
        note_group=row[37],
        note_number=row[38],
        rule_age=row[39],
        youngest=row[40],
        oldest=row[41],
        time=row[42],
        graded=row[43],
        graded_by=row[44],
        donor=row[48],
        judged=row[49],
        judgement_group=row[50],
        tapered=row[51],
        management=row[55],
        specimen=row[60],
        taper_group=row[62],
        section_inside=row[65],
        kind=row[67],
        kind_in_table=row[68],
        beds=row[70],
        standards=tuple(each for each in row[71:81] if each not in {"0", ""}),
        short_stay=row[82],
        monitored=row[117],
        begins=row[86],
        closes_appendage=row[122],
    )


def _drug(row: list[str]) -> Drug:
    return Drug(row[2], row[10], Decimal(row[11]), row[27])


def _material(row: list[str]) -> Material:
    plain = row[13] == "0" and row[20] == "0" and row[21] == "0" and row[22] == "0" and row[23] == "0"
    return Material(row[2], row[7], row[10], Decimal(row[11]), (row[14], row[15]), plain)


def _disease(row: list[str]) -> Disease:
    return Disease(row[2], row[18], row[19], row[20], row[42], row[15], row[16])
