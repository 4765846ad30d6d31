"""`seikyu review ...`: a reviewer's work on diagnoses that the coder was not sure of."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

import click
from rich.console import Group
from seikyu.coding.v1 import reviews_pb2 as wire
from seikyu.coding.v1.coding_service_pb2_grpc import CodingServiceStub

from services.cli.client import load_client
from services.cli.command import as_dict, console, json_option, print_json, run
from services.cli.failures import CommandFailure, ExitCode
from services.cli.outcomes import ClaimMonth
from services.cli.review_views import decision_in_words, history_views, item_view, items_table, state_of
from services.cli.review_words import LANGUAGES

PAGE: Final = 200
STATES: Final = {
    "open": wire.REVIEW_STATE_OPEN,
    "assigned": wire.REVIEW_STATE_ASSIGNED,
    "escalated": wire.REVIEW_STATE_ESCALATED,
    "resolved": wire.REVIEW_STATE_RESOLVED,
}
ITEM: Final = click.argument("item_id", required=False, default="", metavar="[ITEM]")

LANG: Final = click.option(
    "--lang", type=click.Choice(list(LANGUAGES)), default="en", show_default=True, help="Of what is shown."
)

Stub = Any
"""mypy-protobuf's stub for asynchronous channels exists for type checkers only."""


@click.group(name="review")
def review() -> None:
    """Decide diagnoses that the coder was not sure of.

    For operators with the role reviewer or admin. An item that you took is yours for half an hour; take it again to
    hold it longer. Where ITEM is left out, it is the one item that you hold.
    """


