"""Refusals as callers see them. Owns the way from a refusal to google.rpc.Status; personal data never enters one.

A handler raises `RpcRefusal`; the interceptor answers with the status code, `ErrorInfo{reason, domain "seikyu"}`,
and, where given, `BadRequest`, `RetryInfo` and `RequestInfo` (the trace id).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

DOMAIN: Final = "seikyu"
MAX_VIOLATIONS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One field that breaks one rule: `field` is a path (`receipts[3].claim_month`), `rule` a stable id."""

    field: str
    rule: str
    description: str


class RpcRefusal(Exception):
    """A call is refused for a reason that its caller can act on.

    `code`: the gRPC status code. `reason`: UPPER_SNAKE constant, stable for programs. `message`: one English sentence
    for developers, without values. `violations`: at most MAX_VIOLATIONS. `retry_after_s`: when it is worth trying
    again. `metadata`: further constants and counts for programs.
    """

    def __init__(
        self,
        code: grpc.StatusCode,
        reason: str,
        message: str,
        *,
        violations: Sequence[Violation] = (),
        retry_after_s: float | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.message = message
        self.violations = tuple(violations[:MAX_VIOLATIONS])
        self.retry_after_s = retry_after_s
        self.metadata = dict(metadata or {})


def invalid(field: str, rule: str, description: str) -> RpcRefusal:
    """INVALID_ARGUMENT for one field."""
    return RpcRefusal(
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVALID_REQUEST",
        "the request breaks a rule of its fields",
        violations=(Violation(field=field, rule=rule, description=description),),
    )


def not_found() -> RpcRefusal:
    """NOT_FOUND in the one form that serves for what does not exist and for what is somebody else's."""
    return RpcRefusal(grpc.StatusCode.NOT_FOUND, "NOT_FOUND", "there is no such resource for this caller")


def unauthenticated() -> RpcRefusal:
    """UNAUTHENTICATED; says nothing about why."""
    return RpcRefusal(grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED", "the call carries no valid identity")


def permission_denied() -> RpcRefusal:
    """PERMISSION_DENIED; says nothing about what exists."""
    return RpcRefusal(grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED", "the caller may not do this")


def overloaded(retry_after_s: float) -> RpcRefusal:
    """RESOURCE_EXHAUSTED with RetryInfo."""
    return RpcRefusal(
        grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", "the server is at its limit", retry_after_s=retry_after_s
    )


def unavailable(reason: str, retry_after_s: float) -> RpcRefusal:
    """UNAVAILABLE with RetryInfo: the world fails for now, or the server is going down."""
    return RpcRefusal(
        grpc.StatusCode.UNAVAILABLE, reason, "the service cannot answer for now", retry_after_s=retry_after_s
    )


def internal() -> RpcRefusal:
    """INTERNAL; the caller learns the trace id and nothing else."""
    return RpcRefusal(grpc.StatusCode.INTERNAL, "INTERNAL", "the service failed; quote the request id to its operator")


def status_of(refusal: RpcRefusal, trace_id: str) -> status_pb2.Status:
    """The google.rpc.Status of a refusal; `trace_id` (32 hex) goes to RequestInfo: it names the call to support."""
    number: int = refusal.code.value[0]
    status = status_pb2.Status(code=number, message=refusal.message)
    for detail in _details(refusal, trace_id):
        status.details.add().Pack(detail)
    return status


def _details(refusal: RpcRefusal, trace_id: str) -> list[Message]:
    details: list[Message] = [
        error_details_pb2.ErrorInfo(reason=refusal.reason, domain=DOMAIN, metadata=refusal.metadata),
        error_details_pb2.RequestInfo(request_id=trace_id),
    ]
    if refusal.violations:
        details.append(error_details_pb2.BadRequest(field_violations=[_violation(each) for each in refusal.violations]))
    if refusal.retry_after_s is not None:
        delay = Duration()
        delay.FromMilliseconds(round(refusal.retry_after_s * 1_000))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    return details


def _violation(violation: Violation) -> error_details_pb2.BadRequest.FieldViolation:
    return error_details_pb2.BadRequest.FieldViolation(
        field=violation.field, reason=violation.rule, description=violation.description
    )
