"""Which processes a stack consists of: `<state>/stack.json`, written as each of them starts, and one lock per stack."""

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from infra.local.credentials import write_private
from infra.local.processes import ProcessRecord, find

STATE_MARK = ".seikyu-state"


class Busy(Exception):
    """Another command works on the same stack."""


class Journal:
    """The records of a stack. Safe to use from several threads of one command."""

    def __init__(self, state_dir: Path) -> None:
        """Reads what an earlier command wrote."""
        self._path = state_dir / "stack.json"
        self._guard = threading.Lock()
        kept = json.loads(self._path.read_text()) if self._path.exists() else {}
        self.complete = bool(kept.get("complete"))
        """Whether the last `up` went to its end."""
        self._records = {entry["name"]: ProcessRecord(**entry) for entry in kept.get("processes", [])}

    @property
    def records(self) -> list[ProcessRecord]:
        """Everything written down, alive or not, in the order of starting."""
        return list(self._records.values())

    def alive(self, name: str) -> ProcessRecord | None:
        """The component's record if its process runs."""
        record = self._records.get(name)
        return record if record and find(record) else None

    def add(self, record: ProcessRecord) -> None:
        """Write a process down; from here on `down` will find it."""
        with self._guard:
            self._records.pop(record.name, None)
            self._records[record.name] = record
            self._write()

    def remove(self, name: str) -> None:
        """Forget a process that was stopped."""
        with self._guard:
            self._records.pop(name, None)
            self._write()

    def clear(self) -> None:
        """Forget everything: nothing of this stack runs."""
        with self._guard:
            self._records.clear()
            self.complete = False
            self._write()

    def mark(self, *, complete: bool) -> None:
        """Say whether everything is up."""
        with self._guard:
            self.complete = complete
            self._write()

    def _write(self) -> None:
        kept = {"complete": self.complete, "processes": [asdict(record) for record in self._records.values()]}
        write_private(self._path, json.dumps(kept, indent=1).encode())


@contextmanager
def locked(state_dir: Path) -> Iterator[None]:
    """One command at a time; the system frees the lock of a command that was killed. Raises Busy."""
    state_dir.mkdir(parents=True, exist_ok=True)
    (state_dir / STATE_MARK).touch()
    with (state_dir / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Busy(f"another command (pid {file.read().strip() or 'unknown'}) works on {state_dir}") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
