"""The client's side. Owns how the CLI, the bench and one service calling another open a channel.

TLS always; identity by bearer token or client certificate; a default deadline on each unary call; the current
traceparent in the metadata; retries on UNAVAILABLE for the methods named idempotent, and only for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc.aio


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
    """A channel to `host:port`. `idempotent_methods`: full methods (`/seikyu.claims.v1.ClaimService/GetClaim`)."""
    raise NotImplementedError
