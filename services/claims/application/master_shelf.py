"""Published master files as they are kept, and loading a new one: whole or not at all, the same publication once.

Equal content that was published on several days is kept once for each of them; what that means is for `Masters`.
"""

import asyncio
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from hashlib import sha256
from typing import NamedTuple, Protocol

from services.claims.domain.masters.announcing import announced
from services.claims.domain.masters.files import FaultyFile, MasterFile, read_file
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.opening import UnreadableFile
from services.claims.domain.masters.publication import Publication, PublishedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelvedFile:
    """A file that is kept, without its content; `sha256` is of the CSV's bytes."""

    sha256: str
    name: str
    kind: MasterKind
    full: bool
    published_on: date
    rows: int
    loaded_at: datetime

    @property
    def publication(self) -> Publication:
        """What tells it from every other."""
        return Publication(self.sha256, self.published_on, self.full)


class Shelved(NamedTuple):
    """A file and its CSV, compressed with zlib."""

    file: ShelvedFile
    packed: bytes


class BrokenMaster(Exception):
    """A file that was loaded before cannot be read any more: the code became stricter than the file."""


class MasterShelf(Protocol):
    """Where published files are kept. It only grows."""

    async def put(self, shelved: Shelved) -> ShelvedFile:
        """Keep it; returns what is kept: this file, or the one that was loaded before as the same publication."""
        ...

    async def missing(self, known: Collection[Publication]) -> Sequence[Shelved]:
        """The files that are not among those known."""
        ...

    async def files(self) -> Sequence[ShelvedFile]:
        """All files, by kind and day of publication."""
        ...


class Loading(Enum):
    """What became of a file that was to be loaded."""

    LOADED = "loaded"
    ALREADY_LOADED = "already loaded"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The answer to one file: `read` tells its rows or what is wrong with it; `reason` why it is refused.

    `sha256` is of the CSV's bytes, empty where none was read.
    """

    loading: Loading
    read: MasterFile | FaultyFile | UnreadableFile
    sha256: str = ""
    reason: str = ""


async def load_master(
    shelf: MasterShelf, name: str, content: bytes, *, published: date | None, now: datetime
) -> Loaded:
    """Read the file and keep it. `published` is the day of publication of a file whose name tells none."""
    read = await asyncio.to_thread(read_file, name, content, published)
    if isinstance(read, UnreadableFile):
        return Loaded(loading=Loading.REFUSED, read=read, reason=f"{read.why.value} ({read.detail})")
    if isinstance(read, FaultyFile):
        return Loaded(loading=Loading.REFUSED, read=read, reason=f"{read.error_count} errors; nothing is loaded")
    shelved = await asyncio.to_thread(_shelved, read, now)
    kept = await shelf.put(shelved)
    loading = Loading.LOADED if kept == shelved.file else Loading.ALREADY_LOADED
    return Loaded(loading=loading, read=read, sha256=kept.sha256)


def published_file(shelved: Shelved) -> PublishedFile:
    """What a kept file announces. Raises BrokenMaster."""
    file = shelved.file
    telling = f"{file.kind.value}_{'ALL' if file.full else ''}{file.published_on:%Y%m%d}.csv"
    read = read_file(telling, zlib.decompress(shelved.packed))
    if not isinstance(read, MasterFile) or read.full is not file.full:
        raise BrokenMaster(f"{file.name} ({file.sha256}) was loaded before and cannot be read any more")
    return announced(replace(read, name=file.name))


def _shelved(read: MasterFile, now: datetime) -> Shelved:
    file = ShelvedFile(
        sha256=sha256(read.csv).hexdigest(),
        name=read.name,
        kind=read.kind,
        full=read.full,
        published_on=read.published_on,
        rows=len(read.records),
        loaded_at=now,
    )
    return Shelved(file, zlib.compress(read.csv))
