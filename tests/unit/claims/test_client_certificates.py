"""Payers' client certificates: for the key of the request, for the payer asked for, and for nothing else."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from infra.local.authority import Authority
from services.claims.adapters.client_certificates import BadCertificateRequest, ClientAuthority
from services.shared.chassis.identity import Principal, PrincipalKind, principal_of_certificate

PAYER = "01130012"
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
LIFE = timedelta(days=365)
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def signed(key: Key, *, uri: str = "") -> bytes:
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    if uri:
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)])
        request = request.add_extension(names, critical=False)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return request.sign(key, algorithm).public_bytes(Encoding.PEM)


@pytest.fixture
def authority(tmp_path: Path) -> ClientAuthority:
    made = Authority(tmp_path, "Payers")
    return ClientAuthority.from_files(made.ca_file, made.ca_key_file)


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()])
def test_a_certificate_is_the_payers_for_the_requests_key_and_tells_when_it_was_given(
    authority: ClientAuthority, key: "ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey"
) -> None:
    issued = authority.issue(PAYER, signed(key), now=NOW, life=LIFE)

    read = x509.load_pem_x509_certificate(issued.pem)
    read.verify_directly_issued_by(authority.certificate)
    assert read.public_key() == key.public_key()
    shown = {
        "x509_subject_alternative_name": (f"spiffe://seikyu/payer/{PAYER}".encode(),),
        "x509_pem_cert": (issued.pem,),
    }
    principal = principal_of_certificate(shown)
    assert principal == Principal(kind=PrincipalKind.PAYER, id=PAYER)
    assert principal is not None
    assert principal.issued_at == NOW
    assert issued.expires_at == NOW + LIFE


def test_names_that_a_request_asks_for_are_not_read(authority: ClientAuthority) -> None:
    request = signed(ec.generate_private_key(ec.SECP256R1()), uri="spiffe://seikyu/operator/eve/admin")

    read = x509.load_pem_x509_certificate(authority.issue(PAYER, request, now=NOW, life=LIFE).pem)

    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [f"spiffe://seikyu/payer/{PAYER}"]


def test_a_certificate_of_a_payers_signs_no_other(authority: ClientAuthority) -> None:
    request = signed(ec.generate_private_key(ec.SECP256R1()))

    read = x509.load_pem_x509_certificate(authority.issue(PAYER, request, now=NOW, life=LIFE).pem)

    assert not read.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


@pytest.mark.parametrize(
    "request_bytes",
    [b"", b"nothing", signed(rsa.generate_private_key(65537, 2048)), signed(ec.generate_private_key(ec.SECP521R1()))],
    ids=["empty", "no request", "RSA", "P-521"],
)
def test_what_is_no_request_for_a_kind_of_key_that_is_taken_is_refused(
    authority: ClientAuthority, request_bytes: bytes
) -> None:
    with pytest.raises(BadCertificateRequest):
        authority.issue(PAYER, request_bytes, now=NOW, life=LIFE)


def test_a_request_that_its_own_key_did_not_sign_is_refused(authority: ClientAuthority) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.load_pem_x509_csr(signed(key)).public_bytes(Encoding.DER)
    forged = bytearray(request)
    forged[-1] ^= 1
    try:
        pem = x509.load_der_x509_csr(bytes(forged)).public_bytes(Encoding.PEM)
    except ValueError:
        pytest.skip("the changed byte broke the form of the signature")

    with pytest.raises(BadCertificateRequest):
        authority.issue(PAYER, pem, now=NOW, life=LIFE)
