"""A real language model's server on loopback: llama.cpp with a model that knows nothing. Stopped when it is left.

Its environment is made by `python -m infra.engine`. Without it the asking test is skipped, or fails where
SEIKYU_REQUIRE_ENGINE is set.
"""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra import engine
from infra.local.settings import REPOSITORY, free_ports
from tests.support.recording_model import RecordingModel, Reply, data_of, recording_model
from tests.support.waiting import wait_until

START_S = 60.0
STOP_S = 10.0
ANSWER_S = 30.0
MODEL = "tiny"
OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A server that answers; `base_url` as a setting would name it."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


@contextlib.contextmanager
def running_engine(folder: Path) -> Iterator[Engine]:
    """Write the model into the folder, serve it, and stop the server at the end, whatever happened."""
    _require()
    model, log = folder / "tiny.gguf", folder / "engine.log"
    script = REPOSITORY / "tests" / "support" / "tiny_gguf.py"
    subprocess.run([engine.ENGINE_PYTHON, script, model], check=True, timeout=START_S, capture_output=True)
    port = free_ports(1)[0]
    command = [engine.ENGINE_PYTHON, "-m", "llama_cpp.server", "--model", model, "--model_alias", MODEL]
    command += ["--host", "127.0.0.1", "--port", str(port), "--n_ctx", "4096", "--n_threads", "1", "--seed", "7"]
    with log.open("wb") as told:
        process = subprocess.Popen([str(word) for word in command], stdout=told, stderr=subprocess.STDOUT, cwd=folder)
    try:
        _wait_for(process, port, log)
        yield Engine(port=port, process=process)
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overheard:
    """What was said between who asks and the engine: the requests, and what came back to each."""

    asked: RecordingModel
    answered: list[Reply]

    @property
    def picks(self) -> list[tuple[str, list[str]]]:
        """What the engine picked, beside what it was allowed to pick."""
        return [
            (str(json.loads(_content(reply))["pick"]), _allowed(body))
            for body, reply in zip(self.asked.bodies, self.answered, strict=True)
            if reply.status == OK
        ]


@contextlib.asynccontextmanager
async def overheard(engine_asked: Engine) -> AsyncIterator[Overheard]:
    """A server that passes every request on to the engine and keeps each byte that it was sent."""
    answered: list[Reply] = []

    async def passed_on(body: dict[str, Any], _number: int) -> Reply:
        answered.append(await asyncio.to_thread(_posted, engine_asked.port, json.dumps(body).encode()))
        return answered[-1]

    async with recording_model(passed_on) as model:
        yield Overheard(asked=model, answered=answered)


def is_answering(port: int) -> bool:
    """Whether anything takes connections there."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
        return True
    return False


def _require() -> None:
    if engine.is_ready():
        return
    reason = "the engine is not built; `make test-model` builds it"
    if os.environ.get("SEIKYU_REQUIRE_ENGINE"):
        pytest.fail(reason)
    pytest.skip(reason)


def _posted(port: int, body: bytes) -> Reply:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/chat/completions", data=body, headers={"Content-Type": "application/json"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=ANSWER_S) as answer:
            return Reply(status=answer.status, body=answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return Reply(status=refused.code, body=refused.read())


def _content(reply: Reply) -> str:
    return str(json.loads(reply.body)["choices"][0]["message"]["content"])


def _allowed(body: dict[str, Any]) -> list[str]:
    return [*(each["id"] for each in data_of(body)["candidates"]), "none"]


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    wait_until(lambda: process.poll() is not None or is_answering(port))
    if process.poll() is not None:
        pytest.fail(f"the engine did not start:\n{log.read_text(errors='replace')[-2_000:]}")
