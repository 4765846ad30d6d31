"""Around every call: its span, its measures, the gate, the field rules, and the one way to say no.

One interceptor serves unary and streaming methods alike. A call runs in a task of its own, so the context variables it
sets end with it. What a handler raises becomes a status: RpcRefusal as it says, TransientFault UNAVAILABLE, a text that
the database does not keep INVALID_ARGUMENT, anything else INTERNAL with the trace id; the log has the type and the
frames.
"""

import asyncio
import contextlib
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Final, TypeAlias, cast

import grpc
import grpc.aio
from google.protobuf.message import Message
from typing_extensions import override

from services.shared.chassis.access import STANDARD_ACCESS, MethodAccess
from services.shared.chassis.gate import Gate
from services.shared.chassis.inbound import Context, Inbound
from services.shared.chassis.logs import get_logger
from services.shared.chassis.postgres import TransientFault, UnwritableText
from services.shared.chassis.rpc_errors import RpcRefusal, internal, invalid, unavailable
from services.shared.chassis.telemetry import Telemetry
from services.shared.chassis.validation import check_request

# grpc declares its handlers generically over the wire's messages, so Any is the type of a message here.
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Continuation: TypeAlias = "Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]]"

RETRY_AFTER_S: Final = 1.0
LAST_WORD_S: Final = 0.2
"""How long a watch may still write what it has learnt of the drain itself (health's NOT_SERVING)."""

_log = get_logger(__name__)


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Puts the chassis around each handler. One per server."""

    def __init__(self, gate: Gate, telemetry: Telemetry) -> None:
        """`draining` is set when the server goes down; streams that would never end, end then."""
        self._gate = gate
        self._telemetry = telemetry
        self._wrapped: dict[str, Handler] = {}
        self._under_way = {True: 0, False: 0}
        self.draining = asyncio.Event()

    @property
    def calls_under_way(self) -> int:
        """Calls that have begun and not ended, on both ports."""
        return sum(self._under_way.values())

    @override
    async def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> "Handler | None":
        """The method's handler within the chassis; none where nobody offers the method."""
        method = handler_call_details.method
        if method not in self._wrapped:
            handler = await continuation(handler_call_details)
            if handler is None:
                return None
            self._wrapped[method] = self._around(method, handler)
        return self._wrapped[method]

    def _around(self, method: str, handler: Handler) -> Handler:
        wire = (handler.request_deserializer, handler.response_serializer)
        if handler.unary_unary is not None:
            return grpc.unary_unary_rpc_method_handler(self._answer(method, handler.unary_unary), *wire)
        if handler.stream_unary is not None:
            return grpc.stream_unary_rpc_method_handler(self._answer(method, handler.stream_unary), *wire)
        if handler.unary_stream is not None:
            return grpc.unary_stream_rpc_method_handler(self._stream(method, handler.unary_stream), *wire)
        both_stream = cast("Callable[..., Any]", handler.stream_stream)
        return grpc.stream_stream_rpc_method_handler(self._stream(method, both_stream), *wire)

    def _answer(self, method: str, behaviour: Callable[..., Any]) -> Callable[..., Any]:
        async def answer(request: Any, context: Context) -> Any:  # noqa: ANN401 - the wire's messages
            async with self._call(method, context, is_unary=isinstance(request, Message)):
                return await behaviour(_checked(method, request), context)

        return answer

    def _stream(self, method: str, behaviour: Callable[..., Any]) -> Callable[..., Any]:
        async def stream(request: Any, context: Context) -> AsyncGenerator[Any]:  # noqa: ANN401 - the wire's messages
            async with self._call(method, context, is_unary=False) as row:
                answers = behaviour(_checked(method, request), context)
                async for answer in self._each_until_drain(answers) if row.ends_at_drain else answers:
                    yield answer

        async def write(request: Any, context: Context) -> None:  # noqa: ANN401 - the wire's messages
            async with self._call(method, context, is_unary=False) as row:
                work = behaviour(_checked(method, request), context)
                await (self._until_drained(work) if row.ends_at_drain else work)

        return stream if inspect.isasyncgenfunction(behaviour) else write

    @contextlib.asynccontextmanager
    async def _call(self, method: str, context: Context, *, is_unary: bool) -> AsyncGenerator[MethodAccess]:
        inbound = Inbound(method, context, self._gate.row(method), self._telemetry)
        self._under_way[is_unary] += 1
        try:
            knock = inbound.knock(is_unary=is_unary)
            inbound.enter(self._gate.admit(knock, calls_under_way=self._under_way[is_unary]))
            yield inbound.row
        except RpcRefusal as refusal:
            await inbound.refuse(refusal)
        except UnwritableText:
            await inbound.refuse(invalid("request", "unwritable", "a text holds a character that is not kept: NUL"))
        except TransientFault:
            await inbound.refuse(unavailable("TRANSIENT_FAULT", RETRY_AFTER_S))
        except (grpc.aio.AbortError, asyncio.CancelledError, GeneratorExit):
            inbound.given_up()
            raise
        except Exception:  # noqa: BLE001 - the outermost frame of a call
            _log.exception("call failed", method=inbound.name)
            await inbound.refuse(internal())
        finally:
            self._under_way[is_unary] -= 1
            inbound.close()

    async def _until_drained(self, work: Coroutine[Any, Any, None]) -> None:
        drained = asyncio.ensure_future(self.draining.wait())
        working = asyncio.ensure_future(work)
        try:
            await asyncio.wait({working, drained}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({working}, timeout=LAST_WORD_S)
            if not working.done():
                raise unavailable("DRAINING", RETRY_AFTER_S)
            await working
        finally:
            working.cancel()
            drained.cancel()

    async def _each_until_drain(self, answers: AsyncGenerator[Any]) -> AsyncGenerator[Any]:
        drained = asyncio.ensure_future(self.draining.wait())
        following: asyncio.Future[Any] = drained
        try:
            while True:
                following = asyncio.ensure_future(anext(answers, None))
                await asyncio.wait({following, drained}, return_when=asyncio.FIRST_COMPLETED)
                if not following.done():
                    raise unavailable("DRAINING", RETRY_AFTER_S)
                answer = following.result()
                if answer is None:
                    return
                yield answer
        finally:
            following.cancel()
            drained.cancel()


def _checked(method: str, request: Any) -> Any:  # noqa: ANN401 - a message, or an iterator of messages
    if method in STANDARD_ACCESS:
        return request
    if isinstance(request, Message):
        check_request(request)
        return request
    return _checked_stream(cast("AsyncIterator[Message]", request))


async def _checked_stream(messages: AsyncIterator[Message]) -> AsyncGenerator[Message]:
    async for message in messages:
        check_request(message)
        yield message
