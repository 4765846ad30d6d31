"""What a call in flight sees when the server goes down."""

import asyncio
from pathlib import Path

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2

from tests.support.echo_service import NAME, EchoClient, EchoServicer, Spoken, Word
from tests.support.edge import Edge, MemoryTelemetry, serving

HOSPITAL = "hospital:1310000001"


async def standing(edge: Edge, service: str) -> str:
    ca = grpc.ssl_channel_credentials(edge.authority.ca_file.read_bytes())
    async with grpc.aio.secure_channel(f"localhost:{edge.server.port}", ca) as channel:
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        answer = await check(health_pb2.HealthCheckRequest(service=service), timeout=5)
    return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)


async def test_health_is_told_for_the_server_and_each_service_without_identity(tmp_path: Path) -> None:
    async with serving(tmp_path, MemoryTelemetry().build()) as edge:
        ready = [await standing(edge, name) for name in ("", NAME)]
        await edge.server.set_ready(False)
        unready = [await standing(edge, name) for name in ("", NAME)]

    assert ready == ["SERVING", "SERVING"]
    assert unready == ["NOT_SERVING", "NOT_SERVING"]


async def test_a_call_in_flight_is_answered_and_a_new_one_is_not_taken(tmp_path: Path) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def wait(word: Spoken) -> Spoken:
        entered.set()
        await leave.wait()
        return word

    async with (
        serving(tmp_path, MemoryTelemetry().build(), EchoServicer(say=wait)) as edge,
        edge.token_channel(edge.token(HOSPITAL)) as channel,
        edge.token_channel(edge.token(HOSPITAL)) as later,
    ):
        first = asyncio.ensure_future(EchoClient(channel).say(Word(text="first")))
        await entered.wait()
        drain = asyncio.ensure_future(edge.server.drain(5.0))
        await asyncio.wait({drain}, timeout=0.1)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await EchoClient(later).say(Word(text="second"))
        leave.set()
        answer = await first
        await drain

    assert answer.text == "first"
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_watch_ends_at_once_and_is_told_to_come_again(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, MemoryTelemetry().build()) as edge,
        edge.token_channel(edge.token(HOSPITAL)) as channel,
    ):
        watch = EchoClient(channel).watch(Word(text="change"))
        seen = await watch.read()
        await asyncio.wait_for(edge.server.drain(30.0), timeout=5.0)
        code, details = await watch.code(), await watch.details()

    assert isinstance(seen, type(Word()))
    assert code is grpc.StatusCode.UNAVAILABLE
    assert details == "the service cannot answer for now"