@review.command(name="list")
@click.option("--state", type=click.Choice(list(STATES)), help="Else whatever is not resolved.")
@click.option("--month", type=ClaimMonth(), help="The treatment month (診療年月).")
@click.option("--min-age", "min_age_hours", type=click.IntRange(0), default=0, metavar="HOURS", help="Waits so long.")
@click.option("--past-due", is_flag=True, help="Past the service level.")
@click.option("--mine", is_flag=True, help="What you hold.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="So many at most.")
@LANG
@json_option
def list_(
    *,
    state: str | None,
    month: str | None,
    min_age_hours: int,
    past_due: bool,
    mine: bool,
    limit: int,
    lang: str,
    as_json: bool,
) -> None:
    """What waits, the item due first above."""
    if mine and state:
        raise click.UsageError("--mine is without --state: what you hold is assigned")
    request = wire.ListReviewsRequest(
        state=STATES[state] if state else wire.REVIEW_STATE_UNSPECIFIED,
        treatment_month=month or "",
        min_age_hours=min_age_hours,
        past_due=past_due,
        mine=mine,
        page_size=min(limit, PAGE),
    )
    items = run(_called(lambda stub: _listed(stub, request, limit)))
    if as_json:
        for item in items:
            print_json(as_dict(item))
    elif items:
        console().print(items_table(items, datetime.now(UTC), LANGUAGES[lang]))
    else:
        click.echo(LANGUAGES[lang]("nothing waits"))


@review.command(name="take")
@click.argument("item_id", required=False, default="", metavar="[ITEM]")
@LANG
@json_option
def take(*, item_id: str, lang: str, as_json: bool) -> None:
    """Take ITEM, or the one that is due first. Nobody else gets it while you hold it.

    Also to hold an item longer, and to decide again what is resolved. Exit code 5 where nothing waits.
    """
    request = wire.AssignReviewRequest(request_id=str(uuid.uuid4()), item_id=item_id)
    answer = run(_called(lambda stub: stub.AssignReview(request)))
    if not answer.HasField("item"):
        raise CommandFailure("nothing waits for you", advice="", code=ExitCode.NOT_FOUND)
    _show_item(answer.item, lang, as_json=as_json)


@review.command(name="show")
@ITEM
@LANG
@json_option
def show(*, item_id: str, lang: str, as_json: bool) -> None:
    """ITEM with the claim's other texts, and all that was decided of it and done with it."""
    answer = run(_called(lambda stub: _shown(stub, item_id)))
    if as_json:
        print_json(as_dict(answer))
    else:
        say = LANGUAGES[lang]
        console().print(Group(item_view(answer.item, datetime.now(UTC), say), *history_views(answer, say)))


@review.command(name="resolve")
@ITEM
@click.option("--candidate", type=click.IntRange(1), metavar="NUMBER", help="This candidate.")
@click.option("--code", metavar="CODE", help="This code of the disease master, 7 digits.")
@click.option("--modifier", "modifiers", multiple=True, metavar="CODE", help="修飾語, 4 digits; repeatable.")
@click.option("--no-modifiers", is_flag=True, help="With --candidate: without those that the coder read.")
@click.option("--not-codable", is_flag=True, help="A diagnosis for which the master has no code.")
@click.option("--no-diagnosis", is_flag=True, help="No disease of this patient of now.")
@click.option("--why", default="", metavar="TEXT", help="In words; asked for where it is none of the candidates.")
@LANG
@json_option
def resolve(
    *,
    item_id: str,
    candidate: int | None,
    code: str | None,
    modifiers: tuple[str, ...],
    no_modifiers: bool,
    not_codable: bool,
    no_diagnosis: bool,
    why: str,
    lang: str,
    as_json: bool,
) -> None:
    """Decide ITEM: --candidate, --code, --not-codable or --no-diagnosis.

    A candidate takes the modifiers that the coder read with it, unless --modifier or --no-modifiers says otherwise; in
    a double check, where they are not told, one of the two is asked for. The code is held against the master of the
    treatment month. Take a resolved item to decide it again.
    """
    if [candidate is not None, code is not None, not_codable, no_diagnosis].count(True) != 1:
        raise click.UsageError("give one of --candidate, --code, --not-codable and --no-diagnosis")
    if (modifiers or no_modifiers) and (not_codable or no_diagnosis):
        raise click.UsageError("modifiers belong to a code")
    if modifiers and no_modifiers:
        raise click.UsageError("give --modifier or --no-modifiers")

    async def decided(stub: Stub) -> wire.ResolveReviewResponse:
        item = (await _shown(stub, item_id)).item
        request = wire.ResolveReviewRequest(request_id=str(uuid.uuid4()), item_id=item.item_id, why=why)
        if not_codable:
            request.not_codable.SetInParent()
        elif no_diagnosis:
            request.no_diagnosis.SetInParent()
        else:
            chosen = code or _candidate(item, candidate or 0)
            if candidate is not None and not (modifiers or no_modifiers):
                _refuse_blind(item)
            read = () if code or no_modifiers else _read_with(item, chosen)
            request.coded.CopyFrom(wire.ReviewedCode(disease_code=chosen, modifier_codes=modifiers or read))
        answer: wire.ResolveReviewResponse = await stub.ResolveReview(request)
        return answer

    answer = run(_called(decided))
    if as_json:
        print_json(as_dict(answer))
    else:
        click.echo(f"{answer.item.text}: {decision_in_words(answer.decision, LANGUAGES[lang])}")


@review.command(name="skip")
@ITEM
@LANG
@json_option
def skip(*, item_id: str, lang: str, as_json: bool) -> None:
    """Leave ITEM to others: it is not offered to you again."""

    async def skipped(stub: Stub) -> wire.ReviewItem:
        request = wire.SkipReviewRequest(request_id=str(uuid.uuid4()), item_id=item_id or await _held(stub))
        item: wire.ReviewItem = (await stub.SkipReview(request)).item
        return item

    _tell(run(_called(skipped)), lang, as_json=as_json)


@review.command(name="release")
@ITEM
@LANG
@json_option
def release(*, item_id: str, lang: str, as_json: bool) -> None:
    """Give ITEM back as it was before you took it."""

    async def released(stub: Stub) -> wire.ReviewItem:
        request = wire.ReleaseReviewRequest(request_id=str(uuid.uuid4()), item_id=item_id or await _held(stub))
        item: wire.ReviewItem = (await stub.ReleaseReview(request)).item
        return item

    _tell(run(_called(released)), lang, as_json=as_json)


@review.command(name="escalate")
@ITEM
@click.option("--note", required=True, metavar="TEXT", help="What the second person should know, 200 characters.")
@LANG
@json_option
def escalate(*, item_id: str, note: str, lang: str, as_json: bool) -> None:
    """Ask for a second person, who decides ITEM instead of you."""

    async def escalated(stub: Stub) -> wire.ReviewItem:
        held = item_id or await _held(stub)
        request = wire.EscalateReviewRequest(request_id=str(uuid.uuid4()), item_id=held, note=note)
        item: wire.ReviewItem = (await stub.EscalateReview(request)).item
        return item

    _tell(run(_called(escalated)), lang, as_json=as_json)


async def _called(call: Callable[[Stub], Awaitable[Any]]) -> Any:  # noqa: ANN401 - the call's own answer
    async with load_client().channel("coding") as channel:
        return await call(CodingServiceStub(channel))


async def _listed(stub: Stub, request: wire.ListReviewsRequest, limit: int) -> list[wire.ReviewItem]:
    """Page by page, at most `limit` items."""
    items: list[wire.ReviewItem] = []
    while len(items) < limit:
        answer = await stub.ListReviews(request)
        items.extend(answer.items)
        if not answer.next_page_token:
            break
        request.page_token = answer.next_page_token
    return items[:limit]


async def _shown(stub: Stub, item_id: str) -> wire.GetReviewResponse:
    request = wire.GetReviewRequest(item_id=item_id or await _held(stub))
    answer: wire.GetReviewResponse = await stub.GetReview(request)
    return answer


async def _held(stub: Stub) -> str:
    """The one item that the caller holds. Raises CommandFailure where it is none or several."""
    items = await _listed(stub, wire.ListReviewsRequest(mine=True, page_size=2), 2)
    if len(items) != 1:
        held = "no item" if not items else "more than one item"
        raise CommandFailure(
            f"you hold {held}", advice="name the ITEM; `seikyu review list --mine` shows yours", code=ExitCode.USAGE
        )
    return str(items[0].item_id)


def _candidate(item: wire.ReviewItem, number: int) -> str:
    """The code of a numbered candidate. Raises CommandFailure where there is none of this number."""
    codes = {each.number: str(each.disease_code) for each in item.candidates}
    if number not in codes:
        raise CommandFailure(
            f"{item.item_id} has {len(codes)} candidates", advice="or name a code: --code", code=ExitCode.USAGE
        )
    return codes[number]


def _refuse_blind(item: wire.ReviewItem) -> None:
    """Raises CommandFailure for a double check: what the coder read is not told, so none would silently be left out."""
    if item.kind == wire.REVIEW_KIND_DOUBLE_CHECK:
        raise CommandFailure(
            "a double check tells no modifiers", advice="name them: --modifier, or --no-modifiers", code=ExitCode.USAGE
        )


def _read_with(item: wire.ReviewItem, code: str) -> list[str]:
    """The modifiers that the coder read in the text, where it read this code."""
    return [each.code for each in item.found.modifiers] if item.found.disease_code == code else []


def _show_item(item: wire.ReviewItem, lang: str, *, as_json: bool) -> None:
    if as_json:
        print_json(as_dict(item))
    else:
        console().print(item_view(item, datetime.now(UTC), LANGUAGES[lang]))


def _tell(item: wire.ReviewItem, lang: str, *, as_json: bool) -> None:
    """Where an item stands after it was passed on."""
    if as_json:
        print_json(as_dict(item))
    else:
        say = LANGUAGES[lang]
        click.echo(say("{} is {}").format(item.item_id, state_of(item, say)))
