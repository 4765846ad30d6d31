"""`seikyu household`: what several claims of a household leave together, by month and by year (世帯合算, 年間上限)."""

import uuid
from collections.abc import AsyncIterable, Callable, Iterable, Sequence
from typing import Final

import click
import grpc.aio
from rich.table import Table
from seikyu.claims.v1 import household_pb2
from seikyu.claims.v1 import household_service_pb2 as wire
from seikyu.claims.v1.household_service_pb2_grpc import HouseholdServiceStub
from seikyu.eligibility.v1 import coverage_pb2

from services.cli.client import Client, keep_private, load_client, read_payer
from services.cli.command import as_dict, console, json_option, print_json, progress, run, table, yen
from services.cli.failures import CommandFailure, ExitCode, failure_of
from services.cli.outcomes import ClaimMonth
from services.cli.payer_topics import Listing, PayerTopic, PayerTopicKind, tell_events

PAGE_SIZE: Final = 500
ANSWER_WITHIN_S: Final = 30.0
_NONE: Final = "-"
_TITLES: Final = ("seq", "statement", "member", "span", "version", "paid", "comes back", "left", "not known")
_CLASSES: Final = {
    "A": "ア",
    "I": "イ",
    "U": "ウ",
    "E": "エ",
    "O": "オ",
    "ELDERLY_ACTIVE_3": "現役並みⅢ",
    "ELDERLY_ACTIVE_2": "現役並みⅡ",
    "ELDERLY_ACTIVE_1": "現役並みⅠ",
    "ELDERLY_GENERAL": "一般",
    "ELDERLY_LOW_2": "低所得Ⅱ",
    "ELDERLY_LOW_1": "低所得Ⅰ",
}
_AS_PAYER: Final = click.option("--payer", default="", metavar="NUMBER", help="As this payer, enrolled from here.")
Part = wire.RecomputeMonthResponse | wire.RecomputeYearResponse


@click.group(name="household")
def household() -> None:
    """Households' statements: what several claims leave together, what comes back, and why."""


@household.command(name="recompute")
@click.option("--month", default=None, type=ClaimMonth(), help="The treatment month (診療年月).")
@click.option(
    "--year", "since", default=None, type=click.IntRange(2000, 9999), help="The year from August of YEAR to July."
)
@click.option("--request-id", default="", metavar="UUID", help="Go on with a call that broke off: its id.")
@json_option
def recompute(*, month: str | None, since: int | None, request_id: str, as_json: bool) -> None:
    """State all households of a month, or of a year from its months' statements, anew.

    Nobody needs to: claims states a month by itself once its claims are in, and again after every decision. The same
    claims change nothing; what is new or changed becomes a new version, and is announced. For operators with the role
    admin.
    """
    if bool(month) is bool(since):
        raise click.UsageError("give --month or --year")
    summary = run(_recomputed(load_client(), month, since, request_id or str(uuid.uuid4())))
    if as_json:
        print_json(as_dict(summary))
        return
    console().print(
        f"{summary.households:,} households: {summary.stated:,} stated for the first time, "
        f"{summary.changed:,} changed, {summary.unchanged:,} unchanged, {summary.empty:,} with nothing settled"
    )


@household.command(name="list")
@click.option(
    "--month", default=None, type=ClaimMonth(), help="Of this treatment month, or of the year from this August."
)
@click.option("--all-versions", is_flag=True, help="Also those that were replaced.")
@_AS_PAYER
@json_option
def list_command(*, month: str | None, all_versions: bool, payer: str, as_json: bool) -> None:
    """The statements, in the order in which they were recorded; for a payer those of its own members."""
    request = wire.ListStatementsRequest(since=month or "", latest_only=not all_versions, page_size=PAGE_SIZE)
    found = run(_listed(_as(payer), request))
    if as_json:
        for each in found:
            print_json(as_dict(each))
        return
    numbers = ["version", "paid", "comes back", "left"]
    shown = table("statements", "statement", "payer", "span", *numbers, "not known", right=numbers)
    for each in found:
        shown.add_row(*_row(each))
    console().print(shown)


@household.command(name="show")
@click.argument("statement_id")
@click.option("--version", "number", default=0, type=click.IntRange(0), help="Its number; the latest if not given.")
@_AS_PAYER
@json_option
def show_command(*, statement_id: str, number: int, payer: str, as_json: bool) -> None:
    """One statement: persons, claims, what comes back by which rule. Exit code 5 where there is none such."""
    request = wire.GetStatementRequest(statement_id=statement_id, number=number)
    stated = run(_got(_as(payer), request))
    if as_json:
        print_json(as_dict(stated))
        return
    for each in _shown(stated):
        console().print(each)


