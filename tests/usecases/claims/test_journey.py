"""A claim from its receipt to its decision, on the ledger in memory (tests/contracts/claims)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.claims.application import release
from services.claims.application.deciding import Deciding
from services.claims.application.intake import Assessed, Intake
from services.claims.application.model import Answer, Ending, SetStage, Staged
from services.claims.application.recent import RecentReceipts
from services.claims.application.release import Release
from services.claims.domain.edits.edit import Edit
from services.claims.domain.outcome import Outcome, ReasonCode
from services.shared.kernel.ids import ClaimId
from tests.contracts.claims.builders import NOW, SENDER, NoTraces, assessed, coded, determined, refused, twins
from tests.contracts.claims.fakes import ClaimsInMemory
from tests.support.examined import NoMasters

WAIT = timedelta(seconds=2)
LATE = NOW + WAIT


class Site:
    """The use cases on one ledger."""

    def __init__(self) -> None:
        self.ledger, self.traces = ClaimsInMemory(), NoTraces()
        self.intake = Intake(recent=RecentReceipts(), coding_wait=WAIT)
        self.deciding = Deciding(recent=self.intake.recent, traces=self.traces, schedules=NoMasters())

    async def accept(self, receipts: list[Assessed]) -> list[Answer]:
        async with self.ledger.transaction() as ledger:
            return await self.intake.accept(ledger, self.traces, SENDER, receipts, now=NOW)

    async def accept_one(self, text: str = "") -> ClaimId:
        (answer,) = await self.accept(assessed(text=text))
        assert answer.claim_id is not None
        return answer.claim_id

    @property
    def decided(self) -> dict[ClaimId, Outcome]:
        return {claim: each.decision.outcome for claim, each in self.ledger.kept.decisions.items()}


async def test_the_same_receipts_again_get_the_first_answers_and_are_announced_once() -> None:
    site = Site()

    first, again = await site.accept(assessed(3)), await site.accept(assessed(3))

    assert [each.claim_id for each in first] == [each.claim_id for each in again]
    assert ([each.repeated for each in first], [each.repeated for each in again]) == ([False] * 3, [True] * 3)
    assert len(site.ledger.kept.received) == 3


async def test_a_claim_without_free_text_is_decided_by_eligibility_s_answer_alone() -> None:
    site = Site()
    claim = await site.accept_one()

    assert await site.deciding.eligibility_determined(site.ledger, [determined(claim)], now=NOW) == set()

    assert site.decided == {claim: Outcome.APPROVED}
    assert len(site.ledger.kept.adjudicated) == 1


async def test_a_claim_with_free_text_waits_for_its_code_but_not_beyond_the_deadline() -> None:
    site = Site()
    claim = await site.accept_one("高血圧症")
    await site.deciding.eligibility_determined(site.ledger, [determined(claim)], now=NOW)
    in_time = await site.deciding.coding_overdue(site.ledger, now=NOW)
    undecided = site.decided

    overdue = await site.deciding.coding_overdue(site.ledger, now=LATE)

    assert (in_time, undecided) == (0, {})
    assert (overdue, site.decided) == (1, {claim: Outcome.APPROVED})


async def test_a_code_after_the_decision_is_kept_as_late_and_decides_nothing() -> None:
    site = Site()
    claim = await site.accept_one("高血圧症")
    await site.deciding.eligibility_determined(site.ledger, [determined(claim)], now=LATE)

    await site.deciding.coding_completed(site.ledger, [coded(claim)], now=LATE)

    assert site.ledger.kept.codes[claim][0].late
    assert len(site.ledger.kept.adjudicated) == 1


async def test_a_second_receipt_of_a_person_is_returned_while_the_first_stands() -> None:
    site = Site()
    one, other = await site.accept(list(twins()))
    assert one.claim_id is not None
    assert other.claim_id is not None

    await site.deciding.eligibility_determined(
        site.ledger, [determined(one.claim_id), determined(other.claim_id)], now=NOW
    )

    assert site.decided == {one.claim_id: Outcome.APPROVED, other.claim_id: Outcome.RETURNED}
    reasons = site.ledger.kept.decisions[other.claim_id].decision.reasons
    assert [each.code for each in reasons] == [Edit.DUPLICATE]


async def test_a_second_receipt_of_a_person_is_accepted_once_the_first_went_back() -> None:
    site = Site()
    one, other = await site.accept(list(twins()))
    assert one.claim_id is not None
    assert other.claim_id is not None
    await site.deciding.eligibility_determined(site.ledger, [refused(one.claim_id)], now=NOW)

    await site.deciding.eligibility_determined(site.ledger, [determined(other.claim_id)], now=NOW)

    assert site.decided == {one.claim_id: Outcome.RETURNED, other.claim_id: Outcome.APPROVED}


async def test_answers_about_claims_that_nobody_submitted_are_named() -> None:
    site = Site()
    stranger = ClaimId("clm_" + "0" * 32)

    assert await site.deciding.eligibility_determined(site.ledger, [determined(stranger)], now=NOW) == {stranger}
    taken = await site.deciding.coding_completed(site.ledger, [coded(stranger)], now=NOW)
    assert (taken.unknown, taken.late) == ({stranger}, {})


async def test_a_claim_that_does_not_move_is_announced_again_and_then_left_for_a_while() -> None:
    site = Site()
    claim = await site.accept_one()

    counts = [
        await site.deciding.announce_unmoved(site.ledger, unmoved_for=timedelta(seconds=60), now=NOW + later)
        for later in (timedelta(seconds=59), timedelta(seconds=60), timedelta(seconds=61))
    ]

    assert counts == [(0, 0), (1, 0), (0, 0)]
    assert site.ledger.kept.received == [claim, claim]


async def test_a_release_makes_claims_batch_by_batch_until_the_set_is_released(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(release, "RECEIPTS_PER_BATCH", 2)
    site = Site()
    await site.ledger.begin("sub_1", SENDER, NOW)
    await site.ledger.stage("sub_1", [Staged(submitted=e.submitted, findings=e.findings) for e in assessed(3)])
    await site.ledger.end(Ending(submission_id="sub_1", released=True, content_sha256="x", receipts=3))

    more = [await Release(intake=site.intake).next_batch(site.ledger, site.traces, "sub_1", now=NOW) for _ in range(3)]

    assert more == [True, False, False]
    assert len(site.ledger.kept.received) == 3
    assert site.ledger.kept.submissions["sub_1"].stage is SetStage.RELEASED


class Upgraded(Site):
    """A process that began while claims were on their way, under rules of form that read some receipts no longer."""

    def restart(self, *unreadable: ClaimId) -> None:
        for claim in unreadable:
            kept = self.ledger.kept.claims[claim]
            self.ledger.kept.claims[claim] = replace(kept, submitted=replace(kept.submitted, receipt=b"RE,1\r\n"))
        self.deciding = replace(self.deciding, recent=RecentReceipts())


async def test_a_receipt_that_is_read_no_longer_is_pended_and_leaves_its_batch_s_others_alone() -> None:
    site = Upgraded()
    ids = [each.claim_id for each in await site.accept(assessed(3)) if each.claim_id is not None]
    site.restart(ids[1])

    await site.deciding.eligibility_determined(site.ledger, [determined(each) for each in ids], now=NOW)

    assert site.decided == {ids[0]: Outcome.APPROVED, ids[1]: Outcome.PENDED, ids[2]: Outcome.APPROVED}
    pended = site.ledger.kept.decisions[ids[1]]
    assert [each.code for each in pended.decision.reasons] == [ReasonCode.RECEIPT_UNREADABLE]
    assert pended.claim.kept_covers == determined(ids[1]).content
    assert len(site.ledger.kept.adjudicated) == 3


async def test_a_batch_of_nothing_but_receipts_that_are_read_no_longer_is_decided() -> None:
    site = Upgraded()
    claim = await site.accept_one("高血圧症")
    site.restart(claim)
    await site.deciding.eligibility_determined(site.ledger, [determined(claim)], now=NOW)

    assert await site.deciding.coding_overdue(site.ledger, now=LATE) == 1
    assert site.decided == {claim: Outcome.PENDED}


async def test_an_unmoved_claim_that_is_read_no_longer_stays_on_its_way_is_counted_and_holds_up_no_other() -> None:
    site = Upgraded()
    one, other = [each.claim_id for each in await site.accept(assessed(2)) if each.claim_id is not None]
    site.restart(one)

    told = [await site.deciding.announce_unmoved(site.ledger, unmoved_for=WAIT, now=LATE) for _ in range(2)]

    assert told == [(1, 1), (0, 0)]
    assert site.ledger.kept.received == [one, other, other]
    assert site.decided == {}


async def test_a_claim_that_became_visible_late_is_a_duplicate_of_a_later_one_that_was_paid() -> None:
    site = Site()
    one, other = [each.claim_id for each in await site.accept(list(twins())) if each.claim_id is not None]
    site.ledger.kept.claims = {other: site.ledger.kept.claims[other], one: site.ledger.kept.claims[one]}
    await site.deciding.eligibility_determined(site.ledger, [determined(other)], now=NOW)
    site.ledger.kept.claims = {one: site.ledger.kept.claims[one], other: site.ledger.kept.claims[other]}

    await site.deciding.eligibility_determined(site.ledger, [determined(one)], now=NOW)

    assert site.decided == {other: Outcome.APPROVED, one: Outcome.RETURNED}
