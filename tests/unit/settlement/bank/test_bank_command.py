import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.settlement.entrypoints.cli import bank
from tests.unit.settlement.bank.test_checking import BY_HAND, with_bytes


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "transfers.txt"


def test_a_file_in_order_is_told_with_its_records_and_sums(file: Path) -> None:
    file.write_bytes(BY_HAND)
    result = CliRunner().invoke(bank, ["check", str(file)])

    assert result.exit_code == 0
    assert result.stdout == ("21 総合振込: 4 records, without line ends\ngroup 1: 1 entries, 3,544 yen\nin order\n")


def test_what_is_wrong_is_told_without_what_stands_there(file: Path) -> None:
    file.write_bytes(with_bytes(2, 52, "a"))
    result = CliRunner().invoke(bank, ["check", str(file)])

    assert result.exit_code == 1
    assert "record 2, byte 52: payee_name holds a character that 受取人名 may not have (alphabet)" in result.stdout
    assert "ﾋﾞ" not in result.stdout


def test_banks_that_nobody_has_are_told_where_that_is_asked(file: Path) -> None:
    file.write_bytes(BY_HAND)
    result = CliRunner().invoke(bank, ["check", str(file), "--banks"])

    assert result.exit_code == 1
    assert result.stdout.count("bank is the code of no bank (assigned)") == 2
    assert "banks and branches held against the list of 20" in result.stdout


def test_the_same_is_told_to_programs(file: Path) -> None:
    file.write_bytes(with_bytes(3, 18, "5"))
    result = CliRunner().invoke(bank, ["check", str(file), "--json"])
    told = json.loads(result.stdout)

    assert (told["kind"], told["records"], told["violation_count"]) == ("21", 4, 1)
    assert told["groups"] == [{"header_record": 1, "count": 1, "total_yen": 3544}]
    assert told["violations"][0] == {
        "record": 3,
        "offset": 7,
        "field": "total_yen",
        "rule": "sum",
        "said": "合計金額 is not what the records above come to",
    }


def test_what_is_no_bank_file_is_refused(file: Path) -> None:
    file.write_bytes(b"RE,1\r\n")
    result = CliRunner().invoke(bank, ["check", str(file)])

    assert (result.exit_code, "データ区分" in result.output) == (1, True)
