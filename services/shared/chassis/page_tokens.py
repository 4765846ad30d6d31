"""Page tokens (AIP-158). Owns their form: opaque to the caller, and good only with the filter they were made for.

A token holds the position of the last row shown and a digest of the filter and the caller. It carries no authority:
every page is authorised and filtered anew, so a forged position shows nothing that the caller may not see. A position
is made of ids and times only, for the caller can read it.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from services.shared.chassis.rpc_errors import RpcRefusal, invalid

T = TypeVar("T")
_DIGEST_BYTES: Final = 12
MAX_TOKEN_CHARACTERS: Final = 2_000


def write_page_token(position: Sequence[str], *, bound_to: Sequence[str]) -> str:
    """The token that continues after `position` (the sort key of the last row) under the same `bound_to`.

    `bound_to`: the caller's subject and every filter field, in a fixed order.
    """
    body = _body(position)
    return base64.urlsafe_b64encode(_digest(body, bound_to) + body).decode().rstrip("=")


def read_page_token(token: str, *, bound_to: Sequence[str], field: str = "page_token") -> tuple[str, ...] | None:
    """The position to continue after; none for the empty token (first page).

    Raises:
        RpcRefusal: INVALID_ARGUMENT naming `field`, for a malformed token or one made for another filter or caller.
    """
    if not token:
        return None
    raw = _decoded(token, field)
    digest, body = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
    if digest != _digest(body, bound_to):
        raise _refused(field)
    return _position(body, field)


def read_position(token: str, *, bound_to: Sequence[str], read: Callable[[Sequence[str]], T]) -> T | None:
    """The position as `read` understands it; `read` raises ValueError for one that was never written.

    Raises:
        RpcRefusal: INVALID_ARGUMENT naming page_token, also where `read` refuses.
    """
    position = read_page_token(token, bound_to=bound_to)
    if position is None:
        return None
    try:
        return read(position)
    except ValueError as malformed:
        raise _refused("page_token") from malformed


def _body(position: Sequence[str]) -> bytes:
    return json.dumps(list(position), separators=(",", ":")).encode()


def _position(body: bytes, field: str) -> tuple[str, ...]:
    """The texts of a position. A forged one may hold any JSON, and NUL, which PostgreSQL takes in no text."""
    try:
        position = json.loads(body)
    except ValueError as malformed:
        raise _refused(field) from malformed
    if not isinstance(position, list) or not all(isinstance(each, str) and "\0" not in each for each in position):
        raise _refused(field)
    return tuple(position)


def _digest(body: bytes, bound_to: Sequence[str]) -> bytes:
    return hashlib.sha256(_body(bound_to) + b"\n" + body).digest()[:_DIGEST_BYTES]


def _decoded(token: str, field: str) -> bytes:
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise _refused(field)
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as malformed:
        raise _refused(field) from malformed


def _refused(field: str) -> RpcRefusal:
    return invalid(field, "page_token", "must be a token given with the previous page of the same list and filter")
