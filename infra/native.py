"""`python -m infra.native`: the services with the rules of `claims` and of `coding` compiled by mypyc.

A no-op when nothing changed.

Makes a copy of `services` under build/native with the compiled modules beside their sources, so that a service started
there loads them, and one started here does not. The copy is named after the digest of all that stands in `services`:
once a source has changed there is none, and services run as plain Python until it is made again. Without a C compiler
nothing is made. SEIKYU_NATIVE=0 runs plain Python where there is a copy.
"""

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
BUILT: Final = ROOT / "build" / "native"
SERVICES: Final = ROOT / "services"
SWITCH: Final = "SEIKYU_NATIVE"
BUILD_TIMEOUT_S: Final = 1_800
OLD_AFTER_S: Final = 86_400.0
"""Copies that were replaced are kept for a day: a service may still run from one."""
_RECIPE: Final = Path(__file__).with_name("native_setup.py")
_DOMAIN: Final = SERVICES / "claims" / "domain"
_PATTERNS: Final = (
    "treatment.py",
    "examination.py",
    "adjudication.py",
    "arithmetic.py",
    "pricing/*.py",
    "edits/*.py",
    "share/*.py",
    *(
        f"uke/{name}.py"
        for name in (
            *("assess", "characters", "donor_rules", "draft", "facts", "facts_of", "form", "line_forms", "order"),
            *("payer_rules", "receipt_rules", "tally", "treatment_of", "wire"),
        )
    ),
)
"""The way of a receipt from its bytes to its decision, under services/claims/domain."""
_CODING: Final = SERVICES / "coding" / "domain"
_WORDS: Final = ("asides", "decompose", "gate", "heads", "normalise", "related", "rewriting", "written_forms")
"""What reads a mention word by word, under services/coding/domain. The rest of the coder works on arrays.

`words` and `master` are left out: mypyc makes a cached_property anew at each look.
"""
_PLAIN: Final = frozenset({"__init__.py", "edit.py"})
"""mypyc does not take an enum whose members carry more than a value (edits/edit.py)."""
_TOLD_CHARACTERS: Final = 4_000


class NativeFailed(Exception):
    """The modules could not be compiled; the message says why."""


def main(arguments: list[str]) -> int:
    """Make the copy, or tell with --where the folder that services are started in; returns the exit code."""
    if arguments == ["--where"]:
        sys.stdout.write(f"{native_tree() or ROOT}\n")
        return 0
    if not has_compiler():
        _say("no C compiler, or no headers of this Python here: the services run as plain Python")
        return 0
    try:
        ensure()
    except NativeFailed as failed:
        _say(str(failed))
        return 1
    return 0


def has_compiler() -> bool:
    """Whether the compiler that this Python was built with, or its successor by that name, and headers are at hand."""
    command = shlex.split(os.environ.get("CC") or str(sysconfig.get_config_var("CC") or "cc"))
    header = Path(sysconfig.get_paths()["include"], "Python.h")
    return shutil.which(command[0]) is not None and header.exists()


def native_tree() -> Path | None:
    """The folder to start services in: made from the sources of now, and not switched off. Else None."""
    if os.environ.get(SWITCH) == "0" or not BUILT.exists():
        return None
    tree = BUILT / _digest(_sources())
    return tree if tree.exists() else None


def ensure() -> Path:
    """Make the copy of the sources of now unless it is there. Raises NativeFailed."""
    tree = BUILT / _digest(_sources())
    if not tree.exists():
        compiled = _compiled()
        with tempfile.TemporaryDirectory(dir=BUILT, prefix="copying-") as folder:
            made = Path(folder) / "tree"
            shutil.copytree(SERVICES, made / "services", ignore=shutil.ignore_patterns("__pycache__"))
            shutil.copytree(compiled, made, dirs_exist_ok=True)
            made.rename(tree)
        _forget_old(tree, compiled)
        _say("ready")
    return tree


def modules() -> list[Path]:
    """What is compiled, in order."""
    return [path for group in _groups() for path in group]


def _groups() -> list[list[Path]]:
    """The modules of each service: they become one library each, so that none loads another's."""
    found = {path for pattern in _PATTERNS for path in _DOMAIN.glob(pattern)}
    claims = sorted(path for path in found if path.name not in _PLAIN)
    return [claims, [_CODING / f"{name}.py" for name in _WORDS]]


def _compiled() -> Path:
    """The compiled modules of these sources, in folders like theirs; kept for copies in which only the rest changed."""
    folders = (_DOMAIN, _CODING, SERVICES / "shared" / "kernel")
    rules = [*(path for folder in folders for path in folder.rglob("*.py")), _RECIPE, Path(__file__)]
    objects = BUILT / f"modules-{_digest(rules)}"
    if objects.exists():
        return objects
    BUILT.mkdir(parents=True, exist_ok=True)
    _say(f"compiling {len(modules())} modules, two minutes or so")
    with tempfile.TemporaryDirectory(dir=BUILT, prefix="compiling-") as folder:
        work = Path(folder)
        shutil.copytree(SERVICES, work / "services", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "protos" / "gen", work / "protos" / "gen")
        shutil.copy(ROOT / "pyproject.toml", work)
        _build(work)
        made = work / "made"
        for path in work.glob("*.so"):
            _move(path, made / path.name)
        for path in work.glob("services/**/*.so"):
            _move(path, made / path.relative_to(work))
        made.rename(objects)
    return objects


def _build(work: Path) -> None:
    groups = ["\n".join(str(path.relative_to(ROOT)) for path in group) for group in _groups()]
    done = subprocess.run(
        [sys.executable, str(_RECIPE), "build_ext", "--inplace"],
        cwd=work,
        env={**os.environ, "PYTHONPATH": str(work), "SEIKYU_NATIVE_MODULES": "\n\n".join(groups)},
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_TIMEOUT_S,
    )
    if done.returncode:
        raise NativeFailed((done.stdout + done.stderr)[-_TOLD_CHARACTERS:])


def _move(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    path.rename(target)


def _forget_old(*kept: Path) -> None:
    for path in BUILT.iterdir():
        if path not in kept and time.time() - path.stat().st_mtime > OLD_AFTER_S:
            shutil.rmtree(path, ignore_errors=True)


def _sources() -> Iterable[Path]:
    return (path for path in SERVICES.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _digest(paths: Iterable[Path]) -> str:
    """Of the files' places and contents, and of what compiles and runs them."""
    tools = f"{version('mypy')} {version('setuptools')} {sys.version} {sysconfig.get_platform()}"
    digest = hashlib.sha256(tools.encode())
    for path in sorted(paths):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"\n{path.relative_to(ROOT)} {content}".encode())
    return digest.hexdigest()[:16]


def _say(text: str) -> None:
    sys.stderr.write(f"native: {text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
