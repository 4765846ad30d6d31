"""TLS credentials from the settings' files. Owns the two forms a server needs: with and without client certificate."""

import grpc

from services.shared.chassis.settings import GrpcSettings


def token_port_credentials(settings: GrpcSettings) -> grpc.ServerCredentials:
    """TLS with the server's certificate; the caller proves who it is by token."""
    chain = (settings.tls_key_file.read_bytes(), settings.tls_cert_file.read_bytes())
    return grpc.ssl_server_credentials([chain])


def mtls_port_credentials(settings: GrpcSettings) -> grpc.ServerCredentials:
    """TLS that refuses a connection without a client certificate of the authority in `tls_ca_file`."""
    chain = (settings.tls_key_file.read_bytes(), settings.tls_cert_file.read_bytes())
    return grpc.ssl_server_credentials(
        [chain], root_certificates=settings.tls_ca_file.read_bytes(), require_client_auth=True
    )
