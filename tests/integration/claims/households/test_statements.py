"""Households' statements in the real ledger, over gRPC: stated, recomputed after corrections, read by their payer."""

import json
from uuid import uuid4

import asyncpg
import grpc
import pytest
from seikyu.claims.v1 import household_service_pb2 as wire
from seikyu.claims.v1.household_pb2 import HouseholdStated
from seikyu.eligibility.v1 import coverage_pb2

from services.claims.domain.share.case import LimitCategory
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.member import canonical_member, member_key
from tests.integration.claims.households.site import HOSPITALS, PAYER, SECRET, Site
from tests.support import uke
from tests.support.households import ELDERLY_OUTPATIENT, INPATIENT, receipt_of

NEIGHBOURS = ("７８９", "７９０", "７９１")
OTHER_PAYER = "06132013"


async def two_hospitals(site: Site, month: str = "202405") -> list[ClaimId]:
    """A stay of 500,000 yen and visits of 100,000 yen elsewhere, class ウ; three other households beside."""
    stay = await site.decided([receipt_of(50_000, kind=INPATIENT, month=month, branch="01")])
    neighbours = [receipt_of(1_000, member=each, month=month, number=2) for each in NEIGHBOURS]
    return stay + await site.decided([receipt_of(10_000, month=month), *neighbours], HOSPITALS[1])


async def statement_of(site: Site, claim: ClaimId) -> list[HouseholdStated]:
    """The versions of the statement that ever told of this claim, in order."""
    versions = await site.listed()
    ids = {
        each.statement.statement_id
        for each in versions
        for told in each.statement.month.claims
        if told.claim_id == claim
    }
    return [each for each in versions if each.statement.statement_id in ids]


async def test_two_hospitals_receipts_come_under_one_limit_and_are_announced(site: Site) -> None:
    await site.enrol()
    stay, visits, *_ = await two_hospitals(site)

    summary = await site.summed()
    (stated,) = await statement_of(site, stay)

    # 82,430 at the one window and 30,000 at the other; 80,100 + 1 % of 333,000 = 83,430 for both
    month = stated.statement.month
    assert (month.paid_yen, month.household_refund_yen, month.left_yen) == (112_430, 29_000, 83_430)
    assert month.class_under_70 == coverage_pb2.LIMIT_CATEGORY_U
    assert sorted(each.claim_id for each in month.claims) == sorted([stay, visits])
    assert [each.branch for each in month.persons] == ["01"]
    assert stated.statement.payer_member_key == member_key(SECRET, canonical_member(PAYER, "１２３", "４５６"))
    assert (summary.receipts_placed, summary.households, summary.stated) == (5, 4, 4)
    announced = await site.announced()
    assert stated in [HouseholdStated.FromString(row["value"]) for row in announced]
    assert {row["event_id"] for row in announced} == {each.event_id for each in await site.listed()}
    assert len(announced) == 4


async def test_recomputed_without_a_correction_nothing_changes(site: Site) -> None:
    await two_hospitals(site)
    await site.summed()
    before = await site.listed()

    summary = await site.summed()

    assert (summary.receipts_placed, summary.stated, summary.changed, summary.unchanged) == (0, 0, 0, 4)
    assert await site.listed() == before
    assert len(await site.announced()) == 4


async def test_a_withdrawn_claim_changes_exactly_its_household(site: Site) -> None:
    stay, visits, *_ = await two_hospitals(site)
    await site.summed()
    before = await site.listed()
    await site.withdraw(visits, HOSPITALS[1])

    summary = await site.summed()

    first, second = await statement_of(site, stay)
    assert (summary.stated, summary.changed, summary.unchanged) == (0, 1, 3)
    assert (second.number, second.replaces_version_id) == (2, first.version_id)
    assert (second.statement.month.refund_yen, second.statement.month.left_yen) == (0, 82_430)
    assert [each.claim_id for each in second.statement.month.claims] == [stay]
    assert await site.listed() == [*before, second]
    assert await site.listed(latest_only=True) == [each for each in [*before, second] if each != first]
    assert len(await site.announced()) == 5


