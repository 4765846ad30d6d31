"""Operator commands take effect once. Owns the request log: same id and content, first answer; other content, conflict.

    async with database.transaction(label="claims.enrol") as tx:
        return await answer_once(tx, request, EnrolHospitalResponse, perform=lambda: enrol(tx, request))

The log's rows are written in the transaction of the command's effect. They hold digests of the request's fields, never
its content; the answer is kept, so a command must not answer with a secret or with personal data.
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, TypeVar

import grpc
from google.protobuf.message import Message

from services.shared.chassis.calls import caller, current_call
from services.shared.chassis.postgres import QUERIES, Transaction
from services.shared.chassis.rpc_errors import RpcRefusal, Violation

AnswerT = TypeVar("AnswerT", bound=Message)

REQUEST_ID_FIELD: Final = "request_id"
_DIGEST_CHARACTERS: Final = 24
"""Of the hexadecimal SHA-256 of a field's content."""


async def answer_once(
    tx: Transaction,
    request: Message,
    answer_type: type[AnswerT],
    *,
    perform: Callable[[], Awaitable[AnswerT]],
) -> AnswerT:
    """Perform the command, or give the answer that the same request got before.

    The request has a field `request_id`; the key is (caller, method, request_id) of the call under way. Two calls with
    one id at the same time wait for each other.

    Raises:
        RpcRefusal: ALREADY_EXISTS naming the fields whose content differs from the first request's.
    """
    key = (caller().subject, current_call().method, str(getattr(request, REQUEST_ID_FIELD)))
    digests = field_digests(request)
    await tx.execute(QUERIES["lock_request"], key[0], "\n".join(key[1:]))
    first = await tx.fetchrow(QUERIES["read_request"], *key)
    if first is not None:
        _refuse_other_content(request, first["field_digests"], digests)
        return answer_type.FromString(first["answer"])
    answer = await perform()
    await tx.execute(QUERIES["insert_request"], *key, digests, answer.SerializeToString(deterministic=True))
    return answer


def field_digests(request: Message) -> str:
    """`<field number>:<digest>` for each field that is set, the request id excepted, in field order, with blanks."""
    return " ".join(_digests(request))


def _digests(request: Message) -> Iterator[str]:
    for field, _value in request.ListFields():
        if field.name != REQUEST_ID_FIELD:
            alone = type(request)()
            alone.CopyFrom(request)
            for other, _ in request.ListFields():
                if other.number != field.number:
                    alone.ClearField(other.name)
            digest = hashlib.sha256(alone.SerializeToString(deterministic=True)).hexdigest()
            yield f"{field.number}:{digest[:_DIGEST_CHARACTERS]}"


def _refuse_other_content(request: Message, first: str, second: str) -> None:
    if first == second:
        return
    fields = request.DESCRIPTOR.fields_by_number
    differing = {int(each.partition(":")[0]) for each in set(first.split()) ^ set(second.split())}
    raise RpcRefusal(
        grpc.StatusCode.ALREADY_EXISTS,
        "REQUEST_ID_REUSED",
        "this request id was used before with other content",
        violations=[
            Violation(
                field=fields[number].name if number in fields else REQUEST_ID_FIELD,
                rule="same_content",
                description="differs from the first request with this request_id",
            )
            for number in sorted(differing)
        ],
    )