@household.command(name="events")
@click.argument("payer_number")
@click.option("--from-beginning", is_flag=True, help="From the topic's first event.")
@click.option("--no-follow", is_flag=True, help="Print what the topic holds now, then stop.")
@json_option
def events_command(*, payer_number: str, from_beginning: bool, no_follow: bool, as_json: bool) -> None:
    """Follow the statements of PAYER_NUMBER's households on its own topic until Ctrl-C; with --json one per line."""
    reader = PayerTopic(load_client(), payer_number, PayerTopicKind.STATEMENTS, _stated)
    listing = Listing(table=statements_table, heading=_aligned(_TITLES), line=lambda each: _aligned(_cells(each)))
    tell_events(reader, listing, from_beginning=from_beginning, no_follow=no_follow, as_json=as_json)


def _stated(_ce_type: str, value: bytes) -> household_pb2.HouseholdStated:
    """The only kind on its topic."""
    return household_pb2.HouseholdStated.FromString(value)


def statements_table(found: Sequence[household_pb2.HouseholdStated], title: str) -> Table:
    """One row per version, in the order of the topic."""
    made = table(title, *_TITLES, right=("seq", "version", "paid", "comes back", "left"))
    for each in found:
        made.add_row(*_cells(each))
    return made


def _cells(stated: household_pb2.HouseholdStated) -> list[str]:
    statement, _payer, *rest = _row(stated)
    return [str(stated.sequence), statement, stated.statement.payer_member_key or _NONE, *rest]


def _aligned(cells: Sequence[str]) -> str:
    """One line of a table that has no end."""
    seq, statement, member, span, version, *yen_cells, doubts = cells
    amounts = "  ".join(f"{each:>10}" for each in yen_cells)
    return f"{seq:>6}  {statement:<36}  {member:<32}  {span:<17}  {version:>7}  {amounts}  {doubts}".rstrip()


def _as(payer: str) -> Client:
    """The client with the payer's token; as it is where none is named."""
    client = load_client()
    if not payer:
        return client
    file = client.payer_file(payer).with_suffix(".jwt")
    keep_private(file, str(read_payer(client, payer)["token"]))
    return client.speaking_with(file)


async def _recomputed(client: Client, month: str | None, since: int | None, request_id: str) -> wire.HouseholdBatch:
    """The sums. Raises CommandFailure that says how to go on with a call that broke off."""
    with progress("recomputing") as tell:
        async with client.channel("claims") as channel:
            stub = HouseholdServiceStub(channel)
            try:
                if month:
                    return await _sums(
                        stub.RecomputeMonth(wire.RecomputeMonthRequest(request_id=request_id, month=month)), tell
                    )
                year = wire.RecomputeYearRequest(request_id=request_id, since=f"{since}08")
                return await _sums(stub.RecomputeYear(year), tell)
            except grpc.aio.AioRpcError as error:
                failure = failure_of(error)
                if failure.exit_code != ExitCode.UNAVAILABLE:
                    raise
                advice = f"what was done stays; go on with it: --request-id {request_id}"
                raise CommandFailure(failure.message, advice=advice, code=ExitCode.UNAVAILABLE) from error


async def _sums(parts: AsyncIterable[Part], tell: Callable[[str], None]) -> wire.HouseholdBatch:
    placed = households = 0
    summary = wire.HouseholdBatch()
    async for part in parts:
        if part.WhichOneof("part") == "summary":
            summary = part.summary
        else:
            placed, households = placed + part.batch.receipts_placed, households + part.batch.households
            tell(f"{placed:,} receipts placed, {households:,} households")
    return summary


async def _listed(client: Client, request: wire.ListStatementsRequest) -> list[household_pb2.HouseholdStated]:
    found: list[household_pb2.HouseholdStated] = []
    async with client.channel("claims") as channel:
        stub = HouseholdServiceStub(channel)
        while True:
            page = await stub.ListStatements(request, timeout=ANSWER_WITHIN_S)
            found += page.stated
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token


async def _got(client: Client, request: wire.GetStatementRequest) -> household_pb2.HouseholdStated:
    async with client.channel("claims") as channel:
        answer = await HouseholdServiceStub(channel).GetStatement(request, timeout=ANSWER_WITHIN_S)
        return answer.stated


