"""Loading published files: whole or not at all, equal content once."""

from datetime import UTC, date, datetime

from services.claims.application.master_shelf import Loaded, Loading, load_master
from services.claims.domain.masters.files import FaultyFile, MasterFile
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


async def test_the_same_content_with_another_day_of_publication_is_refused() -> None:
    shelf = ShelfInMemory()
    await load(shelf, "z_20240601.csv", LEFT)
    again = await load(shelf, "z_20240701.csv", LEFT)

    assert again.loading is Loading.REFUSED
    assert "z_20240601.csv, published on 2024-06-01" in again.reason


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
