"""Whose proof was withdrawn is refused on both ports; certificates of the second authority are taken on theirs."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import grpc
import pytest

from infra.local.authority import Authority
from services.shared.chassis.calls import caller
from services.shared.chassis.channel import ClientCertificate, open_channel
from services.shared.chassis.grpc_server import RpcSurface, start_server
from services.shared.chassis.identity import Principal
from services.shared.chassis.refusals import nobody_refused
from tests.support.echo_service import ACCESS, NAME, EchoClient, EchoServicer, Spoken, Word
from tests.support.edge import Edge, MemoryTelemetry, grpc_settings

HOSPITAL = "hospital:1310000001"


async def who(word: Spoken) -> Spoken:
    principal = caller()
    return Word(text=f"{principal.id} {principal.issued_at is not None}")


@asynccontextmanager
async def serving(
    directory: Path, memory: MemoryTelemetry, refused: Callable[[Principal], bool] = nobody_refused
) -> AsyncIterator[Edge]:
    """An echo behind a gate that asks `refused`, with a second authority for clients."""
    surface = RpcSurface(register=EchoServicer(say=who).register, names=[NAME], access=ACCESS, refused=refused)
    clients = Authority(directory / "clients", "Clients")
    settings = grpc_settings(directory).model_copy(update={"client_ca_file": clients.ca_file})
    server = await start_server(settings, surface, memory.build())
    await server.set_ready(True)
    yield Edge(server=server, authority=Authority(directory), directory=directory)
    await server.drain(0.1)


async def said(edge: Edge, authority: Authority) -> str:
    """What the echo answers to a certificate that the authority signed for the hospital."""
    pair = authority.client("hospital/1310000001")
    identity = ClientCertificate(cert_file=pair.cert_file, key_file=pair.key_file)
    address = f"localhost:{edge.server.mtls_port}"
    async with open_channel(address, ca_file=edge.authority.ca_file, identity=identity) as channel:
        return (await EchoClient(channel).say(Word(text="who"), timeout=5)).text


async def test_certificates_of_both_authorities_are_taken_and_tell_when_they_begin(tmp_path: Path) -> None:
    async with serving(tmp_path, MemoryTelemetry()) as edge:
        by_the_first = await said(edge, edge.authority)
        by_the_second = await said(edge, Authority(tmp_path / "clients", "Clients"))

    assert by_the_first == by_the_second == "1310000001 True"


async def test_a_certificate_of_a_stranger_is_not_taken(tmp_path: Path) -> None:
    async with serving(tmp_path, MemoryTelemetry()) as edge:
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await said(edge, Authority(tmp_path / "strangers", "Clients"))

    assert error.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_withdrawn_token_is_refused_and_counted_and_says_nothing_of_why(tmp_path: Path) -> None:
    memory = MemoryTelemetry()
    async with (
        serving(tmp_path, memory, lambda principal: principal.subject == HOSPITAL) as edge,
        edge.token_channel(edge.token(HOSPITAL)) as channel,
    ):
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await EchoClient(channel).say(Word(text="who"))
        with pytest.raises(grpc.aio.AioRpcError) as by_certificate:
            await said(edge, edge.authority)

    assert error.value.code() is by_certificate.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert error.value.details() == "the call carries no valid identity"
    assert memory.counted("seikyu.rpc.refused") == {
        (("rpc.method", "seikyu.test.v1.EchoService/Say"), ("seikyu.reason", "proof_withdrawn")): 2
    }


async def test_a_token_tells_when_it_was_given_to_the_millisecond(tmp_path: Path) -> None:
    asked: list[Principal] = []

    def remember(principal: Principal) -> bool:
        asked.append(principal)
        return False

    async with (
        serving(tmp_path, MemoryTelemetry(), remember) as edge,
        edge.token_channel(edge.token(HOSPITAL, age_s=7.5)) as old,
    ):
        await EchoClient(old).say(Word(text="who"))
        async with edge.token_channel(edge.token(HOSPITAL)) as new:
            await EchoClient(new).say(Word(text="who"))

    first, second = (principal.issued_at for principal in asked)
    assert first is not None
    assert second is not None
    assert timedelta(seconds=7.4) < second - first < timedelta(seconds=30)
    assert first.microsecond % 1_000 == 0
