"""The real masters and their real revision history, against values read off the files and a replay by another route.

The replay knows nothing of eras, periods or typed rows: it lays each differential file over a table of columns.
"""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import pytest

from services.claims.adapters.master_files import schedules_from
from services.claims.application.masters import Masters
from services.claims.domain.masters.acts import Act
from services.claims.domain.masters.drugs import Drug
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.materials import Material
from services.shared.kernel.months import Month
from tests.support.official_data import official_data


@cache
def _masters() -> Masters:
    return schedules_from([official_data("masters")])


@cache
def _records(path: Path) -> list[list[str]]:
    content = path.read_bytes()
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            content = archive.read(archive.namelist()[0])
    return list(csv.reader(io.StringIO(content.decode("cp932"))))


def _points(code: str, day: date, as_of: date | None = None) -> Decimal | None:
    act = _masters().schedule(Month.of(day), as_of).act(code, day.day)
    return act.points if act is not None else None


@pytest.mark.parametrize(
    ("code", "day", "points"),
    [
        ("111000110", date(2021, 10, 1), "288.00"),
        ("111000110", date(2024, 6, 1), "291.00"),
        ("114706510", date(2025, 3, 31), "10.00"),
        ("114706510", date(2025, 4, 1), "9.00"),
        ("197000110", date(2025, 3, 31), "670.00"),
        ("197000110", date(2025, 4, 1), "690.00"),
        ("111703470", date(2025, 4, 1), "10.00"),
    ],
)
def test_an_act_has_the_points_of_its_day(code: str, day: date, points: str) -> None:
    assert _points(code, day) == Decimal(points)


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("111703470", date(2024, 9, 30)),  # new from 2024-10-01
        ("111703170", date(2024, 12, 1)),  # abolished, last day 2024-11-30
        ("111000110", date(2022, 4, 1)),  # between the schedules at hand
        ("111000110", date(2024, 5, 31)),
        ("111000110", date(2026, 6, 1)),
    ],
)
def test_an_act_is_not_found_outside_its_days(code: str, day: date) -> None:
    assert _points(code, day) is None


def test_an_abolished_act_is_found_on_its_last_day() -> None:
    assert _points("111703170", date(2024, 11, 30)) is not None


def test_what_was_published_later_was_not_known_before() -> None:
    april = date(2025, 4, 1)

    assert _points("197000110", april, as_of=date(2025, 3, 6)) == Decimal("670.00")
    assert _points("197000110", april, as_of=date(2025, 3, 7)) == Decimal("690.00")
    assert _points("111703170", date(2024, 12, 1), as_of=date(2024, 11, 7)) is not None


def test_a_drug_has_the_price_of_its_day_and_none_after_its_transition() -> None:
    before, after = _masters().schedule(Month(2024, 7)), _masters().schedule(Month(2024, 8))
    prices = [schedule.drug("622633201", 1) for schedule in (before, after)]

    assert [drug.price for drug in prices if drug is not None] == [Decimal("76355.00"), Decimal("67871.00")]
    assert not after.loaded(MasterKind.MODIFIER)
    assert not _masters().schedule(Month(2025, 4)).loaded(MasterKind.DRUG)


def test_a_material_goes_on_after_a_price_that_was_transitional() -> None:
    found = [_masters().schedule(month).material("729120000", 1) for month in (Month(2025, 5), Month(2025, 6))]

    assert [row.price for row in found if row is not None] == [Decimal("27200.00"), Decimal("25400.00")]


@pytest.mark.parametrize(
    ("month", "kinds"),
    [
        (Month(2021, 10), {MasterKind.ACT}),
        (Month(2023, 9), {MasterKind.COMMENT}),
        (Month(2024, 5), {MasterKind.COMMENT, MasterKind.DRUG}),
        (Month(2024, 6), {MasterKind.ACT, MasterKind.DRUG, MasterKind.MATERIAL, MasterKind.DISEASE}),
        (Month(2025, 6), {MasterKind.ACT, MasterKind.MATERIAL, MasterKind.DISEASE, MasterKind.MODIFIER}),
        (Month(2026, 6), {MasterKind.DISEASE, MasterKind.MODIFIER}),
    ],
)
def test_a_month_is_served_by_the_kinds_of_its_own_era(month: Month, kinds: set[MasterKind]) -> None:
    schedule = _masters().schedule(month)

    assert {kind for kind in MasterKind if schedule.loaded(kind)} == kinds


def test_the_schedule_of_february_2022_does_not_attest_what_october_2021_lacks() -> None:
    assert not _masters().schedule(Month(2021, 10)).exhaustive(MasterKind.ACT)
    assert _masters().schedule(Month(2024, 6)).exhaustive(MasterKind.ACT)


