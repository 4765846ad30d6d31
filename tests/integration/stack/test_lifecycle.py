import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from infra.local.databases import blocking
from infra.local.journal import Busy, Journal, locked
from infra.local.processes import MARK, ProcessRecord
from infra.local.settings import REPOSITORY, STATE_DIR_VARIABLE, isolated_settings
from infra.local.stack import NotOurs, PortsTaken, Stack

ONLY = ["postgres"]
"""One component stands for all: the rules are the same for each."""


@pytest.fixture
def stack() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="seikyu-test-") as directory:
        stack = Stack(isolated_settings(Path(directory) / "state"))
        yield stack
        stack.down()


def pids(stack: Stack) -> dict[str, int]:
    return {component.name: component.pid for component in stack.status() if component.pid}


def test_a_second_up_is_a_no_op(stack: Stack) -> None:
    assert stack.up(ONLY)
    before = pids(stack)

    assert not stack.up(ONLY)
    assert pids(stack) == before
    assert list(before) == ["postgres"]


def test_down_stops_what_up_started_and_a_second_down_finds_nothing(stack: Stack) -> None:
    stack.up(ONLY)

    assert stack.down() == ["postgres"]
    assert marked(stack.settings.state_dir) == []
    assert stack.down() == []


def test_down_leaves_a_process_alone_that_got_the_pid_of_one_of_ours(stack: Stack) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with locked(stack.settings.state_dir):
        journal = Journal(stack.settings.state_dir)
        journal.add(ProcessRecord(name="kafka", pid=bystander.pid, started_at=1.0))

    assert stack.down() == []
    assert bystander.poll() is None
    bystander.communicate(b"\n")


@pytest.mark.parametrize("delay_s", [0.9, 1.3, 1.7])
def test_an_up_that_was_killed_recovers(delay_s: float) -> None:
    with tempfile.TemporaryDirectory(prefix="seikyu-test-") as directory:
        stack = Stack(isolated_settings(Path(directory) / "state"))
        killed = subprocess.Popen(
            [sys.executable, "-m", "infra.local", "up", "postgres"],
            env={**os.environ, STATE_DIR_VARIABLE: str(stack.settings.state_dir)},
            cwd=REPOSITORY,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            killed.wait(delay_s)
        killed.kill()
        killed.wait()

        stack.up(ONLY)
        assert len(marked(stack.settings.state_dir)) == 1
        stack.down()


def test_a_process_that_was_started_but_never_written_down_is_found(stack: Stack) -> None:
    stack.up(ONLY)
    (stack.settings.state_dir / "stack.json").unlink()

    assert stack.down() == ["postgres"]
    assert marked(stack.settings.state_dir) == []


def test_a_component_that_was_killed_is_started_again_with_its_data(stack: Stack) -> None:
    stack.up(ONLY)
    dsn = stack.parts.postgres.database("claims").owner_dsn
    blocking(execute(dsn, "CREATE TABLE kept ()"))
    stack.kill_component("postgres")
    assert pids(stack) == {}

    assert stack.up(ONLY)
    blocking(execute(dsn, "SELECT * FROM kept"))


def test_a_port_in_use_is_named_with_its_owner(stack: Stack) -> None:
    port = stack.settings.kafka.port
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        with pytest.raises(PortsTaken) as refused:
            stack.up(["kafka"])

    assert f"port {port} for kafka is in use by" in str(refused.value)
    assert f"(pid {os.getpid()})" in str(refused.value)
    assert pids(stack) == {}


def test_two_commands_do_not_work_on_one_stack_at_once(stack: Stack) -> None:
    with locked(stack.settings.state_dir), pytest.raises(Busy, match=rf"another command \(pid {os.getpid()}\)"):
        stack.up(ONLY)


def test_clean_state_deletes_the_folder_and_stops_what_runs(stack: Stack) -> None:
    stack.up(ONLY)

    stack.clean()
    assert not stack.settings.state_dir.exists()
    assert marked(stack.settings.state_dir) == []


def test_clean_state_refuses_a_folder_that_no_stack_made(stack: Stack) -> None:
    stack.settings.state_dir.mkdir()
    precious = stack.settings.state_dir / "thesis.txt"
    precious.write_text("ten years of work")

    with pytest.raises(NotOurs):
        stack.clean()
    assert precious.exists()


def test_secrets_are_readable_by_their_owner_only(stack: Stack) -> None:
    stack.up(ONLY)

    state_dir = stack.settings.state_dir
    secrets = [state_dir / "credentials.json", state_dir / "client.env", *(state_dir / "tls").glob("*.key")]
    assert len(secrets) > 3
    assert {path.stat().st_mode & 0o777 for path in secrets} == {0o600}


def test_a_service_of_the_stack_cannot_connect_to_another_s_database(stack: Stack) -> None:
    stack.up(ONLY)
    dsn = stack.parts.postgres.database("claims").dsn

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
        blocking(execute(dsn.replace("/claims?", "/settlement?"), "SELECT 1"))


async def execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def marked(state_dir: Path) -> list[int]:
    """Processes of the state folder whose parent is not one of them."""
    found = {}
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(state_dir) and process.status() != psutil.STATUS_ZOMBIE:
                found[process.pid] = process.ppid()
        except psutil.Error:
            continue
    return [pid for pid, parent in found.items() if parent not in found]
