"""Later answers of coding's for a claim: a reviewer's, a withdrawn synonym's, a backlog's; on the ledger in memory."""

import pytest

from services.claims.application.correcting import Corrected, Correcting
from services.claims.application.late_codes import TakingCodes
from services.claims.domain.correction import Cause, Refusal, State
from services.claims.domain.found_codes import FoundCode
from services.claims.domain.outcome import Outcome
from services.shared.kernel.ids import ClaimId, decision_id
from tests.contracts.claims.builders import DEADLINE, coded
from tests.support.coded_visits import CONTRADICTS, NAMED, OTHER, UNKNOWN
from tests.usecases.claims.codes.test_codes_of_claims import DESK, LATER, Site


async def in_time(site: Site, *codes: FoundCode) -> ClaimId:
    """A claim that was decided with the coder's first answer."""
    claim = await site.accept_one()
    await site.code(coded(claim, *codes))
    await site.cover(claim)
    return claim


async def uphold(site: Site, claim: ClaimId) -> Corrected | Refusal | None:
    taking = TakingCodes(deciding=site.deciding)
    return await taking.upheld(Correcting(traces=site.traces), site.ledger, claim, DESK, now=LATER)


async def test_a_revision_before_the_decision_is_decided_with_and_the_claim_waits_for_nothing_more() -> None:
    site = Site()
    claim = await site.accept_one()
    await site.code(coded(claim))
    await site.code(coded(claim, NAMED, revision=1))

    await site.cover(claim)

    made = site.decision(claim)
    assert (made.number, made.decision.outcome, made.claim.coding_revision) == (1, Outcome.APPROVED, 1)
    assert not site.ledger.kept.codes[claim][1].late


async def test_of_revisions_that_come_in_one_batch_the_highest_is_decided_with() -> None:
    site = Site()
    claim = await site.accept_one()
    await site.cover(claim)

    await site.code(coded(claim, NAMED, revision=2), coded(claim, revision=1), coded(claim, OTHER))

    made = site.decision(claim)
    assert (made.number, made.decision.outcome, made.claim.coding_revision) == (1, Outcome.APPROVED, 2)


async def test_a_reviewer_s_code_after_the_decision_leads_to_a_linked_one_that_tells_the_revision() -> None:
    site = Site()
    claim = await in_time(site)
    first = site.decision(claim)

    await site.code(coded(claim, NAMED, at=LATER, revision=1))

    made = site.decision(claim)
    assert (first.decision.outcome, first.claim.coding_revision) == (Outcome.PENDED, 0)
    assert (made.number, made.replaces, made.cause) == (2, decision_id(claim, 1), Cause.LATE_CODE)
    assert (made.decision.outcome, made.claim.coding_revision, made.claim.coded_at) == (Outcome.APPROVED, 1, LATER)


async def test_a_code_that_is_withdrawn_takes_back_what_was_decided_by_it() -> None:
    site = Site()
    claim = await in_time(site, NAMED)
    first = site.decision(claim)

    await site.code(coded(claim, revision=1))

    made = site.decision(claim)
    assert (first.decision.outcome, made.decision.outcome) == (Outcome.APPROVED, Outcome.PENDED)
    assert (made.number, made.cause, made.claim.coding_revision) == (2, Cause.LATE_CODE, 1)


@pytest.mark.parametrize("codes", [(), (OTHER,), (UNKNOWN,)], ids=["none", "another disease", "no disease"])
async def test_a_revision_on_which_nothing_depends_is_kept_and_decides_nothing(
    codes: tuple[FoundCode, ...],
) -> None:
    site = Site(demands=False)
    claim = await in_time(site, OTHER)

    await site.code(coded(claim, *codes, revision=1))

    assert site.decision(claim).number == 1
    assert site.ledger.kept.codes[claim][1].late


async def test_a_revision_that_says_what_the_decision_saw_is_not_examined() -> None:
    site = Site()
    claim = await in_time(site, NAMED)
    asked = len(site.ledger.held)

    await site.code(coded(claim, NAMED, revision=1))

    assert (site.decision(claim).number, len(site.ledger.held)) == (1, asked + 1)


