"""One request to the model's server and its bytes back: a deadline, one retry, nothing followed, nothing logged."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import aiohttp

from services.coding.adapters.adviser.answering import MAX_ANSWER_BYTES
from services.coding.adapters.adviser.egress import Endpoint
from services.coding.adapters.adviser.prompting import check_body

TOTAL_S: Final = 8.0
LONGEST_RETRY_AFTER_S: Final = 4.0
FIRST_PAUSE_S: Final = 0.1
RETRIED: Final = frozenset({429, 502, 503, 504})
HTTP_OK: Final = 200

Sleep = Callable[[float], Awaitable[None]]


class ModelUnreachable(Exception):
    """No answer: the network, the deadline, or a server that is busy. `kind` may stand on a metric."""

    def __init__(self, kind: str) -> None:
        """`kind`: a constant of this code."""
        super().__init__(kind)
        self.kind = kind


class RequestRefused(Exception):
    """The server answered and did not take the request: it may not understand its form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """Sends bodies to one endpoint. `credential` is the Authorization header, or empty."""

    session: aiohttp.ClientSession
    endpoint: Endpoint
    model: str
    credential: str
    jitter: Callable[[], float]
    sleep: Sleep = asyncio.sleep
    total_s: float = TOTAL_S

    async def send(self, body: bytes) -> bytes:
        """The answer's bytes, tried twice at most, both within the deadline.

        Raises BodyRefused, before anything is opened; ModelUnreachable; RequestRefused.
        """
        check_body(body, model=self.model)
        try:
            async with asyncio.timeout(self.total_s):
                try:
                    return await self._post(body)
                except _Again as again:
                    await self.sleep(again.after_s + FIRST_PAUSE_S * self.jitter())
                return await self._post(body)
        except _Again as again:
            raise ModelUnreachable(again.kind) from again
        except TimeoutError as late:
            raise ModelUnreachable("timeout") from late
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            raise ModelUnreachable("connection") from fault

    async def _post(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json; charset=utf-8", "Accept-Encoding": "identity"}
        if self.credential:
            headers["Authorization"] = self.credential
        try:
            async with self.session.post(
                self.endpoint.url, data=body, headers=headers, allow_redirects=False
            ) as response:
                if response.status in RETRIED:
                    raise _Again(f"http_{response.status}", _pause(response.headers.get("Retry-After", "")))
                if response.status != HTTP_OK:
                    raise RequestRefused
                return await _read(response)
        except (aiohttp.ServerDisconnectedError, ConnectionResetError, aiohttp.ClientOSError) as lost:
            if isinstance(lost, aiohttp.ClientConnectorError):
                raise
            raise _Again("reset", 0.0) from lost


class _Again(Exception):
    def __init__(self, kind: str, after_s: float) -> None:
        super().__init__(kind)
        self.kind = kind
        self.after_s = after_s


def _pause(retry_after: str) -> float:
    """Seconds that the server asks for, where it says so in seconds; no longer than is worth waiting."""
    if not (retry_after.isascii() and retry_after.isdigit()):
        return 0.0
    return min(float(retry_after[:4]), LONGEST_RETRY_AFTER_S)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, or more than may be read of it; a compressed one is left as it is and will not parse."""
    parts = bytearray()
    async for part in response.content.iter_chunked(MAX_ANSWER_BYTES):
        parts += part
        if len(parts) > MAX_ANSWER_BYTES:
            break
    return bytes(parts)
