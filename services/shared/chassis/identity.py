"""Who calls. Owns the principal, and its two proofs: a client certificate's SAN and a signed token.

The certificate's URI SAN is `spiffe://seikyu/<kind>/<id>`, for operators with the role at the end:
`spiffe://seikyu/operator/<name>/<role>`. The token is a JWT signed with Ed25519 by `claims`, which owns identities:
`iss` and `aud` seikyu, `sub` `<kind>:<id>`, `roles`, `iat`, `exp`. Nothing here knows what a principal may do.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

AUDIENCE: Final = "seikyu"
ISSUER: Final = "seikyu"
ALGORITHM: Final = "EdDSA"
CLOCK_LEEWAY: Final = timedelta(seconds=30)
MAX_REMEMBERED_TOKENS: Final = 1_000
MAX_TOKEN_LIFE: Final = timedelta(days=400)

_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_SPIFFE: Final = "spiffe://seikyu/"


class PrincipalKind(Enum):
    """Who may call: 医療機関, 保険者・公費, 運用者, another service."""

    HOSPITAL = "hospital"
    PAYER = "payer"
    OPERATOR = "operator"
    SERVICE = "service"


class Role(Enum):
    """What an operator may do: everything, look, or decide on codes that wait for a person."""

    ADMIN = "admin"
    VIEWER = "viewer"
    REVIEWER = "reviewer"


class IdentityRefused(Exception):
    """The proof of identity is missing, forged, expired or malformed. `reason` is a constant for the counter."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller: `id` is the 10-digit hospital code, the payer number, the operator's or the service's name.

    `issued_at` is when its proof was given to it, where that is known; two proofs of one caller are the same caller.
    """

    kind: PrincipalKind
    id: str
    roles: frozenset[Role] = frozenset()
    issued_at: datetime | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if _ID.fullmatch(self.id) is None:
            raise IdentityRefused("malformed_subject")

    @property
    def subject(self) -> str:
        """`hospital:1310000001`, as tokens, logs and the request log write it."""
        return f"{self.kind.value}:{self.id}"


def parse_subject(subject: str, roles: Sequence[str] = ()) -> Principal:
    """The principal of `<kind>:<id>`.

    Raises:
        IdentityRefused: the kind, the id or a role is unknown.
    """
    kind, _, name = subject.partition(":")
    try:
        return Principal(kind=PrincipalKind(kind), id=name, roles=frozenset(Role(role) for role in roles))
    except ValueError as unknown:
        raise IdentityRefused("malformed_subject") from unknown


def principal_of_certificate(auth_context: Mapping[str, Sequence[bytes]]) -> Principal | None:
    """The principal of a verified client certificate; none where the connection has no certificate.

    Raises:
        IdentityRefused: a certificate without exactly one URI of the shape above.
    """
    names = [name.decode("ascii", "replace") for name in auth_context.get("x509_subject_alternative_name", ())]
    if not names:
        return None
    uris = [name for name in names if name.startswith(_SPIFFE)]
    if len(uris) != 1:
        raise IdentityRefused("certificate_names_nobody")
    kind, name, *roles = (*uris[0].removeprefix(_SPIFFE).split("/"), "")[:4]
    principal = parse_subject(f"{kind}:{name}", [role for role in roles if role])
    chain = auth_context.get("x509_pem_cert", ())
    return replace(principal, issued_at=_begins(bytes(chain[0]))) if chain else principal


@lru_cache(maxsize=MAX_REMEMBERED_TOKENS)
def _begins(certificate: bytes) -> datetime:
    """When a verified certificate begins to hold: a connection shows the same one with each call."""
    return x509.load_pem_x509_certificate(certificate).not_valid_before_utc


class TokenVerifier:
    """Verifies bearer tokens with the public key; remembers the last MAX_REMEMBERED_TOKENS good ones until they expire.

    One signature costs as much as the rest of a small call, and a caller sends the same token with each.
    """

    def __init__(self, key: Ed25519PublicKey, now_s: Callable[[], float] = time.time) -> None:
        """`now_s` gives seconds since the epoch."""
        self._key = key
        self._now_s = now_s
        self._good: dict[str, tuple[Principal, float]] = {}

    @classmethod
    def from_file(cls, path: Path) -> "TokenVerifier":
        """The verifier for a PEM file with an Ed25519 public key; raises ValueError for another key."""
        key = load_pem_public_key(path.read_bytes())
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("the token key is not an Ed25519 public key")  # noqa: TRY004 - a bad file, not a bad call
        return cls(key)

    def verify(self, token: str) -> Principal:
        """The principal whom the token names.

        Raises:
            IdentityRefused: bad signature, wrong audience or issuer, expired, or a claim is missing.
        """
        known = self._good.get(token)
        if known is not None and self._now_s() < known[1]:
            return known[0]
        claims = self._claims(token)
        caller = parse_subject(str(claims["sub"]), [str(role) for role in claims.get("roles", ())])
        principal = replace(caller, issued_at=datetime.fromtimestamp(float(claims["iat"]), UTC))
        self._remember(token, principal, float(claims["exp"]))
        return principal

    def _remember(self, token: str, principal: Principal, until_s: float) -> None:
        if len(self._good) >= MAX_REMEMBERED_TOKENS:
            self._good.pop(next(iter(self._good)))
        self._good[token] = (principal, until_s)

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=CLOCK_LEEWAY,
                options={"require": ["sub", "exp", "iat", "aud", "iss"]},
            )
        except jwt.ExpiredSignatureError as expired:
            raise IdentityRefused("token_expired") from expired
        except jwt.InvalidTokenError as invalid:
            raise IdentityRefused("token_invalid") from invalid
        return claims


@dataclass(frozen=True, slots=True)
class TokenIssuer:
    """Signs bearer tokens; only `claims` and the local stack hold the private key."""

    key: Ed25519PrivateKey

    @classmethod
    def from_file(cls, path: Path) -> "TokenIssuer":
        """The issuer for a PEM file with an Ed25519 private key; raises ValueError for another key."""
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("the token key is not an Ed25519 private key")  # noqa: TRY004 - a bad file, not a bad call
        return cls(key)

    def issue(self, principal: Principal, *, now: datetime, life: timedelta) -> str:
        """A token for the principal that holds from `now` for `life` (at most MAX_TOKEN_LIFE)."""
        if not timedelta() < life <= MAX_TOKEN_LIFE:
            raise ValueError("a token lives between 0 and 400 days")
        return jwt.encode(
            {
                "iss": ISSUER,
                "aud": AUDIENCE,
                "sub": principal.subject,
                "roles": sorted(role.value for role in principal.roles),
                "iat": round(now.timestamp(), 3),  # an unenrolment may come in the same second
                "exp": now + life,
            },
            self.key,
            algorithm=ALGORITHM,
        )