def _row(stated: household_pb2.HouseholdStated) -> list[str]:
    statement = stated.statement
    money = statement.month if statement.HasField("month") else statement.year
    paid = money.refund_yen + money.left_yen
    return [
        statement.statement_id,
        statement.payer_number,
        _span(statement),
        str(stated.number),
        yen(paid),
        yen(money.refund_yen),
        yen(money.left_yen),
        _doubts(_all_doubts(statement)),
    ]


def _span(statement: household_pb2.HouseholdStatement) -> str:
    month = f"{statement.since[:4]}-{statement.since[4:]}"
    return month if statement.HasField("month") else f"year from {month}"


def _all_doubts(
    statement: household_pb2.HouseholdStatement,
) -> list[household_pb2.HouseholdDoubt.ValueType]:
    of_claims = {each.doubt for each in statement.month.claims if each.doubt}
    return sorted({*statement.doubts, *of_claims})


def _doubts(doubts: Iterable[household_pb2.HouseholdDoubt.ValueType]) -> str:
    names = [household_pb2.HouseholdDoubt.Name(each) for each in doubts]
    return ", ".join(each.removeprefix("HOUSEHOLD_DOUBT_").lower().replace("_", " ") for each in names)


def _class(category: coverage_pb2.LimitCategory.ValueType) -> str:
    return _CLASSES.get(coverage_pb2.LimitCategory.Name(category).removeprefix("LIMIT_CATEGORY_"), _NONE)


def _shown(stated: household_pb2.HouseholdStated) -> list[Table | str]:
    statement = stated.statement
    heading = (
        f"{statement.statement_id}  version {stated.number}\n"
        f"payer {statement.payer_number}, member {statement.payer_member_key or _NONE}, {_span(statement)}"
    )
    parts = _shown_month(statement.month) if statement.HasField("month") else _shown_year(statement.year)
    doubts = _doubts(statement.doubts)
    return [heading, *parts, *([f"not known: {doubts}"] if doubts else [])]


def _shown_month(month: household_pb2.HouseholdMonthStatement) -> list[Table | str]:
    branches = {each.person: each.branch or _NONE for each in month.persons}
    claims = table("claims", "claim", "hospital", "branch", "", "copay", "left", "not known", right=["copay", "left"])
    for each in month.claims:
        copay, left = (sum(getattr(one, name) for one in each.portions) for name in ("copay_yen", "left_yen"))
        setting = "入院" if each.inpatient else "外来"
        branch = branches.get(each.person, _NONE)
        doubt = _doubts([each.doubt]) if each.doubt else ""
        claims.add_row(each.claim_id, each.hospital_code, branch, setting, yen(copay), yen(left), doubt)
    back = table("comes back", "branch", "by", "yen", right=["yen"])
    for person in month.persons:
        branch = person.branch or _NONE
        _add(back, branch, "outpatient care at 70 and over (外来)", person.outpatient_refund_yen)
        _add(back, branch, "month of the 75th birthday (75歳到達月)", person.turning_75_refund_yen)
    _add(back, "", "those of 70 and over together", month.elderly_refund_yen)
    _add(back, "", "the household (世帯合算)", month.household_refund_yen)
    classes = f"class under 70 {_class(month.class_under_70)}, from 70 {_class(month.class_from_70)}"
    multi = ", 多数回該当" if month.multi else ""
    sums = f"paid {yen(month.paid_yen)}, comes back {yen(month.refund_yen)}, left {yen(month.left_yen)}"
    return [f"{classes}{multi}", claims, *([back] if back.row_count else []), sums]


def _shown_year(year: household_pb2.HouseholdYearStatement) -> list[Table | str]:
    months = table("months", "month", "left", right=["left"])
    for each in year.months:
        months.add_row(f"{each.month[:4]}-{each.month[4:]}", yen(each.left_yen))
    back = table("comes back", "branch", "by", "yen", right=["yen"])
    for person in year.persons:
        _add(back, person.branch or _NONE, "outpatient care of the year (外来年間合算)", person.outpatient_refund_yen)
    _add(back, "", "the household's year (年間上限)", year.household_refund_yen)
    sums = f"comes back {yen(year.refund_yen)}, left {yen(year.left_yen)}"
    return [f"class on 31 July {_class(year.limit_class)}", months, *([back] if back.row_count else []), sums]


def _add(back: Table, branch: str, rule: str, amount_yen: int) -> None:
    if amount_yen:
        back.add_row(branch, rule, yen(amount_yen))
