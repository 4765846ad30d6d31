"""The same receipt before and after a table of local programmes is told, and its month as of the days between."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from services.claims.application.deciding import Deciding
from services.claims.application.intake import Intake, assess_all
from services.claims.application.model import Agency, Determined, Submitted
from services.claims.application.programmes import ProgrammeKeeper, import_programmes
from services.claims.application.readjudicating import Past, PastClaim, Readjudicating
from services.claims.application.recent import RecentReceipts
from services.claims.domain.adjudication import Cover
from services.claims.domain.correction import Cause
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.outcome import Outcome
from services.claims.domain.readjudication import Place, Terms, terms_of
from services.claims.domain.uke.findings import Profile
from services.shared.kernel.ids import ClaimId
from services.shared.kernel.months import Month
from tests.contracts.claims.builders import HOSPITAL, NOW, PAYER, SENDER, NoTraces, covers_content
from tests.contracts.claims.fakes import ClaimsInMemory
from tests.support import uke
from tests.support.programmes import programme_file
from tests.unit.claims.pricing.builders import act
from tests.usecases.claims.readjudication.masters import NothingRegistered
from tests.usecases.claims.readjudication.past_in_memory import PastInMemory

LOCAL = "83136019"
TEN_PERCENT = programme_file("8313,子ども医療,10,,50,,,2024-04,,条例")
A_DAY = timedelta(days=1)


class Paid(NamedTuple):
    """Who bears what."""

    insurer_yen: int
    programme_yen: int
    patient_yen: int


BEFORE, AFTER = Paid(511, 219, 0), Paid(511, 169, 50)
"""73 points: 219 yen of copay, of which the programme leaves nothing, or the least of 73 and 50."""


def receipt(number: int) -> bytes:
    """The return visit of a member, shared with the local programme, which states no burden."""
    member = str(number).translate(uke.FULL_WIDTH)
    return uke.receipt(
        uke.head(receipt_number=str(number), kind="1122"),
        uke.insurer(member_number=member),
        uke.programme(programme_number=LOCAL),
        uke.disease(),
        uke.act(share="2"),
    )


COVERS = (
    Cover(payer_number=PAYER, covered=True, reason="COVERED", copay_tenths=3, public_programme=False),
    Cover(payer_number=LOCAL, covered=True, reason="COVERED", copay_tenths=0, public_programme=True),
)


class OneAct:
    """Fulfils application.ports.Schedules and KnownSchedules with the return visit alone."""

    async def schedule(self, month: Month, as_of: date | None = None) -> MonthSchedule:
        """The same in every month, whenever it was known."""
        return MonthSchedule.of(month, acts=[act("112007410", "73.00")])


class Desk:
    """Claims in memory, decided as they come."""

    def __init__(self) -> None:
        self.ledger = ClaimsInMemory()
        self.traces = NoTraces()
        self.intake = Intake(recent=RecentReceipts(), coding_wait=timedelta(seconds=2))
        self.deciding = Deciding(
            recent=self.intake.recent, traces=self.traces, schedules=OneAct(), programmes=ProgrammeKeeper()
        )

    async def tell(self, file: bytes, at: datetime) -> None:
        await import_programmes(self.ledger.programmes, file, now=at)

    async def paid(self, number: int, now: datetime = NOW) -> Paid:
        submitted = Submitted(place=0, agency=Agency.SSK, claim_month="202406", receipt=receipt(number))
        async with self.ledger.transaction() as ledger:
            assessed = assess_all(HOSPITAL, [submitted], Profile.LENIENT)
            (answer,) = await self.intake.accept(ledger, self.traces, SENDER, assessed, now=now)
            assert answer.claim_id is not None, answer.findings
            determined = Determined(
                claim_id=answer.claim_id, covers=COVERS, content=covers_content(COVERS), determined_at=now
            )
            await self.deciding.eligibility_determined(ledger, [determined], now=now)
        return paid(terms_of(self.ledger.kept.decisions[answer.claim_id].decision))


def paid(terms: Terms) -> Paid:
    """The terms of an approved claim in yen."""
    assert terms.outcome is Outcome.APPROVED
    return Paid(terms.yen_of(PAYER), terms.yen_of(LOCAL), terms.patient_yen)


async def test_the_same_receipt_is_split_with_a_table_from_the_batch_after_it_was_told() -> None:
    desk = Desk()
    before = await desk.paid(1)

    await desk.tell(TEN_PERCENT, at=NOW)

    assert (before, await desk.paid(2)) == (BEFORE, AFTER)


async def test_a_table_of_later_months_or_of_another_number_changes_nothing() -> None:
    desk = Desk()
    await desk.tell(
        programme_file("8313,子ども医療,10,,50,,,2024-06,,条例", "8314,子ども医療,10,,,,,,,条例"), at=NOW - A_DAY
    )

    assert await desk.paid(1) == BEFORE


async def test_a_refused_file_leaves_decisions_as_they_were() -> None:
    desk = Desk()
    await desk.tell(programme_file("8313,子ども医療,10,,50,,,,,条例", "8314,,10,,,,,,,条例"), at=NOW - A_DAY)

    assert await desk.paid(1) == BEFORE


def _past(terms: Terms | None) -> PastClaim:
    return PastClaim(
        claim_id=ClaimId("clm_1"),
        person=b"",
        hospital_code=HOSPITAL,
        claim_month="202406",
        receipt=receipt(1),
        place=Place(terms=terms, cause=Cause.SUBMITTED, has_covers=True),
        covers=COVERS,
        kept_covers=covers_content(COVERS),
    )


async def _decided_before() -> Terms:
    desk = Desk()
    assert await desk.paid(1) == BEFORE
    [decided] = desk.ledger.kept.decisions.values()
    return terms_of(decided.decision)


async def test_a_month_again_is_split_by_the_tables_known_when_its_day_ended() -> None:
    ledger = PastInMemory.of(_past(await _decided_before()))
    told_at = datetime(2024, 7, 1, 3, 0, tzinfo=UTC)
    await import_programmes(ledger.told, TEN_PERCENT, now=told_at)
    again = Readjudicating(
        schedules=OneAct(), registrations=NothingRegistered(), traces=NoTraces(), programmes=ProgrammeKeeper()
    )

    on_the_day_before = await again.look(ledger, Past(month=Month(2024, 5), as_of=date(2024, 6, 30)), None)
    on_the_day = await again.look(ledger, Past(month=Month(2024, 5), as_of=date(2024, 7, 1)), None)

    assert (on_the_day_before.unchanged, on_the_day_before.differences) == (1, ())
    [difference] = on_the_day.differences
    assert (paid(difference.before), paid(difference.after)) == (BEFORE, AFTER)


async def test_a_month_decided_again_stays_as_it_is_when_it_is_decided_once_more() -> None:
    ledger = PastInMemory.of(_past(await _decided_before()))
    await import_programmes(ledger.told, TEN_PERCENT, now=NOW - A_DAY)
    again = Readjudicating(
        schedules=OneAct(), registrations=NothingRegistered(), traces=NoTraces(), programmes=ProgrammeKeeper()
    )
    past = Past(month=Month(2024, 5), as_of=NOW.date())

    first = await again.decide(ledger, past, None, now=NOW)
    second = await again.decide(ledger, past, None, now=NOW)

    assert (len(first.differences), second.differences) == (1, ())
    assert paid(terms_of(ledger.announced[0].decision)) == AFTER
