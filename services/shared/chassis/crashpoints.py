"""Named places where a test can kill the process exactly.

`SEIKYU_CRASHPOINT="claims.intake.after-commit"` kills at the first passage, `...:3` at the third. The name is written
to `SEIKYU_CRASHPOINT_FILE` before the process kills itself with SIGKILL, so a test can assert that it was reached.
Unarmed, a passage is one function call and one comparison.
"""

import os
import signal
from pathlib import Path

_ARMED, _, _NTH = os.environ.get("SEIKYU_CRASHPOINT", "").partition(":")
_passages_left = int(_NTH or "1")


def crashpoint(name: str) -> None:
    """Die here, as if the power had gone, when `name` is the armed point and this is its nth passage."""
    if name != _ARMED:
        return
    global _passages_left  # noqa: PLW0603 - a process dies once; the countdown is the process's own
    _passages_left -= 1
    if _passages_left == 0:
        _die(name)


def _die(name: str) -> None:
    record = os.environ.get("SEIKYU_CRASHPOINT_FILE")
    if record:
        with Path(record).open("a", encoding="utf-8") as file:
            file.write(f"{name}\n")
            file.flush()
            os.fsync(file.fileno())
    os.kill(os.getpid(), signal.SIGKILL)
