"""The offline commands of settlement: `seikyu bank check`."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from services.settlement.adapters.bank.bank_codes import assigned_banks
from services.settlement.domain.bank.assigned import unassigned
from services.settlement.domain.bank.camt import BLANKS, UTF8_MARK
from services.settlement.domain.bank.checking import checked
from services.settlement.domain.bank.days import DayStyle
from services.settlement.domain.bank.layouts import LAYOUTS
from services.settlement.domain.bank.records import Checked, NoBankFile
from services.settlement.domain.bank.statement_files import read_zengin
from services.settlement.domain.bank.statements import WrongBankFile
from services.settlement.entrypoints.xml_check import checked_xml, xml_told
from services.shared.kernel.months import business_day

MOST_BYTES: Final = 256 * 1024 * 1024
IN_ORDER, VIOLATED = 0, 1


@click.group(name="bank")
def bank() -> None:
    """Files that banks take and give (全銀フォーマット)."""


@bank.command(name="check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--banks", is_flag=True, help="Hold banks and branches against the list of assigned codes as well.")
@click.option("--days", type=click.Choice([each.value for each in DayStyle]), help="Hold a statement's days as well.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def check(*, file: Path, banks: bool, days: str | None, as_json: bool) -> None:
    """Read FILE strictly and tell its records, its sums and all that is wrong with it. Asks no server.

    Read are 総合振込 (120 bytes), 入出金取引明細, 振込入金通知 (200 bytes, or camt.052 and camt.054), ours or
    another's, with or without CR LF. With --days a statement is held to what an import asks, but for what was imported
    before. What is wrong is told by record, byte, field and rule, never with what stands there; exit code 1 then.
    """
    if file.stat().st_size > MOST_BYTES:
        raise click.ClickException(f"the file has more than {MOST_BYTES // 1024 // 1024} MB")
    content = file.read_bytes()
    try:
        if content.lstrip(UTF8_MARK + BLANKS)[:1] == b"<":
            _tell_xml(checked_xml(content), as_json=as_json)
        found = checked(content)
    except NoBankFile as fault:
        raise click.ClickException(str(fault)) from fault
    if days is not None and not found.violation_count:
        _read_as_import(content, DayStyle(days), found)
    day = ""
    if banks:
        day, codes = assigned_banks()
        found.tell(unassigned(found, codes))
    if as_json:
        sys.stdout.write(json.dumps(as_dict(found, day), ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("".join(told(found, day)))
    raise click.exceptions.Exit(VIOLATED if found.violation_count else IN_ORDER)


def _tell_xml(found: dict[str, Any], *, as_json: bool) -> NoReturn:
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n" if as_json else "".join(xml_told(found)))
    raise click.exceptions.Exit(VIOLATED if found["violation_count"] else IN_ORDER)


def _read_as_import(content: bytes, style: DayStyle, found: Checked) -> None:
    """Add what only an import looks at: days, spans, accounts, balances below zero."""
    try:
        read_zengin(content, style, business_day(datetime.now(UTC)))
    except WrongBankFile as fault:
        found.tell(iter(fault.violations))


def as_dict(found: Checked, banks_of: str) -> dict[str, Any]:
    """The kind, its records, groups with their sums, violations with their places, and the count of all violations.

    `banks_of`: the day of the list of assigned codes, YYYYMMDD; empty where it was not asked.
    """
    return {
        "banks_of": banks_of,
        "kind": found.kind.value,
        "japanese": LAYOUTS[found.kind].japanese,
        "records": found.records,
        "line_ends": found.has_line_ends,
        "groups": [
            {"header_record": group.header.place, "count": len(group.data), "total_yen": group.total_yen}
            for group in found.groups
        ],
        "violations": [
            {
                "record": each.record,
                "offset": each.offset,
                "field": each.field,
                "rule": each.rule,
                "said": each.said,
            }
            for each in found.violations
        ],
        "violation_count": found.violation_count,
    }


def told(found: Checked, banks_of: str) -> Iterator[str]:
    """The same for a reader."""
    ends = "with CR LF" if found.has_line_ends else "without line ends"
    yield f"{found.kind.value} {LAYOUTS[found.kind].japanese}: {found.records:,} records, {ends}\n"
    for number, group in enumerate(found.groups, 1):
        yield f"group {number}: {len(group.data):,} entries, {group.total_yen:,} yen\n"
    if banks_of:
        yield f"banks and branches held against the list of {banks_of}\n"
    for each in found.violations:
        yield f"record {each.record}, byte {each.offset}: {each.field} {each.said} ({each.rule})\n"
    left = found.violation_count - len(found.violations)
    if left:
        yield f"and {left:,} more\n"
    yield "in order\n" if not found.violation_count else f"{found.violation_count:,} violations\n"
