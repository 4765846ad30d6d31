"""What every shelf of master files keeps, and the one in memory."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime

from services.claims.application.master_shelf import MasterShelf, Shelved, ShelvedFile
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.publication import Publication

NOW = datetime(2026, 4, 10, 3, 0, tzinfo=UTC)


def shelved(number: int, *, name: str = "z_20240601.csv") -> Shelved:
    file = ShelvedFile(
        sha256=f"{number:064x}",
        name=name,
        kind=MasterKind.MODIFIER,
        full=True,
        published_on=date(2024, 6, number),
        rows=number,
        loaded_at=NOW,
    )
    return Shelved(file, bytes([number]))


class ShelfInMemory:
    """Implements application.master_shelf.MasterShelf."""

    def __init__(self) -> None:
        self.kept: dict[Publication, Shelved] = {}

    async def put(self, shelved: Shelved) -> ShelvedFile:
        return self.kept.setdefault(shelved.file.publication, shelved).file

    async def missing(self, known: Collection[Publication]) -> list[Shelved]:
        return [each for each in self._sorted() if each.file.publication not in known]

    async def files(self) -> list[ShelvedFile]:
        return [each.file for each in self._sorted()]

    def _sorted(self) -> list[Shelved]:
        def place(each: Shelved) -> tuple[str, date, str, bool]:
            return each.file.kind.value, each.file.published_on, each.file.sha256, each.file.full

        return sorted(self.kept.values(), key=place)


class ShelfContract:
    """Inherit it and give `shelf`."""

    async def test_a_file_is_kept_with_its_content(self, shelf: MasterShelf) -> None:
        one = shelved(1)

        assert await shelf.put(one) == one.file
        assert await shelf.missing([]) == [one]

    async def test_the_same_publication_is_kept_once_as_it_came_first(self, shelf: MasterShelf) -> None:
        one = shelved(1)
        await shelf.put(one)
        again = Shelved(replace(one.file, name="other.zip"), one.packed)

        assert await shelf.put(again) == one.file
        assert await shelf.files() == [one.file]

    async def test_equal_content_is_kept_once_for_each_day_and_extent(self, shelf: MasterShelf) -> None:
        one = shelved(1)
        later = Shelved(replace(one.file, name="z_20250101.zip", published_on=date(2025, 1, 1)), one.packed)
        partly = Shelved(replace(one.file, full=False), one.packed)
        for each in (later, one, partly):
            assert await shelf.put(each) == each.file

        assert await shelf.files() == [partly.file, one.file, later.file]
        assert await shelf.missing([one.file.publication]) == [partly, later]

    async def test_only_files_that_are_not_known_are_missing(self, shelf: MasterShelf) -> None:
        one, two, three = shelved(1), shelved(2), shelved(3)
        for each in (three, one, two):
            await shelf.put(each)

        assert await shelf.missing([two.file.publication]) == [one, three]
        assert await shelf.files() == [one.file, two.file, three.file]
