"""A payer speaks by a client certificate of its own key, until it is unenrolled; nobody else's request is signed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import grpc
import grpc.aio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from seikyu.claims.v1 import enrolment_service_pb2 as enrolments
from seikyu.claims.v1 import enrolment_service_pb2_grpc as enrolments_grpc

from infra.local.authority import Authority, ensure_token_keys
from services.claims.adapters.client_certificates import ClientAuthority
from services.claims.adapters.enrolment import Enrolment
from services.claims.entrypoints import rpc_enrolment
from services.claims.entrypoints.rpc_enrolment import EnrolmentServicer
from services.shared.chassis.channel import ClientCertificate, open_channel
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.grpc_server import RpcSurface, start_server
from services.shared.chassis.identity import TokenIssuer
from services.shared.chassis.postgres import Database
from services.shared.chassis.refusals import RefusedCallers
from tests.integration.claims.test_rpc import DEADLINE_S, Site
from tests.support.edge import Edge, MemoryTelemetry, grpc_settings

PAYER = "01130012"


def signed(key: "ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey") -> bytes:
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return request.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


@asynccontextmanager
async def serving(directory: Path, database: Database) -> AsyncIterator[Site]:
    """EnrolmentService with an authority of its own for payers' certificates."""
    clients = Authority(directory / "clients", "Payers")
    issuer = TokenIssuer.from_file(ensure_token_keys(directory).key_file)
    enrolment = Enrolment(database=database, issuer=issuer, token_life=timedelta(days=1))
    refused = RefusedCallers(enrolment.refusals)
    servicer = EnrolmentServicer(
        database=database,
        enrolment=enrolment,
        clock=SystemClock(),
        learn=refused.refresh,
        authority=ClientAuthority.from_files(clients.ca_file, clients.ca_key_file),
    )

    def register(server: grpc.aio.Server) -> None:
        enrolments_grpc.add_EnrolmentServiceServicer_to_server(servicer, server)

    surface = RpcSurface(register=register, names=[rpc_enrolment.NAME], access=rpc_enrolment.ACCESS, refused=refused)
    settings = grpc_settings(directory).model_copy(update={"client_ca_file": clients.ca_file})
    server = await start_server(settings, surface, MemoryTelemetry().build("claims"))
    await server.set_ready(True)
    site = Site(edge=Edge(server=server, authority=Authority(directory), directory=directory))
    yield site
    for channel in site.channels.values():
        await channel.close()
    await server.drain(0)


@pytest.fixture
async def site(tmp_path: Path, database: Database) -> AsyncIterator[Site]:
    async with serving(tmp_path, database) as served:
        yield served


def operator(site: Site) -> "enrolments_grpc.EnrolmentServiceAsyncStub":
    return site.enrolment("operator:ops", "admin")


async def enrolled(site: Site) -> None:
    request = enrolments.EnrolPayerRequest(request_id=str(uuid4()), payer_number=PAYER, name="Payer")
    await operator(site).EnrolPayer(request, timeout=DEADLINE_S)


async def issued(site: Site, request: bytes) -> bytes:
    asked = enrolments.IssuePayerCertificateRequest(payer_number=PAYER, certificate_request=request)
    return (await operator(site).IssuePayerCertificate(asked, timeout=DEADLINE_S)).certificate


async def is_admitted(site: Site, certificate: bytes, key: ec.EllipticCurvePrivateKey, directory: Path) -> bool:
    """Whether the gate knows who the certificate stands for; what is asked is an operator's, and refused to a payer."""
    cert_file, key_file = directory / f"{uuid4().hex}.pem", directory / f"{uuid4().hex}.key"
    cert_file.write_bytes(certificate)
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    async with open_channel(
        f"localhost:{site.edge.server.mtls_port}",
        ca_file=site.edge.authority.ca_file,
        identity=ClientCertificate(cert_file=cert_file, key_file=key_file),
    ) as channel:
        stub: enrolments_grpc.EnrolmentServiceAsyncStub = enrolments_grpc.EnrolmentServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.GetControlTotals(enrolments.GetControlTotalsRequest(), timeout=DEADLINE_S)
    assert refused.value.code() in {grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED}
    return refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_payers_certificate_is_its_identity_until_it_is_unenrolled_and_stays_refused_after_its_return(
    site: Site, tmp_path: Path
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    await enrolled(site)
    certificate = await issued(site, signed(key))
    assert await is_admitted(site, certificate, key, tmp_path)
    request = enrolments.UnenrolPayerRequest(request_id=str(uuid4()), payer_number=PAYER)

    await operator(site).UnenrolPayer(request, timeout=DEADLINE_S)

    assert not await is_admitted(site, certificate, key, tmp_path)
    await enrolled(site)
    assert not await is_admitted(site, certificate, key, tmp_path)


async def test_a_certificate_names_the_payer_alone_whatever_the_request_says(site: Site) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    await enrolled(site)
    other = x509.SubjectAlternativeName([x509.UniformResourceIdentifier("spiffe://seikyu/operator/eve/admin")])
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(other, critical=False)

    certificate = await issued(site, request.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))

    read = x509.load_pem_x509_certificate(certificate)
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [f"spiffe://seikyu/payer/{PAYER}"]
    assert read.public_key() == key.public_key()


async def test_what_is_no_signed_request_for_a_kind_of_key_that_is_taken_is_refused(site: Site) -> None:
    await enrolled(site)
    good = signed(ec.generate_private_key(ec.SECP256R1()))
    other = signed(rsa.generate_private_key(65537, 2048))

    for request in (b"nothing", other, good.replace(b"A", b"B")):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await issued(site, request)
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_payer_that_is_not_enrolled_gets_no_certificate(site: Site) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await issued(site, signed(ec.generate_private_key(ec.SECP256R1())))

    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
