from datetime import UTC, date, datetime

from services.eligibility.application.check import Check, check_covers
from services.eligibility.application.determine import determine
from services.eligibility.application.import_coverage import import_coverage
from services.eligibility.application.ports import AskedClaim, AskedPayer
from services.eligibility.domain.coverage import CopayClass, CoverReason
from services.shared.kernel.months import Month
from tests.contracts.eligibility.fakes import CoverageInMemory, DeterminationsInMemory
from tests.contracts.eligibility.suites import FIRST, LATER, entry
from tests.unit.eligibility.builders import question

TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-00"
RAISED = TRACE[:-1] + "1"


def claim(cause: str, *members: str, trace: str = TRACE) -> AskedClaim:
    return AskedClaim(
        claim_id="clm_" + cause,
        cause_event_id=cause,
        traceparent=trace,
        treatment_month=Month(2025, 9),
        payers=tuple(AskedPayer(member, question()) for member in members),
    )


async def test_each_payer_of_each_claim_gets_its_own_answer() -> None:
    coverage, log = CoverageInMemory(), DeterminationsInMemory()
    await import_coverage([entry("m1"), entry("m2", branch="02")], coverage, FIRST)

    answers = await determine([claim("e1", "m1", "nobody"), claim("e2", "m2")], coverage, log, LATER)

    assert [[cover.reason for cover in answer.covers] for answer in answers] == [
        [CoverReason.COVERED, CoverReason.UNKNOWN_MEMBER],
        [CoverReason.BRANCH_WRONG],
    ]
    assert [trace for _, trace in log.announced] == [TRACE, TRACE]


async def test_a_cause_that_comes_again_is_announced_with_its_first_answer_whatever_is_known_since() -> None:
    coverage, log = CoverageInMemory(), DeterminationsInMemory()
    await determine([claim("e1", "m1")], coverage, log, FIRST)
    await import_coverage([entry("m1")], coverage, FIRST)

    again = await determine([claim("e1", "m1", trace=RAISED), claim("e2", "m1")], coverage, log, LATER)

    assert [answer.covers[0].reason for answer in again] == [CoverReason.UNKNOWN_MEMBER, CoverReason.COVERED]
    assert [answer.determined_at for answer in again] == [FIRST, LATER]
    assert log.announced[1] == (log.announced[0][0], RAISED)


async def test_a_cause_twice_in_one_batch_is_answered_once() -> None:
    log = DeterminationsInMemory()

    await determine([claim("e1", "m1"), claim("e1", "m1")], CoverageInMemory(), log, FIRST)

    assert len(log.announced) == 1


async def test_a_claim_without_payers_is_answered_without_covers() -> None:
    answers = await determine([claim("e1")], CoverageInMemory(), DeterminationsInMemory(), FIRST)

    assert answers[0].covers == ()


async def test_an_import_tells_news_from_what_was_known() -> None:
    coverage = CoverageInMemory()
    await import_coverage([entry("m1")], coverage, FIRST)

    done = await import_coverage([entry("m1"), entry("m2")], coverage, LATER)

    assert (done.rows, done.recorded, done.unchanged) == (2, 1, 1)


def check(day: date, as_known: datetime | None = None) -> Check:
    return Check(member_key="m1", question=question(), treatment_day=day, as_known=as_known)


async def test_a_past_day_is_answered_as_known_then_unless_asked_otherwise() -> None:
    coverage = CoverageInMemory()
    await import_coverage([entry("m1")], coverage, datetime(2025, 4, 1, 9, tzinfo=UTC))
    await import_coverage(
        [entry("m1", copay_class=CopayClass.ACTIVE_INCOME, valid_to=date(2025, 4, 9))],
        coverage,
        datetime(2025, 5, 1, 9, tzinfo=UTC),
    )
    now = datetime(2025, 6, 1, 9, tzinfo=UTC)

    covers = await check_covers(
        [check(date(2025, 4, 20)), check(date(2025, 4, 20), as_known=now), check(date(2025, 6, 1))], coverage, now
    )

    assert [cover.reason for cover in covers] == [CoverReason.COVERED, CoverReason.ENDED, CoverReason.ENDED]


async def test_what_becomes_known_on_the_treatment_day_itself_counts_until_midnight_in_tokyo() -> None:
    coverage = CoverageInMemory()
    await import_coverage([entry("m1")], coverage, datetime(2025, 4, 20, 14, 59, tzinfo=UTC))
    now = datetime(2025, 6, 1, 9, tzinfo=UTC)

    covers = await check_covers([check(date(2025, 4, 20)), check(date(2025, 4, 19))], coverage, now)

    assert [cover.reason for cover in covers] == [CoverReason.COVERED, CoverReason.UNKNOWN_MEMBER]
