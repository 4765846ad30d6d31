"""Master files on disk, for offline commands: `schedules_from(paths)` gives the masters of a folder or of single files.

Use it so: `masters = schedules_from([Path("masters")])`, then `masters.schedule(Month(2021, 10))`; with `as_of=` a day,
only what was published by that day is known. Folders are searched through for .zip, .csv and .txt files.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from services.claims.application.masters import Masters
from services.claims.domain.masters.announcing import announced
from services.claims.domain.masters.files import FaultyFile, MasterFile, read_file
from services.claims.domain.masters.opening import UnreadableFile

SUFFIXES: Final = frozenset({".zip", ".csv", ".txt"})


class RefusedMasterFile(Exception):
    """A file that is not loaded; `found` says why. Raised for the first of them."""

    def __init__(self, found: FaultyFile | UnreadableFile) -> None:
        super().__init__(why_refused(found))
        self.found = found


def schedules_from(paths: Iterable[Path]) -> Masters:
    """The masters that the files tell. Raises RefusedMasterFile, and OSError where a file cannot be read."""
    return Masters.of(announced(_read(path)) for path in master_paths(paths))


def master_paths(paths: Iterable[Path]) -> list[Path]:
    """The files named, and those in the folders named, in the order of their names."""
    return [found for path in paths for found in (_within(path) if path.is_dir() else [path])]


def why_refused(found: FaultyFile | UnreadableFile) -> str:
    """In one line: the file, and what is wrong with it first."""
    if isinstance(found, UnreadableFile):
        return f"{found.name}: {found.why.value} ({found.detail})"
    first = found.errors[0]
    column = f", column {first.item} {first.japanese}" if first.item else ""
    place = f"{found.name}, line {first.line}{column}: must be {first.rule}: {first.found!r}"
    return f"{place} (and {found.error_count - 1} more errors)" if found.error_count > 1 else place


def _within(folder: Path) -> Iterator[Path]:
    return iter(sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()))


def _read(path: Path) -> MasterFile:
    read = read_file(path.name, path.read_bytes())
    if isinstance(read, MasterFile):
        return read
    raise RefusedMasterFile(read)
