"""Field rules of requests. Owns the way from protovalidate's violations to BadRequest field violations.

The rules stand in the proto files; `sum()` and whatever needs a look-up stay in Python, in the domain.
"""

from google.protobuf.message import Message

from services.shared.chassis.rpc_errors import Violation


def check_request(message: Message) -> None:
    """Refuse a message that breaks a rule of its fields.

    Raises:
        RpcRefusal: INVALID_ARGUMENT with one BadRequest.FieldViolation per broken rule.
    """
    raise NotImplementedError


def violations_of(message: Message) -> list[Violation]:
    """Every broken rule: field path, rule id, description (which never repeats the value)."""
    raise NotImplementedError
