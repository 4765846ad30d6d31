"""`seikyu check`: a claim file judged offline, without a server: form, totals and arithmetic."""

import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click
from rich import box
from rich.console import Console
from rich.table import Column, Table

from services.claims.domain.uke.findings import MOST_FINDINGS, Finding, Profile, Rule
from services.claims.domain.uke.submission import ReadReceipt, SetReport, SubmissionReader
from services.claims.entrypoints.priced_check import check_with_masters
from services.claims.entrypoints.reading import chunks_with_progress

CLEAN: Final = 0
REJECTED: Final = 1
UNREADABLE: Final = 2
PLAIN_WIDTH: Final = 250
"""Columns where standard output is no terminal."""
MOST_ROWS = 100
"""Findings shown in the table; the others are counted by rule, and `--json` gives up to MOST_FINDINGS."""


@dataclass(slots=True)
class Findings:
    """The findings of a file: the first MOST_FINDINGS kept, all counted by rule."""

    kept: list[Finding] = field(default_factory=list)
    by_rule: Counter[Rule] = field(default_factory=Counter)
    rejecting: int = 0

    def add(self, findings: tuple[Finding, ...]) -> None:
        """Take the findings of one receipt."""
        self._count(findings)
        self.kept.extend(findings[: MOST_FINDINGS - len(self.kept)])

    def add_frame(self, findings: tuple[Finding, ...]) -> None:
        """Take the findings of the frame and the totals; they are kept before any receipt's."""
        self._count(findings)
        self.kept = [*findings, *self.kept][:MOST_FINDINGS]

    def _count(self, findings: tuple[Finding, ...]) -> None:
        for finding in findings:
            self.by_rule[finding.rule] += 1
            self.rejecting += finding.rejects


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check found: the report on the set, its findings, and receipts whose sums do not agree."""

    report: SetReport
    findings: Findings
    sums_differ: int

    @property
    def exit_code(self) -> int:
        """0 where all would be accepted, 1 where something would be refused, reduced or returned, 2 for no UKE file."""
        if self.report.header is None and not self.report.receipts:
            return UNREADABLE
        refused = self.report.rejected or self.report.rejected_receipts or self.sums_differ
        return REJECTED if refused else CLEAN


@click.command(name="check")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--profile",
    type=click.Choice([profile.value for profile in Profile]),
    default=Profile.STRICT.value,
    show_default=True,
    help="strict: the specification as written; lenient: what real files need is a warning.",
)
@click.option(
    "--masters",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of official master files as published: price and edit each receipt by them.",
)
@click.option(
    "--programmes",
    "local",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --masters: local programmes (地方単独事業) as CSV, with which the money is split (docs/share.md).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def check(*, files: tuple[Path, ...], profile: str, masters: Path | None, local: Path | None, as_json: bool) -> None:
    """Check a claim file (UKE) offline: form, totals, arithmetic; with --masters also prices and edits.

    Give the volumes of a set in their order. Exit codes: 0 nothing would be refused, reduced or returned (what goes to
    a person is told), 1 something would be, 2 the file cannot be read.
    """
    if masters is not None:
        code = check_with_masters(files, Profile(profile), masters, local=local, as_json=as_json)
        raise click.exceptions.Exit(code)
    if local is not None:
        raise click.UsageError("--programmes needs --masters: without them nothing is split")
    console = Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH)
    try:
        checked = _check(files, Profile(profile))
    except OSError as fault:
        raise click.exceptions.Exit(_unreadable(fault)) from fault
    if as_json:
        click.echo(json.dumps(_as_json(checked, profile), ensure_ascii=False, indent=2))
    else:
        _show(console, checked, profile)
    raise click.exceptions.Exit(checked.exit_code)


def _unreadable(fault: OSError) -> int:
    click.echo(f"{fault.filename}: cannot be read: {fault.strerror}", err=True)
    return UNREADABLE


def _check(files: tuple[Path, ...], profile: Profile) -> Checked:
    reader = SubmissionReader(profile)
    findings = Findings()
    sums_differ = 0
    for chunk in chunks_with_progress(files):
        sums_differ += _note(reader.feed(chunk), findings)
    rest, report = reader.finish()
    sums_differ += _note(rest, findings)
    findings.add_frame(report.findings)
    return Checked(report, findings, sums_differ)


def _note(receipts: list[ReadReceipt], findings: Findings) -> int:
    """Note what is wrong with these receipts; how many have sums that differ."""
    differ = 0
    for receipt in receipts:
        findings.add(receipt.assessment.findings)
        if receipt.assessment.facts is not None and receipt.assessment.facts.arithmetic:
            findings.add(receipt.assessment.facts.arithmetic)
            differ += 1
    return differ


def _all(checked: Checked) -> list[Finding]:
    """The kept findings of the frame and of the receipts in line order."""
    return sorted(checked.findings.kept, key=lambda finding: finding.line)


def _as_json(checked: Checked, profile: str) -> dict[str, object]:
    report, declared = checked.report, checked.report.totals
    return {
        "profile": profile,
        "accepted": checked.exit_code == CLEAN,
        "set_rejected": report.rejected,
        "lines": report.lines,
        "volumes": report.volumes,
        "receipts": report.receipts,
        "receipts_rejected": report.receipts if report.rejected else report.rejected_receipts,
        "receipts_with_wrong_sums": checked.sums_differ,
        "declared": {
            "payer_records": declared.payer_records if declared else None,
            "points": declared.points if declared else None,
        },
        "counted": {"payer_records": report.control.payer_records, "points": report.control.points},
        "finding_count": checked.findings.by_rule.total(),
        "findings_by_rule": {rule.id: count for rule, count in checked.findings.by_rule.most_common()},
        "findings": [_finding_as_json(finding) for finding in _all(checked)],
    }


def _finding_as_json(finding: Finding) -> dict[str, object]:
    return {
        "line": finding.line,
        "record": finding.record,
        "field": finding.field,
        "rule": finding.rule.id,
        "section": finding.rule.section,
        "severity": finding.severity.value,
        "message": finding.message,
    }


def _show(console: Console, checked: Checked, profile: str) -> None:
    findings = _all(checked)
    if findings:
        console.print(_findings_table(findings[:MOST_ROWS]))
    if checked.findings.by_rule.total() > MOST_ROWS:
        console.print(_rules_table(checked.findings))
    console.print(_totals_table(checked.report))
    console.print(_verdict(checked, profile))


def _findings_table(findings: list[Finding]) -> Table:
    fixed = (Column(name, no_wrap=True) for name in ("line", "field", "rule"))
    table = Table(*fixed, Column("message"), title="Findings", title_justify="left", box=box.SIMPLE)
    for finding in findings:
        style = "red" if finding.rejects else "yellow"
        place = ".".join(part for part in (finding.record, finding.field) if part)
        table.add_row(str(finding.line or "set"), place, finding.rule.id, finding.message, style=style)
    return table


def _rules_table(findings: Findings) -> Table:
    title = f"All {findings.by_rule.total():,} findings by rule (the first {MOST_ROWS} are above)"
    table = Table("rule", "section", "count", title=title, title_justify="left", box=box.SIMPLE)
    for rule, count in findings.by_rule.most_common():
        table.add_row(rule.id, rule.section, f"{count:,}")
    return table


def _totals_table(report: SetReport) -> Table:
    table = Table("", "declared (GO)", "counted", title="Totals", title_justify="left", box=box.SIMPLE)
    declared = report.totals
    rows = (
        ("payer records", declared.payer_records if declared else None, report.control.payer_records),
        ("points", declared.points if declared else None, report.control.points),
    )
    for name, says, found in rows:
        table.add_row(name, _figure(says), _figure(found), style=None if says == found else "red")
    table.add_row("receipts", "", f"{report.receipts:,}")
    table.add_row("lines", "", f"{report.lines:,}")
    return table


def _figure(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"


def _verdict(checked: Checked, profile: str) -> str:
    report, total = checked.report, checked.findings.by_rule.total()
    warnings = total - checked.findings.rejecting
    if checked.exit_code == UNREADABLE:
        return "[red]This is no claim file[/red]: it holds neither an institution record (IR) nor a receipt."
    if report.rejected:
        return f"[red]The whole set would be refused[/red] ({profile}): {total:,} findings."
    if checked.exit_code == CLEAN:
        return f"[green]All {report.receipts:,} receipts would be accepted[/green] ({profile}), {warnings:,} warnings."
    return (
        f"[red]{report.rejected_receipts:,} of {report.receipts:,} receipts would be refused[/red] and "
        f"{checked.sums_differ:,} reduced or returned for their sums ({profile}); {total:,} findings."
    )
