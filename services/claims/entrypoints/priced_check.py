"""`seikyu check --masters`: a claim file priced and edited offline, by the functions that decide claims.

Receipts are printed as they are read: a file of any size takes the memory of one receipt and of the masters.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click
from rich import box
from rich.console import Console
from rich.table import Column, Table
from seikyu.claims.v1 import claim_pb2, claim_service_pb2, explanation_pb2

from services.claims.adapters.explanations import checked_receipt_of
from services.claims.adapters.form_findings import form_findings_of
from services.claims.adapters.master_files import RefusedMasterFile, master_paths, schedules_from
from services.claims.application.full_check import FullChecker, known_on
from services.claims.application.masters import Masters
from services.claims.domain.share.national import NATIONAL
from services.claims.domain.share.programmes import ProgrammeTable
from services.claims.domain.uke.findings import Profile
from services.claims.domain.uke.submission import ReadReceipt, SetReport, SubmissionReader
from services.claims.entrypoints.reading import chunks_with_progress
from services.claims.entrypoints.share_files import local_programmes

CLEAN: Final = 0
FOUND: Final = 1
UNREADABLE: Final = 2
CHUNK_BYTES: Final = 65_536
"""Few receipts at once, so that the progress moves while they are priced."""
MOST_ROWS: Final = 100
"""Receipts and findings shown in tables; the others are counted, and `--json` gives them all."""
PLAIN_WIDTH: Final = 250
"""Columns where standard output is no terminal."""
_GRAVE: Final = frozenset({"error", "return", "reduce"})
_LIGHT: Final = frozenset({"warning", "note"})
_STYLES: Final = {"error": "red", "return": "red", "reduce": "yellow", "refer": "magenta", "warning": "yellow"}

Receipt = claim_service_pb2.CheckedReceipt


@dataclass(slots=True)
class Totals:
    """What the whole set adds up to."""

    receipts: int = 0
    declared_points: int = 0
    priced_points: int = 0
    units: int = 0
    units_priced: int = 0
    unpriced: Counter[str] = field(default_factory=Counter)
    by_rule: Counter[str] = field(default_factory=Counter)
    by_severity: Counter[str] = field(default_factory=Counter)

    def add(self, receipt: Receipt) -> None:
        """Count one receipt."""
        self.receipts += 1
        self.declared_points += receipt.declared_points
        self.priced_points += receipt.priced_points
        for unit in receipt.explanation.units:
            self.units += 1
            self.units_priced += unit.HasField("priced_points")
            if unit.unpriced_reason:
                self.unpriced[why_of(unit)] += 1
        for finding in findings_of(receipt):
            self.count(finding)

    def count(self, finding: dict[str, Any]) -> None:
        """Count one finding."""
        self.by_rule[finding["rule"]] += 1
        self.by_severity[finding["severity"]] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedCheck:
    """A file to be checked against masters; `totals` grow while `receipts` are taken, `ends` holds the set's report.

    `splits`: JSON tells the split too, which the form agreed for a check without local programmes does not hold.
    """

    files: Sequence[Path]
    profile: Profile
    masters: Masters
    programmes: ProgrammeTable = NATIONAL
    splits: bool = False
    totals: Totals = field(default_factory=Totals)
    ends: list[SetReport] = field(default_factory=list)

    def receipts(self) -> Iterator[Receipt]:
        """Every receipt in its order, priced and edited; raises OSError."""
        reader, checker = SubmissionReader(self.profile), FullChecker(programmes=self.programmes)
        for chunk in chunks_with_progress(self.files, CHUNK_BYTES):
            for read in reader.feed(chunk):
                yield self._told(checker, read)
        rest, report = reader.finish()
        for read in rest:
            yield self._told(checker, read)
        self.ends.append(report)

    def _told(self, checker: FullChecker, read: ReadReceipt) -> Receipt:
        readable = checker.readable(read)
        schedule = None if readable.treatment is None else self.masters.schedule(readable.treatment.month)
        receipt = checked_receipt_of(self.totals.receipts, checker.checked(readable, schedule), known_on(self.masters))
        self.totals.add(receipt)
        return receipt

    @property
    def exit_code(self) -> int:
        """CLEAN where all would be accepted as they are, UNREADABLE for no claim file, else FOUND."""
        report = self.ends[-1]
        if report.header is None and not report.receipts:
            return UNREADABLE
        return FOUND if report.rejected or any(self.totals.by_severity[each] for each in _GRAVE) else CLEAN


def check_with_masters(
    files: Sequence[Path], profile: Profile, folder: Path, *, local: Path | None = None, as_json: bool
) -> int:
    """Print the check of a set against the masters in a folder; returns the exit code.

    `local` is a file of local programmes (docs/share.md). Raises click.UsageError where it cannot be read.
    """
    try:
        with Console(stderr=True).status("reading the masters"):
            masters = _masters(folder)
        check = PricedCheck(
            files=files, profile=profile, masters=masters, programmes=_programmes(local), splits=local is not None
        )
        if as_json:
            _print_json(check)
        else:
            show(check)
    except BrokenPipeError:
        raise  # whoever read the output wants no more of it; click ends the command
    except OSError as fault:
        click.echo(f"{fault.filename}: cannot be read: {fault.strerror}", err=True)
        return UNREADABLE
    except RefusedMasterFile as refused:
        click.echo(f"a master file is not as published: {refused}", err=True)
        return UNREADABLE
    return check.exit_code


def _masters(folder: Path) -> Masters:
    """Raises click.UsageError where the folder holds no master file."""
    if not master_paths([folder]):
        raise click.UsageError(f"{folder} holds no master file (.zip or .csv, as published)")
    return schedules_from([folder])


def _programmes(local: Path | None) -> ProgrammeTable:
    """The national programmes and those of a file."""
    try:
        return NATIONAL if local is None else NATIONAL.with_rows(local_programmes(local))
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _print_json(check: PricedCheck) -> None:
    """One object; its receipts are printed as they come."""
    click.echo('{"receipts": [', nl=False)
    for receipt in check.receipts():
        between = "," if receipt.index else ""
        told = receipt_as_json(receipt) | (share_as_json(receipt) if check.splits else {})
        click.echo(between + "\n" + json.dumps(told, ensure_ascii=False), nl=False)
    click.echo(f'\n], "totals": {json.dumps(_totals_as_json(check), ensure_ascii=False)}}}')


def receipt_as_json(receipt: Receipt) -> dict[str, Any]:
    """One receipt; a unit's points are for one time, and null where it has no price."""
    return {
        "receipt_no": receipt.receipt_number,
        "search_no": receipt.search_number,
        "declared_points": receipt.declared_points,
        "priced_points": receipt.priced_points,
        "units": [
            {
                "lines": [line.line for line in unit.lines],
                "declared_points": unit.declared_points,
                "priced_points": unit.priced_points if unit.HasField("priced_points") else None,
                "why": why_of(unit),
            }
            for unit in receipt.explanation.units
        ],
        "findings": list(findings_of(receipt)),
    }


