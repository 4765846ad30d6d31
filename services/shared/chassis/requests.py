"""Operator commands take effect once. Owns the request log: same id and content, first answer; other content, conflict.

    async with database.transaction() as tx:
        return await answer_once(tx, request, EnrolHospitalResponse, perform=lambda: enrol(tx, request))

The log's rows are written in the transaction of the command's effect. They hold digests of the request, never its
content; the response is kept, so a command must not answer with a secret or with personal data.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import asyncpg
from google.protobuf.message import Message

ResponseT = TypeVar("ResponseT", bound=Message)


class HoldsConnection(Protocol):
    """The part of the chassis' transaction that the request log needs."""

    @property
    def connection(self) -> asyncpg.Connection:  # noqa: D102
        ...


async def answer_once(
    tx: HoldsConnection,
    request: Message,
    response_type: type[ResponseT],
    *,
    perform: Callable[[], Awaitable[ResponseT]],
) -> ResponseT:
    """Perform the command, or give the answer that the same request got before.

    The request has a field `request_id`; the key is (caller, method, request_id) of the call under way. Two calls with
    one id at the same time wait for each other.

    Raises:
        RpcRefusal: ALREADY_EXISTS naming the fields whose content differs from the first request's.
    """
    raise NotImplementedError
