"""The local certificate authority: one root per state folder, a server certificate, client certificates by identity.

A client certificate names whom it stands for in one URI: `spiffe://seikyu/<kind>/<id>`, for an operator with the role
behind it (services/shared/chassis/identity.py). Local use only: the root's key lies beside the certificates.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from infra.local.credentials import write_private
from infra.local.settings import HOST

SPIFFE_PREFIX = "spiffe://seikyu/"
VALIDITY = timedelta(days=3650)
BACKDATED = timedelta(hours=1)
"""Certificates begin an hour early, so that a clock which is a little behind still accepts them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A certificate and its private key, both PEM files; the key is PKCS#8."""

    cert_file: Path
    key_file: Path


class Authority:
    """Issues certificates under one root, which is made on first use and kept in `directory`."""

    def __init__(self, directory: Path, name: str = "Seikyu local authority") -> None:
        """Loads the root, or makes it under this name."""
        self._directory = directory
        self.ca_file = directory / "ca.pem"
        self.ca_key_file = key_file = directory / "ca.key"
        if not key_file.exists() or not self.ca_file.exists():
            _make_root(key_file, self.ca_file, name)
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{key_file} holds no elliptic curve key")
        self._key = key
        self._root = x509.load_pem_x509_certificate(self.ca_file.read_bytes())

    def server(self, name: str) -> KeyPair:
        """A certificate for localhost, 127.0.0.1 and a host called `name`; it also serves as `name`'s client's."""
        names: list[x509.GeneralName] = [
            x509.DNSName("localhost"),
            x509.DNSName(name),
            x509.IPAddress(ipaddress.ip_address(HOST)),
            x509.UniformResourceIdentifier(f"{SPIFFE_PREFIX}service/{name}"),
        ]
        return self._ensure(name, names, [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])

    def client(self, identity: str) -> KeyPair:
        """A client certificate for `<kind>/<id>`, for example `hospital/1310000001` or `operator/admin/admin`."""
        uri = x509.UniformResourceIdentifier(SPIFFE_PREFIX + identity)
        return self._ensure(identity.replace("/", "-"), [uri], [ExtendedKeyUsageOID.CLIENT_AUTH])

    def _ensure(self, name: str, names: list[x509.GeneralName], usages: list[x509.ObjectIdentifier]) -> KeyPair:
        pair = KeyPair(cert_file=self._directory / f"{name}.pem", key_file=self._directory / f"{name}.key")
        if pair.cert_file.exists() and pair.key_file.exists():
            return pair
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            _builder(name, self._root.subject, key.public_key())
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )
        certificate = builder.sign(self._key, hashes.SHA256())
        write_private(pair.key_file, _private_pem(key))
        write_private(pair.cert_file, certificate.public_bytes(serialization.Encoding.PEM))
        return pair


def ensure_token_keys(directory: Path) -> KeyPair:
    """The Ed25519 pair with which claims signs bearer tokens; `cert_file` is the public key that all verify with."""
    pair = KeyPair(cert_file=directory / "token.pub", key_file=directory / "token.key")
    if not pair.key_file.exists() or not pair.cert_file.exists():
        key = ed25519.Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        write_private(pair.key_file, _private_pem(key))
        write_private(pair.cert_file, public)
    return pair


def _make_root(key_file: Path, ca_file: Path, common_name: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        _builder(common_name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
    )
    certificate = builder.sign(key, hashes.SHA256())
    write_private(key_file, _private_pem(key))
    write_private(ca_file, certificate.public_bytes(serialization.Encoding.PEM))


def _builder(common_name: str, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]))
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + VALIDITY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _private_pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
