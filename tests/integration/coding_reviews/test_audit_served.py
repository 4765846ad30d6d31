"""Automatic codes explained, taken back and measured, over TLS on a real database."""

import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from seikyu.coding.v1 import coding_service_pb2
from seikyu.coding.v1.audit_service_pb2 import ReverseCodingsRequest, ReverseCodingsResponse
from seikyu.coding.v1.audit_service_pb2_grpc import CodingAuditServiceStub

from services.cli.failures import ExitCode
from services.coding.adapters import postgres_audit
from services.coding.bootstrap import Recoder
from services.coding.domain.coding import MEASURED_P, Route
from services.shared.chassis.queries import load_queries
from tests.integration.coding_reviews.conftest import Site, request, rows_of

CATARACT = "3669004"
GLAUCOMA = "3659003"


async def codes(site: Site, *arguments: str, role: str = "admin") -> list[dict[str, Any]]:
    return rows_of(await site.typed("ito", *arguments, "--json", role=role, group="codes"))


async def test_an_automatic_code_is_taken_back_in_all_claims_that_write_it_so(site: Site) -> None:
    await site.take_in(request(1, "左白内障", "高血圧症"), request(2, "左白内障"), request(3, "右白内障"))
    taken = await codes(site, "reverse", "左白内障", "--code", CATARACT, "--no-diagnosis", "--why", "誤読")

    assert [(each["outcome"], each["claim_id"][-1], each["line"], each["revision"]) for each in taken] == [
        ("reversed", "1", 1, 1),
        ("reversed", "2", 1, 1),
    ]
    revised = [each for each in await site.announced() if each.revision]
    assert [[(line.line, line.route, line.disease_code) for line in each.codings] for each in revised] == [
        [
            (1, coding_service_pb2.CODING_ROUTE_REVIEWED, ""),
            (2, coding_service_pb2.CODING_ROUTE_EXACT, "8833421"),
        ],
        [(1, coding_service_pb2.CODING_ROUTE_REVIEWED, "")],
    ]
    again = ("reverse", "左白内障", "--code", CATARACT, "--no-diagnosis", "--why", "誤読")
    assert await codes(site, *again) == []


async def test_a_dry_run_tells_and_changes_nothing(site: Site) -> None:
    await site.take_in(request(1, "左白内障"))
    told = await codes(site, "reverse", "左白内障", "--code", CATARACT, "--to", GLAUCOMA, "--why", "誤読", "--dry-run")

    assert [each["outcome"] for each in told] == ["would-reverse"]
    assert [each.revision for each in await site.announced()] == [0]


async def test_pages_of_one_reversal_go_on_where_the_last_ended_and_say_the_same(site: Site) -> None:
    await site.take_in(*(request(number, "左白内障", "左白内障") for number in range(1, 6)))
    channel = site.edge.token_channel(site.edge.token("operator:ito", "admin"), timeout_s=30.0)
    stub = CodingAuditServiceStub(channel)
    wanted = ReverseCodingsRequest(
        reversal_id=str(uuid.uuid4()), spelling="左白内障", disease_code=CATARACT, why="誤読", page_size=2
    )
    wanted.no_diagnosis.SetInParent()
    pages: list[ReverseCodingsResponse] = []
    while not pages or wanted.page_token:
        wanted.request_id = str(uuid.uuid4())
        pages.append(await stub.ReverseCodings(wanted))
        wanted.page_token = pages[-1].next_page_token
    wanted.request_id, wanted.why = str(uuid.uuid4()), "別の理由"
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.ReverseCodings(wanted)

    assert [[int(each.claim_id[-1]) for each in page.reversed] for page in pages] == [
        [1, 1, 2, 2],
        [3, 3, 4, 4],
        [5, 5],
    ]
    assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert [each.revision for each in await site.announced()] == [0] * 5 + [1] * 5


async def test_a_page_of_a_reversal_is_read_along_its_index(site: Site) -> None:
    statement = load_queries(Path(postgres_audit.__file__).parents[1] / "sql" / "audit.sql")["requests_holding"]
    async with site.database.pool.acquire() as connection:
        await connection.execute("SET enable_seqscan = off")
        plan = await connection.fetch(f"EXPLAIN {statement.sql}", "左白内障", "clm_8", "evt_8", 200)
    told = "\n".join(row[0] for row in plan)

    assert "Index Only Scan using suggestion_by_spelling_and_request on suggestion" in told, told
    assert "ROW(claim_id, cause_event_id) > ROW(" in told, told