def share_as_json(receipt: Receipt) -> dict[str, Any]:
    """How the receipt's money would be split; null and no steps where it would not be accepted."""
    return {
        "patient_yen": receipt.patient_yen if receipt.HasField("patient_yen") else None,
        "share_steps": [
            {"step": each.step, "text": each.text, "text_ja": each.text_ja, "yen": each.yen}
            for each in receipt.explanation.share_steps
        ],
    }


def why_of(unit: explanation_pb2.ExplainedUnit) -> str:
    """Why a unit has no price, with the code or the kind of master that is missing; empty where it has one."""
    return ": ".join(part for part in (unit.unpriced_reason, unit.missing) if part)


def findings_of(receipt: Receipt) -> Iterator[dict[str, Any]]:
    """The findings of form and of the rules, in line order."""
    found = [*map(_form_finding, receipt.findings), *map(_rule_finding, receipt.explanation.findings)]
    return iter(sorted(found, key=lambda finding: finding["line"]))


def _form_finding(finding: claim_pb2.Finding) -> dict[str, Any]:
    return {
        "line": finding.line,
        "rule": finding.rule,
        "reason_code": "",
        "severity": claim_pb2.Severity.Name(finding.severity).removeprefix("SEVERITY_").lower(),
        "message": finding.message,
    }


def _rule_finding(finding: explanation_pb2.RuleFinding) -> dict[str, Any]:
    return {
        "line": finding.line,
        "rule": finding.rule,
        "reason_code": finding.official_code,
        "severity": explanation_pb2.RuleEffect.Name(finding.effect).removeprefix("RULE_EFFECT_").lower(),
        "message": finding.message,
    }


def _totals_as_json(check: PricedCheck) -> dict[str, Any]:
    totals, report = check.totals, check.ends[-1]
    return {
        "receipts": totals.receipts,
        "receipts_rejected": report.receipts if report.rejected else report.rejected_receipts,
        "set_rejected": report.rejected,
        "declared_points": totals.declared_points,
        "priced_points": totals.priced_points,
        "units": totals.units,
        "units_priced": totals.units_priced,
        "unpriced": dict(totals.unpriced.most_common()),
        "findings_by_rule": dict(totals.by_rule.most_common()),
        "findings_by_severity": dict(totals.by_severity.most_common()),
        "findings": [_form_finding(each) for each in form_findings_of(report.findings)],
        "masters_known_on": str(known_on(check.masters)),
    }


