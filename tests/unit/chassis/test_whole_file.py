"""A file stands whole or not at all; the kills are of processes of their own."""

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.shared.chassis.whole_file import Different, Standing, replace_whole, write_whole
from tests.support.stack import REPOSITORY

PARTS = [b"first", b"second", b"third"]
WHOLE = b"".join(PARTS)
DIGEST = hashlib.sha256(WHOLE).hexdigest()
POINTS = ("before-write", "within-write", "within-write:3", "after-write", "after-sync")
LATE_POINTS = ("after-rename", "after-directory-sync")
WRITER = """
import asyncio, sys
from pathlib import Path
from tests.unit.chassis.test_whole_file import DIGEST, parts
from services.shared.chassis.whole_file import write_whole
asyncio.run(write_whole(Path(sys.argv[1]), parts(), sha256=DIGEST))
"""


async def parts(*given: bytes) -> AsyncIterator[bytes]:
    for part in given or PARTS:
        yield part


def write_and_die(path: Path, point: str) -> int:
    """Write in a process that kills itself at the point."""
    environment = os.environ | {"SEIKYU_CRASHPOINT": f"whole-file.{point}", "PYTHONPATH": ".:protos/gen"}
    done = subprocess.run([sys.executable, "-c", WRITER, str(path)], cwd=REPOSITORY, env=environment, check=False)
    return done.returncode


def names(directory: Path) -> list[str]:
    return [each.name for each in directory.iterdir()]


async def test_a_file_is_written_once_and_is_its_owner_s(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"

    assert await write_whole(path, parts(), sha256=DIGEST)
    assert not await write_whole(path, parts(), sha256=DIGEST)
    assert path.read_bytes() == WHOLE
    assert path.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == [path.name]


async def test_a_file_of_other_content_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"mine")

    with pytest.raises(Standing):
        await write_whole(path, parts(), sha256=DIGEST)
    assert path.read_bytes() == b"mine"


async def test_what_is_not_what_was_announced_does_not_stand(tmp_path: Path) -> None:
    with pytest.raises(Different):
        await write_whole(tmp_path / "a.txt", parts(b"first", b"other"), sha256=DIGEST)

    assert not (tmp_path / "a.txt").exists()


async def test_a_file_is_replaced_whole_and_only_by_what_was_announced(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"mine")

    with pytest.raises(Different):
        await replace_whole(path, parts(b"other"), sha256=DIGEST)
    kept = path.read_bytes()
    digest = await replace_whole(path, parts())

    assert (kept, path.read_bytes(), digest) == (b"mine", WHOLE, DIGEST)
    assert names(tmp_path) == [path.name]


async def test_what_breaks_off_leaves_nothing_beside(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"first"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await write_whole(tmp_path / "a.txt", broken(), sha256=DIGEST)

    assert names(tmp_path) == []


async def test_two_writers_of_one_file_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    begun, going = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        begun.set()
        yield b"first"
        await going.wait()
        yield b"secondthird"

    first = asyncio.create_task(write_whole(path, slow(), sha256=DIGEST))
    await begun.wait()
    with pytest.raises(Standing, match="being written"):
        await write_whole(path, parts(), sha256=DIGEST)
    going.set()
    assert await first
    assert path.read_bytes() == WHOLE


@pytest.mark.parametrize("point", [*POINTS, *LATE_POINTS])
async def test_after_a_kill_the_file_is_whole_or_absent_and_the_next_attempt_makes_it_whole(
    tmp_path: Path, point: str
) -> None:
    path = tmp_path / "a.txt"

    assert await asyncio.to_thread(write_and_die, path, point) == -signal.SIGKILL
    assert path.exists() == (point in LATE_POINTS)
    if path.exists():
        assert path.read_bytes() == WHOLE
    await write_whole(path, parts(), sha256=DIGEST)
    assert path.read_bytes() == WHOLE
    assert names(tmp_path) == [path.name]
