"""Intake by turns: who waits, for what, and who is sent away. Pauses are counted, not slept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.claims.application.recent import RecentReceipts
from services.claims.application.turns import AT_ONCE, LOOKS_WITHOUT_DECISION, IntakeOverloaded, IntakeTurns
from services.shared.kernel.ids import ClaimId
from tests.contracts.claims.builders import assessed

BOUND = 3


class Site:
    """Turns over what a process remembers, a count of the claims of all processes, and a pause that decides some."""

    def __init__(self, remembered: int, undecided: int | None = None) -> None:
        self.recent = RecentReceipts()
        self.ids = [ClaimId(f"clm_{number}") for number in range(remembered)]
        for each, receipt in zip(self.ids, assessed(remembered), strict=True):
            assert receipt.facts is not None
            self.recent.remember(each, receipt.facts)
        self._elsewhere = undecided
        self.decides = 0
        self.pauses = 0
        self.turns = IntakeTurns(
            recent=self.recent, undecided=self.undecided, most_undecided=BOUND, most_in_line=2, pause=self.pause
        )

    async def undecided(self) -> int:
        return self.recent.undecided if self._elsewhere is None else self._elsewhere

    async def pause(self, _: float) -> None:
        self.pauses += 1
        gone, self.ids = self.ids[: self.decides], self.ids[self.decides :]
        if gone:
            self.recent.forget(gone)
        await asyncio.sleep(0)

    @asynccontextmanager
    async def all_taken(self) -> AsyncIterator[None]:
        async with self.turns.turn(), self.turns.turn():
            assert AT_ONCE == 2
            yield


async def test_a_batch_begins_at_once_where_few_claims_are_on_their_way() -> None:
    site = Site(remembered=BOUND)

    async with site.turns.turn():
        assert site.pauses == 0


async def test_a_batch_begins_once_so_many_claims_are_decided_that_the_rest_is_within_the_bound() -> None:
    site = Site(remembered=BOUND + 4)
    site.decides = 2

    async with site.turns.turn():
        assert (site.pauses, site.recent.undecided) == (2, BOUND)


async def test_claims_that_another_process_decided_hold_nobody_back() -> None:
    site = Site(remembered=BOUND + 4, undecided=0)

    async with site.turns.turn():
        assert site.pauses == 0


async def test_receipts_are_taken_in_where_nothing_is_decided_and_the_next_batch_does_not_wait_again() -> None:
    site = Site(remembered=BOUND + 1)

    async with site.turns.turn():
        assert site.pauses == LOOKS_WITHOUT_DECISION
    async with site.turns.turn():
        assert site.pauses == LOOKS_WITHOUT_DECISION


async def test_intake_is_held_back_again_once_decisions_are_made_again() -> None:
    site = Site(remembered=BOUND + 2)
    async with site.turns.turn():
        pass
    site.recent.forget(site.ids[:1])
    site.ids, site.decides, site.pauses = site.ids[1:], 1, 0

    async with site.turns.turn():
        assert (site.pauses, site.recent.undecided) == (1, BOUND)


async def test_a_batch_that_stands_in_line_for_too_long_is_sent_away_and_leaves_its_place() -> None:
    site = Site(remembered=0)
    site.turns.longest_wait_s = 0.0

    async with site.all_taken():
        with pytest.raises(IntakeOverloaded):
            await site.turns.turn().__aenter__()

    async with site.all_taken():
        pass


async def test_a_batch_that_finds_the_line_full_is_sent_away_at_once() -> None:
    site = Site(remembered=0)

    async with site.all_taken():
        waiting = [asyncio.create_task(site.turns.turn().__aenter__()) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(IntakeOverloaded):
            await site.turns.turn().__aenter__()
        for each in waiting:
            each.cancel()
        await asyncio.wait(waiting)


async def test_what_was_accepted_before_waits_for_its_turn_for_as_long_as_it_takes() -> None:
    site = Site(remembered=0)
    site.turns.longest_wait_s = 0.0

    async with site.turns.turn():
        async with site.turns.turn():
            patient = asyncio.create_task(site.turns.patient_turn().__aenter__())
            await asyncio.sleep(0)
            assert not patient.done()
        await patient


async def test_a_batch_that_fails_gives_its_turn_to_the_next() -> None:
    site = Site(remembered=0)

    for _ in range(AT_ONCE + 1):
        with pytest.raises(ValueError, match="faulty"):
            async with site.turns.turn():
                raise ValueError("faulty")
