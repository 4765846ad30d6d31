"""`seikyu masters import`, `show`, `diff`, `status`: the official master files, and what they say on any day."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final

import click
from seikyu.claims.v1 import master_service_pb2 as wire
from seikyu.claims.v1.master_service_pb2_grpc import MasterServiceStub

from services.cli.client import Client, load_client, unreadable
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table
from services.cli.failures import CommandFailure, ExitCode
from services.shared.kernel.months import BUSINESS_ZONE

CHUNK_BYTES: Final = 256 * 1024
SUFFIXES: Final = frozenset({".zip", ".csv", ".txt"})
MOST_ROWS: Final = 200
"""Differences shown one by one; the others are counted."""
KINDS: Final = {
    "disease": wire.MASTER_KIND_DISEASE,
    "modifier": wire.MASTER_KIND_MODIFIER,
    "act": wire.MASTER_KIND_ACT,
    "drug": wire.MASTER_KIND_DRUG,
    "material": wire.MASTER_KIND_MATERIAL,
    "comment": wire.MASTER_KIND_COMMENT,
}
_NAMES: Final = {value: name for name, value in KINDS.items()}
_OUTCOMES: Final = {
    wire.MASTER_IMPORT_OUTCOME_LOADED: "[green]loaded[/green]",
    wire.MASTER_IMPORT_OUTCOME_ALREADY_LOADED: "already loaded",
    wire.MASTER_IMPORT_OUTCOME_REFUSED: "[red]refused[/red]",
}
_CHANGES: Final = {"0": "unchanged", "1": "erased", "2": "revived", "3": "new", "5": "changed", "9": "abolished"}
_DAY: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:@(\d{4}-\d{2}-\d{2}))?", re.ASCII)


@click.group(name="masters")
def masters() -> None:
    """The official masters (マスターファイル): load published files, and see what they say on any day."""


@masters.command(name="import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--published", metavar="YYYY-MM-DD", default="", help="The day of files whose name tells none.")
@json_option
def import_command(*, paths: tuple[Path, ...], published: str, as_json: bool) -> None:
    """Load files as published (zip or csv), or all in a folder: full and differential, in any order, any time.

    A file is loaded whole or not at all. Exit code 1 where any file was refused.
    """
    answers = run(import_files(load_client(), files_of(paths), _day_of("--published", published)))
    if as_json:
        for answer in answers:
            print_json(as_dict(answer))
    else:
        _show_imports(answers)
    if any(answer.outcome == wire.MASTER_IMPORT_OUTCOME_REFUSED for answer in answers):
        raise click.exceptions.Exit(ExitCode.REFUSED)


@masters.command(name="show")
@click.argument("code")
@click.option("--on", metavar="YYYY-MM-DD", default="", help="The day of treatment; today without it.")
@click.option("--as-of", metavar="YYYY-MM-DD", default="", help="As known on this day; by all files without it.")
@json_option
def show_command(*, code: str, on: str, as_of: str, as_json: bool) -> None:
    """Every version of CODE with its days, and the row in force on a day. Exit code 5 where none is."""
    request = wire.ShowMasterRequest(
        code=code,
        on=_day_of("--on", on) or str(datetime.now(BUSINESS_ZONE).date()),
        as_of=_day_of("--as-of", as_of),
    )
    answer = run(_show(load_client(), request))
    if as_json:
        print_json(as_dict(answer))
    else:
        _show_versions(request, answer)
    if answer.in_force < 0:
        raise click.exceptions.Exit(ExitCode.NOT_FOUND)


@masters.command(name="diff")
@click.argument("before")
@click.argument("after")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(list(KINDS)), help="Only this kind; may be repeated.")
@json_option
def diff_command(*, before: str, after: str, kinds: tuple[str, ...], as_json: bool) -> None:
    """What differs between two days of treatment, YYYY-MM-DD each.

    A day may say as of when it is known: 2024-10-01@2024-06-30. Exit code 1 where something differs.
    """
    one, other = _moment("BEFORE", before), _moment("AFTER", after)
    request = wire.DiffMastersRequest(
        before=one[0], before_as_of=one[1], after=other[0], after_as_of=other[1], kinds=[KINDS[each] for each in kinds]
    )
    found, not_compared = run(_diff(load_client(), request))
    if as_json:
        for each in found:
            print_json(as_dict(each))
    else:
        _show_differences(found, not_compared)
    raise click.exceptions.Exit(ExitCode.REFUSED if found else ExitCode.DONE)


@masters.command(name="status")
@json_option
def status_command(*, as_json: bool) -> None:
    """What is loaded, which days each kind covers, and what is missing between."""
    answer = run(_status(load_client()))
    if as_json:
        print_json(as_dict(answer))
    else:
        _show_status(answer)


def files_of(paths: Sequence[Path]) -> list[Path]:
    """The files named, and the zip, csv and txt files in the folders named. Raises CommandFailure for none at all."""
    found: list[Path] = []
    for path in paths:
        within = sorted(each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES and each.is_file())
        found += within if path.is_dir() else [path]
    if not found:
        advice = "name the files as published, or a folder that holds them"
        raise CommandFailure("there is no zip, csv or txt file", advice=advice, code=ExitCode.USAGE)
    return found


async def import_files(client: Client, files: Sequence[Path], published: str = "") -> list[wire.ImportMastersResponse]:
    """Send the files; the answers in their order. Raises AioRpcError, CommandFailure."""
    answers: list[wire.ImportMastersResponse] = []
    with progress("loading") as tell:

        def told() -> str:
            return f"{len(answers)} of {len(files)} files"

        async with client.channel("claims") as channel:
            requests = _requests(files, published, lambda sent: tell(f"{told()}  {sent}"))
            async for answer in MasterServiceStub(channel).ImportMasters(requests):
                answers.append(answer)
                tell(told())
    return answers


async def _requests(
    files: Sequence[Path], published: str, tell: Callable[[str], None]
) -> AsyncIterator[wire.ImportMastersRequest]:
    for file in files:
        header = wire.MasterFileHeader(name=file.name, published_on=published)
        yield wire.ImportMastersRequest(header=header)
        tell(file.name)
        try:
            stream = file.open("rb")
        except OSError as fault:
            raise unreadable(fault) from fault
        with stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield wire.ImportMastersRequest(chunk=chunk)


async def _show(client: Client, request: wire.ShowMasterRequest) -> wire.ShowMasterResponse:
    async with client.channel("claims") as channel:
        return await MasterServiceStub(channel).ShowMaster(request, timeout=60.0)


async def _diff(
    client: Client, request: wire.DiffMastersRequest
) -> tuple[list[wire.MasterDifference], list["wire.MasterKind.ValueType"]]:
    found: list[wire.MasterDifference] = []
    not_compared: list[wire.MasterKind.ValueType] = []
    with progress("comparing") as tell:
        async with client.channel("claims") as channel:
            async for answer in MasterServiceStub(channel).DiffMasters(request):
                found.extend(answer.differences)
                not_compared.extend(answer.not_compared)
                tell(f"{len(found):,} differences")
    return found, not_compared


async def _status(client: Client) -> wire.GetMasterStatusResponse:
    async with client.channel("claims") as channel:
        with progress("asking"):
            return await MasterServiceStub(channel).GetMasterStatus(wire.GetMasterStatusRequest(), timeout=60.0)


def _day_of(option: str, text: str) -> str:
    return _moment(option, text)[0] if text else ""


def _moment(what: str, text: str) -> tuple[str, str]:
    found = _DAY.fullmatch(text)
    try:
        days = [] if found is None else [str(date.fromisoformat(day)) for day in found.groups() if day]
    except ValueError:
        days = []
    if not days:
        raise CommandFailure(f"{what} is no day: {text}", advice="write it YYYY-MM-DD", code=ExitCode.USAGE)
    return days[0], days[1] if len(days) > 1 else ""


def _show_imports(answers: Sequence[wire.ImportMastersResponse]) -> None:
    out = console()
    shown = table("Master files", "file", "kind", "published", "rows", "by change", "result", right=("rows",))
    for answer in answers:
        counts = ", ".join(f"{_CHANGES[change]} {rows:,}" for change, rows in sorted(answer.rows_by_change.items()))
        result = _OUTCOMES.get(answer.outcome, "") + (f": {answer.reason}" if answer.reason else "")
        kind = f"{_NAMES.get(answer.kind, '')}{', full' if answer.full else ''}"
        shown.add_row(answer.name, kind, answer.published_on, f"{answer.rows:,}", counts, result)
    out.print(shown)
    for answer in answers:
        for error in answer.errors:
            column = f", column {error.item} {error.column}" if error.item else ""
            out.print(f"{answer.name}, line {error.line}{column}: must be {error.rule}: {error.found!r}", markup=False)
        if answer.error_count > len(answer.errors):
            out.print(f"{answer.name}: and {answer.error_count - len(answer.errors):,} more")
        for note in _notes(answer):
            out.print(f"{answer.name}: {note}", markup=False)


def _notes(answer: wire.ImportMastersResponse) -> list[str]:
    notes = []
    if answer.later_columns:
        filled = ", ".join(f"{item} ({lines:,})" for item, lines in sorted(answer.later_columns.items()))
        notes.append(f"columns behind the specification's, kept as they are (lines): {filled}")
    if answer.codes_beyond:
        codes = ", ".join(f"{code} ({lines:,})" for code, lines in sorted(answer.codes_beyond.items()))
        notes.append(f"codes that the specification does not list, by column (lines): {codes}")
    if answer.silent_rows:
        notes.append(f"{answer.silent_rows:,} changed rows do not say what changed")
    return notes


def _show_versions(request: wire.ShowMasterRequest, answer: wire.ShowMasterResponse) -> None:
    out = console()
    shown = table(f"{_NAMES[answer.kind]} {request.code}", "from", "to", "name", "")
    for place, version in enumerate(answer.versions):
        mark = f"in force on {request.on}" if place == answer.in_force else "" if version.loaded else "not loaded"
        shown.add_row(version.first_day, version.last_day, _value(version, "name", "text"), mark)
    out.print(shown)
    if answer.in_force >= 0:
        fields = table("", "field", "項目", "value")
        for each in answer.versions[answer.in_force].fields:
            if each.value not in {"", "no"}:
                fields.add_row(each.name.replace("_", " "), each.japanese, each.value)
        out.print(fields)
    elif not answer.loaded:
        out.print(f"The kind is not loaded for {request.on}: nothing can be said of the code.")
    else:
        known = "is not in the master" if answer.exhaustive else "is not in the files at hand, which came out later"
        out.print(f"{request.code} {known} on {request.on}.")


def _value(version: wire.MasterVersion, *names: str) -> str:
    return next((each.value for each in version.fields if each.name in names), "")


def _show_differences(
    found: Sequence[wire.MasterDifference], not_compared: Sequence["wire.MasterKind.ValueType"]
) -> None:
    out = console()
    shown = table("Differences", "kind", "code", "name", "what")
    for each in found[:MOST_ROWS]:
        shown.add_row(_NAMES[each.kind], each.code, each.name, _what(each))
    if found:
        out.print(shown)
    if len(found) > MOST_ROWS:
        out.print(f"and {len(found) - MOST_ROWS:,} more; --json lists all")
    out.print(f"{len(found):,} differences")
    for kind in not_compared:
        out.print(f"{_NAMES[kind]}: not compared, for it is not loaded on both days")


def _what(each: wire.MasterDifference) -> str:
    if not each.before:
        return "new"
    if not each.after:
        return "gone"
    return "\n".join(f"{one.field.replace('_', ' ')}: {one.before or '-'} → {one.after or '-'}" for one in each.changes)


def _show_status(answer: wire.GetMasterStatusResponse) -> None:
    out = console()
    files = table("Files", "file", "kind", "published", "rows", "without a record to change", right=("rows",))
    for file in answer.files:
        kind = f"{_NAMES[file.kind]}{', full' if file.full else ''}"
        before = f", known from {file.known_from}" * (file.known_from not in {"", file.published_on})
        published, unapplied = file.published_on + before, f"{file.unapplied_rows:,}" * (file.unapplied_rows > 0)
        files.add_row(file.name, kind, published, f"{file.rows:,}", unapplied)
    out.print(files)
    eras = table("Coverage", "kind", "from", "to", "mark", "codes", "", right=("codes",))
    for era in _told(answer.eras):
        days = (era.loaded_from or era.first_day, era.last_day)
        eras.add_row(_NAMES[era.kind], *days, era.mark, f"{era.codes:,}", _coverage(era))
    out.print(eras)


def _told(eras: Sequence[wire.MasterEra]) -> list[wire.MasterEra]:
    """Eras from each kind's first loaded one on: what is missing before it was never wanted."""
    shown: list[wire.MasterEra] = []
    for era in eras:
        if era.loaded_from or any(each.kind == era.kind for each in shown):
            shown.append(era)
    return shown


def _coverage(era: wire.MasterEra) -> str:
    if not era.loaded_from:
        return "[yellow]not loaded[/yellow]: no full file of this era"
    late = "" if era.attested_from == era.loaded_from else f"; complete from {era.attested_from}"
    return f"loaded{late}"
