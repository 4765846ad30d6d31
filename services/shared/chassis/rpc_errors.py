"""Refusals as callers see them. Owns the way from a refusal to google.rpc.Status; personal data never enters one.

A handler raises `RpcRefusal`; the interceptor answers with the status code, `ErrorInfo{reason, domain "seikyu"}`,
and, where given, `BadRequest`, `RetryInfo` and `RequestInfo` (the trace id).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2, error_details_pb2, status_pb2

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


def status_of(refusal: RpcRefusal, trace_id: str) -> status_pb2.Status:
    """The google.rpc.Status of a refusal."""
    raise NotImplementedError


_ = (code_pb2, error_details_pb2, Duration)
