"""Calls over real TLS: identity, access, field rules, errors, deadlines, overload."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import grpc
import grpc.aio
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from infra.local.authority import Authority
from services.shared.chassis.calls import caller, current_call, remaining_s
from services.shared.chassis.rpc_errors import RpcRefusal
from tests.support.echo_service import EchoClient, EchoServicer, Spoken, Word
from tests.support.edge import MemoryTelemetry, serving

Detail = TypeVar("Detail", bound=Message)
HOSPITAL = "hospital:1310000001"


async def refused(call: Awaitable[object]) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


def detail(error: grpc.aio.AioRpcError, kind: type[Detail]) -> Detail:
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # an aio error has the same readings
    assert status is not None
    for packed in status.details:
        found = kind()
        if packed.Unpack(found):
            return found
    raise AssertionError(f"no {kind.__name__} in the status")


async def test_a_hospital_with_a_token_is_answered(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, MemoryTelemetry().build()) as edge,
        edge.token_channel(edge.token(HOSPITAL)) as channel,
    ):
        answer = await EchoClient(channel).say(Word(text="hello"))

    assert answer.text == "hello"


async def test_a_hospital_with_a_certificate_is_known_by_it(tmp_path: Path) -> None:
    async def who(word: Spoken) -> Spoken:
        return Word(text=caller().subject)

    async with (
        serving(tmp_path, MemoryTelemetry().build(), EchoServicer(say=who)) as edge,
        edge.certificate_channel("hospital/1310000001") as channel,
    ):
        answer = await EchoClient(channel).say(Word(text="who"))

    assert answer.text == HOSPITAL


async def test_the_certificate_port_takes_nobody_without_a_certificate(tmp_path: Path) -> None:
    async with serving(tmp_path, MemoryTelemetry().build()) as edge:
        ca = grpc.ssl_channel_credentials(edge.authority.ca_file.read_bytes())
        async with grpc.aio.secure_channel(f"localhost:{edge.server.mtls_port}", ca) as channel:
            error = await refused(EchoClient(channel).say(Word(text="hello"), timeout=5))

    assert error.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_foreign_authority_s_certificate_is_not_taken(tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "stranger").client("hospital/1310000001")
    async with serving(tmp_path, MemoryTelemetry().build()) as edge:
        credentials = grpc.ssl_channel_credentials(
            edge.authority.ca_file.read_bytes(), stranger.key_file.read_bytes(), stranger.cert_file.read_bytes()
        )
        async with grpc.aio.secure_channel(f"localhost:{edge.server.mtls_port}", credentials) as channel:
            error = await refused(EchoClient(channel).say(Word(text="hello"), timeout=5))

    assert error.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_call_without_identity_an_expired_and_a_forged_token_get_the_same_answer(tmp_path: Path) -> None:
    async with serving(tmp_path, MemoryTelemetry().build()) as edge:
        old = edge.token("hospital:1310000009", life=timedelta(minutes=1), age_s=3600)
        forged = tmp_path / "forged.jwt"
        forged.write_text(edge.token(HOSPITAL).read_text()[:-6] + "AAAAAA")
        errors = []
        for token in (old, forged):
            async with edge.token_channel(token) as channel:
                errors.append(await refused(EchoClient(channel).say(Word(text="hello"))))
        ca = grpc.ssl_channel_credentials(edge.authority.ca_file.read_bytes())
        async with grpc.aio.secure_channel(f"localhost:{edge.server.port}", ca) as channel:
            errors.append(await refused(EchoClient(channel).say(Word(text="hello"), timeout=5)))

    assert {error.code() for error in errors} == {grpc.StatusCode.UNAUTHENTICATED}
    assert {error.details() for error in errors} == {"the call carries no valid identity"}


async def test_a_payer_may_not_call_a_hospital_s_method_and_the_refusal_is_counted(tmp_path: Path) -> None:
    memory = MemoryTelemetry()
    async with serving(tmp_path, memory.build()) as edge, edge.token_channel(edge.token("payer:06132013")) as channel:
        error = await refused(EchoClient(channel).say(Word(text="hello")))

    assert error.code() is grpc.StatusCode.PERMISSION_DENIED
    assert error.details() == "the caller may not do this"
    assert memory.counted("seikyu.rpc.refused") == {
        (("rpc.method", "seikyu.test.v1.EchoService/Say"), ("seikyu.reason", "not_allowed")): 1
    }


async def test_a_viewer_may_look_and_not_act_and_an_admin_may_do_both(tmp_path: Path) -> None:
    async with serving(tmp_path, MemoryTelemetry().build()) as edge:
        async with edge.token_channel(edge.token("operator:kiku", "viewer")) as channel:
            seen = [word.times async for word in EchoClient(channel).count(Word(text="a", times=2))]
            error = await refused(EchoClient(channel).say(Word(text="hello")))
        async with edge.certificate_channel("operator/root/admin") as channel:
            answer = await EchoClient(channel).say(Word(text="hello"))

    assert seen == [0, 1]
    assert error.code() is grpc.StatusCode.PERMISSION_DENIED
    assert answer.text == "hello"


async def test_a_broken_field_rule_is_named_by_field_and_rule_and_never_by_value(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, MemoryTelemetry().build()) as edge,
        edge.token_channel(edge.token(HOSPITAL)) as channel,
    ):
        error = await refused(EchoClient(channel).say(Word(text="山田太郎" * 9)))

    (violation,) = detail(error, error_details_pb2.BadRequest).field_violations
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert (violation.field, violation.reason) == ("text", "string.max_len")
    assert "山" not in str(rpc_status.from_call(error))  # type: ignore[arg-type]  # as above


async def test_each_message_of_a_stream_is_checked(tmp_path: Path) -> None:
    servicer = EchoServicer()
    async with (
        serving(tmp_path, MemoryTelemetry().build(), servicer) as edge,
        edge.token_channel(edge.token(HOSPITAL)) as channel,
    ):
        words = [Word(text="one"), Word(text="two"), Word(text="")]
        error = await refused(EchoClient(channel).collect(iter(words)))
        talk = EchoClient(channel).talk(iter([Word(text="three"), Word(text="four")]))
        answers = [word.text async for word in talk]

    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert servicer.collected == ["one", "two"]
    assert answers == ["three", "four"]


async def test_a_unary_call_without_deadline_is_refused_and_a_stream_is_not(tmp_path: Path) -> None:
    async with serving(tmp_path, MemoryTelemetry().build()) as edge:
        credentials = grpc.composite_channel_credentials(
            grpc.ssl_channel_credentials(edge.authority.ca_file.read_bytes()),
            grpc.access_token_call_credentials(edge.token(HOSPITAL).read_text()),
        )
        async with grpc.aio.secure_channel(f"localhost:{edge.server.port}", credentials) as channel:
            error = await refused(EchoClient(channel).say(Word(text="hello")))
            seen = [word.times async for word in EchoClient(channel).count(Word(text="a", times=1))]

    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert detail(error, error_details_pb2.BadRequest).field_violations[0].reason == "deadline_required"
    assert seen == [0]


async def test_a_handler_learns_how_long_is_left(tmp_path: Path) -> None:
    left: list[float] = []

    async def note(word: Spoken) -> Spoken:
        left.extend((remaining_s(60.0), remaining_s(0.5)))
        return word

    async with (
        serving(tmp_path, MemoryTelemetry().build(), EchoServicer(say=note)) as edge,
        edge.token_channel(edge.token(HOSPITAL)) as channel,
    ):
        await EchoClient(channel).say(Word(text="hello"), timeout=7)

    assert 5.0 < left[0] <= 7.0
    assert left[1] == 0.5


async def test_a_refusal_carries_reason_retry_and_trace_id(tmp_path: Path) -> None:
    async def refuse(word: Spoken) -> Spoken:
        raise RpcRefusal(
            grpc.StatusCode.FAILED_PRECONDITION, "MONTH_CLOSED", "the claim month is closed", retry_after_s=1.5
        )

    memory = MemoryTelemetry()
    async with (
        serving(tmp_path, memory.build(), EchoServicer(say=refuse)) as edge,
        edge.token_channel(edge.token(HOSPITAL)) as channel,
    ):
        error = await refused(EchoClient(channel).say(Word(text="hello")))

    (span,) = memory.exporter.get_finished_spans()
    info = detail(error, error_details_pb2.ErrorInfo)
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert (info.reason, info.domain) == ("MONTH_CLOSED", "seikyu")
    assert detail(error, error_details_pb2.RetryInfo).retry_delay.ToMilliseconds() == 1500
    assert span.context is not None
    assert detail(error, error_details_pb2.RequestInfo).request_id == f"{span.context.trace_id:032x}"


async def test_a_bug_is_answered_with_the_trace_id_alone(tmp_path: Path) -> None:
    async def crash(word: Spoken) -> Spoken:
        raise RuntimeError("山田太郎 1950-01-01")

    async with (
        serving(tmp_path, MemoryTelemetry().build(), EchoServicer(say=crash)) as edge,
        edge.token_channel(edge.token(HOSPITAL)) as channel,
    ):
        error = await refused(EchoClient(channel).say(Word(text="hello")))

    assert error.code() is grpc.StatusCode.INTERNAL
    assert "1950" not in str(rpc_status.from_call(error))  # type: ignore[arg-type]  # as above
    assert len(detail(error, error_details_pb2.RequestInfo).request_id) == 32


async def test_a_call_above_the_limit_is_told_when_to_come_again(tmp_path: Path) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def wait(word: Spoken) -> Spoken:
        entered.set()
        await leave.wait()
        return word

    async with (
        serving(tmp_path, MemoryTelemetry().build(), EchoServicer(say=wait), max_calls=1) as edge,
        edge.token_channel(edge.token(HOSPITAL)) as channel,
    ):
        first = asyncio.ensure_future(EchoClient(channel).say(Word(text="first")))
        await entered.wait()
        error = await refused(EchoClient(channel).say(Word(text="second")))
        leave.set()
        answer = await first

    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert detail(error, error_details_pb2.RetryInfo).retry_delay.ToMilliseconds() == 1000
    assert answer.text == "first"


async def test_a_service_that_is_too_far_behind_takes_no_more(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, MemoryTelemetry().build(), pressure=lambda: 3.0) as edge,
        edge.token_channel(edge.token(HOSPITAL)) as channel,
    ):
        error = await refused(EchoClient(channel).say(Word(text="hello")))

    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert detail(error, error_details_pb2.RetryInfo).retry_delay.ToMilliseconds() == 3000


async def test_the_call_under_way_names_its_method(tmp_path: Path) -> None:
    async def method(word: Spoken) -> Spoken:
        return Word(text=current_call().method.rpartition("/")[2])

    async with (
        serving(tmp_path, MemoryTelemetry().build(), EchoServicer(say=method)) as edge,
        edge.token_channel(edge.token(HOSPITAL)) as channel,
    ):
        answer = await EchoClient(channel).say(Word(text="x"))

    assert answer.text == "Say"
