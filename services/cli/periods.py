"""`seikyu calendar`, `tariff` and `period`: days and prices as data, and the close of claim months (締め)."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import click
import grpc.aio
from rich.table import Table
from seikyu.settlement.v1 import period_service_pb2 as wire
from seikyu.settlement.v1.period_service_pb2_grpc import PeriodServiceStub

from services.cli.client import Client, content_of, load_client
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table, yen
from services.cli.failures import CommandFailure, ExitCode, failure_of
from services.cli.outcomes import ClaimMonth
from services.shared.kernel.months import BUSINESS_ZONE

MOST_BYTES: Final = 4 * 1024 * 1024
TIMEOUT_S: Final = 60.0
DOUBTS: Final = {
    "bank_closed": "banks are closed on that day",
    "paid_before_due": "hospitals are paid before the payers' money is due",
}
STAGES: Final = {
    wire.CLOSE_STAGE_OPENED: "begun",
    wire.CLOSE_STAGE_CUTTING: "cutting",
    wire.CLOSE_STAGE_ISSUING: "issuing",
    wire.CLOSE_STAGE_CLOSED: "closed",
}
_file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_month_argument = click.argument("month", type=ClaimMonth())
_month_option = click.option("--month", type=ClaimMonth(), help="Of this claim month (請求年月) only.")


@click.group(name="calendar")
def calendar() -> None:
    """When claim months close, are due and are paid, as data."""


@calendar.command(name="load")
@_file_argument
@json_option
def load_calendar(*, file: Path, as_json: bool) -> None:
    """Take the rows of FILE (CSV or YAML), whole or not at all; the same file again without an effect.

    Columns: payer (or * for all), claim_month, closes_on, due_on, pays_on, mark, source; treatment_month may stand
    beside. Days on which banks are closed are told as warnings and taken. Exit code 1 where the file is refused.
    """
    request = wire.LoadCalendarRequest(request_id=str(uuid.uuid4()), content=_rows(file), format=format_of(file))
    with progress("loading"):
        answer = run(take_calendar(load_client(), request))
    if as_json:
        print_json(as_dict(answer))
    else:
        _show_loaded(answer.rows, answer.changed, answer.errors)
        _show_warnings(answer.warnings)
    raise click.exceptions.Exit(ExitCode.DONE if answer.accepted else ExitCode.REFUSED)


@calendar.command(name="show")
@_month_option
@json_option
def show_calendar(*, month: str | None, as_json: bool) -> None:
    """The days in force, and what is doubtful in them."""
    answer = run(_list_calendar(load_client(), wire.ListCalendarRequest(period=month or "")))
    if as_json:
        print_json(as_dict(answer))
    else:
        console().print(calendar_table(answer.days))
        _show_warnings(answer.warnings)


@click.group(name="tariff")
def tariff() -> None:
    """What review authorities are paid per receipt (審査支払手数料), as data."""


@tariff.command(name="load")
@_file_argument
@json_option
def load_tariff(*, file: Path, as_json: bool) -> None:
    """Take the prices of FILE (CSV or YAML), whole or not at all; the same file again without an effect.

    Columns: authority (1 支払基金, 2 国保連, or 2 and a prefecture), since (claim month), yen_per_receipt, rounding
    (down, half_up, up), mark, source. Exit code 1 where the file is refused.
    """
    request = wire.LoadTariffRequest(request_id=str(uuid.uuid4()), content=_rows(file), format=format_of(file))
    with progress("loading"):
        answer = run(take_tariff(load_client(), request))
    if as_json:
        print_json(as_dict(answer))
    else:
        _show_loaded(answer.rows, answer.changed, answer.errors)
    raise click.exceptions.Exit(ExitCode.DONE if answer.accepted else ExitCode.REFUSED)


@tariff.command(name="show")
@json_option
def show_tariff(*, as_json: bool) -> None:
    """The prices in force."""
    answer = run(_list_tariff(load_client()))
    if as_json:
        print_json(as_dict(answer))
        return
    shown = table("Review fees", "authority", "since", "yen per receipt", "rounding", "mark", "source")
    for each in answer.prices:
        price = f"{each.price_sen // 100}.{each.price_sen % 100:02}"
        shown.add_row(each.authority, month_text(each.since), price, each.rounding, each.mark, each.source)
    console().print(shown)


@click.group(name="period")
def period() -> None:
    """Claim months: closed step by step, into statements."""


@period.command(name="close")
@_month_argument
@click.option("--early", is_flag=True, help="Although the day on which its calendar closes is not over.")
@json_option
def close_command(*, month: str, early: bool, as_json: bool) -> None:
    """Close the claim month MONTH (YYYY-MM), or go on where a close broke off; closing again changes nothing.

    Charges review fees, issues a statement per payer and hospital, and nets each hospital. A statement that would not
    say what the ledger says is not issued: the month then stays open and the command fails.
    """
    request = wire.ClosePeriodRequest(period=month, early=early)
    with progress(f"closing {month_text(month)}") as tell:
        closed = run(_closed(load_client(), request, tell))
    if as_json:
        print_json(as_dict(closed))
    else:
        console().print(periods_table([closed]))


@period.command(name="show")
@click.argument("month", type=ClaimMonth(), required=False)
@json_option
def show_command(*, month: str | None, as_json: bool) -> None:
    """How far the claim month MONTH is, or all that were begun. Exit code 5 where MONTH was not begun."""
    found = run(_periods(load_client(), month or ""))
    if as_json:
        for each in found:
            print_json(as_dict(each))
    else:
        console().print(periods_table(found))
    if month and not found:
        raise click.exceptions.Exit(ExitCode.NOT_FOUND)


@period.command(name="calendar")
@_month_argument
@json_option
def period_calendar(*, month: str, as_json: bool) -> None:
    """The days of the claim month MONTH, payer by payer."""
    answer = run(_list_calendar(load_client(), wire.ListCalendarRequest(period=month)))
    if as_json:
        print_json(as_dict(answer))
    else:
        console().print(calendar_table(answer.days))
        _show_warnings(answer.warnings)


async def close_period(
    channel: grpc.aio.Channel, request: wire.ClosePeriodRequest, tell: Callable[[str], None]
) -> wire.Period:
    """The month as it stands closed; `tell` hears how far it is. Raises AioRpcError, CommandFailure."""
    async for step in PeriodServiceStub(channel).ClosePeriod(request):
        if step.stage == wire.CLOSE_STAGE_CLOSED:
            return step.period
        tell(f"{STAGES[step.stage]}: {step.done:,} of {step.total:,} accounts")
    raise CommandFailure(
        "the close ended without being done", advice="type it again: it goes on", code=ExitCode.UNAVAILABLE
    )


async def _closed(client: Client, request: wire.ClosePeriodRequest, tell: Callable[[str], None]) -> wire.Period:
    async with client.channel("settlement") as channel:
        try:
            return await close_period(channel, request, tell)
        except grpc.aio.AioRpcError as error:
            failure = failure_of(error)
            if failure.exit_code != ExitCode.UNAVAILABLE:
                raise
            advice = "what was done stays; type it again: it goes on"
            raise CommandFailure(failure.message, advice=advice, code=ExitCode.UNAVAILABLE) from error


async def _periods(client: Client, month: str) -> Sequence[wire.Period]:
    async with client.channel("settlement") as channel:
        request = wire.ListPeriodsRequest(period=month)
        return (await PeriodServiceStub(channel).ListPeriods(request, timeout=TIMEOUT_S)).periods


async def take_calendar(client: Client, request: wire.LoadCalendarRequest) -> wire.LoadCalendarResponse:
    """Load a calendar. Raises AioRpcError."""
    async with client.channel("settlement") as channel:
        return await PeriodServiceStub(channel).LoadCalendar(request, timeout=TIMEOUT_S)


async def _list_calendar(client: Client, request: wire.ListCalendarRequest) -> wire.ListCalendarResponse:
    async with client.channel("settlement") as channel:
        return await PeriodServiceStub(channel).ListCalendar(request, timeout=TIMEOUT_S)


async def take_tariff(client: Client, request: wire.LoadTariffRequest) -> wire.LoadTariffResponse:
    """Load a tariff. Raises AioRpcError."""
    async with client.channel("settlement") as channel:
        return await PeriodServiceStub(channel).LoadTariff(request, timeout=TIMEOUT_S)


async def _list_tariff(client: Client) -> wire.ListTariffResponse:
    async with client.channel("settlement") as channel:
        return await PeriodServiceStub(channel).ListTariff(wire.ListTariffRequest(), timeout=TIMEOUT_S)


def _rows(file: Path) -> bytes:
    return content_of(file, most_bytes=MOST_BYTES, advice="divide it")


def format_of(file: Path) -> "wire.FileFormat.ValueType":
    """YAML by the file's name, CSV otherwise."""
    return wire.FILE_FORMAT_YAML if file.suffix.lower() in {".yaml", ".yml"} else wire.FILE_FORMAT_CSV


