"""Records are built column by column as the specification counts them; names, codes and days are the masters' own."""

import csv
import io
import zipfile
from pathlib import Path

import pytest

from services.coding.adapters.master_files import BadMaster
from services.coding.adapters.name_master_files import load_name_master, read_name_master
from services.coding.domain.naming.listed import NameKind
from services.shared.kernel.months import Month
from tests.support.official_data import official_data


def record(columns: int, values: dict[int, str]) -> list[str]:
    """One record; `values` by item, from 1."""
    return [values.get(item, "") for item in range(1, columns + 1)]


def content(*records: list[str]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(records)
    return written.getvalue().encode("cp932")


DRUG = {
    1: "0", 2: "Y", 3: "622315400", 5: "シンバスタチン５ｍｇ錠", 7: "ｼﾝﾊﾞｽﾀﾁﾝ5MGｼﾞｮｳ", 30: "20240401", 31: "99999999",
    32: "2189011F1017", 34: "0", 35: "シンバスタチン５ｍｇ錠", 37: "2189011F1ZZZ", 38: "【般】シンバスタチン錠５ｍｇ",
}  # fmt: skip
ACT = {
    1: "0", 2: "S", 3: "150181210", 5: "小腸切除術（その他）", 7: "ｼｮｳﾁｮｳｾﾂｼﾞｮｼﾞｭﾂ", 87: "20240601", 88: "99999999",
    113: "小腸切除術（その他のもの）",
}  # fmt: skip


def test_a_drug_is_read_with_both_names_its_generic_and_its_days() -> None:
    (row,) = read_name_master(NameKind.DRUG, [("y_ALL20240321", content(record(40, DRUG)))]).rows

    assert row.names == ("シンバスタチン５ｍｇ錠", "シンバスタチン５ｍｇ錠")
    assert (row.generic_code, row.generic_name) == ("2189011F1ZZZ", "【般】シンバスタチン錠５ｍｇ")
    assert row.standard_code == "2189011F1017"
    assert row.is_live(Month(2024, 4))
    assert not row.is_live(Month(2024, 3))


def test_a_transitional_listing_ends_on_its_day() -> None:
    (row,) = read_name_master(NameKind.DRUG, [("y_ALL20240321", content(record(35, {**DRUG, 34: "20240930"})))]).rows

    assert row.is_live(Month(2024, 9))
    assert not row.is_live(Month(2024, 10))


def test_a_procedure_is_read_with_both_names() -> None:
    (row,) = read_name_master(NameKind.PROCEDURE, [("s_20240531", content(record(150, ACT)))]).rows

    assert row.names == ("小腸切除術（その他）", "小腸切除術（その他のもの）")


def test_a_folders_files_are_one_master_in_the_order_of_their_days(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "s_ALL20220218.zip", "w") as archive:
        archive.writestr("s.csv", content(record(150, {**ACT, 5: "小腸切除術", 87: "20200401"})))
    (tmp_path / "s_20240531.csv").write_bytes(content(record(150, ACT)))
    sparse = {1: "5", 2: "S", 3: "150181210", 88: "20241130"}
    (tmp_path / "s_20241108.csv").write_bytes(content(record(150, sparse)))

    master = load_name_master(NameKind.PROCEDURE, tmp_path)

    (row,) = master.rows
    assert row.name == "小腸切除術（その他）"
    assert row.former == ("小腸切除術",)
    assert row.is_live(Month(2020, 4))
    assert not row.is_live(Month(2024, 12))
    assert master.version.startswith("s_20241108.")


@pytest.mark.parametrize(
    ("name", "written", "why"),
    [
        ("s_20240531", content(record(149, ACT)), "line 1"),
        ("s_20240531", content(record(150, DRUG)), "line 1"),
        ("s_20240531", content(record(150, {**ACT, 3: "15018121"})), "line 1"),
        ("s_20240531", content(record(150, {**ACT, 87: "20241301"})), "line 1"),
        ("s_20240531", content(record(150, {**ACT, 1: "5"})), "full"),
        ("s_latest", content(record(150, ACT)), "YYYYMMDD"),
        ("s_20240531", "手術".encode("euc_jp"), "cp932"),
    ],
)
def test_what_is_no_such_master_is_refused_and_named(name: str, written: bytes, why: str) -> None:
    with pytest.raises(BadMaster, match=why):
        read_name_master(NameKind.PROCEDURE, [(name, written)])


def test_a_folder_without_the_master_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadMaster, match=r"y_\*\.zip"):
        load_name_master(NameKind.DRUG, tmp_path)


def test_the_official_files_are_read_whole() -> None:
    folder = official_data("masters")

    drugs = load_name_master(NameKind.DRUG, folder)
    acts = load_name_master(NameKind.PROCEDURE, folder)

    assert drugs.version.startswith("y_20250813.")
    assert acts.version.startswith("s_20250901.")
    by_code = {row.code: row for row in (*drugs.rows, *acts.rows)}
    assert by_code["670000063"].name == "セレネース細粒１％（選）"
    assert not by_code["610412126"].is_live(Month(2024, 10))
    assert by_code["160240970"].former == ("遺伝カウンセリング加算",)
