"""Whether a service answers: the standard gRPC health service over TLS."""

import socket
import time
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2

from infra.local.processes import POLL_S, ProcessRecord, StartFailed, find, log_tail
from infra.local.settings import HOST

START_TIMEOUT_S = 60.0
CALL_TIMEOUT_S = 2.0
CHECK = "/grpc.health.v1.Health/Check"


def wait_until_serving(record: ProcessRecord, *, port: int, ca_file: Path, log_file: Path) -> None:
    """Return once the service says SERVING. Raises StartFailed with the end of its log."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not (accepts(port) and is_serving(port, ca_file)):
        if find(record) is None:
            raise StartFailed(f"{record.name} ended while starting; see {log_file}\n{log_tail(log_file)}")
        if time.monotonic() > deadline:
            message = f"{record.name} did not serve within {START_TIMEOUT_S:.0f} s; see {log_file}"
            raise StartFailed(f"{message}\n{log_tail(log_file)}")
        time.sleep(POLL_S)


def accepts(port: int) -> bool:
    """Whether something listens on the loopback port."""
    with socket.socket() as probe:
        probe.settimeout(CALL_TIMEOUT_S)
        return probe.connect_ex((HOST, port)) == 0


def is_serving(port: int, ca_file: Path) -> bool:
    """Whether the health service says SERVING for the whole process."""
    credentials = grpc.ssl_channel_credentials(ca_file.read_bytes())
    with grpc.secure_channel(f"{HOST}:{port}", credentials) as channel:
        check = channel.unary_unary(
            CHECK,
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        try:
            answer = check(health_pb2.HealthCheckRequest(), timeout=CALL_TIMEOUT_S)
        except grpc.RpcError:
            return False
        return answer.status == health_pb2.HealthCheckResponse.SERVING
