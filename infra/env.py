"""Makes `.venv` from the hash-locked list, with `seikyu` in it. Runs on a bare Python 3.11 or newer; a no-op when done.

    python3 infra/env.py           make or update the environment
    python3 infra/env.py --lock    resolve requirements/*.txt anew from pyproject.toml

pip installs uv by its hash, uv installs the rest by theirs; where uv cannot reach what pip can, pip does it all.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMP = VENV / ".seikyu-stamp"
REQUIREMENTS = ROOT / "requirements"
LOCKED = REQUIREMENTS / "dev.txt"
BOOTSTRAP = REQUIREMENTS / "bootstrap.txt"
OLDEST = (3, 11)
INSTALL_TIMEOUT_S = 1800
NEEDS_VENV = """\
this Python cannot make virtual environments: its ensurepip module is missing.
  Debian, Ubuntu: apt-get install python3-venv        Or choose another: make env PYTHON=/path/to/python3.11"""


class EnvironmentFailed(Exception):
    """The environment could not be made; the message says what to do."""


def main(arguments: list[str]) -> int:
    """Make the environment, or the lock files with --lock; returns the exit code."""
    try:
        if arguments == ["--lock"]:
            lock()
        elif arguments:
            raise EnvironmentFailed(f"unknown argument {arguments[0]}; see {Path(__file__).name}")
        else:
            ensure()
    except EnvironmentFailed as failed:
        sys.stderr.write(f"make env: {failed}\n")
        return 1
    return 0


def ensure() -> None:
    """Make or update `.venv` unless its stamp says that nothing changed."""
    if sys.version_info < OLDEST:
        raise EnvironmentFailed(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}")
    wanted = _stamp()
    if STAMP.exists() and STAMP.read_text() == wanted and (BIN / "python").exists():
        return
    _make_venv()
    _say("installing the locked packages")
    if not (_pip("--requirement", str(BOOTSTRAP), "--require-hashes") and _uv_install()):
        _say("uv could not; installing with pip")
        if not _pip("--requirement", str(LOCKED), "--require-hashes", tell=True):
            raise EnvironmentFailed("the locked packages could not be installed; see above")
    if not _pip("--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT), tell=True):
        raise EnvironmentFailed("seikyu itself could not be installed; see above")
    STAMP.write_text(wanted)
    _say("ready")


def lock() -> None:
    """Resolve the lock files anew: versions and hashes, no address of any index."""
    for name, extras in (("runtime", ()), ("dev", ("local", "dev"))):
        _compile(ROOT / "pyproject.toml", REQUIREMENTS / f"{name}.txt", extras)
    _compile(REQUIREMENTS / "bootstrap.in", BOOTSTRAP, ())
    _compile(REQUIREMENTS / "engine.in", REQUIREMENTS / "engine.txt", ())


def _compile(source: Path, target: Path, extras: tuple[str, ...]) -> None:
    command = [str(BIN / "uv"), "pip", "compile", str(source.relative_to(ROOT)), "--output-file", str(target)]
    command += ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--quiet"]
    command += ["--no-emit-find-links", "--custom-compile-command", "make lock"]
    command += [word for extra in extras for word in ("--extra", extra)]
    if subprocess.run(command, cwd=ROOT, check=False, timeout=INSTALL_TIMEOUT_S).returncode:
        raise EnvironmentFailed(f"{target.name} could not be resolved; see above")
    _say(f"{target.relative_to(ROOT)} resolved")


def _stamp() -> str:
    content = b"".join(path.read_bytes() for path in (LOCKED, BOOTSTRAP, ROOT / "pyproject.toml"))
    return f"{hashlib.sha256(content).hexdigest()} {ROOT}\n"


def _make_venv() -> None:
    if (BIN / "python").exists() and _works():
        return
    if VENV.exists():
        shutil.rmtree(VENV)
    _say(f"making {VENV.name} with Python {sys.version.split()[0]}")
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise EnvironmentFailed(NEEDS_VENV if "ensurepip" in made.stdout + made.stderr else made.stderr[-500:])


def _works() -> bool:
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([str(BIN / "python"), "-c", probe], capture_output=True, check=False).returncode == 0


def _pip(*arguments: str, tell: bool = False) -> bool:
    """Whether pip could install; what it says is passed on only when it could not and `tell` asks for it."""
    command = [str(BIN / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=INSTALL_TIMEOUT_S)
    if done.returncode and tell:
        sys.stderr.write(done.stdout + done.stderr)
    return done.returncode == 0


def _uv_install() -> bool:
    command = [str(BIN / "uv"), "pip", "install", "--quiet", "--python", str(BIN / "python"), "--require-hashes"]
    done = subprocess.run(
        [*command, "--requirement", str(LOCKED)],
        cwd=ROOT,
        env=uv_environment(),
        capture_output=True,
        check=False,
        timeout=INSTALL_TIMEOUT_S,
    )
    return done.returncode == 0


def uv_environment() -> dict[str, str]:
    """What a machine tells pip about indexes, told to uv as well, which does not read pip's settings."""
    told = {"UV_LINK_MODE": "copy", **os.environ}
    for pip_name, uv_name in (
        ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
        ("PIP_EXTRA_INDEX_URL", "UV_INDEX"),
        ("PIP_FIND_LINKS", "UV_FIND_LINKS"),
        ("PIP_CERT", "SSL_CERT_FILE"),
    ):
        if pip_name in os.environ and uv_name not in os.environ:
            told[uv_name] = os.environ[pip_name]
    return told


def _say(what: str) -> None:
    sys.stderr.write(f"env: {what}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
