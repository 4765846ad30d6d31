"""The client's side: which calls are tried again, and what a service shows when it calls another."""

import asyncio
from pathlib import Path

import grpc
import grpc.aio
import pytest

from services.shared.chassis.calls import caller
from services.shared.chassis.channel import BearerToken, ClientCertificate, open_channel
from services.shared.chassis.rpc_errors import unavailable
from tests.support.echo_service import NAME, EchoClient, EchoServicer, Spoken, Word
from tests.support.edge import MemoryTelemetry, serving

HOSPITAL = "hospital:1310000001"


class FailsTwice:
    def __init__(self) -> None:
        self.calls = 0

    async def say(self, word: Spoken) -> Spoken:
        self.calls += 1
        if self.calls <= 2:
            raise unavailable("TRANSIENT_FAULT", 0.01)
        return word


async def test_an_idempotent_method_is_tried_again_while_the_service_is_unavailable(tmp_path: Path) -> None:
    flaky = FailsTwice()
    async with (
        serving(tmp_path, MemoryTelemetry().build(), EchoServicer(say=flaky.say)) as edge,
        open_channel(
            f"localhost:{edge.server.port}",
            ca_file=edge.authority.ca_file,
            identity=BearerToken(file=edge.token(HOSPITAL)),
            idempotent_methods=[f"/{NAME}/Say"],
        ) as channel,
    ):
        answer = await EchoClient(channel).say(Word(text="hello"))

    assert (answer.text, flaky.calls) == ("hello", 3)


async def test_another_method_is_not_tried_again(tmp_path: Path) -> None:
    flaky = FailsTwice()
    async with (
        serving(tmp_path, MemoryTelemetry().build(), EchoServicer(say=flaky.say)) as edge,
        edge.token_channel(edge.token(HOSPITAL)) as channel,
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await EchoClient(channel).say(Word(text="hello"))

    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert flaky.calls == 1


async def test_a_service_s_own_certificate_is_its_identity_towards_another(tmp_path: Path) -> None:
    who: list[str] = []

    async def note(word: Spoken) -> Spoken:
        who.append(caller().subject)
        return word

    async with serving(tmp_path, MemoryTelemetry().build(), EchoServicer(say=note)) as edge:
        pair = edge.authority.server("claims")
        async with open_channel(
            f"localhost:{edge.server.mtls_port}",
            ca_file=edge.authority.ca_file,
            identity=ClientCertificate(cert_file=pair.cert_file, key_file=pair.key_file),
        ) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await EchoClient(channel).say(Word(text="hello"))

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED  # known, and a service may not call this method
    assert who == []


async def test_a_unary_call_has_a_deadline_even_where_its_caller_gives_none(tmp_path: Path) -> None:
    async def hang(word: Spoken) -> Spoken:
        await asyncio.Event().wait()
        return word

    async with (
        serving(tmp_path, MemoryTelemetry().build(), EchoServicer(say=hang)) as edge,
        edge.token_channel(edge.token(HOSPITAL), timeout_s=0.2) as channel,
    ):
        with pytest.raises(grpc.aio.AioRpcError) as late:
            await EchoClient(channel).say(Word(text="hello"))

    assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
