"""`seikyu model try` as an operator runs it, against a server on loopback."""

import asyncio
import os
import sys

import pytest

from infra.local.settings import REPOSITORY
from tests.support.recording_model import Reply, Script, is_canary, picking, recording_model

PROGRAM = "from services.coding.entrypoints.model import model; model(prog_name='seikyu model')"


async def ran(
    base_url: str, hosts: str = "127.0.0.1", command: tuple[str, ...] = ("-c", PROGRAM, "try")
) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=REPOSITORY,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'protos' / 'gen'}",
            "SEIKYU_CODING_MODEL_BASE_URL": base_url,
            "SEIKYU_CODING_MODEL_HOSTS": hosts,
            "SEIKYU_CODING_MODEL_NETWORKS": "127.0.0.0/8",
            "SEIKYU_CODING_MODEL_PLAIN_LOOPBACK": "true",
            "SEIKYU_CODING_MODEL_NAME": "tiny",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


@pytest.mark.parametrize(
    ("script", "code", "told"),
    [
        (picking("急性上気道炎"), 0, "tiny: answers within the rules (json_schema_logprobs)"),
        (lambda _body, _number: Reply(status=500), 1, "tiny: does not answer within the rules"),
    ],
)
async def test_a_trial_tells_what_the_server_understands(script: Script, code: int, told: str) -> None:
    async with recording_model(script) as model:
        ended, out = await ran(model.base_url)

    assert ended == code
    assert told in out
    assert all(map(is_canary, model.bodies))


async def test_a_trial_goes_nowhere_unlisted() -> None:
    async with recording_model(picking("急性上気道炎")) as model:
        ended, out = await ran(model.base_url, hosts="model.example")

    assert ended == 78
    assert "not on the list of hosts" in out
    assert model.connections == 0


async def test_without_a_model_there_is_nothing_to_try() -> None:
    ended, out = await ran("")

    assert ended == 2
    assert "names no model" in out


async def test_the_service_does_not_start_with_an_address_that_is_not_listed() -> None:
    ended, out = await ran("https://evil.example/v1", command=("-m", "services.coding.entrypoints.main"))

    assert ended == 78
    assert "SEIKYU_CODING_MODEL_BASE_URL is refused: its host is not on the list of hosts" in out
    assert "evil" not in out
