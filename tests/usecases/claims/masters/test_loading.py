"""Loading published files: whole or not at all, the same publication once, in any order."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Final

from services.claims.application.master_keeper import MasterKeeper
from services.claims.application.master_shelf import Loaded, Loading, load_master
from services.claims.domain.masters.files import FaultyFile, MasterFile
from services.claims.domain.masters.modifiers import Modifier
from services.shared.kernel.months import Month
from tests.contracts.claims.masters.shelves import ShelfInMemory
from tests.support.master_csv import csv_of, modifier, zip_of

NOW = datetime(2026, 4, 10, 3, 0, tzinfo=UTC)
LEFT = csv_of(modifier("2056"))


async def load(shelf: ShelfInMemory, name: str, content: bytes, published: date | None = None) -> Loaded:
    return await load_master(shelf, name, content, published=published, now=NOW)


async def test_a_file_is_loaded_with_the_day_that_its_name_tells() -> None:
    shelf = ShelfInMemory()
    loaded = await load(shelf, "z_20240601.csv", LEFT)

    assert loaded.loading is Loading.LOADED
    assert isinstance(loaded.read, MasterFile)
    (kept,) = await shelf.files()
    assert (kept.name, kept.full, kept.published_on, kept.rows) == ("z_20240601.csv", True, date(2024, 6, 1), 1)


async def test_the_same_content_in_an_archive_is_loaded_already() -> None:
    shelf = ShelfInMemory()
    await load(shelf, "z_20240601.csv", LEFT)
    again = await load(shelf, "z_20240601.zip", zip_of("z_20240601.txt", LEFT))

    assert again.loading is Loading.ALREADY_LOADED
    assert len(shelf.kept) == 1


async def test_the_same_content_with_another_day_of_publication_is_another_file() -> None:
    shelf = ShelfInMemory()
    await load(shelf, "z_20240601.csv", LEFT)
    again = await load(shelf, "z_20240701.csv", LEFT)

    assert again.loading is Loading.LOADED
    assert [str(kept.published_on) for kept in await shelf.files()] == ["2024-06-01", "2024-07-01"]
    assert (await load(shelf, "z_20240701.zip", zip_of("z.txt", LEFT))).loading is Loading.ALREADY_LOADED


FIRST: Final = csv_of(modifier("2056", change="3"), modifier("2057", change="3", name="右"))
BOTH: Final = csv_of(modifier("2056", change="3", changed="20240610", name="両側"))
PUBLISHED: Final = (
    ("z_20240615.csv", FIRST),
    ("z_ALL20240601.csv", FIRST),
    ("z_20240601.csv", FIRST),
    ("z_20240620.csv", BOTH),
    ("z_20240605.csv", BOTH),
)
"""The whole master under two days, on one of them also as a file that does not say so; a change under two days."""
DAYS: Final = tuple(date(2024, 5, 31) + timedelta(days=days) for days in range(40))


async def known_on_every_day(order: tuple[tuple[str, bytes], ...]) -> list[tuple[bool, dict[str, Modifier]]]:
    """Whether modifiers are loaded for July, and which: by all files, and as known on each day."""
    shelf = ShelfInMemory()
    keeper = MasterKeeper(shelf=shelf, now=lambda: NOW, transient=OSError)
    for name, content in order:
        assert (await load(shelf, name, content)).loading is Loading.LOADED
        await keeper.look()
    schedules = [await keeper.schedule(Month(2024, 7), day) for day in (None, *DAYS)]
    await keeper.close()
    return [(bool(each.kinds), dict(each.modifiers.whole)) for each in schedules]


async def test_any_order_of_equal_content_under_several_days_tells_the_same_as_known_on_any_day() -> None:
    told = [await known_on_every_day(order) for order in permutations(PUBLISHED)]

    assert all(each == told[0] for each in told)
    loaded = dict(zip(DAYS, told[0][1:], strict=True))
    assert next(str(day) for day, (is_loaded, _) in loaded.items() if is_loaded) == "2024-06-01"
    names = {day: rows["2056"].name for day, (_, rows) in loaded.items() if "2056" in rows}
    assert next(str(day) for day, name in names.items() if name == "両側") == "2024-06-05"


async def test_a_file_whose_name_tells_no_day_takes_the_day_that_is_stated() -> None:
    shelf = ShelfInMemory()

    assert (await load(shelf, "z.csv", LEFT)).loading is Loading.REFUSED
    assert (await load(shelf, "z.csv", LEFT, date(2024, 6, 1))).loading is Loading.LOADED


async def test_one_bad_row_keeps_the_whole_file_out() -> None:
    shelf = ShelfInMemory()
    loaded = await load(shelf, "z_20240601.csv", csv_of(modifier("2056"), modifier("205x")))

    assert loaded.loading is Loading.REFUSED
    assert isinstance(loaded.read, FaultyFile)
    assert (loaded.read.errors[0].line, loaded.read.errors[0].item) == (2, 3)
    assert not shelf.kept


async def test_what_is_no_master_is_refused_with_its_reason() -> None:
    shelf = ShelfInMemory()
    loaded = await load(shelf, "z_20240601.zip", b"PK\x03\x04nothing")

    assert loaded.loading is Loading.REFUSED
    assert loaded.reason.startswith("not a readable zip")
    assert not shelf.kept
