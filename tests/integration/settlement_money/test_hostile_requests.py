"""Whatever stands in whatever field of any call of settlement, it is answered or refused, and is no fault of ours.

Every unary and server-streaming method is found by its descriptor, so a new one is tried as well.
"""

import asyncio
import uuid
from collections.abc import Iterator
from typing import Any, Final

import grpc
import grpc.aio
import pytest
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from seikyu.settlement.v1 import (
    bank_service_pb2,
    payer_service_pb2,
    payment_service_pb2,
    period_service_pb2,
    settlement_service_pb2,
)

from services.shared.chassis.postgres import Database
from tests.support.bank_statements import Line, statement_file
from tests.support.payments import HOSPITALS, PAY_DAY, PERIOD, approved, payments_of, ready, statement_of
from tests.support.reconciling import queue, take
from tests.support.settlement import INSURER

Field = Any
"""A FieldDescriptor: the library has two kinds of it, and its stubs tell them apart."""
AT_THE_BROKER: Final = {"EnrolPayer", "RotatePayer", "UnenrolPayer", "ReplayEvents"}
"""They ask the broker, which is not there."""
TEXTS: Final = [
    "",
    "\0",
    "a\0b",
    "' OR 1=1 --",
    "x" * 70,
    "あ",
    "😀",
    " ",
    "２０２６０４",
    "-1",
    "9" * 40,
    "2026-02-30",
]
NUMBERS: Final[dict[int, list[Any]]] = {
    FieldDescriptor.CPPTYPE_INT32: [0, -1, 1, 2**31 - 1, -(2**31)],
    FieldDescriptor.CPPTYPE_INT64: [0, -1, 1, 10**10, 2**63 - 1, -(2**63)],
    FieldDescriptor.CPPTYPE_ENUM: [0, 1, 99, -1],
    FieldDescriptor.CPPTYPE_BOOL: [False, True],
}
BYTES: Final = [b"", b"\0", b"\xff" * 40, b"1" * 200, b"<a/>", b"payer,claim_month\n\0,\0\n"]
FAULTS: Final = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DEADLINE_EXCEEDED}
MODULES: Final = (
    bank_service_pb2,
    payer_service_pb2,
    payment_service_pb2,
    period_service_pb2,
    settlement_service_pb2,
)
METHODS: Final = [
    method
    for module in MODULES
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
    if method.name not in AT_THE_BROKER and not method.client_streaming
]


@pytest.fixture
async def known(database: Database) -> dict[str, Any]:
    """A batch, a line that waits, a statement: what a sound value of each field is."""
    await ready(database)
    batch = await approved(database)
    payment = (await payments_of(database))[0][0]
    await take(database, statement_file(0, [Line(day=PAY_DAY, yen=700, name="ﾀﾞﾚｶ")]))
    [waiting] = await queue(database)
    return {
        "payer_number": INSURER,
        "hospital_code": next(iter(HOSPITALS)),
        "period": PERIOD,
        "claim_month": PERIOD,
        "batch_id": batch.batch_id,
        "batch_ids": batch.batch_id,
        "payment_id": payment,
        "payment_ids": payment,
        "line_id": waiting.placed.line_id,
        "statement_id": statement_of(next(iter(HOSPITALS))),
        "account_id": f"payer:{INSURER}",
        "claim_id": f"clm_{1:032x}",
        "decision_ids": f"dec_{1:032x}",
        "pays_on": PAY_DAY.isoformat(),
        "as_of": PAY_DAY.isoformat(),
        "reason": "BECAUSE",
        "bank": "9999",
        "branch": "999",
        "account_number": "1",
        "name": "ﾋﾞﾖｳｲﾝ",
        "target": INSURER,
        "yen": 1,
        "version": 1,
        "content": b"1",
    }


def sound(message: Message, known: dict[str, Any]) -> Message:
    """The message with a sound value in each field that there is one for."""
    for field in message.DESCRIPTOR.fields:
        if field.message_type is not None:
            inner = getattr(message, field.name)
            sound(inner.add() if field.is_repeated else inner, known)
            if not field.is_repeated:
                inner.SetInParent()
        elif field.name == "request_id":
            setattr(message, field.name, str(uuid.uuid4()))
        elif field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
            put(message, field, 1)
        elif field.name in known:
            put(message, field, known[field.name])
    return message


def put(message: Message, field: Field, value: object) -> None:
    if field.is_repeated:
        getattr(message, field.name)[:] = [value]
    else:
        setattr(message, field.name, value)


def hostile(message: Message) -> Iterator[str]:
    """The message with one field after the other wrong in every way; says which."""
    for field in message.DESCRIPTOR.fields:
        if field.message_type is not None:
            inner = getattr(message, field.name)
            yield from hostile(inner[0] if field.is_repeated else inner)
            continue
        before = getattr(message, field.name)
        kept = list(before) if field.is_repeated else before
        for value in values_of(field):
            put(message, field, value)
            yield f"{field.full_name} = {value!r:.40}"
        if field.is_repeated:
            getattr(message, field.name)[:] = kept
        else:
            setattr(message, field.name, kept)


def values_of(field: Field) -> list[Any]:
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return list(BYTES if field.type == FieldDescriptor.TYPE_BYTES else TEXTS)
    return list(NUMBERS[field.cpp_type])


async def asked(channel: grpc.aio.Channel, method: MethodDescriptor, request: Message) -> grpc.StatusCode:
    path = f"/{method.containing_service.full_name}/{method.name}"
    answer = GetMessageClass(method.output_type)
    try:
        if method.server_streaming:
            stream = channel.unary_stream(
                path, request_serializer=type(request).SerializeToString, response_deserializer=answer.FromString
            )
            async for _ in stream(request, timeout=20.0):
                pass
        else:
            unary = channel.unary_unary(
                path, request_serializer=type(request).SerializeToString, response_deserializer=answer.FromString
            )
            await unary(request, timeout=20.0)
    except grpc.aio.AioRpcError as refused:
        return refused.code()
    return grpc.StatusCode.OK


@pytest.mark.parametrize("service", sorted({each.containing_service.name for each in METHODS}))
async def test_no_value_of_any_field_is_a_fault_of_ours(
    channel: grpc.aio.Channel, known: dict[str, Any], service: str
) -> None:
    faults: list[str] = []
    for method in METHODS:
        if method.containing_service.name != service:
            continue
        request = sound(GetMessageClass(method.input_type)(), known)
        for said in hostile(request):
            code = await asyncio.wait_for(asked(channel, method, request), 30.0)
            if code in FAULTS:
                faults.append(f"{method.name}: {said}: {code.name}")

    assert faults == []