def show(check: PricedCheck) -> None:
    """Tables for a person: receipts, findings in words, what could not be priced, the verdict."""
    console = Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH)
    receipts, found = _receipts_table(), _Shown()
    for receipt in check.receipts():
        if receipt.index < MOST_ROWS:
            _add_receipt(receipts, receipt)
        for finding in findings_of(receipt):
            found.take(str(receipt.receipt_number), finding)
    for each in form_findings_of(check.ends[-1].findings):
        found.take("set", _form_finding(each))
    console.print(receipts)
    if check.totals.receipts > MOST_ROWS:
        console.print(f"and {check.totals.receipts - MOST_ROWS:,} more receipts")
    if found.count:
        console.print(found.table())
    if found.count > MOST_ROWS:
        title = f"All {found.count:,} findings by rule (the gravest {MOST_ROWS} are above)"
        console.print(_counts_table(title, check.totals.by_rule))
    if check.totals.unpriced:
        console.print(_counts_table("Units without a price", check.totals.unpriced))
    console.print(_verdict(check))


@dataclass(slots=True)
class _Shown:
    """The findings that a table has room for: what changes a receipt's fate before warnings and notes."""

    grave: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    light: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    count: int = 0

    def take(self, receipt: str, finding: dict[str, Any]) -> None:
        """Count a finding, and keep it while there is room."""
        self.count += 1
        rows = self.light if finding["severity"] in _LIGHT else self.grave
        if len(rows) < MOST_ROWS:
            rows.append((receipt, finding))

    def table(self) -> Table:
        """At most MOST_ROWS of them."""
        made = _findings_table()
        for receipt, finding in [*self.grave, *self.light][:MOST_ROWS]:
            _add_finding(made, receipt, finding)
        return made


def _receipts_table() -> Table:
    names = ("no.", "declared", "priced", "difference", "units priced", "patient yen")
    left = (Column(name, justify="right") for name in names)
    return Table(*left, Column("findings"), title="Receipts", title_justify="left", box=box.SIMPLE)


def _add_receipt(table: Table, receipt: Receipt) -> None:
    units = receipt.explanation.units
    difference = receipt.priced_points - receipt.declared_points
    severities = Counter(finding["severity"] for finding in findings_of(receipt))
    worst = next((each for each in _STYLES if severities[each]), "")
    table.add_row(
        str(receipt.receipt_number),
        f"{receipt.declared_points:,}",
        f"{receipt.priced_points:,}" if units else "",
        f"{difference:+,}" if units and difference else "",
        f"{sum(unit.HasField('priced_points') for unit in units)} of {len(units)}",
        f"{receipt.patient_yen:,}" if receipt.HasField("patient_yen") else "",
        ", ".join(f"{count} {name}" for name, count in severities.items()),
        style=_STYLES.get(worst, ""),
    )


def _findings_table() -> Table:
    fixed = (Column(name, no_wrap=True) for name in ("receipt", "line", "severity", "code", "rule"))
    return Table(*fixed, Column("message"), title="Findings", title_justify="left", box=box.SIMPLE)


def _add_finding(table: Table, receipt: str, finding: dict[str, Any]) -> None:
    table.add_row(
        receipt,
        str(finding["line"] or ""),
        finding["severity"],
        finding["reason_code"],
        finding["rule"],
        finding["message"],
        style=_STYLES.get(finding["severity"], ""),
    )


def _counts_table(title: str, counts: Counter[str]) -> Table:
    heads = ("what", Column("count", justify="right"))
    table = Table(*heads, title=title, title_justify="left", box=box.SIMPLE, min_width=len(title))
    for what, count in counts.most_common(MOST_ROWS):
        table.add_row(what, f"{count:,}")
    return table


def _verdict(check: PricedCheck) -> str:
    totals, report = check.totals, check.ends[-1]
    if check.exit_code == UNREADABLE:
        return "[red]This is no claim file[/red]: it holds neither an institution record (IR) nor a receipt."
    priced = (
        f"{totals.units_priced:,} of {totals.units:,} units priced by masters known on {known_on(check.masters)}; "
        f"{totals.declared_points:,} points declared, {totals.priced_points:,} with the prices found."
    )
    if report.rejected:
        return f"[red]The whole set would be refused[/red] ({check.profile.value}). {priced}"
    counts = ", ".join(f"{count:,} {name}" for name, count in totals.by_severity.most_common())
    mood = "green" if check.exit_code == CLEAN else "yellow"
    return f"[{mood}]{totals.receipts:,} receipts[/{mood}], {counts or 'no findings'} ({check.profile.value}). {priced}"
