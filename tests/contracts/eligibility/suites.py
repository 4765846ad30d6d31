"""What Coverage and Determinations keep, the fakes and the Postgres ones alike. Subclass and give the fixture."""

from datetime import UTC, date, datetime, timedelta

from services.eligibility.application.ports import Coverage, CoverageEntry, Determination, Determinations, Lookup
from services.eligibility.domain.coverage import CopayClass, CoveragePeriod, CoverReason, LimitCategory
from services.eligibility.domain.determination import Cover
from services.shared.kernel.months import Month
from tests.unit.eligibility.builders import PAYER, period

FIRST = datetime(2025, 4, 1, 9, tzinfo=UTC)
LATER = FIRST + timedelta(days=30)


def entry(member_key: str = "m1", **changes: object) -> CoverageEntry:
    return CoverageEntry(payer_number=PAYER, member_key=member_key, period=period(**changes))


class CoverageContract:
    async def known(
        self, coverage: Coverage, member_key: str = "m1", as_known: datetime | None = None
    ) -> list[CoveragePeriod]:
        return (await coverage.periods([Lookup(member_key, as_known)]))[0]

    async def test_what_was_recorded_is_read_back_whole(self, coverage: Coverage) -> None:
        written = entry(valid_to=date(2026, 3, 31), next_payer="138057", limit_category=LimitCategory.ELDERLY_LOW_1)

        assert await coverage.record([written], FIRST) == 1
        assert await self.known(coverage) == [written.period]

    async def test_an_unknown_member_has_no_periods(self, coverage: Coverage) -> None:
        assert await self.known(coverage, "nobody") == []

    async def test_answers_stand_in_the_order_of_the_questions(self, coverage: Coverage) -> None:
        await coverage.record([entry("m1"), entry("m2", branch="02")], FIRST)

        found = await coverage.periods([Lookup("m2"), Lookup("nobody"), Lookup("m1"), Lookup("m2")])

        assert [[each.branch for each in periods] for periods in found] == [["02"], [], ["01"], ["02"]]

    async def test_no_question_gets_no_answer(self, coverage: Coverage) -> None:
        assert await coverage.periods([]) == []

    async def test_an_unchanged_row_is_not_recorded_again(self, coverage: Coverage) -> None:
        await coverage.record([entry()], FIRST)

        assert await coverage.record([entry()], LATER) == 0
        assert [each.recorded_at for each in await coverage.recorded(Lookup("m1"))] == [FIRST]

    async def test_a_later_row_for_the_same_first_day_supersedes_from_then_on(self, coverage: Coverage) -> None:
        await coverage.record([entry()], FIRST)
        await coverage.record([entry(copay_class=CopayClass.ACTIVE_INCOME)], LATER)

        classes = [
            [each.copay_class for each in await self.known(coverage, as_known=moment)]
            for moment in (FIRST - timedelta(seconds=1), FIRST, LATER - timedelta(seconds=1), LATER, None)
        ]

        standard, active = [CopayClass.STANDARD], [CopayClass.ACTIVE_INCOME]
        assert classes == [[], standard, standard, active, active]

    async def test_a_correction_back_to_the_first_value_is_news(self, coverage: Coverage) -> None:
        await coverage.record([entry()], FIRST)
        await coverage.record([entry(valid_to=date(2025, 4, 30))], LATER)

        assert await coverage.record([entry()], LATER + timedelta(days=1)) == 1
        assert [each.valid_to for each in await self.known(coverage)] == [None]

    async def test_a_corrected_birth_date_supersedes_within_the_branch(self, coverage: Coverage) -> None:
        await coverage.record([entry()], FIRST)
        await coverage.record([entry(birth_digest="born-1981")], LATER)

        assert [each.birth_digest for each in await self.known(coverage)] == ["born-1981"]

    async def test_persons_without_a_branch_are_told_apart_by_birth(self, coverage: Coverage) -> None:
        family = [entry(branch="", birth_digest="born-1980"), entry(branch="", birth_digest="born-2010")]

        assert await coverage.record(family, FIRST) == 2
        assert len(await self.known(coverage)) == 2

    async def test_of_two_rows_for_one_period_the_last_counts(self, coverage: Coverage) -> None:
        twice = [entry(), entry(copay_class=CopayClass.ACTIVE_INCOME)]

        assert await coverage.record(twice, FIRST) == 1
        assert [each.copay_class for each in await self.known(coverage)] == [CopayClass.ACTIVE_INCOME]

    async def test_recorded_periods_come_by_branch_and_first_day(self, coverage: Coverage) -> None:
        await coverage.record(
            [entry(branch="02"), entry(valid_from=date(2024, 4, 1)), entry(valid_to=date(2024, 3, 31))], FIRST
        )

        found = [(each.period.branch, each.period.valid_from) for each in await coverage.recorded(Lookup("m1"))]

        assert found == [("01", date(2020, 4, 1)), ("01", date(2024, 4, 1)), ("02", date(2020, 4, 1))]


def determination(cause: str = "evt_1", tenths: int = 3, at: datetime = FIRST) -> Determination:
    cover = Cover(
        payer_number=PAYER,
        reason=CoverReason.COVERED,
        copay_tenths=tenths,
        limit_category=LimitCategory.U,
        branch="01",
        is_programme=False,
    )
    return Determination(
        claim_id=f"clm_{cause}",
        cause_event_id=cause,
        treatment_month=Month(2025, 9),
        covers=(cover,),
        determined_at=at,
    )


class DeterminationsContract:
    async def test_a_new_cause_has_no_first_answer(self, determinations: Determinations) -> None:
        assert await determinations.keep([determination("evt_1"), determination("evt_2")]) == {}

    async def test_a_cause_that_comes_again_gets_its_first_answer(self, determinations: Determinations) -> None:
        await determinations.keep([determination("evt_1")])

        first = await determinations.keep([determination("evt_1", tenths=2, at=LATER), determination("evt_2")])

        assert first == {"evt_1": determination("evt_1")}

    async def test_nothing_to_keep_is_no_work(self, determinations: Determinations) -> None:
        assert await determinations.keep([]) == {}
