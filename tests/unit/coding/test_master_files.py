import zipfile
from pathlib import Path

import pytest

from services.coding.adapters.master_files import BadMaster, load_master
from services.shared.kernel.months import Month


def official(**changed: str) -> bytes:
    fields = [""] * 46
    fields[1], fields[2], fields[5], fields[7], fields[9] = "B", "8833421", "高血圧症", "高血圧症", "コウケツアツショウ"
    fields[15], fields[21], fields[23] = "I10", "20020601", "99999999"
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