async def test_a_lower_revision_after_a_higher_one_is_kept_and_decides_nothing() -> None:
    site = Site()
    claim = await in_time(site)
    await site.code(coded(claim, NAMED, revision=2))
    before = site.decision(claim)

    await site.code(coded(claim, CONTRADICTS, revision=1))

    assert site.decision(claim) == before
    assert sorted(site.ledger.kept.codes[claim]) == [0, 1, 2]


async def test_a_revision_that_comes_again_decides_nothing() -> None:
    site = Site()
    claim = await in_time(site)
    for _ in range(2):
        await site.code(coded(claim, NAMED, revision=1))

    assert site.decision(claim).number == 2


async def test_back_and_forth_every_decision_takes_the_one_before_it_back() -> None:
    site = Site()
    claim = await in_time(site, NAMED)

    outcomes = []
    for number, codes in enumerate([(), (NAMED,), ()], start=1):
        await site.code(coded(claim, *codes, revision=number))
        outcomes.append(site.decision(claim).decision.outcome)

    assert outcomes == [Outcome.PENDED, Outcome.APPROVED, Outcome.PENDED]
    assert site.ledger.kept.adjudicated == [decision_id(claim, number) for number in range(1, 5)]


async def test_a_revision_in_the_way_of_what_came_during_a_review_is_measured_by_what_the_decision_saw() -> None:
    site = Site(demands=False)
    claim = await in_time(site)
    await site.ledger.open_review(claim, Cause.PAYER_REVIEW, LATER)
    await site.code(coded(claim, CONTRADICTS, revision=1))
    await site.ledger.close_review(claim)

    await site.code(coded(claim, CONTRADICTS, OTHER, revision=2))

    made = site.decision(claim)
    assert (made.number, made.decision.outcome, made.claim.coding_revision) == (2, Outcome.PENDED, 2)


async def test_codes_that_came_during_a_review_come_to_their_decision_once_it_is_upheld() -> None:
    site = Site(demands=False)
    claim = await in_time(site)
    await site.ledger.open_review(claim, Cause.PAYER_REVIEW, LATER)
    await site.code(coded(claim, CONTRADICTS, revision=1))
    meanwhile = site.decision(claim).number

    done = await uphold(site, claim)

    made = site.decision(claim)
    assert meanwhile == 1
    assert (made.number, made.cause, made.decision.outcome) == (2, Cause.LATE_CODE, Outcome.PENDED)
    assert isinstance(done, Corrected)
    assert (done.state, done.decided) == (State.PENDED, made)


async def test_a_review_that_is_upheld_while_no_code_came_leaves_the_decision_as_it_is() -> None:
    site = Site(demands=False)
    claim = await in_time(site, OTHER)
    await site.ledger.open_review(claim, Cause.PAYER_REVIEW, LATER)

    done = await uphold(site, claim)

    assert isinstance(done, Corrected)
    assert (done.state, done.decided, site.decision(claim).number) == (State.APPROVED, None, 1)


async def test_a_review_that_nobody_asked_for_is_not_upheld_and_nothing_is_looked_at() -> None:
    site = Site(demands=False)
    claim = await in_time(site)

    assert await uphold(site, claim) is Refusal.NO_REVIEW_ASKED


async def test_what_a_person_decided_stays_whatever_coding_says_later() -> None:
    site = Site()
    claim = await in_time(site)
    await site.pended.accept(site.ledger, claim, DESK, now=LATER)

    await site.code(coded(claim, CONTRADICTS, revision=1))

    made = site.decision(claim)
    assert (made.number, made.cause, made.claim.coding_revision) == (2, Cause.PERSON_DECIDED, 0)
    assert site.ledger.kept.codes[claim][1].late


async def test_a_person_who_accepts_does_so_by_the_revision_in_force() -> None:
    site = Site()
    claim = await in_time(site)
    await site.code(coded(claim, OTHER, revision=1))

    await site.pended.accept(site.ledger, claim, DESK, now=LATER)

    assert site.decision(claim).claim.coding_revision == 1


async def test_a_claim_decided_at_its_deadline_saw_no_revision() -> None:
    site = Site()
    claim = await site.overdue()

    assert (site.decision(claim).claim.coding_revision, site.decision(claim).decided_at) == (None, DEADLINE)
