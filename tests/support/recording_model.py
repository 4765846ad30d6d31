"""A model's server on loopback that keeps every byte it is sent and answers by a script, honest or hostile."""

import asyncio
import contextlib
import inspect
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the server does with a request: `drop` closes without an answer, `hold` never answers."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    drop: bool = False
    hold: bool = False


Script = Callable[[dict[str, Any], int], Reply]
"""A request's body and its number, from 0."""
SlowScript = Callable[[dict[str, Any], int], Awaitable[Reply]]
"""The same for who has to ask somebody else first."""


def chat(content: str, **choice: Any) -> Reply:  # noqa: ANN401 - whatever a server might put there
    answer = {
        "model": "told",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop", **choice}
        ],
        "usage": {"prompt_tokens": 100, "completion_tokens": 8},
    }
    return Reply(body=json.dumps(answer, ensure_ascii=False).encode())


def picking(name: str) -> Script:
    """A model that picks the candidate of that name, else none."""

    def answer(body: dict[str, Any], _number: int) -> Reply:
        ids = {each["name"]: each["id"] for each in data_of(body)["candidates"]}
        return chat(json.dumps({"pick": ids.get(name, "none")}))

    return answer


def data_of(body: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(body["messages"][1]["content"])
    return data


def is_canary(body: dict[str, Any]) -> bool:
    return bool(data_of(body)["mention"] == "かぜ")


@dataclass(slots=True)
class RecordingModel:
    """`raw` is every byte of every connection; `bodies` the requests' bodies."""

    script: Script | SlowScript
    port: int = 0
    raw: bytearray = field(default_factory=bytearray)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    connections: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def questions(self) -> list[dict[str, Any]]:
        """What was asked beside the canaries."""
        return [body for body in self.bodies if not is_canary(body)]

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.raw += head
                body = await reader.readexactly(_length(head))
                self.raw += body
                self.heads.append(head.decode())
                self.bodies.append(json.loads(body))
                said = self.script(self.bodies[-1], len(self.bodies) - 1)
                reply = await said if inspect.isawaitable(said) else said
                if reply.hold:
                    await reader.read()
                    break
                if reply.drop:
                    break
                writer.write(_written(reply))
                await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def recording_model(
    script: Script | SlowScript, tls: ssl.SSLContext | None = None
) -> AsyncIterator[RecordingModel]:
    model = RecordingModel(script)
    server = await asyncio.start_server(model.serve, "127.0.0.1", 0, ssl=tls)
    model.port = server.sockets[0].getsockname()[1]
    try:
        yield model
    finally:
        server.close()
        for writer in model.writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


def _length(head: bytes) -> int:
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    return 0


def _written(reply: Reply) -> bytes:
    headers = "".join(f"{name}: {value}\r\n" for name, value in reply.headers)
    return f"HTTP/1.1 {reply.status} X\r\nContent-Length: {len(reply.body)}\r\n{headers}\r\n".encode() + reply.body