def calendar_table(days: Iterable[wire.CalendarDays]) -> Table:
    """One row per payer and month."""
    shown = table("Calendar", "claim month", "treatment", "payer", "closes", "due", "pays", "mark", "source")
    for each in days:
        months = month_text(each.period), month_text(each.treatment_month)
        shown.add_row(*months, each.payer_number, each.closes_on, each.due_on, each.pays_on, each.mark, each.source)
    return shown


def periods_table(periods: Iterable[wire.Period]) -> Table:
    """One row per month."""
    numbers = ("accounts", "statements", "payable by payers", "payable to hospitals")
    shown = table("Claim months", "month", "stage", *numbers, "closed", right=numbers)
    for each in periods:
        closed = f"{each.closed_time.ToDatetime(BUSINESS_ZONE):%Y-%m-%d %H:%M}" if each.HasField("closed_time") else ""
        shown.add_row(
            month_text(each.period),
            STAGES[each.stage] + (", early" if each.early else ""),
            f"{each.cuts:,}",
            f"{each.statements:,}",
            yen(each.payable_by_payers_yen),
            yen(each.payable_to_hospitals_yen),
            closed,
        )
    return shown


def month_text(month: str) -> str:
    """`2026-04`."""
    return f"{month[:4]}-{month[4:]}" if month else ""


def _show_loaded(rows: int, changed: int, errors: Sequence[wire.FileError]) -> None:
    if not errors:
        console().print(f"{rows:,} rows, {changed:,} of them new")
        return
    shown = table("refused", "line", "column", "rule", right=["line"])
    for each in errors:
        shown.add_row(str(each.line), each.column, each.rule)
    console().print(shown)
    console().print("nothing of the file took effect")


def _show_warnings(warnings: Iterable[wire.CalendarWarning]) -> None:
    for each in warnings:
        where = f"{each.payer_number} {month_text(each.period)} {each.field} {each.day}"
        console().print(f"[yellow]warning[/]: {where}: {DOUBTS.get(each.doubt, each.doubt)}")
