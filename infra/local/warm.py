"""Lets a Java program's later starts on a machine take half the time.

When the first one ends in good order, the JVM writes down which classes it loaded and compiled (an AOT cache, JEP 514);
every later one begins from that. The caches lie beside the resolver's, outside any state folder; a JVM that finds one
unfit ignores it.
"""

import hashlib
import os
import shutil
from pathlib import Path

import psutil

from infra.local.jars import JAVA, cache_dir

OUTPUT_OPTION = "-XX:AOTCacheOutput="
INPUT_OPTION = "-XX:AOTCache="
WRITING_S = 60.0
"""How long a JVM may take to write its cache; seen: 12 s on two busy cores."""


def warm_options(name: str, command: list[str], state_dir: Path) -> list[str]:
    """JVM options for `name` run with `command` (options and class path): use the cache, or make it on exit."""
    digest = hashlib.sha256("\0".join([str(JAVA), *command]).encode()).hexdigest()[:16]
    cache = cache_dir() / f"{name}-{digest}.aot"
    if cache.exists():
        return [f"{INPUT_OPTION}{cache}", "-Xlog:aot=off", "-Xlog:cds=off"]
    return [f"{OUTPUT_OPTION}{state_dir / cache.name}", "-Xlog:aot*=off"]


def cache_in_the_making(process: psutil.Process | None) -> Path | None:
    """The file to which this process will write its cache when it ends, if it does."""
    try:
        words = process.cmdline() if process else []
    except psutil.Error:
        return None
    return next((Path(word.removeprefix(OUTPUT_OPTION)) for word in words if word.startswith(OUTPUT_OPTION)), None)


def keep_cache(output: Path) -> None:
    """Move a finished cache to where later starts look. One that was not finished still has its `.config` beside it."""
    if not output.exists() or output.with_name(output.name + ".config").exists():
        return
    target = cache_dir() / output.name
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.move(output, draft)
    draft.replace(target)
