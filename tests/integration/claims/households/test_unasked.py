"""Households state themselves once their month's claims are in, and again after every decision that changes them."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from seikyu.claims.v1.household_pb2 import HouseholdStated

from infra.local.authority import ensure_token_keys
from services.claims.adapters import postgres_due
from services.claims.adapters.enrolment import Enrolment
from services.claims.adapters.postgres_due import HouseholdSweep, PostgresDue
from services.claims.application import stating_due
from services.claims.application.household_statements import HouseholdStatements
from services.claims.application.stating_due import StatingDue
from services.claims.domain.share.case import LimitCategory
from services.shared.chassis.identity import TokenIssuer
from tests.integration.claims.households.site import HOSPITALS, PAYER, Site
from tests.integration.claims.test_ledger import KEY, NOW, KilledHere
from tests.support.chassis_fakes import SetClock
from tests.support.households import ELDERLY_OUTPATIENT, INPATIENT, receipt_of

QUIET = timedelta(minutes=10)
LATER = NOW + QUIET
OTHER_PAYER = "06132013"


@pytest.fixture(autouse=True)
def _small_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stating_due, "MOST_RECEIPTS", 2)
    monkeypatch.setattr(stating_due, "MOST_HOUSEHOLDS", 2)


def sweep_of(site: Site, now: datetime = LATER) -> HouseholdSweep:
    stating = StatingDue(statements=HouseholdStatements(platform_key=KEY), quiet=QUIET)
    return HouseholdSweep(database=site.claims, clock=SetClock(now), stating=stating)


async def swept(site: Site, now: datetime = LATER) -> list[HouseholdStated]:
    """All versions of months after a round, in the order of recording."""
    await sweep_of(site, now).sweep()
    return [each for each in await site.listed() if each.statement.HasField("month")]


async def due(site: Site) -> list[tuple[int, str]]:
    connection = await asyncpg.connect(site.migrated.dsn)
    try:
        rows = await connection.fetch("SELECT span, since FROM household_due ORDER BY 1, 2, household")
        return [(row["span"], row["since"]) for row in rows]
    finally:
        await connection.close()


async def test_a_month_is_stated_without_being_asked_for(site: Site) -> None:
    await site.enrol()
    await site.decided([receipt_of(50_000, kind=INPATIENT, branch="01")])
    await site.decided([receipt_of(10_000), *(receipt_of(1_000, member=each) for each in "７８９")], HOSPITALS[1])

    stated = await swept(site)

    by_yen = sorted(each.statement.month.left_yen for each in stated)
    assert by_yen == [3_000, 3_000, 3_000, 83_430]
    everything = await site.listed()
    assert sorted(each.sequence for each in everything) == list(range(1, 9))  # each household's year as well
    assert {each.event_id for each in everything} == {row["event_id"] for row in await site.announced()}


async def test_a_round_that_is_repeated_changes_nothing(site: Site) -> None:
    await site.decided([receipt_of(1_000), receipt_of(2_000, member="９")])
    before = await swept(site)

    announced = await site.announced()

    assert await swept(site) == before
    assert await site.announced() == announced


async def test_a_correction_states_exactly_its_household_again_linked_to_what_it_said_before(site: Site) -> None:
    stay = await site.decided([receipt_of(50_000, kind=INPATIENT, branch="01")])
    visits = await site.decided([receipt_of(10_000), receipt_of(1_000, member="９")], HOSPITALS[1])
    before = await swept(site)
    await site.withdraw(visits[0], HOSPITALS[1])

    after = await swept(site)

    (changed,) = after[len(before) :]
    (former,) = [each for each in before if each.version_id == changed.replaces_version_id]
    assert (changed.number, changed.sequence) == (2, 5)
    assert {each.claim_id for each in former.statement.month.claims} == {stay[0], visits[0]}
    assert [each.claim_id for each in changed.statement.month.claims] == [stay[0]]


async def test_a_decision_is_looked_at_once_it_has_been_quiet(site: Site) -> None:
    await site.decided([receipt_of(1_000)])

    assert await swept(site, NOW + QUIET - timedelta(seconds=1)) == []
    assert len(await swept(site, NOW + QUIET)) == 1


async def test_a_month_whose_claims_may_still_come_is_not_stated(site: Site) -> None:
    await site.decided([receipt_of(1_000)])

    assert await swept(site, datetime(2024, 6, 12, 14, 59, tzinfo=UTC)) == []
    too_early = sweep_of(site, datetime(2024, 6, 12, 14, 59, tzinfo=UTC))
    async with site.claims.transaction(label="test") as tx:
        await too_early.stating.follow(PostgresDue(tx), now=LATER)
    await too_early.sweep()
    assert (await site.listed(), await due(site)) == ([], [(1, "202405")])

    assert len(await swept(site, datetime(2024, 6, 12, 15, 0, tzinfo=UTC))) == 1  # the 13th in Tokyo


async def followed_and_killed(site: Site, sweep: HouseholdSweep) -> None:
    """A batch of decisions by a process that ends before the commit."""
    async with site.claims.transaction(label="test") as tx:
        assert await sweep.stating.follow(PostgresDue(tx), now=LATER) == 2
        raise KilledHere


async def stated_and_killed(site: Site, sweep: HouseholdSweep) -> None:
    """A batch of households by a process that ends before the commit."""
    async with site.claims.transaction(label="test") as tx:
        assert (await sweep.stating.state(PostgresDue(tx), now=LATER)).stated == 2
        raise KilledHere


async def test_what_a_process_left_half_done_when_it_was_killed_is_done_by_the_next(site: Site) -> None:
    await site.decided([receipt_of(1_000), receipt_of(2_000, member="９"), receipt_of(3_000, member="８")])
    sweep = sweep_of(site)
    with pytest.raises(KilledHere):
        await followed_and_killed(site, sweep)
    async with site.claims.transaction(label="test") as tx:
        assert await sweep.stating.follow(PostgresDue(tx), now=LATER) == 2
    with pytest.raises(KilledHere):
        await stated_and_killed(site, sweep)

    stated = await swept(site)

    assert len(stated) == 3
    assert sorted(row["event_id"] for row in await site.announced()) == sorted(
        each.event_id for each in await site.listed()
    )
    assert sorted(each.sequence for each in await site.listed()) == list(range(1, 7))


async def test_a_round_is_bounded_and_the_next_goes_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_due, "FOLLOWED_PER_ROUND", 1)
    monkeypatch.setattr(postgres_due, "STATED_PER_ROUND", 1)
    await site.decided([receipt_of(1_000, member=each) for each in "１２３"])

    assert [len(await swept(site)) for _ in range(3)] == [2, 3, 3]


async def test_the_operators_recomputation_and_the_sweep_make_no_version_twice(site: Site) -> None:
    (claim,) = await site.decided([receipt_of(1_000)])
    await site.summed()
    assert len(await swept(site)) == 1
    await site.withdraw(claim)
    await site.summed()

    assert [each.number for each in await swept(site)] == [1, 2]


async def test_a_month_that_ceases_to_count_states_the_households_later_months_again(site: Site) -> None:
    months = ("202402", "202403", "202404", "202405")
    claims = [(await site.decided([receipt_of(50_000, kind=INPATIENT, month=month)]))[0] for month in months]
    first = await swept(site)
    assert [each.statement.month.multi for each in first] == [False, False, False, True]
    await site.withdraw(claims[0])

    after = (await swept(site))[len(first) :]

    assert [(each.statement.since, each.number) for each in after] == [("202402", 2), ("202405", 2)]
    assert not after[-1].statement.month.multi


async def test_a_year_is_stated_with_its_july_and_again_after_a_correction(site: Site) -> None:
    receipts = [receipt_of(6_000, kind=ELDERLY_OUTPATIENT, month="202405", born="19500101")]
    claims = [
        (await site.decided(receipts, hospital, tenths=2, category=LimitCategory.ELDERLY_GENERAL))[0]
        for hospital in HOSPITALS
    ]
    await swept(site)
    assert [each.statement.since for each in await site.listed()] == ["202405", "202308"]
    await site.withdraw(claims[0], HOSPITALS[0])
    await swept(site)

    after = (await site.listed())[2:]

    assert [(each.statement.since, each.number) for each in after] == [("202405", 2), ("202308", 2)]
    assert after[1].statement.year.left_yen == 12_000
    assert await due(site) == []


async def test_a_payer_enrolled_later_is_told_again_with_its_member(site: Site) -> None:
    await site.decided([receipt_of(1_000)])
    (nameless,) = await swept(site)
    enrolment = Enrolment(database=site.claims, issuer=issuer_of(site), token_life=timedelta(days=1))
    for _ in range(2):
        async with site.claims.transaction(label="test") as tx:
            await enrolment.payer(tx, PAYER, "架空", NOW)

    first, second = await swept(site)

    assert (first, first.statement.payer_member_key) == (nameless, "")
    assert (second.number, second.statement.payer_member_key != "") == (2, True)
    assert len(await swept(site)) == 2


def issuer_of(site: Site) -> TokenIssuer:
    return TokenIssuer.from_file(ensure_token_keys(site.edge.directory).key_file)


async def test_each_payers_statements_are_numbered_by_themselves(site: Site) -> None:
    await site.decided([receipt_of(1_000), receipt_of(2_000, member="９")])
    await site.decided([receipt_of(1_000).replace(PAYER.encode(), OTHER_PAYER.encode())], HOSPITALS[1])

    await swept(site)

    assert sorted((each.statement.payer_number, each.sequence) for each in await site.listed()) == [
        *((PAYER, number) for number in range(1, 5)),
        *((OTHER_PAYER, number) for number in range(1, 3)),
    ]


async def test_statements_change_no_decision_and_no_claim(site: Site) -> None:
    await site.decided([receipt_of(1_000)])
    reads = "SELECT claim.*, decision.* FROM claim JOIN decision USING (claim_id)"
    connection = await asyncpg.connect(site.migrated.dsn)
    before = await connection.fetch(reads)
    await swept(site)

    assert await connection.fetch(reads) == before
    await connection.close()
