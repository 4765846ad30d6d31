"""Diseases whose use has ended: where they moved, as told by the files of a day."""

from datetime import date
from pathlib import Path

from services.claims.adapters.master_files import schedules_from
from services.shared.kernel.months import Month
from tests.support.master_csv import NEVER, csv_of

OLD, NEW, GONE = "7338012", "8844645", "7338013"


def disease(code: str, *, change: str = "0", successor: str = "", changed: str = "", ends: str = NEVER) -> str:
    """A complete record of 46 columns."""
    known = {1: change, 2: "B", 3: code, 4: successor, 5: "1", 6: "病", 7: "1", 8: "病", 9: "3", 10: "ビョウ"}
    known |= {11: "20050001", 12: "1", 13: "ABCD", 14: "M841", 16: "M841", 19: "00", 20: "0", 21: "00"}
    known |= {22: "20020601", 23: changed, 24: ends, 42: "0", 43: "00", 44: "00"}
    known |= dict.fromkeys([*range(25, 38), 45, 46], "0")
    return ",".join(f'"{known.get(item, "")}"' for item in range(1, 47))


def test_an_abolished_disease_is_told_with_where_it_moved_from_the_month_after_its_last_day_on(tmp_path: Path) -> None:
    """別紙1-2 2: 7338012 尺骨骨折偽関節 moved to 8844645; 7338013 moved nowhere."""
    full = csv_of(disease(OLD, successor=OLD), disease(NEW), disease(GONE, successor=GONE))
    ending = csv_of(
        disease(OLD, change="9", successor=NEW, ends="20240815"), disease(GONE, change="9", ends="20240831")
    )
    (tmp_path / "b_20240601.csv").write_bytes(full)
    (tmp_path / "b_20240810.csv").write_bytes(ending)
    masters = schedules_from([tmp_path])

    august, september = (masters.schedule(Month(2024, month)) for month in (8, 9))

    assert august.moved_diseases == {}
    assert august.disease(OLD, 15) is not None
    assert september.moved_diseases == {OLD: NEW}
    assert not september.diseases.ever(GONE)
    assert masters.schedule(Month(2024, 9), date(2024, 8, 1)).moved_diseases == {}
