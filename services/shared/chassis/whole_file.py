"""A file that stands whole or not at all, whenever the power goes: written beside, synced, checked, renamed, synced.

What is written beside (`.<name>.part`) goes away where it comes to nothing; after a kill the next attempt writes it
anew. A file of other content is replaced by `replace_whole` alone.
"""

import fcntl
import hashlib
import os
from collections.abc import AsyncIterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from services.shared.chassis.crashpoints import crashpoint

PRIVATE_MODE: Final = 0o600


class Standing(Exception):
    """Another file has the name, or somebody else writes it at this moment."""


class Different(Exception):
    """What was written is not what was announced; nothing stands under the name."""


async def write_whole(path: Path, parts: AsyncIterable[bytes], *, sha256: str) -> bool:
    """Write the parts to `path`, readable by its owner only; False where the same file stands there already.

    `sha256`: of the whole, hexadecimal. Crash points: `whole-file.` with before-write, within-write, after-write,
    after-sync, after-rename, after-directory-sync. Raises Standing, Different, OSError.
    """
    if _stands(path, sha256):
        return False
    await replace_whole(path, parts, sha256=sha256)
    return True


async def replace_whole(path: Path, parts: AsyncIterable[bytes], *, sha256: str = "") -> str:
    """Write the parts to `path` whatever stands there; gives their SHA-256. Only one part stands in memory.

    `sha256`: where it is known what they must be. Until the new file is whole the old one stands. See write_whole.
    """
    beside = path.with_name(f".{path.name}.part")
    crashpoint("whole-file.before-write")
    with _alone(beside) as stream:
        digest = hashlib.sha256()
        async for part in parts:
            digest.update(part)
            stream.write(part)
            crashpoint("whole-file.within-write")
        stream.flush()
        crashpoint("whole-file.after-write")
        os.fsync(stream.fileno())
        crashpoint("whole-file.after-sync")
        if sha256 and digest.hexdigest() != sha256:
            raise Different(f"{path} is not what was announced")
        beside.rename(path)
        crashpoint("whole-file.after-rename")
    _sync_directory(path.parent)
    crashpoint("whole-file.after-directory-sync")
    return digest.hexdigest()


@contextmanager
def _alone(file: Path) -> Iterator[IO[bytes]]:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, PRIVATE_MODE)
    with os.fdopen(descriptor, "wb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise Standing(f"{file} is being written") from busy
        stream.truncate()
        try:
            yield stream
        except BaseException:
            file.unlink(missing_ok=True)
            raise


def _stands(path: Path, sha256: str) -> bool:
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return False
    if found != sha256:
        raise Standing(f"{path} is there with other content")
    return True


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
