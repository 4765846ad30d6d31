"""A payer's client certificate: the key is made here and stays here, claims signs the request."""

from typing import Final

import grpc
import grpc.aio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from seikyu.claims.v1 import enrolment_service_pb2 as enrolments
from seikyu.claims.v1.enrolment_service_pb2_grpc import EnrolmentServiceStub

from services.cli.client import Client, keep_private

NONE_SIGNED: Final = frozenset({grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.UNIMPLEMENTED})
"""The platform has no authority for payers' certificates; its payers speak by token alone."""


async def certified(client: Client, payer_number: str) -> dict[str, str]:
    """Make a key, have it certified and keep both; their files for the credentials, nothing where none is signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = enrolments.IssuePayerCertificateRequest(
        payer_number=payer_number, certificate_request=_request(key, payer_number)
    )
    try:
        async with client.channel("claims") as channel:
            issued = await EnrolmentServiceStub(channel).IssuePayerCertificate(request)
    except grpc.aio.AioRpcError as refused:
        if refused.code() in NONE_SIGNED:
            return {}
        raise
    certificate_file = client.payer_file(payer_number).with_suffix(".pem")
    key_file = certificate_file.with_suffix(".key")
    keep_private(key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    keep_private(certificate_file, issued.certificate)
    return {
        "certificate_file": str(certificate_file),
        "certificate_key_file": str(key_file),
        "certificate_expire_time": issued.expire_time.ToJsonString(),
    }


def _request(key: ec.EllipticCurvePrivateKey, payer_number: str) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"payer-{payer_number}")])
    return (
        x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    )