async def test_a_code_that_may_not_stand_instead_leaves_the_claim_as_it_is(site: Site) -> None:
    await site.take_in(request(1, "左白内障"))
    arguments = ("reverse", "左白内障", "--code", CATARACT, "--to", "9999999", "--why", "誤読", "--json")
    left = await site.typed("ito", *arguments, role="admin", group="codes")

    assert left.exit_code == ExitCode.REFUSED
    assert '"rules": ["unknown"]' in left.stdout
    assert [each.revision for each in await site.announced()] == [0]


async def test_what_a_person_decided_is_not_taken_back(site: Site) -> None:
    await site.take_in(request(1, "膝関節湿疹"))
    await site.typed("sato", "take")
    rows = rows_of(await site.typed("sato", "list", "--json"))
    resolved = await site.typed("sato", "resolve", rows[0]["item_id"], "--code", "6923002", "--modifier", "1640")

    assert resolved.exit_code == 0, resolved.output
    arguments = ("reverse", "膝関節湿疹", "--code", "6923002", "--not-codable", "--why", "誤読")
    assert await codes(site, *arguments) == []


async def test_what_a_double_check_upheld_is_neither_taken_back_nor_coded_otherwise_anew(site: Site) -> None:
    site.coder.double_checks = 1.0
    asked = request(1, "左白内障")
    await site.take_in(asked)
    [item] = rows_of(await site.typed("sato", "list", "--json"))
    await site.typed("sato", "take", item["item_id"])
    await site.typed("sato", "resolve", item["item_id"], "--code", CATARACT, "--modifier", "2049")
    taken = await codes(site, "reverse", "左白内障", "--code", CATARACT, "--no-diagnosis", "--why", "誤読")
    [decided] = await site.coder.decide([asked])
    anew = replace(decided, codings=(replace(decided.codings[0], disease_code=GLAUCOMA),))
    async with site.database.transaction(label="test") as tx:
        outcome = await Recoder(coder=site.coder).answer([asked], (anew,), tx)

    assert (taken, outcome.answers) == ([], ())
    assert [each.revision for each in await site.announced()] == [0]


async def test_what_was_taken_back_is_not_looked_at_once_more(site: Site) -> None:
    site.coder.double_checks = 1.0
    await site.take_in(request(1, "左白内障"))
    before = rows_of(await site.typed("sato", "list", "--json"))
    await codes(site, "reverse", "左白内障", "--code", CATARACT, "--no-diagnosis", "--why", "誤読")

    assert [each["kind"] for each in before] == ["REVIEW_KIND_DOUBLE_CHECK"]
    assert (await site.typed("sato", "take")).exit_code == ExitCode.NOT_FOUND


async def test_whoever_upheld_a_code_that_coding_anew_gave_is_not_told_as_its_cause(site: Site) -> None:
    site.coder.double_checks = 1.0
    asked = request(1, "左白内障")
    await site.take_in(asked)
    [decided] = await site.coder.decide([asked])
    anew = replace(decided, codings=(replace(decided.codings[0], disease_code=GLAUCOMA),))
    async with site.database.transaction(label="test") as tx:
        await Recoder(coder=site.coder).answer([asked], (anew,), tx)
    [item] = rows_of(await site.typed("sato", "list", "--json"))
    await site.typed("sato", "take", item["item_id"])
    upheld = await site.typed("sato", "resolve", item["item_id"], "--code", GLAUCOMA, "--modifier", "2049")

    assert upheld.exit_code == 0, upheld.output
    told = await codes(site, "explain", asked.claim_id, role="reviewer")
    assert [(each["cause"], each["decided_by"]) for each in told] == [
        ("CODING_CAUSE_CODED", ""),
        ("CODING_CAUSE_RECODED", ""),
    ]


