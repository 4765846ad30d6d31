"""Codes that coding found, in time and late: what the edits make of them, on the ledger in memory."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.claims.application.correcting import Asker, Corrected
from services.claims.application.deciding import Deciding
from services.claims.application.intake import Intake
from services.claims.application.late_codes import TakingCodes
from services.claims.application.model import Coded, Decided
from services.claims.application.pended import DecidingPended
from services.claims.application.recent import RecentReceipts
from services.claims.domain.correction import Cause, State
from services.claims.domain.edits.edit import Edit
from services.claims.domain.found_codes import FoundCode
from services.claims.domain.outcome import Outcome
from services.shared.kernel.ids import ClaimId, decision_id
from tests.contracts.claims.builders import DEADLINE, HOSPITAL, NOW, SENDER, NoTraces, assessed, coded, determined
from tests.contracts.claims.coded_in_memory import CodedInMemory
from tests.support.coded_visits import (
    CONTRADICTS,
    NAMED,
    OTHER,
    PATIENT_YEN,
    PAYER_YEN,
    UNKNOWN,
    VisitMasters,
    visits,
)
from tests.usecases.claims.readjudication.masters import NothingRegistered

WAIT = timedelta(seconds=2)
LATER = DEADLINE + timedelta(minutes=1)
DESK = Asker(subject="operator:desk")


class Site:
    """Intake, deciding and codes on one ledger."""

    def __init__(self, *, demands: bool = True) -> None:
        self.ledger, self.traces, self.masters = CodedInMemory(), NoTraces(), VisitMasters(demands=demands)
        self.intake = Intake(recent=RecentReceipts(), coding_wait=WAIT)
        self.deciding = Deciding(recent=self.intake.recent, traces=self.traces, schedules=self.masters)
        self.pended = DecidingPended(schedules=self.masters, registrations=NothingRegistered(), traces=self.traces)

    async def accept(self, count: int = 1) -> list[ClaimId]:
        answers = await self.intake.accept(self.ledger, self.traces, SENDER, visits(HOSPITAL, count), now=NOW)
        return [each.claim_id for each in answers if each.claim_id is not None]

    async def accept_one(self) -> ClaimId:
        [claim] = await self.accept()
        return claim

    async def overdue(self) -> ClaimId:
        """A claim that was decided without its code."""
        claim = await self.accept_one()
        await self.cover(claim)
        await self.deciding.coding_overdue(self.ledger, now=DEADLINE)
        return claim

    async def cover(self, claim: ClaimId) -> None:
        await self.deciding.eligibility_determined(self.ledger, [determined(claim)], now=NOW)

    async def code(self, *answers: Coded) -> set[ClaimId]:
        return await TakingCodes(deciding=self.deciding).coding_completed(self.ledger, answers, now=LATER)

    def decision(self, claim: ClaimId) -> Decided:
        return self.ledger.kept.decisions[claim]


def reasons(decided: Decided) -> list[object]:
    return [each.code for each in decided.decision.reasons]


@pytest.mark.parametrize("codes_first", [True, False])
async def test_a_code_in_time_names_the_disease_that_the_act_demands(codes_first: bool) -> None:
    site = Site()
    claim = await site.accept_one()
    if codes_first:
        await site.code(coded(claim, NAMED))
        await site.cover(claim)
    else:
        await site.cover(claim)
        await site.code(coded(claim, NAMED))

    made = site.decision(claim)
    assert (made.number, made.decision.outcome, made.decision.patient_yen) == (1, Outcome.APPROVED, PATIENT_YEN)
    assert made.decision.examination is not None
    assert [each.edit for each in made.decision.examination.findings] == [Edit.FOUND_NAMES_DISEASE]
    assert made.claim.coded_at is not None


async def test_a_late_code_that_names_the_disease_lets_the_claim_pass_by_a_linked_decision() -> None:
    site = Site()
    claim = await site.overdue()
    first = site.decision(claim)

    await site.code(coded(claim, NAMED))

    made = site.decision(claim)
    assert (first.decision.outcome, reasons(first)) == (Outcome.PENDED, [Edit.DISEASE_PERHAPS])
    assert (made.number, made.replaces, made.cause) == (2, decision_id(claim, 1), Cause.LATE_CODE)
    assert [each.share_yen for each in made.decision.parts] == [PAYER_YEN]
    assert (made.claim.kept_covers, made.claim.coded_at) == (determined(claim).content, NOW)
    assert site.ledger.kept.adjudicated == [decision_id(claim, 1), decision_id(claim, 2)]
    assert site.ledger.kept.codes[claim][0].late


async def test_a_late_code_that_contradicts_the_receipt_takes_the_money_back_until_a_person_looked() -> None:
    site = Site(demands=False)
    claim = await site.overdue()
    first = site.decision(claim)

    await site.code(coded(claim, CONTRADICTS))
    second = site.decision(claim)
    accepted = await site.pended.accept(site.ledger, claim, DESK, now=LATER)

    assert (first.decision.outcome, second.decision.outcome) == (Outcome.APPROVED, Outcome.PENDED)
    assert reasons(second) == [Edit.FOUND_OTHER_SEX]
    assert isinstance(accepted, Corrected)
    assert (accepted.state, site.decision(claim).number) == (State.APPROVED, 3)


@pytest.mark.parametrize("code", [OTHER, UNKNOWN], ids=["another disease", "no disease"])
@pytest.mark.parametrize("demands", [True, False])
async def test_a_late_code_on_which_no_edit_depends_is_attached_and_decides_nothing(
    code: FoundCode, demands: bool
) -> None:
    site = Site(demands=demands)
    claim = await site.overdue()

    await site.code(coded(claim, code))

    assert site.decision(claim).number == 1
    assert site.ledger.kept.codes[claim][0].late
    assert len(site.ledger.kept.adjudicated) == 1


async def test_what_waits_for_a_person_in_coding_decides_nothing() -> None:
    site = Site()
    claim = await site.overdue()

    await site.code(coded(claim))

    assert site.decision(claim).number == 1


async def test_the_same_answer_again_decides_nothing_and_another_one_under_its_number_is_named() -> None:
    site = Site()
    claim = await site.overdue()

    named = [await site.code(each) for each in (coded(claim, NAMED), coded(claim, NAMED), coded(claim, CONTRADICTS))]

    assert named == [set(), set(), {claim}]
    assert (site.decision(claim).number, site.decision(claim).decision.outcome) == (2, Outcome.APPROVED)
    assert site.ledger.kept.codes[claim][0].coded.codes == (NAMED,)


async def test_another_answer_under_the_first_one_s_number_does_not_replace_it_before_the_decision() -> None:
    site = Site()
    claim = await site.accept_one()
    await site.code(coded(claim, NAMED))
    named = await site.code(coded(claim))

    await site.cover(claim)

    assert named == {claim}

    assert site.decision(claim).decision.outcome is Outcome.APPROVED


async def test_a_code_after_the_deadline_but_before_the_decision_is_decided_with() -> None:
    site = Site()
    claim = await site.accept_one()
    await site.code(coded(claim, NAMED))

    await site.deciding.eligibility_determined(site.ledger, [determined(claim)], now=LATER)

    assert (site.decision(claim).number, site.decision(claim).decision.outcome) == (1, Outcome.APPROVED)
    assert not site.ledger.kept.codes[claim][0].late


async def test_a_late_code_leaves_alone_what_a_person_decided_or_reviews_or_the_hospital_withdrew() -> None:
    decided, reviewed = Site(), Site(demands=False)
    pended, paid = await decided.overdue(), await reviewed.overdue()
    await decided.pended.give_back(decided.ledger, pended, DESK, now=LATER)
    await reviewed.ledger.open_review(paid, Cause.PAYER_REVIEW, LATER)

    await decided.code(coded(pended, NAMED))
    await reviewed.code(coded(paid, CONTRADICTS))

    assert (decided.decision(pended).number, decided.decision(pended).cause) == (2, Cause.PERSON_DECIDED)
    assert reviewed.decision(paid).number == 1
    assert reviewed.ledger.kept.codes[paid][0].late


async def test_a_person_who_accepts_a_pended_claim_does_so_with_the_codes_that_came() -> None:
    site = Site()
    claim = await site.overdue()
    await site.code(coded(claim, OTHER))

    await site.pended.accept(site.ledger, claim, DESK, now=LATER)

    assert site.decision(claim).claim.coded_at == NOW


async def test_claims_are_held_against_corrections_before_anything_is_looked_at() -> None:
    site = Site()
    claim = await site.overdue()

    await site.code(coded(claim, NAMED))

    assert site.ledger.held[0] == claim


async def test_codes_in_time_and_late_ones_of_one_batch_each_come_to_their_own() -> None:
    site = Site()
    claims = await site.accept(3)
    for claim in claims[:2]:
        await site.cover(claim)
    await site.deciding.coding_overdue(site.ledger, now=DEADLINE)

    await site.code(*(coded(each, NAMED) for each in claims))
    await site.cover(claims[2])

    assert [site.decision(each).number for each in claims] == [2, 2, 1]
    assert {site.decision(each).decision.outcome for each in claims} == {Outcome.APPROVED}


async def test_no_codes_are_read_where_no_claim_of_a_batch_has_any() -> None:
    site = Site()
    answers = await site.intake.accept(site.ledger, site.traces, SENDER, assessed(3), now=NOW)
    plain = [determined(each.claim_id) for each in answers if each.claim_id is not None]

    await site.deciding.eligibility_determined(site.ledger, plain, now=NOW)

    assert (len(site.ledger.kept.decisions), site.ledger.kept.codings_read) == (3, 0)


async def test_a_late_code_of_a_receipt_that_is_read_no_longer_is_attached_and_decides_nothing() -> None:
    site = Site()
    claim = await site.overdue()
    kept = site.ledger.kept.claims[claim]
    site.ledger.kept.claims[claim] = replace(kept, submitted=replace(kept.submitted, receipt=b"RE,1\r\n"))

    await site.code(coded(claim, NAMED))

    assert site.decision(claim).number == 1


async def test_codes_about_claims_that_nobody_submitted_are_named() -> None:
    stranger = ClaimId("clm_" + "0" * 32)

    assert await Site().code(coded(stranger, NAMED)) == {stranger}
