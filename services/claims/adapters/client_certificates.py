"""Payers' client certificates: signed for the key of a request by an authority that signs nothing else.

The private key stays where it was made. What a request says about names is not read: the certificate names the payer
whom the operator asked for.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SPIFFE_PAYER: Final = "spiffe://seikyu/payer/"
CURVES: Final = (ec.SECP256R1, ec.SECP384R1)
Key = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


class BadCertificateRequest(Exception):
    """Not a signed PKCS#10 request, or for a kind of key that is not taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCertificate:
    """In PEM, and when it ends."""

    pem: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAuthority:
    """Signs client certificates; only claims holds its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def from_files(cls, certificate: Path, key: Path) -> Self:
        """The authority of two PEM files; raises ValueError for another kind of key."""
        loaded = load_pem_private_key(key.read_bytes(), password=None)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise ValueError("the client authority's key is not an elliptic curve key")  # noqa: TRY004 - a bad file
        return cls(certificate=x509.load_pem_x509_certificate(certificate.read_bytes()), key=loaded)

    def issue(self, payer_number: str, request: bytes, *, now: datetime, life: timedelta) -> IssuedCertificate:
        """A certificate for the request's key that holds from `now`, in whole seconds.

        Raises:
            BadCertificateRequest: see there.
        """
        expires_at = now + life
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"payer-{payer_number}")]))
            .issuer_name(self.certificate.subject)
            .public_key(_key_of(request))
            .serial_number(x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(expires_at)
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(SPIFFE_PAYER + payer_number)]),
                critical=False,
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return IssuedCertificate(pem=certificate.public_bytes(Encoding.PEM), expires_at=expires_at)


def _key_of(request: bytes) -> Key:
    try:
        read = x509.load_pem_x509_csr(request)
        is_signed, key = read.is_signature_valid, read.public_key()
    except (ValueError, InvalidSignature, UnsupportedAlgorithm) as unreadable:
        raise BadCertificateRequest("it is no signed PKCS#10 request in PEM") from unreadable
    if not is_signed:
        raise BadCertificateRequest("it is not signed by its own key")
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, CURVES):
        return key
    raise BadCertificateRequest("the key must be P-256, P-384 or Ed25519")
