"""What reviewers do with the queue, and what becomes of the claim's codes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.coding.adapters.master_files import load_master
from services.coding.application.code_batch import Answer, LineCoding, SeenCandidate
from services.coding.application.reviewing import Decided, Reviewing, ReviewItem, items_of
from services.coding.domain.coding import Route
from services.coding.domain.reviewing import ReviewKind, ReviewRefusal, ReviewState, ReviewStep
from services.coding.domain.rulings import RulingOutcome, Told
from services.coding.domain.verify import Patient, Sex
from services.shared.kernel.months import Month
from tests.usecases.coding.fakes import MemoryAnswers, MemoryRevisions
from tests.usecases.coding.review_fakes import MemoryReviews

MASTER = load_master(None)
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LEASE = timedelta(minutes=30)
REVIEWING = Reviewing(master=MASTER, lease=LEASE)
SATO, SUZUKI = "operator:sato", "operator:suzuki"
ANSWER = Answer(
    claim_id="clm_1",
    cause_event_id="evt_1",
    treatment_month=Month(2024, 10),
    codings=(
        LineCoding(line=1, route=Route.EXACT, disease_code="8833421", spelling="高血圧症"),
        LineCoding(
            line=2,
            route=Route.REVIEW,
            disease_code="3669004",
            spelling="ハクナイショウ気味",
            candidates=(
                SeenCandidate(code="3669004", p=0.7, found_by="白内障"),
                SeenCandidate(code="8833421", p=0.2, found_by="高血圧症"),
            ),
        ),
        LineCoding(line=3, route=Route.UNRESOLVED, disease_code="", spelling="謎ノ病"),
        LineCoding(line=4, route=Route.NOT_A_DIAGNOSIS, disease_code="", spelling="肺炎ナシ"),
    ),
    coder_version="rules/test",
    completed_at=NOW,
    traceparent=f"00-{'a' * 32}-{'b' * 16}-00",
    patient=Patient(sex=Sex.MALE, age_band_years=60),
)
FIRST, SECOND = items_of([ANSWER], service_level=timedelta(hours=72))
CATARACT = Told(outcome=RulingOutcome.CODED, disease_code="3669004", modifier_codes=("8002", "2049"))


class Desk:
    """The queue with its two items, and the claim's codes."""

    def __init__(self) -> None:
        self.reviews = MemoryReviews({item.item_id: item for item in (FIRST, SECOND)})
        self.revisions = MemoryRevisions(MemoryAnswers({ANSWER.key: ANSWER}))

    async def take(self, reviewer: str, item: ReviewItem = FIRST, at: datetime = NOW) -> object:
        return await REVIEWING.take(self.reviews, item.item_id, reviewer, now=at)

    async def decide(
        self, reviewer: str, told: Told = CATARACT, item: ReviewItem = FIRST, at: datetime = NOW
    ) -> object:
        return await REVIEWING.decide(self.reviews, self.revisions, item.item_id, reviewer=reviewer, told=told, now=at)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_what_the_coder_was_not_sure_of_or_did_not_find_goes_to_the_queue() -> None:
    assert [(item.seen.line, item.seen.route) for item in (FIRST, SECOND)] == [
        (2, Route.REVIEW),
        (3, Route.UNRESOLVED),
    ]
    assert {item.due_at for item in (FIRST, SECOND)} == {NOW + timedelta(hours=72)}
    assert FIRST.patient == ANSWER.patient
    assert FIRST.item_id != SECOND.item_id


async def test_a_decision_is_announced_as_the_next_revision_with_all_lines(desk: Desk) -> None:
    await desk.take(SATO)
    done = await desk.decide(SATO)

    assert isinstance(done, Decided)
    assert (done.decision.number, done.decision.revision, done.decision.ruling.candidate) == (1, 1, 1)
    [told] = desk.revisions.announced
    assert told.revision == 1
    assert [(line.line, line.route, line.disease_code, line.modifier_codes) for line in told.codings] == [
        (1, Route.EXACT, "8833421", ()),
        (2, Route.REVIEWED, "3669004", ("2049", "8002")),
        (3, Route.UNRESOLVED, "", ()),
        (4, Route.NOT_A_DIAGNOSIS, "", ()),
    ]


async def test_nothing_that_is_announced_names_the_reviewer(desk: Desk) -> None:
    await desk.take(SATO)
    await desk.decide(SATO)

    assert "sato" not in repr(desk.revisions.announced)
    assert desk.reviews.decisions[0].reviewer == SATO


async def test_the_decision_on_another_line_of_the_claim_is_the_revision_after(desk: Desk) -> None:
    await desk.take(SATO)
    await desk.decide(SATO)
    await desk.take(SUZUKI, SECOND)
    await desk.decide(SUZUKI, Told(outcome=RulingOutcome.NOT_CODABLE, why="マスターになし"), SECOND)

    last = desk.revisions.announced[-1]
    assert last.revision == 2
    assert [(line.route, line.disease_code) for line in last.codings[1:3]] == [
        (Route.REVIEWED, "3669004"),
        (Route.REVIEWED, ""),
    ]


