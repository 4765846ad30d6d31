"""The keeper: schedules for batches, and new files without a restart."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest
from typing_extensions import override

from services.claims.application.master_keeper import MasterKeeper
from services.claims.application.master_shelf import BrokenMaster, Shelved, load_master
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.publication import Publication
from services.shared.kernel.months import Month
from tests.contracts.claims.masters.shelves import ShelfInMemory, shelved
from tests.support.master_csv import csv_of, modifier

NOW = datetime(2026, 4, 10, 3, 0, tzinfo=UTC)
JULY = Month(2024, 7)


class Away(Exception):
    """The shelf does not answer for now."""


class Time:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class FaultyShelf(ShelfInMemory):
    fault: Exception | None = None

    @override
    async def missing(self, known: Collection[Publication]) -> list[Shelved]:
        if self.fault is not None:
            raise self.fault
        return await super().missing(known)


def keeper_of(shelf: ShelfInMemory, now: Time) -> MasterKeeper:
    return MasterKeeper(shelf=shelf, now=now, transient=Away)


async def put(shelf: ShelfInMemory, name: str, *records: str) -> None:
    await load_master(shelf, name, csv_of(*records), published=None, now=NOW)


async def settled(keeper: MasterKeeper) -> None:
    """Ask once, so that the keeper looks by the way, and wait until it has looked."""
    await keeper.schedule(JULY)
    if keeper._looking is not None:
        await asyncio.wait([keeper._looking])


async def test_a_file_on_the_shelf_at_the_start_is_in_the_first_schedule() -> None:
    shelf = ShelfInMemory()
    await put(shelf, "z_20240601.csv", modifier("2056"))
    keeper = keeper_of(shelf, Time())
    await keeper.open()

    schedule = await keeper.schedule(JULY)
    assert schedule.loaded(MasterKind.MODIFIER)
    assert schedule.modifier("2056", 1) is not None
    assert await keeper.schedule(JULY) is schedule


async def test_a_new_file_is_picked_up_between_batches_without_a_restart() -> None:
    shelf, time = ShelfInMemory(), Time()
    keeper = keeper_of(shelf, time)
    await keeper.open()
    assert not (await keeper.schedule(JULY)).loaded(MasterKind.MODIFIER)

    await put(shelf, "z_20240601.csv", modifier("2056"))
    await settled(keeper)
    assert not (await keeper.schedule(JULY)).loaded(MasterKind.MODIFIER)

    time.now += timedelta(seconds=5)
    await settled(keeper)
    assert (await keeper.schedule(JULY)).modifier("2056", 1) is not None


async def test_a_month_may_be_asked_for_as_it_was_known_on_a_day() -> None:
    shelf = ShelfInMemory()
    await put(shelf, "z_20240601.csv", modifier("2056"))
    keeper = keeper_of(shelf, Time())
    await keeper.open()

    before = await keeper.schedule(JULY, NOW.date().replace(year=2024, month=5, day=31))
    assert not before.loaded(MasterKind.MODIFIER)


async def test_a_file_loaded_late_is_part_of_what_was_known_on_a_day_after_its_publication() -> None:
    shelf = ShelfInMemory()
    keeper = keeper_of(shelf, Time())
    await keeper.open()
    known = NOW.date().replace(year=2024, month=6, day=30)
    assert not (await keeper.schedule(JULY, known)).loaded(MasterKind.MODIFIER)

    await put(shelf, "z_20240601.csv", modifier("2056"))
    assert await keeper.look()
    assert (await keeper.schedule(JULY, known)).loaded(MasterKind.MODIFIER)


async def test_a_question_is_answered_by_the_masters_that_are_known() -> None:
    shelf = ShelfInMemory()
    await put(shelf, "z_20240601.csv", modifier("2056"))
    keeper = keeper_of(shelf, Time())
    await keeper.open()

    assert await keeper.ask(lambda masters: len(masters.files)) == 1


async def test_a_shelf_that_is_away_for_now_leaves_what_is_known() -> None:
    shelf, time = FaultyShelf(), Time()
    await put(shelf, "z_20240601.csv", modifier("2056"))
    keeper = keeper_of(shelf, time)
    await keeper.open()
    shelf.fault = Away()
    time.now += timedelta(seconds=5)
    await settled(keeper)

    assert (await keeper.schedule(JULY)).modifier("2056", 1) is not None


async def test_a_file_that_cannot_be_read_any_more_is_no_silent_gap() -> None:
    shelf, time = ShelfInMemory(), Time()
    keeper = keeper_of(shelf, time)
    await keeper.open()
    one = shelved(1)
    await shelf.put(Shelved(one.file, b"x\x9c\x03\x00\x00\x00\x00\x01"))
    time.now += timedelta(seconds=5)
    await settled(keeper)

    with pytest.raises(BrokenMaster):
        await keeper.schedule(JULY)
