"""A month adjudicated again uses the codes that coding had found by the day whose knowledge is asked for."""

from datetime import date, timedelta

from services.claims.application.readjudicating import Past, Readjudicating
from services.claims.domain.correction import Cause
from services.claims.domain.outcome import Outcome
from services.shared.kernel.months import Month
from tests.contracts.claims.builders import NOW, coded
from tests.support.coded_visits import CONTRADICTS, NAMED
from tests.usecases.claims.codes.test_codes_of_claims import LATER, Site
from tests.usecases.claims.readjudication.masters import NothingRegistered

BEFORE, CODED = date(2026, 4, 9), date(2026, 4, 10)
"""The code was found on the second day, in Tokyo."""


async def readjudicate(site: Site, as_of: date) -> None:
    use = Readjudicating(schedules=site.masters, registrations=NothingRegistered(), traces=site.traces)
    await use.decide(site.ledger, Past(month=Month(2024, 5), as_of=as_of), None, now=LATER)


async def test_by_the_day_before_the_code_the_claim_is_decided_without_it_and_by_its_day_with_it() -> None:
    site = Site()
    claim = await site.overdue()
    await site.code(coded(claim, NAMED))

    await readjudicate(site, BEFORE)
    without = site.decision(claim)
    await readjudicate(site, CODED)

    beside = site.decision(claim)
    assert (without.number, without.decision.outcome, without.claim.coded_at) == (3, Outcome.PENDED, None)
    assert (beside.number, beside.decision.outcome, beside.claim.coded_at) == (4, Outcome.APPROVED, NOW)
    assert {without.cause, beside.cause} == {Cause.READJUDICATED}


async def test_a_month_adjudicated_again_by_the_same_knowledge_leaves_a_late_code_s_decision_as_it_is() -> None:
    site = Site(demands=False)
    claim = await site.overdue()
    await site.code(coded(claim, CONTRADICTS))

    await readjudicate(site, CODED)

    assert (site.decision(claim).number, site.decision(claim).cause) == (2, Cause.LATE_CODE)


async def test_by_a_day_before_a_revision_the_month_is_adjudicated_again_with_the_one_before_it() -> None:
    site = Site()
    claim = await site.overdue()
    await site.code(coded(claim, NAMED))
    await site.code(coded(claim, at=NOW + timedelta(days=1), revision=1))

    withdrawn = site.decision(claim)
    await readjudicate(site, CODED)

    again = site.decision(claim)
    assert (withdrawn.number, withdrawn.decision.outcome, withdrawn.claim.coding_revision) == (3, Outcome.PENDED, 1)
    assert (again.number, again.decision.outcome, again.claim.coding_revision) == (4, Outcome.APPROVED, 0)