def test_every_act_of_the_last_day_is_as_a_plain_replay_of_all_files_says() -> None:
    table = {fields[2]: fields for fields in _records(official_data("masters", "full", "s_20240531.zip"))}
    for path in sorted(official_data("masters", "updates").glob("s_*.csv")):
        for fields in _records(path):
            known = table.get(fields[2], fields)
            table[fields[2]] = [new or old for new, old in zip(fields, known, strict=True)]
    live = {code: fields for code, fields in table.items() if fields[87] == "99999999"}
    schedule = _masters().schedule(Month(2025, 10))

    assert set(schedule.acts.whole) == set(live)
    assert not schedule.acts.parts
    for code, fields in live.items():
        act = schedule.acts.whole[code]
        assert _facts(act) == (fields[4].rstrip(), fields[11], fields[12], fields[86], fields[35])


def _facts(act: Act) -> tuple[str, str, str, str, str]:
    times = str(act.limit.times) if act.limit is not None else "0"
    return act.name, str(act.points), str(act.setting.value), act.valid_from.strftime("%Y%m%d"), times


class _Columns(NamedTuple):
    """Where columns stand, counted from 0: code, amount, 変更年月日, 廃止年月日, 経過措置年月日 where that ends use."""

    code: int
    amount: int
    starts: int
    ends: int
    transition: int | None


_PLACES = {
    MasterKind.ACT: ("s_20240531.zip", "s_*.csv", _Columns(2, 11, 86, 87, None)),
    MasterKind.DRUG: ("y_ALL20240321.zip", "y_*.csv", _Columns(2, 11, 29, 30, 33)),
    MasterKind.MATERIAL: ("t_ALL20240315.zip", "t_*.csv", _Columns(2, 11, 27, 29, None)),
}


def _amounts(kind: MasterKind, day: date) -> dict[str, Decimal]:
    """Every code in force on a day and its points or price, by laying the files' rows over one another day by day."""
    full, updates, at = _PLACES[kind]
    wanted = day.strftime("%Y%m%d")
    said: dict[str, list[tuple[str, int, list[str]]]] = {}
    files = [official_data("masters", "full", full), *sorted(official_data("masters", "updates").glob(updates))]
    for order, path in enumerate(files):
        for fields in _records(path):
            known = said.setdefault(fields[at.code], [])
            starts = fields[at.starts] if fields[0] != "9" else ""
            if known or fields[0] in {"0", "3"} or not order:
                known.append((starts or (known[-1][0] if known else ""), order, fields))
    found = {}
    for code, rows in said.items():
        record: list[str] = []
        ended = False
        for starts, _, fields in sorted(rows, key=lambda row: row[:2]):
            ended = ended or (fields[0] == "9" and fields[at.ends] < wanted)
            if starts <= wanted:
                record = [new or old for new, old in zip_longest(fields, record, fillvalue="")]
        transition = record[at.transition] if record and at.transition is not None else ""
        if record and not ended and not ("0" < transition < wanted):
            found[code] = Decimal(record[at.amount])
    return found


@pytest.mark.parametrize(
    ("kind", "day"),
    [
        *((MasterKind.ACT, date(2024, month, 15)) for month in range(6, 13)),
        *((MasterKind.ACT, date(2025, month, 1)) for month in range(1, 13)),
        *((MasterKind.DRUG, date(2024, month, 20)) for month in range(4, 13)),
        *((MasterKind.DRUG, date(2025, month, 31)) for month in (1, 3)),
        *((MasterKind.MATERIAL, date(2024, month, 30)) for month in range(6, 13)),
        *((MasterKind.MATERIAL, date(2025, month, 1)) for month in range(1, 13)),
    ],
)
def test_every_code_on_a_day_has_the_amount_that_a_replay_by_days_gives_it(kind: MasterKind, day: date) -> None:
    era = _masters().history(kind).loaded_on(day)
    assert era is not None
    rows = {code: row.price if isinstance(row, Drug | Material) else row for code, row in era.on(day).items()}

    expected = _amounts(kind, day)
    assert {code: row.points if isinstance(row, Act) else row for code, row in rows.items()} == expected
    assert len(expected) > 1_000


def test_every_row_of_the_real_updates_finds_its_record_where_the_era_has_a_full_file() -> None:
    masters = _masters()
    unapplied = {kind: len(masters.history(kind).unapplied) for kind in MasterKind}

    assert [kind for kind, count in unapplied.items() if count] == [MasterKind.DRUG, MasterKind.COMMENT]
