"""The JSON schema of AsyncAPI 3, from the npm package of those who publish it; no Python package carries it.

Fetched once into .venv by the machine's npm, locked by hash in requirements/npm. Without npm the test that needs it is
skipped, and fails where SEIKYU_REQUIRE_NPM is set.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

LOCKED: Final = Path(__file__).resolve().parents[2] / "requirements" / "npm"
SCHEMA: Final = Path("node_modules", "@asyncapi", "specs", "schemas", "3.0.0-without-$id.json")
TIMEOUT_S: Final = 120


def asyncapi_schema() -> Path:
    """The schema's file."""
    locked = [LOCKED / name for name in ("package.json", "package-lock.json")]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in locked)).hexdigest()[:16]
    folder = Path(sys.prefix) / f"npm-{digest}"
    if not (folder / SCHEMA).exists():
        _fetch(folder, locked)
    return folder / SCHEMA


def _fetch(folder: Path, locked: list[Path]) -> None:
    npm = shutil.which("npm")
    if npm is None:
        _missing("npm, which fetches the schema of AsyncAPI, is not on this machine")
        return
    folder.mkdir(exist_ok=True)
    for path in locked:
        shutil.copy(path, folder)
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts"], cwd=folder, capture_output=True, text=True, check=False, timeout=TIMEOUT_S
    )
    if done.returncode:
        pytest.fail(f"npm ci: {done.stderr[-1_000:]}")


def _missing(reason: str) -> None:
    if os.environ.get("SEIKYU_REQUIRE_NPM"):
        pytest.fail(reason)
    pytest.skip(reason)
