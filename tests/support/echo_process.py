"""The echo service as a process of its own on the whole chassis: `python -m tests.support.echo_process`.

ECHO_CRASH makes one of its components raise once the first call came, to show what becomes of the process; ECHO_DEAF
makes it go on whatever it is told, ECHO_BLOCK stops the whole event loop when it is told to end.
"""

import asyncio
import os
import threading
from contextlib import suppress

from services.shared.chassis.grpc_server import RpcSurface
from services.shared.chassis.service import Chassis, Components, Service, run_service
from services.shared.chassis.settings import ServiceSettings
from tests.support.echo_service import ACCESS, NAME, EchoServicer, Spoken


class Component:
    """Runs until it is stopped, or crashes when it is told to."""

    def __init__(self) -> None:
        self.stopped = asyncio.Event()
        self.called = asyncio.Event()

    async def run(self) -> None:
        if os.environ.get("ECHO_CRASH"):
            await self.called.wait()
            raise RuntimeError("told to crash")
        await self.stopped.wait()
        if os.environ.get("ECHO_BLOCK"):
            threading.Event().wait()
        while os.environ.get("ECHO_DEAF"):
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()

    def stop(self) -> None:
        self.stopped.set()


async def assemble(chassis: Chassis[ServiceSettings]) -> Components:
    """One component and the echo service."""
    component = Component()

    async def say(word: Spoken) -> Spoken:
        component.called.set()
        with chassis.telemetry.child_span("say", attributes={"seikyu.claims": 1}):
            return word

    surface = RpcSurface(register=EchoServicer(say=say).register, names=[NAME], access=ACCESS)
    return Components(rpc=surface, background=[component])


if __name__ == "__main__":
    run_service(Service(name="edge", settings=ServiceSettings, assemble=assemble))
