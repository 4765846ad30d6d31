"""Two people never hold the same item: many workers at once on a real database."""

import asyncio
import random
from collections import Counter
from dataclasses import replace

import pytest
from seikyu.coding.v1.coding_service_pb2 import CODING_ROUTE_REVIEWED

from services.coding.adapters.postgres_reviews import PostgresReviews
from services.coding.adapters.revisions import PostgresRevisions
from services.coding.application.code_batch import LineCoding
from services.coding.application.reviewing import Decided
from services.coding.bootstrap import Recoder
from services.coding.domain.coding import Route
from services.coding.domain.reviewing import ReviewRefusal
from services.coding.domain.rulings import RulingOutcome, Told
from tests.integration.coding_reviews.conftest import LEASE, Site, request

WORKERS = 8
ITEMS = 40
TOLD = Told(outcome=RulingOutcome.NOT_CODABLE, why="マスターになし")


async def take_next(site: Site, worker: str) -> str | None:
    async with site.database.transaction(label="test") as tx:
        item = await site.desk.reviewing.take_next(PostgresReviews(tx), worker, now=site.clock.now())
        await asyncio.sleep(0)
    return item.item_id if item is not None else None


async def decide(site: Site, worker: str, item_id: str) -> Decided | ReviewRefusal:
    async with site.database.transaction(label="test") as tx:
        done = await site.desk.reviewing.decide(
            PostgresReviews(tx), PostgresRevisions(tx), item_id, reviewer=worker, told=TOLD, now=site.clock.now()
        )
    assert isinstance(done, Decided | ReviewRefusal)
    return done


async def drain(site: Site, worker: str) -> list[str]:
    """Take until nothing is offered any more."""
    taken: list[str] = []
    while (item_id := await take_next(site, worker)) is not None:
        taken.append(item_id)
    return taken


@pytest.mark.parametrize("mentions", [1, 4], ids=["a line per claim", "four lines per claim"])
async def test_workers_that_take_at_once_share_no_item_and_leave_none(site: Site, mentions: int) -> None:
    await site.take_in(*(request(number, *["謎の病"] * mentions) for number in range(1, ITEMS // mentions + 1)))
    taken = await asyncio.gather(*(drain(site, f"operator:w{worker}") for worker in range(WORKERS)))

    times = Counter(item for each in taken for item in each)
    assert len(times) == ITEMS
    assert set(times.values()) == {1}


async def test_leases_that_are_over_go_to_others_and_their_late_decisions_are_refused(site: Site) -> None:
    await site.take_in(*(request(number, "謎の病") for number in range(1, 11)))
    lost = await drain(site, "operator:sato")
    site.clock.at += LEASE
    taken = await asyncio.gather(*(drain(site, f"operator:w{worker}") for worker in range(WORKERS)))
    outcomes = await asyncio.gather(*(decide(site, "operator:sato", item_id) for item_id in lost))

    assert sorted(item for each in taken for item in each) == sorted(lost)
    assert set(outcomes) == {ReviewRefusal.HELD_BY_ANOTHER}


async def test_decisions_on_the_lines_of_one_claim_at_once_are_revisions_one_after_the_other(site: Site) -> None:
    await site.take_in(request(1, *["謎の病"] * WORKERS))
    workers = [f"operator:w{worker}" for worker in range(WORKERS)]
    held = [await take_next(site, worker) for worker in workers]
    done = await asyncio.gather(*(decide(site, who, item or "") for who, item in zip(workers, held, strict=True)))

    assert sorted(each.decision.revision for each in done if isinstance(each, Decided)) == list(range(1, WORKERS + 1))
    announced = await site.announced()
    assert [each.revision for each in announced] == list(range(WORKERS + 1))
    decided = [sum(1 for line in each.codings if line.route == announced[-1].codings[0].route) for each in announced]
    assert decided == list(range(WORKERS + 1))


async def test_coding_anew_and_people_at_once_follow_each_other_and_what_people_decided_stays(site: Site) -> None:
    asked = [request(number, *["謎の病"] * 4) for number in range(1, 5)]
    await site.take_in(*asked)
    held = await drain(site, "operator:sato")
    found = LineCoding(line=1, route=Route.RANKED, disease_code="3669004")
    anew = tuple(replace(answer, codings=(found,)) for answer in await site.coder.decide(asked))

    async def recode() -> None:
        async with site.database.transaction(label="test") as tx:
            await Recoder(coder=site.coder).answer(asked, anew, tx)

    *done, _ = await asyncio.gather(*(decide(site, "operator:sato", item_id) for item_id in held), recode())

    decided = [each for each in done if isinstance(each, Decided)]
    assert len(decided) >= len(held) - len(asked)
    assert {outcome for outcome in done if not isinstance(outcome, Decided)} <= {ReviewRefusal.NOT_HELD}
    for each in asked:
        revisions = [told for told in await site.announced() if told.claim_id == each.claim_id]
        of_people = {outcome.item.seen.line for outcome in decided if outcome.item.claim_id == each.claim_id}
        last = revisions[-1]
        assert [told.revision for told in revisions] == list(range(len(revisions)))
        assert {line.line for line in last.codings if line.route == CODING_ROUTE_REVIEWED} == of_people
        assert (last.codings[0].disease_code == "3669004") == (1 not in of_people)


@pytest.mark.parametrize("seed", range(3))
async def test_no_item_is_ever_decided_by_two_people_whatever_they_do_when(site: Site, seed: int) -> None:
    """Workers take, wait past their lease or not, and decide; each item gets one decision, from its holder."""
    chance = random.Random(seed)
    await site.take_in(*(request(number, "謎の病", "何かの病") for number in range(1, 9)))

    async def work(worker: str) -> list[Decided]:
        done: list[Decided] = []
        while (item_id := await take_next(site, worker)) is not None:
            if chance.random() < 0.3:
                site.clock.at += LEASE
            outcome = await decide(site, worker, item_id)
            if isinstance(outcome, Decided):
                done.append(outcome)
        return done

    workers = [f"operator:w{worker}" for worker in range(WORKERS)]
    everything = [each for done in await asyncio.gather(*(work(worker) for worker in workers)) for each in done]
    site.clock.at += LEASE
    everything += await work("operator:last")

    assert all(each.decision.number == 1 for each in everything)
    times = Counter(each.item.item_id for each in everything)
    assert len(times) == 16
    assert set(times.values()) == {1}
