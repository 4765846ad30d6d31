"""`make demo` as somebody at a terminal sees it: the trace page stays up until Enter, and Ctrl-C stops everything."""

import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.demo.data import CASES
from infra.local.settings import REPOSITORY, STATE_DIR_VARIABLE
from tests.integration.stack.test_lifecycle import marked

QUESTION = "press Enter"
FINISHED = "Everything expected came"
WITHIN_S = 100.0
ENTER, CTRL_C = b"\n", b"\x03"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A pseudo terminal with the demo in its foreground."""

    def __init__(self, main_end: int) -> None:
        self._main_end = main_end
        self.shown = ""

    def read_until(self, text: str) -> None:
        """Return once the terminal shows the text; AssertionError when it does not in time."""
        deadline = time.monotonic() + WITHIN_S
        while text not in self.shown:
            assert self._read(deadline - time.monotonic()), f"{text!r} was never shown: {self.shown[-2_000:]}"

    def read_to_the_end(self) -> None:
        """Return once the program has let go of the terminal."""
        while self._read(WITHIN_S):
            pass

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._main_end, keys)

    def _read(self, within_s: float) -> bool:
        ready, _, _ = select.select([self._main_end], [], [], max(0.0, within_s))
        try:
            piece = os.read(self._main_end, 65_536) if ready else b""
        except OSError:  # Linux says so when the other end is closed
            return False
        self.shown += ESCAPES.sub("", piece.decode("utf-8", "replace"))
        return bool(piece)


@contextmanager
def demo_at_a_terminal(state_dir: Path) -> Iterator[tuple[subprocess.Popen[bytes], Terminal]]:
    main_end, program_end = pty.openpty()
    environment = {**os.environ, STATE_DIR_VARIABLE: str(state_dir), "TERM": "xterm", "COLUMNS": "160", "LINES": "50"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.at_a_terminal", "-m", "infra.demo"],
        stdin=program_end,
        stdout=program_end,
        stderr=program_end,
        cwd=REPOSITORY,
        env=environment,
        start_new_session=True,
    )
    os.close(program_end)
    try:
        yield process, Terminal(main_end)
    finally:
        process.kill()
        process.wait()
        os.close(main_end)


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """A folder whose name is short enough for PostgreSQL's socket."""
    with tempfile.TemporaryDirectory(prefix="seikyu-demo-") as directory:
        yield Path(directory)


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("keys", "exit_code"), [(ENTER, 0), (CTRL_C, 130)], ids=["Enter", "Ctrl-C"])
def test_the_trace_page_stays_up_until_a_key_stops_everything(keys: bytes, exit_code: int, state_dir: Path) -> None:
    with demo_at_a_terminal(state_dir) as (process, terminal):
        terminal.read_until(QUESTION)
        page = re.search(r"trace page: (http://127\.0\.0\.1:\d+)/zipkin/traces/([0-9a-f]{32})", terminal.shown)
        assert page is not None
        with urllib.request.urlopen(f"{page[1]}/api/v2/trace/{page[2]}", timeout=10) as answer:
            assert answer.status == 200
        terminal.press(keys)
        terminal.read_to_the_end()
        process.wait(WITHIN_S)

    assert process.returncode == exit_code
    assert FINISHED in terminal.shown
    assert f"{len(CASES)} receipts" in terminal.shown
    assert "Traceback" not in terminal.shown
    assert marked(state_dir / "demo") == []


@pytest.mark.timeout(240)
def test_ctrl_c_while_it_starts_stops_what_was_started(state_dir: Path) -> None:
    with demo_at_a_terminal(state_dir) as (process, terminal):
        terminal.read_until("kafka")
        terminal.press(CTRL_C)
        terminal.read_to_the_end()
        process.wait(WITHIN_S)

    assert process.returncode == 130
    assert "Traceback" not in terminal.shown
    assert marked(state_dir / "demo") == []