async def test_a_household_whose_claims_are_all_withdrawn_is_stated_without_any(site: Site) -> None:
    (claim,) = await site.decided([receipt_of(1_000)])
    await site.summed()
    await site.withdraw(claim)

    assert (await site.summed()).changed == 1
    assert not (await site.listed(latest_only=True))[0].statement.month.claims


async def test_a_household_of_which_nothing_was_ever_settled_is_not_stated(site: Site) -> None:
    (claim,) = await site.decided([receipt_of(1_000)])
    await site.withdraw(claim)

    assert (await site.summed()).empty == 1
    assert await site.listed() == []


async def test_statements_change_no_claim(site: Site) -> None:
    await two_hospitals(site)
    reads = "SELECT * FROM decision ORDER BY claim_id, number"
    connection = await asyncpg.connect(site.migrated.dsn)
    before = await connection.fetch(reads)
    await site.summed()

    assert await connection.fetch(reads) == before
    await connection.close()


async def test_a_call_with_its_request_id_gives_the_batches_that_were_done(site: Site) -> None:
    stay, *_ = await two_hospitals(site)
    again = str(uuid4())
    first = await site.recomputed(request_id=again)
    await site.withdraw(stay)

    assert await site.recomputed(request_id=again) == first
    assert len(await site.announced()) == 4


async def test_the_fourth_month_has_the_lower_limit(site: Site) -> None:
    for month in ("202402", "202403", "202404", "202405"):
        await site.decided([receipt_of(50_000, kind=INPATIENT, month=month)])
        await site.summed(month)

    fourth = (await site.listed(since="202405"))[0].statement.month
    assert fourth.multi
    # 82,430 were paid at the window; 44,400 from the fourth month on
    assert fourth.household_refund_yen == 82_430 - 44_400
    assert not (await site.listed(since="202404"))[0].statement.month.multi


async def test_a_year_is_made_of_the_latest_statements_of_its_months(site: Site) -> None:
    for month in ("202404", "202405"):
        receipts = [receipt_of(6_000, kind=ELDERLY_OUTPATIENT, month=month, born="19500101")]
        for hospital in HOSPITALS:
            await site.decided(receipts, hospital, tenths=2, category=LimitCategory.ELDERLY_GENERAL)
        await site.summed(month)
    request = wire.RecomputeYearRequest(request_id=str(uuid4()), since="202308")

    told = [each async for each in site.stub("operator:desk", "admin").RecomputeYear(request)]
    (stated,) = await site.listed(since="202308")

    # two hospitals of 12,000 yen, at most 18,000 a month
    year = stated.statement.year
    assert told[-1].summary.stated == 1
    assert [(each.month, each.left_yen) for each in year.months] == [("202404", 18_000), ("202405", 18_000)]
    assert (year.refund_yen, year.left_yen) == (0, 36_000)
    assert year.limit_class == coverage_pb2.LIMIT_CATEGORY_ELDERLY_GENERAL


