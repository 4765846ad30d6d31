"""Field rules of requests. Owns the way from protovalidate's violations to BadRequest field violations.

The rules stand in the proto files; what needs a sum or a look-up stays in Python, in the domain.
"""

from typing import Final

import grpc
import protovalidate
from google.protobuf.message import Message

from services.shared.chassis.rpc_errors import MAX_VIOLATIONS, RpcRefusal, Violation

_VALIDATOR: Final = protovalidate.Validator()
"""Holds nothing but the compiled rules of the message types seen so far; it reads no environment and no file."""


def check_request(message: Message) -> None:
    """Refuse a message that breaks a rule of its fields.

    Raises:
        RpcRefusal: INVALID_ARGUMENT with one BadRequest.FieldViolation per broken rule.
    """
    violations = violations_of(message)
    if violations:
        raise RpcRefusal(
            grpc.StatusCode.INVALID_ARGUMENT,
            "INVALID_REQUEST",
            "the request breaks a rule of its fields",
            violations=violations,
        )


def violations_of(message: Message) -> list[Violation]:
    """Every broken rule, at most MAX_VIOLATIONS: field path, rule id, description (which never repeats the value)."""
    return [_violation(found) for found in _VALIDATOR.collect_violations(message)[:MAX_VIOLATIONS]]


def _violation(found: protovalidate.Violation) -> Violation:
    proto = found.proto
    return Violation(field=_path(proto.field), rule=proto.rule_id, description=proto.message)


def _path(path: protovalidate.FieldPathPb | None) -> str:
    return ".".join(_element(element) for element in path.elements) if path is not None else ""


def _element(element: protovalidate.FieldPathElementPb) -> str:
    subscript = element.subscript
    if subscript is None:
        return element.field_name
    return f"{element.field_name}[{subscript.value}]"
