"""A gRPC service of the tests' own: every kind of method, one field with a rule. Built without generated code.

`seikyu.test.v1.EchoService`: Say (unary), Count (server stream), Collect (client stream), Talk (both), Watch (a stream
without end). A `Word` has `text` (1 to 20 characters), `times` and `request_id`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast

import grpc
import grpc.aio
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

from services.shared.chassis.access import AccessTable, access_table, allow
from services.shared.chassis.identity import PrincipalKind, Role

NAME: Final = "seikyu.test.v1.EchoService"
_ONE_TO_TWENTY_CHARACTERS: Final = b"\xba\x48\x06" + b"\x72\x04\x10\x01\x18\x14"
"""`(buf.validate.field).string = {min_len: 1, max_len: 20}` as bytes of FieldOptions (extension 1159)."""
_STREAMS: Final = {
    "Say": (False, False),
    "Count": (False, True),
    "Collect": (True, False),
    "Talk": (True, True),
    "Watch": (False, True),
}


def _describe() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="seikyu/test/v1/echo.proto", package="seikyu.test.v1")
    file.syntax = "proto3"
    kinds = descriptor_pb2.FieldDescriptorProto
    word = file.message_type.add(name="Word")
    text = word.field.add(name="text", number=1, type=kinds.TYPE_STRING, label=kinds.LABEL_OPTIONAL)
    text.options.MergeFromString(_ONE_TO_TWENTY_CHARACTERS)
    word.field.add(name="times", number=2, type=kinds.TYPE_INT32, label=kinds.LABEL_OPTIONAL)
    word.field.add(name="request_id", number=3, type=kinds.TYPE_STRING, label=kinds.LABEL_OPTIONAL)
    service = file.service.add(name="EchoService")
    for method, (client, server) in _STREAMS.items():
        service.method.add(
            name=method,
            input_type=".seikyu.test.v1.Word",
            output_type=".seikyu.test.v1.Word",
            client_streaming=client,
            server_streaming=server,
        )
    return file


def _word_type() -> type[Message]:
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(_describe().SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("seikyu.test.v1.Word"))


class Spoken(Protocol):
    """A `Word` as the type checker may know it; the message class itself is made at run time."""

    text: str
    times: int
    request_id: str


_WORD: Final = _word_type()


def Word(*, text: str = "", times: int = 0, request_id: str = "") -> Spoken:
    """A message of the service."""
    return cast("Spoken", _WORD(text=text, times=times, request_id=request_id))


def as_message(word: Spoken) -> Message:
    """The word as what it is at run time."""
    return cast("Message", word)


ACCESS: Final[AccessTable] = access_table(
    NAME,
    Say=allow(PrincipalKind.HOSPITAL, operator=Role.ADMIN, traced=True),
    Count=allow(PrincipalKind.HOSPITAL, operator=Role.VIEWER),
    Collect=allow(PrincipalKind.HOSPITAL),
    Talk=allow(PrincipalKind.HOSPITAL),
    Watch=allow(PrincipalKind.HOSPITAL, ends_at_drain=True),
)

Wire = dict[str, Any]
"""The serialisers of one side, as grpc's keyword arguments."""
Say = Callable[[Spoken], Awaitable[Spoken]]


async def echo(word: Spoken) -> Spoken:
    """Answers with the word itself."""
    return word


@dataclass(slots=True)
class EchoServicer:
    """`say` is what the unary method does; the streams repeat and join."""

    say: Say = echo
    collected: list[str] = field(default_factory=list)

    def register(self, server: grpc.aio.Server) -> None:
        """Add the five methods to the server."""
        wire: Wire = {"request_deserializer": _WORD.FromString, "response_serializer": _WORD.SerializeToString}
        handlers = {
            "Say": grpc.unary_unary_rpc_method_handler(self.Say, **wire),
            "Count": grpc.unary_stream_rpc_method_handler(self.Count, **wire),
            "Collect": grpc.stream_unary_rpc_method_handler(self.Collect, **wire),
            "Talk": grpc.stream_stream_rpc_method_handler(self.Talk, **wire),
            "Watch": grpc.unary_stream_rpc_method_handler(self.Watch, **wire),
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(NAME, handlers),))

    async def Say(self, request: Spoken, context: object) -> Spoken:
        return await self.say(request)

    async def Count(self, request: Spoken, context: object) -> AsyncIterator[Spoken]:
        for number in range(request.times):
            yield Word(text=request.text, times=number)

    async def Collect(self, request_iterator: AsyncIterator[Spoken], context: object) -> Spoken:
        async for word in request_iterator:
            self.collected.append(word.text)
        return Word(text="collected", times=len(self.collected))

    async def Talk(self, request_iterator: AsyncIterator[Spoken], context: object) -> AsyncIterator[Spoken]:
        async for word in request_iterator:
            yield await self.say(word)

    async def Watch(self, request: Spoken, context: object) -> AsyncIterator[Spoken]:
        yield request
        await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class EchoClient:
    """Calls the five methods over a channel."""

    channel: grpc.aio.Channel

    def _wire(self) -> Wire:
        return {"request_serializer": _WORD.SerializeToString, "response_deserializer": _WORD.FromString}

    @property
    def say(self) -> "grpc.aio.UnaryUnaryMultiCallable[Spoken, Spoken]":
        return self.channel.unary_unary(f"/{NAME}/Say", **self._wire())

    @property
    def count(self) -> "grpc.aio.UnaryStreamMultiCallable[Spoken, Spoken]":
        return self.channel.unary_stream(f"/{NAME}/Count", **self._wire())

    @property
    def collect(self) -> "grpc.aio.StreamUnaryMultiCallable[Spoken, Spoken]":
        return self.channel.stream_unary(f"/{NAME}/Collect", **self._wire())

    @property
    def talk(self) -> "grpc.aio.StreamStreamMultiCallable[Spoken, Spoken]":
        return self.channel.stream_stream(f"/{NAME}/Talk", **self._wire())

    @property
    def watch(self) -> "grpc.aio.UnaryStreamMultiCallable[Spoken, Spoken]":
        return self.channel.unary_stream(f"/{NAME}/Watch", **self._wire())