async def test_a_decision_may_be_changed_by_whoever_takes_the_item_again(desk: Desk) -> None:
    await desk.take(SATO)
    await desk.decide(SATO)
    await desk.take(SUZUKI)
    again = await desk.decide(SUZUKI, Told(outcome=RulingOutcome.CODED, disease_code="8833421"))

    assert isinstance(again, Decided)
    assert (again.decision.number, again.decision.revision, again.decision.ruling.candidate) == (2, 2, 2)
    assert [each.reviewer for each in desk.reviews.decisions] == [SATO, SUZUKI]


async def test_a_decision_without_a_running_lease_changes_nothing(desk: Desk) -> None:
    await desk.take(SATO)

    assert await desk.decide(SATO, at=NOW + LEASE) is ReviewRefusal.NOT_HELD
    assert await desk.decide(SUZUKI) is ReviewRefusal.HELD_BY_ANOTHER
    assert desk.revisions.announced == []


async def test_a_decision_that_may_not_stand_changes_nothing(desk: Desk) -> None:
    await desk.take(SATO)
    refused = await desk.decide(SATO, Told(outcome=RulingOutcome.CODED, disease_code="9999999", why="x"))

    assert isinstance(refused, tuple)
    assert [(each.field, each.rule) for each in refused] == [("coded.disease_code", "unknown")]
    assert desk.revisions.announced == []
    assert desk.reviews.items[FIRST.item_id].standing.state(NOW) is ReviewState.ASSIGNED


async def test_a_skipped_item_is_offered_to_others_only(desk: Desk) -> None:
    desk.reviews.items.pop(SECOND.item_id)
    await desk.take(SATO)
    await REVIEWING.skip(desk.reviews, FIRST.item_id, SATO, now=NOW)

    assert await REVIEWING.take_next(desk.reviews, SATO, now=NOW) is None
    offered = await REVIEWING.take_next(desk.reviews, SUZUKI, now=NOW)
    assert offered is not None
    assert offered.item_id == FIRST.item_id


async def test_a_released_item_is_offered_to_the_same_person_again(desk: Desk) -> None:
    desk.reviews.items.pop(SECOND.item_id)
    await desk.take(SATO)
    await REVIEWING.release(desk.reviews, FIRST.item_id, SATO, now=NOW)

    assert await REVIEWING.take_next(desk.reviews, SATO, now=NOW) is not None


async def test_an_escalated_item_is_decided_by_a_second_person_only(desk: Desk) -> None:
    await desk.take(SATO)
    await REVIEWING.escalate(desk.reviews, FIRST.item_id, SATO, "分類が分かれる", now=NOW)

    assert await desk.take(SATO) is ReviewRefusal.ESCALATED_BY_CALLER
    await desk.take(SUZUKI)
    assert isinstance(await desk.decide(SUZUKI), Decided)
    assert [(step.step, step.note) for _, step in desk.reviews.steps][1] == (ReviewStep.ESCALATED, "分類が分かれる")


async def test_a_note_that_seems_to_tell_who_somebody_is_is_refused(desk: Desk) -> None:
    await desk.take(SATO)
    refused = await REVIEWING.escalate(desk.reviews, FIRST.item_id, SATO, "電話 03-1234-5678", now=NOW)

    assert isinstance(refused, tuple)
    assert [(each.field, each.rule) for each in refused] == [("note", "names_nobody")]


async def test_what_is_due_first_is_offered_first(desk: Desk) -> None:
    urgent = replace(SECOND, due_at=NOW + timedelta(hours=1))
    desk.reviews.items[SECOND.item_id] = urgent

    offered = await REVIEWING.take_next(desk.reviews, SATO, now=NOW)
    assert offered is not None
    assert offered.item_id == SECOND.item_id


async def test_a_double_check_decided_again_as_the_coder_had_it_is_a_revision_of_what_stands(desk: Desk) -> None:
    """The first decision changed the code; the second one, back to the coder's, has to change it again."""
    [line] = [each for each in ANSWER.codings if each.route is Route.EXACT]
    item = replace(FIRST, item_id="rvw_double", kind=ReviewKind.DOUBLE_CHECK, seen=line)
    desk.reviews.items[item.item_id] = item
    hypertension = Told(outcome=RulingOutcome.CODED, disease_code="8833421")
    revisions = []
    for told in (hypertension, replace(CATARACT, why="原本"), hypertension):
        await desk.take(SATO, item)
        done = await desk.decide(SATO, told, item)
        assert isinstance(done, Decided)
        revisions.append(done.decision.revision)

    assert revisions == [0, 1, 2]
    assert [each.codings[0].disease_code for each in desk.revisions.announced] == ["3669004", "8833421"]


async def test_an_item_that_does_not_exist_is_nobodys(desk: Desk) -> None:
    assert await REVIEWING.take(desk.reviews, "rvw_0", SATO, now=NOW) is None
    assert await REVIEWING.decide(desk.reviews, desk.revisions, "rvw_0", reviewer=SATO, told=CATARACT, now=NOW) is None
