"""Processes that outlive the command which started them, known again by pid and start time.

A pid alone is not proof: the system gives it out again. So a record keeps when the process began, and each process
carries the state folder in its environment, by which one that was started but never written down is still found.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import psutil

MARK = "SEIKYU_STACK_STATE"
COMPONENT = "SEIKYU_STACK_COMPONENT"
START_TIME_TOLERANCE_S = 1.0
KILL_GRACE_S = 5.0
POLL_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRecord:
    """A process that this stack started. `started_at` is seconds since the epoch, as the system reports it."""

    name: str
    pid: int
    started_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How to start a process: its name, arguments, whole environment, log file, and the user when we are root."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log_file: Path
    working_dir: Path
    user: str | None = None


class StartFailed(Exception):
    """A component did not come up. The message names it, says why and where its log lies."""


def launch(command: Launch, state_dir: Path) -> ProcessRecord:
    """Start a process in a session of its own, so that the terminal's interrupt does not reach it."""
    command.log_file.parent.mkdir(parents=True, exist_ok=True)
    with command.log_file.open("ab") as log:
        process = subprocess.Popen(
            list(command.arguments),
            env={**command.environment, **marks(command.name, state_dir)},
            cwd=command.working_dir,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **as_user(command.user),
        )
    process.returncode = 0  # it is meant to outlive us; Popen would otherwise complain when it is forgotten
    return ProcessRecord(name=command.name, pid=process.pid, started_at=psutil.Process(process.pid).create_time())


def marks(name: str, state_dir: Path) -> dict[str, str]:
    """Variables by which `strays` knows a process, one that lives for a moment included."""
    return {MARK: str(state_dir), COMPONENT: name}


class UserSwitch(TypedDict, total=False):
    """What subprocess needs to become another user wholly: root's groups would otherwise stay and deny."""

    user: str
    group: str
    extra_groups: list[str]


def as_user(user: str | None) -> UserSwitch:
    """Arguments of subprocess that run a program as `user`; none for None."""
    return UserSwitch(user=user, group=user, extra_groups=[]) if user else UserSwitch()


def find(record: ProcessRecord) -> psutil.Process | None:
    """The recorded process if it still runs; a zombie or another process with its pid is None."""
    try:
        process = psutil.Process(record.pid)
        same = abs(process.create_time() - record.started_at) < START_TIME_TOLERANCE_S
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def strays(state_dir: Path, known: Iterable[ProcessRecord]) -> list[ProcessRecord]:
    """Processes of this state folder that nobody wrote down: their starter was killed in between."""
    known_pids = {record.pid for record in known if find(record)}
    found = []
    for process in psutil.process_iter():
        try:
            environment = process.environ() if process.pid not in known_pids else {}
            if environment.get(MARK) == str(state_dir) and process.status() != psutil.STATUS_ZOMBIE:
                name = environment.get(COMPONENT, "unknown")
                found.append(ProcessRecord(name=name, pid=process.pid, started_at=process.create_time()))
        except psutil.Error:
            continue
    pids = {record.pid for record in found} | known_pids
    return [record for record in found if _parent_pid(record.pid) not in pids]


def stop(record: ProcessRecord, *, with_signal: signal.Signals, grace_s: float) -> bool:
    """Ask the process to end, wait, and kill it when the grace is over; returns whether it ended by itself."""
    process = find(record)
    if process is None:
        return True
    children = _children(process)
    process.send_signal(with_signal)
    in_order = _gone(process, grace_s)
    if not in_order:
        process.kill()
        _gone(process, KILL_GRACE_S)
    for child in children:
        if child.is_running() and not _gone(child, 1.0):
            child.kill()
    return in_order


def kill(record: ProcessRecord) -> None:
    """Kill -9, and return once the process is gone."""
    process = find(record)
    if process is not None:
        process.kill()
        _gone(process, KILL_GRACE_S)


def port_owner(port: int) -> str | None:
    """Who listens on a loopback port: "java (pid 4711)", or None when it is free."""
    for connection in psutil.net_connections(kind="tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
            return _describe(connection.pid)
    return None


def log_tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log, for an error message."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _describe(pid: int | None) -> str:
    if pid is None:
        return "a process of another user"
    try:
        process = psutil.Process(pid)
        return f"{process.name()} (pid {pid}): {' '.join(process.cmdline())[:100]}"
    except psutil.Error:
        return f"pid {pid}"


def _parent_pid(pid: int) -> int | None:
    try:
        return psutil.Process(pid).ppid()
    except psutil.NoSuchProcess:
        return None


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _gone(process: psutil.Process, grace_s: float) -> bool:
    deadline = time.monotonic() + grace_s
    while time.monotonic() < deadline:
        _reap(process.pid)
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(POLL_S)
    return False


def _reap(pid: int) -> None:
    """Collect a child of ours that has ended; a process that somebody else started is not ours to collect."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
