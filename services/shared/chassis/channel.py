"""The client's side. Owns how the CLI, the bench and one service calling another open a channel.

TLS always; identity by bearer token or client certificate; a default deadline on each unary call; the traceparent of
the span under way in the metadata; retries on UNAVAILABLE for the methods named idempotent, and only for them.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
import grpc.aio
from typing_extensions import override

from services.shared.chassis.spans import current_traceparent

MAX_MESSAGE_BYTES: Final = 8 * 1024 * 1024
MAX_ATTEMPTS: Final = 4
_KEEPALIVE_MS: Final = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerToken:
    """Identity by token: the file's content is sent with every call."""

    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """Identity by client certificate (mTLS port)."""

    cert_file: Path
    key_file: Path


def open_channel(
    address: str,
    *,
    ca_file: Path,
    identity: BearerToken | ClientCertificate,
    default_timeout_s: float = 10.0,
    idempotent_methods: Sequence[str] = (),
) -> grpc.aio.Channel:
    """A channel to `host:port`. `idempotent_methods`: full methods (`/seikyu.claims.v1.ClaimService/GetClaim`).

    Needs a running event loop. Raises OSError when a file cannot be read.
    """
    return grpc.aio.secure_channel(
        address,
        _credentials(ca_file, identity),
        options=_options(idempotent_methods),
        interceptors=[
            _UnaryDefaults(default_timeout_s),
            _UnaryStreamTrace(),
            _StreamUnaryTrace(),
            _StreamStreamTrace(),
        ],
    )


def _credentials(ca_file: Path, identity: BearerToken | ClientCertificate) -> grpc.ChannelCredentials:
    authority = ca_file.read_bytes()
    if isinstance(identity, ClientCertificate):
        return grpc.ssl_channel_credentials(
            authority, private_key=identity.key_file.read_bytes(), certificate_chain=identity.cert_file.read_bytes()
        )
    token = grpc.access_token_call_credentials(identity.file.read_text().strip())
    return grpc.composite_channel_credentials(grpc.ssl_channel_credentials(authority), token)


def _options(idempotent_methods: Sequence[str]) -> list[tuple[str, str | int]]:
    options: list[tuple[str, str | int]] = [
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        ("grpc.keepalive_time_ms", _KEEPALIVE_MS),
    ]
    if idempotent_methods:
        options.append(("grpc.service_config", _retries(idempotent_methods)))
    return options


def _retries(methods: Sequence[str]) -> str:
    names = [dict(zip(("service", "method"), method.lstrip("/").split("/"), strict=True)) for method in methods]
    policy = {
        "maxAttempts": MAX_ATTEMPTS,
        "initialBackoff": "0.1s",
        "maxBackoff": "2s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    return json.dumps({"methodConfig": [{"name": names, "retryPolicy": policy}]})


def _with_trace(details: grpc.aio.ClientCallDetails, timeout_s: float | None) -> grpc.aio.ClientCallDetails:
    metadata = grpc.aio.Metadata(*(details.metadata or ()))
    traceparent = current_traceparent()
    if traceparent is not None and metadata.get("traceparent") is None:
        metadata.add("traceparent", traceparent)
    return grpc.aio.ClientCallDetails(
        method=details.method,
        timeout=details.timeout if details.timeout is not None else timeout_s,
        metadata=metadata,
        credentials=details.credentials,
        wait_for_ready=details.wait_for_ready,
    )


Proceed = Callable[[grpc.aio.ClientCallDetails, Any], Awaitable[Any]]
"""grpc declares its continuations generically over the wire's messages."""


class _UnaryDefaults(grpc.aio.UnaryUnaryClientInterceptor):
    """Deadline and trace of unary calls."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s

    @override
    async def intercept_unary_unary(
        self, continuation: Proceed, client_call_details: grpc.aio.ClientCallDetails, request: Any
    ) -> Any:
        return await continuation(_with_trace(client_call_details, self._timeout_s), request)


class _UnaryStreamTrace(grpc.aio.UnaryStreamClientInterceptor):
    """Trace of streams; they end when they end, so they get no deadline."""

    @override
    async def intercept_unary_stream(
        self, continuation: Proceed, client_call_details: grpc.aio.ClientCallDetails, request: Any
    ) -> Any:
        return await continuation(_with_trace(client_call_details, None), request)


class _StreamUnaryTrace(grpc.aio.StreamUnaryClientInterceptor):
    """The same, for a stream with one answer."""

    @override
    async def intercept_stream_unary(
        self, continuation: Proceed, client_call_details: grpc.aio.ClientCallDetails, request_iterator: Any
    ) -> Any:
        return await continuation(_with_trace(client_call_details, None), request_iterator)


class _StreamStreamTrace(grpc.aio.StreamStreamClientInterceptor):
    """The same, for streams both ways."""

    @override
    async def intercept_stream_stream(
        self, continuation: Proceed, client_call_details: grpc.aio.ClientCallDetails, request_iterator: Any
    ) -> Any:
        return await continuation(_with_trace(client_call_details, None), request_iterator)
