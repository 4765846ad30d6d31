"""`python -m infra.engine`: the language model's server that tests ask, in its own environment. A no-op when done.

`llama-cpp-python` builds llama.cpp from its source: some minutes on two cores and a C++ compiler, once. uv keeps the
built wheel, so that another checkout on the machine takes seconds. Everything is locked by hash, the build's tools too.
"""

import hashlib
import os
import subprocess
import sys
from typing import Final

from infra.env import BIN, REQUIREMENTS, ROOT, EnvironmentFailed, uv_environment

ENGINE: Final = ROOT / ".venv" / "engine"
ENGINE_PYTHON: Final = ENGINE / "bin" / "python"
LOCKED: Final = REQUIREMENTS / "engine.txt"
BUILD_TIMEOUT_S: Final = 2_400
_STAMP: Final = ENGINE / ".seikyu-stamp"
_BUILD_OPTIONS: Final = "-DLLAVA_BUILD=OFF -DGGML_NATIVE=OFF"
"""No pictures; and no instructions of this machine's processor alone, since the built wheel is kept."""
_TOLD_CHARACTERS: Final = 4_000


def main() -> int:
    """Make the environment; returns the exit code."""
    try:
        ensure()
    except EnvironmentFailed as failed:
        sys.stderr.write(f"engine: {failed}\n")
        return 1
    return 0


def is_ready() -> bool:
    """Whether the environment is there, made from the lock of now."""
    return _STAMP.exists() and _STAMP.read_text() == _stamp() and ENGINE_PYTHON.exists()


def ensure() -> None:
    """Make or update the environment. Raises EnvironmentFailed."""
    if is_ready():
        return
    sys.stderr.write("engine: building llama.cpp from its source, some minutes where it was never built\n")
    _run("venv", "--allow-existing", "--python", sys.executable, str(ENGINE))
    _run(
        *("pip", "sync", "--python", str(ENGINE_PYTHON), "--require-hashes"),
        *("--build-constraints", str(LOCKED), str(LOCKED)),
    )
    _STAMP.write_text(_stamp())
    sys.stderr.write("engine: ready\n")


def _run(*arguments: str) -> None:
    environment = {**uv_environment(), "CMAKE_ARGS": _BUILD_OPTIONS}
    environment.setdefault("CMAKE_BUILD_PARALLEL_LEVEL", str(os.cpu_count() or 1))
    done = subprocess.run(
        [str(BIN / "uv"), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_TIMEOUT_S,
    )
    if done.returncode:
        raise EnvironmentFailed(f"uv {arguments[0]} failed:\n{(done.stdout + done.stderr)[-_TOLD_CHARACTERS:]}")


def _stamp() -> str:
    return f"{hashlib.sha256(LOCKED.read_bytes()).hexdigest()} {ROOT}\n"


if __name__ == "__main__":
    sys.exit(main())
