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

Metadata = tuple[tuple[str, str], ...]
Proceed = Callable[[grpc.aio.ClientCallDetails, Any], Awaitable[Any]]
"""grpc declares its continuations generically over the wire's messages."""


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
    own = _own_metadata(identity)
    return grpc.aio.secure_channel(
        address,
        _credentials(ca_file, identity),
        options=_options(idempotent_methods),
        interceptors=[
            _UnaryDefaults(own, default_timeout_s),
            _UnaryStreamDefaults(own),
            _StreamUnaryDefaults(own),
            _StreamStreamDefaults(own),
        ],
    )


def _credentials(ca_file: Path, identity: BearerToken | ClientCertificate) -> grpc.ChannelCredentials:
    authority = ca_file.read_bytes()
    if isinstance(identity, ClientCertificate):
        return grpc.ssl_channel_credentials(
            authority, private_key=identity.key_file.read_bytes(), certificate_chain=identity.cert_file.read_bytes()
        )
    return grpc.ssl_channel_credentials(authority)


def _own_metadata(identity: BearerToken | ClientCertificate) -> Metadata:
    """The token goes in as plain metadata: grpc's own call credentials start a thread for each call."""
    if isinstance(identity, ClientCertificate):
        return ()
    return (("authorization", f"Bearer {identity.file.read_text().strip()}"),)


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


class _Defaults:
    """What every call of a channel carries: the caller's identity and the span under way."""

    def __init__(self, own: Metadata, timeout_s: float | None = None) -> None:
        self._own = own
        self._timeout_s = timeout_s

    def _completed(self, details: grpc.aio.ClientCallDetails) -> grpc.aio.ClientCallDetails:
        metadata = grpc.aio.Metadata(*(details.metadata or ()), *self._own)
        traceparent = current_traceparent()
        if traceparent is not None and metadata.get("traceparent") is None:
            metadata.add("traceparent", traceparent)
        return grpc.aio.ClientCallDetails(
            method=details.method,
            timeout=details.timeout if details.timeout is not None else self._timeout_s,
            metadata=metadata,
            credentials=details.credentials,
            wait_for_ready=details.wait_for_ready,
        )


class _UnaryDefaults(_Defaults, grpc.aio.UnaryUnaryClientInterceptor):
    """Unary calls get a deadline as well; streams end when they end."""

    @override
    async def intercept_unary_unary(
        self, continuation: Proceed, client_call_details: grpc.aio.ClientCallDetails, request: Any
    ) -> Any:
        return await continuation(self._completed(client_call_details), request)


class _UnaryStreamDefaults(_Defaults, grpc.aio.UnaryStreamClientInterceptor):
    @override
    async def intercept_unary_stream(
        self, continuation: Proceed, client_call_details: grpc.aio.ClientCallDetails, request: Any
    ) -> Any:
        return await continuation(self._completed(client_call_details), request)


class _StreamUnaryDefaults(_Defaults, grpc.aio.StreamUnaryClientInterceptor):
    @override
    async def intercept_stream_unary(
        self, continuation: Proceed, client_call_details: grpc.aio.ClientCallDetails, request_iterator: Any
    ) -> Any:
        return await continuation(self._completed(client_call_details), request_iterator)


class _StreamStreamDefaults(_Defaults, grpc.aio.StreamStreamClientInterceptor):
    @override
    async def intercept_stream_stream(
        self, continuation: Proceed, client_call_details: grpc.aio.ClientCallDetails, request_iterator: Any
    ) -> Any:
        return await continuation(self._completed(client_call_details), request_iterator)