async def test_a_payer_reads_its_own_members_statements_only(site: Site) -> None:
    await site.enrol()
    await site.decided([receipt_of(1_000)])
    other = receipt_of(1_000).replace(PAYER.encode(), OTHER_PAYER.encode())
    await site.decided([other], HOSPITALS[1])
    await site.summed()
    mine = f"payer:{PAYER}"

    (own,) = await site.listed(mine)
    (foreign,) = await site.listed(payer_number=OTHER_PAYER)

    assert own.statement.payer_number == PAYER
    assert foreign.statement.payer_number == OTHER_PAYER
    request = wire.GetStatementRequest(statement_id=foreign.statement.statement_id)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await site.stub(mine).GetStatement(request)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    with pytest.raises(grpc.aio.AioRpcError) as denied:
        await site.listed(mine, payer_number=OTHER_PAYER)
    assert denied.value.code() is grpc.StatusCode.PERMISSION_DENIED
    with pytest.raises(grpc.aio.AioRpcError) as unmade:
        await site.stub(mine).RecomputeMonth(wire.RecomputeMonthRequest(request_id=str(uuid4()), month="202405")).read()
    assert unmade.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_from_the_resume_token_on_a_payer_reads_what_came_since(site: Site) -> None:
    stay, *_ = await two_hospitals(site)
    await site.summed()
    stub = site.stub(f"payer:{PAYER}")
    first = await stub.ListStatements(wire.ListStatementsRequest(page_size=3))
    second = await stub.ListStatements(wire.ListStatementsRequest(page_size=3, page_token=first.next_page_token))
    await site.withdraw(stay)
    await site.summed()

    since = await stub.ListStatements(wire.ListStatementsRequest(page_token=second.resume_token))

    assert (len(first.stated), len(second.stated), second.next_page_token) == (3, 1, "")
    assert [each.number for each in since.stated] == [2]
    one = wire.GetStatementRequest(statement_id=since.stated[0].statement.statement_id, number=1)
    assert (await stub.GetStatement(one)).stated.version_id == since.stated[0].replaces_version_id


async def test_nothing_of_a_statement_names_a_person(site: Site) -> None:
    await site.enrol()
    await two_hospitals(site)
    await site.summed()

    written = b"".join(row["value"] for row in await site.announced())
    for personal in ("見本", "ミホン", "４５６", "１２３", "19800101", "1980-01-01"):
        assert personal.encode() not in written
        assert personal.encode("cp932") not in written


async def test_a_receipt_of_programmes_alone_is_no_households(site: Site) -> None:
    lines = (uke.head(kind="1212"), uke.programme(programme_number="12130013"), uke.disease(), uke.act(share="5"))
    await site.decided([uke.receipt(*lines)])

    summary = await site.summed()

    assert (summary.receipts_placed, summary.households) == (1, 0)


async def test_versions_cannot_be_changed_by_the_service(site: Site) -> None:
    await site.decided([receipt_of(1_000)])
    await site.summed()

    async with asyncpg.create_pool(site.migrated.dsn, min_size=1, max_size=1) as pool:
        for change in ("UPDATE household_statement SET number = 2", "DELETE FROM household_statement"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await pool.execute(change)


async def test_at_the_command_line_a_month_is_recomputed_listed_and_shown(site: Site) -> None:
    stay, *_ = await two_hospitals(site)

    told = await site.typed("household", "recompute", "--month", "2024-05")
    listed = await site.typed("household", "list", "--month", "2024-05", "--json", roles=("viewer",))
    assert told.exit_code == 0, told.output
    ids = [json.loads(each)["statement"]["statement_id"] for each in listed.output.splitlines()]
    (stated,) = await statement_of(site, stay)
    shown = await site.typed("household", "show", stated.statement.statement_id, roles=("viewer",))
    table = await site.typed("household", "list", roles=("viewer",))
    year = await site.typed("household", "recompute", "--year", "2023", "--json")

    assert told.exit_code == 0, told.output
    assert told.output == "4 households: 4 stated for the first time, 0 changed, 0 unchanged, 0 with nothing settled\n"
    assert len(ids) == 4
    assert "82,430" in shown.output
    assert "paid 112,430, comes back 29,000, left 83,430" in shown.output
    assert "class under 70 ウ" in shown.output
    assert "29,000" in table.output
    assert json.loads(year.output)["stated"] == "4"


async def test_at_the_command_line_it_is_a_month_or_a_year(site: Site) -> None:
    assert (await site.typed("household", "recompute")).exit_code == 2
    assert (await site.typed("household", "show", f"hst_{'0' * 32}", roles=("viewer",))).exit_code == 5
    assert (await site.typed("household", "recompute", "--month", "2024-05", roles=("viewer",))).exit_code == 4
