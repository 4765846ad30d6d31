"""`seikyu bank check` of what banks say: XML, and days as an import reads them."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.settlement.entrypoints.cli import bank
from tests.support.bank_statements import ACCOUNT, Line, statement_file, western
from tests.support.camt import PASSWORD, camt_052, camt_054

DAY, NEXT = date(2026, 6, 30), date(2026, 7, 1)
RECENT = datetime.now(UTC).date() - timedelta(days=3)
LINES = [Line(day=DAY, yen=7_000, name="ﾀﾞﾚｶ"), Line(day=NEXT, yen=-300)]


def typed(folder: Path, content: bytes, *options: str) -> Result:
    file = folder / "file"
    file.write_bytes(content)
    return CliRunner().invoke(bank, ["check", str(file), *options])


def test_a_statement_in_xml_is_told_with_its_account_and_balances(tmp_path: Path) -> None:
    result = typed(tmp_path, camt_052(1_000, LINES, since=DAY, until=NEXT))

    assert result.exit_code == 0
    assert result.stdout == (
        "camt.052 入出金取引明細 (ZEDI)\n"
        f"account {ACCOUNT}, 2026-06-30 to 2026-07-01: 2 entries, 1,000 to 7,700 yen, in 7,000, out 300\n"
        "in order\n"
    )


def test_a_notice_in_xml_is_told_for_programs(tmp_path: Path) -> None:
    found = json.loads(typed(tmp_path, camt_054(LINES[:1]), "--json").stdout)

    assert (found["kind"], found["violation_count"]) == ("camt.054", 0)
    assert found["groups"][0]["in_yen"] == 7_000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((b">1000</Amt>", b">1001</Amt>"), "Bal opening + in - out comes to 7,701 yen, but it closes with 7,700 (sum)"),
        ((b'"JPY">300', b'"USD">300'), "entry 2, byte "),
        ((b"</Rpt>", b""), "is no well-formed XML (well_formed)"),
    ],
)
def test_what_is_wrong_in_xml_is_told_without_what_stands_there(
    tmp_path: Path, change: tuple[bytes, bytes], said: str
) -> None:
    result = typed(tmp_path, camt_052(1_000, LINES, since=DAY, until=NEXT).replace(*change))

    assert result.exit_code == 1
    assert said in result.stdout
    assert PASSWORD not in result.output
    assert "ﾀﾞﾚｶ" not in result.output


def test_xml_of_another_kind_is_no_bank_file(tmp_path: Path) -> None:
    assert "of none of the kinds that are read" in typed(tmp_path, b"<a/>").output


def test_days_are_held_where_that_is_asked(tmp_path: Path) -> None:
    content = statement_file(0, [Line(day=RECENT, yen=5)], days=western)

    assert typed(tmp_path, content).exit_code == 0
    assert typed(tmp_path, content, "--days", "western").exit_code == 0
    wrong = typed(tmp_path, content, "--days", "imperial")
    assert (wrong.exit_code, "(era)" in wrong.stdout) == (1, True)
