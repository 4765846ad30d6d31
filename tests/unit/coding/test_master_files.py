import csv
import zipfile
from datetime import date
from pathlib import Path

import pytest

from services.coding.adapters.master_files import ABBREVIATIONS, BadMaster, load_master, read_diseases, read_modifiers
from services.coding.domain.master import Alone, Billing, ModifierClass
from services.coding.domain.normalise import normalised
from services.shared.kernel.months import Month
from tests.support.official_data import official_data


def official(**changed: str) -> bytes:
    fields = [""] * 46
    fields[1], fields[2], fields[5], fields[7], fields[9] = "B", "8833421", "高血圧症", "高血圧症", "コウケツアツショウ"
    fields[15], fields[21], fields[23] = "I10", "20020601", "99999999"
    fields[3], fields[18], fields[19] = "8833421", "00", "0"
    for place, value in changed.items():
        fields[int(place.removeprefix("field"))] = value
    return (",".join(f'"{field}"' for field in fields) + "\r\n").encode("cp932")


def test_the_program_s_own_extract_codes_common_diseases() -> None:
    master = load_master(None)

    assert len(master) >= 60
    assert [row.code for row in master.live("高血圧症", Month(2024, 10))] == ["8833421"]
    assert [row.icd10 for row in master.live("キュウセイジョウキドウエン", Month(2021, 10))] == ["J069"]


@pytest.mark.parametrize("suffix", ["csv", "txt", "zip"])
def test_an_official_file_is_read_packed_or_not(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"b_20240601.{suffix}"
    if suffix == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("b_20240601.txt", official())
    else:
        path.write_bytes(official())
    master = load_master(path)

    assert master.version.startswith("b_20240601.")
    assert [row.code for row in master.live("高血圧症", Month(2002, 6))] == ["8833421"]
    assert master.live("高血圧症", Month(2002, 5)) == ()


@pytest.mark.parametrize(
    "content",
    [official(field1="S"), official(field2="12"), official(field21="20021301"), b'"too","short"\r\n', b"\x81\xff\xff"],
    ids=["another master", "a bad code", "no date", "too few fields", "not cp932"],
)
def test_a_file_that_is_no_disease_master_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "b.csv"
    path.write_bytes(content)

    with pytest.raises(BadMaster):
        load_master(path)


def official_modifier(**changed: str) -> bytes:
    fields = [""] * 19
    fields[1], fields[2], fields[6], fields[9] = "Z", "8002", "の疑い", "ノウタガイ"
    fields[13], fields[15], fields[16], fields[17] = "", "99999999", "27000001", "AAAA"
    fields[18] = "A8000000"
    for place, value in changed.items():
        fields[int(place.removeprefix("field"))] = value
    return (",".join(f'"{field}"' for field in fields) + "\r\n").encode("cp932")


def test_an_official_row_keeps_what_verification_asks() -> None:
    [row] = read_diseases(
        official(
            field3="8833422",
            field10="20061234",
            field12="ABCD",
            field16="N083",
            field18="01",
            field19="1",
            field22="20240601",
        )
    )

    assert (row.moved_to, row.management_number, row.exchange_code) == ("8833422", "20061234", "ABCD")
    assert (row.icd10, row.icd10_second) == ("I10", "N083")
    assert (row.alone, row.billing) == (Alone.FORBIDDEN, Billing.NOT_CLAIMABLE)
    assert (row.valid_from, row.changed_on, row.valid_to) == (date(2002, 6, 1), date(2024, 6, 1), date.max)


def test_a_row_that_moves_to_itself_has_not_moved() -> None:
    assert read_diseases(official(field3="8833421"))[0].moved_to == ""


def test_an_official_modifier_is_read_with_its_class_and_its_side() -> None:
    [suffix] = read_modifiers(official_modifier())
    [prefix] = read_modifiers(official_modifier(field2="2049", field6="左", field18="A2000000"))

    assert (suffix.code, suffix.kind, suffix.is_suffix) == ("8002", ModifierClass.SUFFIX, True)
    assert (prefix.kind, prefix.is_suffix, prefix.valid_to) == (ModifierClass.POSITION, False, date.max)


@pytest.mark.parametrize(
    "content",
    [official_modifier(field1="B"), official_modifier(field2="82"), official_modifier(field18="A0"), official()],
    ids=["another letter", "a bad code", "no such class", "a disease master"],
)
def test_a_file_that_is_no_modifier_master_is_refused(content: bytes) -> None:
    with pytest.raises(BadMaster):
        read_modifiers(content)


def test_the_program_s_own_modifiers_stand_beside_its_diseases() -> None:
    master = load_master(None)

    assert {row.code for row in master.modifiers} >= {"2049", "2056", "2058", "8002"}
    assert master.version.startswith("diseases.")
    assert "+modifiers." in master.version


def test_every_abbreviation_means_a_live_disease_of_the_official_master() -> None:
    master = load_master(official_data("masters", "full", "b_20240601.zip"))
    with ABBREVIATIONS.open(encoding="utf-8", newline="") as rows:
        told = [(row["abbreviation"], row["name"], row["source"], row["as_of"]) for row in csv.DictReader(rows)]

    assert len(told) > 50
    assert all(source and as_of for _, _, source, as_of in told)
    for short, name, *_ in told:
        assert normalised(name) in {normalised(row.name) for row in master.live(normalised(short), Month(2024, 10))}


def test_the_official_masters_are_read_whole() -> None:
    folder = official_data("masters", "full")
    master = load_master(folder / "b_20240601.zip", folder / "z_20250601.zip")

    assert (len(master), len(master.modifiers)) == (27_436, 2_375)
    assert sum(row.alone is Alone.FORBIDDEN for row in master.rows) == 31
    assert sum(row.billing is Billing.NOT_CLAIMABLE for row in master.rows) == 102
