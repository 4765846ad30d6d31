"""A hospital's registration decides over the acts that demand one, from the batch after it was told."""

from datetime import date, timedelta

from services.claims.application.deciding import Deciding
from services.claims.application.intake import Intake
from services.claims.application.recent import RecentReceipts
from services.claims.application.registrations import RegistrationKeeper, import_registrations
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.outcome import Outcome
from services.shared.kernel.months import Month
from tests.contracts.claims.builders import HOSPITAL, NOW, SENDER, NoTraces, assessed, determined
from tests.contracts.claims.fakes import ClaimsInMemory
from tests.support.registrations import RegistrationsInMemory, registration_file
from tests.unit.claims.pricing.builders import act

RETURN_VISIT = act("112007410", "73.00", {72: "236"})


class OneAct:
    """An application.ports.Schedules of one act, which demands a standard."""

    async def schedule(self, month: Month, as_of: date | None = None) -> MonthSchedule:
        """The same in every month."""
        return MonthSchedule.of(month, acts=[RETURN_VISIT])


async def outcome_with(*rows: str) -> Outcome:
    """What becomes of one receipt of the act after a file of these rows; nothing is told without any."""
    ledger, traces = ClaimsInMemory(), NoTraces()
    registrations = ledger.registrations
    intake = Intake(recent=RecentReceipts(), coding_wait=timedelta(seconds=2))
    deciding = Deciding(
        recent=intake.recent,
        traces=traces,
        schedules=OneAct(),
        registrations=RegistrationKeeper(ledger=RegistrationsInMemory()),
    )
    if rows:
        await import_registrations(registrations, registration_file(*rows), now=NOW - timedelta(days=1))
    async with ledger.transaction() as open_ledger:
        (answer,) = await intake.accept(open_ledger, traces, SENDER, assessed(), now=NOW)
        assert answer.claim_id is not None
        await deciding.eligibility_determined(open_ledger, [determined(answer.claim_id)], now=NOW)
    return ledger.kept.decisions[answer.claim_id].decision.outcome


async def test_an_act_is_paid_where_its_standard_is_registered_and_cut_where_it_is_not() -> None:
    assert await outcome_with(f"{HOSPITAL},standard,236,2024-04-01,") is Outcome.APPROVED
    assert await outcome_with(f"{HOSPITAL},standard,999,2024-04-01,") is Outcome.REDUCED


async def test_where_nothing_was_told_of_the_hospital_nothing_is_cut() -> None:
    assert await outcome_with() is Outcome.APPROVED
    assert await outcome_with("1310000011,standard,999,2024-04-01,") is Outcome.APPROVED