async def test_every_decision_on_a_claim_is_explained_with_who_and_why(site: Site) -> None:
    await site.take_in(request(1, "左白内障"))
    await codes(site, "reverse", "左白内障", "--code", CATARACT, "--to", GLAUCOMA, "--why", "眼圧の記載")
    first, second = await codes(site, "explain", f"clm_{1:032x}", role="reviewer")

    assert (first["cause"], first["route"], first["code"]["disease_code"]) == (
        "CODING_CAUSE_CODED",
        "CODING_ROUTE_DECOMPOSED",
        CATARACT,
    )
    assert (first["text"], first["probability"], first["decided_by"]) == ("左白内障", MEASURED_P[Route.DECOMPOSED], "")
    assert (second["cause"], second["revision"], second["code"]["disease_name"]) == (
        "CODING_CAUSE_REVERSED",
        1,
        "緑内障",
    )
    assert (second["decided_by"], second["why"]) == ("operator:ito", "眼圧の記載")
    nobody = await site.typed("ito", "explain", f"clm_{9:032x}", role="reviewer", group="codes")
    assert nobody.exit_code == ExitCode.NOT_FOUND


async def test_a_double_check_does_not_tell_what_the_coder_took_and_changes_nothing_where_it_agrees(site: Site) -> None:
    site.coder.double_checks = 1.0
    await site.take_in(request(1, "左白内障"))
    [item] = rows_of(await site.typed("sato", "list", "--json"))
    await site.typed("sato", "take", item["item_id"])
    arguments = (item["item_id"], "--code", CATARACT, "--modifier", "2049")
    upheld = await site.typed("sato", "resolve", *arguments)

    assert upheld.exit_code == 0, upheld.output
    assert (item["kind"], "found" in item) == ("REVIEW_KIND_DOUBLE_CHECK", False)
    assert [each.revision for each in await site.announced()] == [0]


async def test_a_candidate_of_a_double_check_is_not_taken_without_a_word_on_its_modifiers(site: Site) -> None:
    """They are not told, so that leaving them out would silently drop what the text says, such as doubt."""
    site.coder.double_checks = 1.0
    await site.take_in(request(1, "左白内障の疑い"))
    await site.typed("sato", "take")
    refused = await site.typed("sato", "resolve", "--candidate", "1")
    upheld = await site.typed("sato", "resolve", "--candidate", "1", "--modifier", "2049", "--modifier", "8002")

    assert (refused.exit_code, "a double check tells no modifiers" in refused.output) == (ExitCode.USAGE, True)
    assert upheld.exit_code == 0, upheld.output
    assert [each.revision for each in await site.announced()] == [0]


async def test_a_double_check_that_disagrees_is_a_revision(site: Site) -> None:
    site.coder.double_checks = 1.0
    await site.take_in(request(1, "左白内障"))
    [item] = rows_of(await site.typed("sato", "list", "--json"))
    await site.typed("sato", "take", item["item_id"])
    await site.typed("sato", "resolve", item["item_id"], "--code", GLAUCOMA, "--why", "眼圧の記載")

    assert [each.revision for each in await site.announced()] == [0, 1]


async def test_figures_tell_the_automatic_share_and_how_often_people_agreed(site: Site) -> None:
    site.coder.double_checks = 1.0
    await site.take_in(request(1, "左白内障", "謎の病", "膝関節湿疹"))
    for item in rows_of(await site.typed("sato", "list", "--json")):
        await site.typed("sato", "take", item["item_id"])
        is_double = item["kind"] == "REVIEW_KIND_DOUBLE_CHECK"
        told = ("--code", CATARACT, "--modifier", "2049") if is_double else ("--not-codable", "--why", "不明")
        await site.typed("sato", "resolve", item["item_id"], *told)
    day = (site.clock.at + timedelta(hours=9)).date()
    span = ("--since", str(day), "--until", str(day + timedelta(days=1)))
    [figures] = await codes(site, "measure", *span, "--by", "version", role="viewer")

    assert (figures["mentions"], figures["automatic"]) == ("3", "1")
    assert (figures["decided"], figures["agreed"]) == ("2", "1")
    assert (figures["checked"], figures["upheld"]) == ("1", "1")
    assert figures["shift"] == "CODING_SHIFT_UNKNOWN"
    assert await codes(site, "measure", "--since", "2020-01-01", "--until", "2020-02-01", role="viewer") == []


@pytest.mark.parametrize(
    ("arguments", "role"),
    [
        (("reverse", "左白内障", "--code", CATARACT, "--no-diagnosis", "--why", "誤読"), "reviewer"),
        (("explain", f"clm_{1:032x}"), "viewer"),
    ],
)
async def test_only_admins_take_back_and_only_reviewers_see_texts(
    site: Site, arguments: tuple[str, ...], role: str
) -> None:
    refused = await site.typed("ito", *arguments, role=role, group="codes")

    assert refused.exit_code == ExitCode.NOT_PERMITTED
