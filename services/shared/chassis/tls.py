"""TLS credentials from the settings' files. Owns the two forms a server needs: with and without client certificate."""

import grpc

from services.shared.chassis.settings import GrpcSettings


def token_port_credentials(settings: GrpcSettings) -> grpc.ServerCredentials:
    """TLS with the server's certificate; the caller proves who it is by token."""
    chain = (settings.tls_key_file.read_bytes(), settings.tls_cert_file.read_bytes())
    return grpc.ssl_server_credentials([chain])


def mtls_port_credentials(settings: GrpcSettings) -> grpc.ServerCredentials:
    """TLS that refuses a connection without a client certificate of one of the two authorities of the settings."""
    chain = (settings.tls_key_file.read_bytes(), settings.tls_cert_file.read_bytes())
    authorities = [each for each in (settings.tls_ca_file, settings.client_ca_file) if each is not None]
    return grpc.ssl_server_credentials(
        [chain], root_certificates=b"\n".join(each.read_bytes() for each in authorities), require_client_auth=True
    )
