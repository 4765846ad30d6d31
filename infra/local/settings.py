"""What the local stack is made of: ports and sizes from stack.toml, and where its state lies.

Every port is on the loopback address. Nothing here starts anything.
"""

import os
import random
import socket
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
STATE_DIR_VARIABLE = "SEIKYU_STATE_DIR"
STACK_FILE_VARIABLE = "SEIKYU_STACK_FILE"
STACK_FILE = Path(__file__).with_name("stack.toml")
PORTS_FOR_TESTS = range(20_000, 32_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresSettings:
    """Sizes of the one PostgreSQL cluster; it listens on a Unix socket."""

    max_connections: int
    shared_buffers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSettings:
    """The broker's client port, its controller's port, and its heap as the JVM writes sizes."""

    port: int
    controller_port: int
    heap: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipkinSettings:
    """The trace store's port, heap, and how many spans it keeps before it forgets the oldest."""

    port: int
    heap: str
    max_spans: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """A service's two ports: TLS with bearer tokens, and TLS with client certificates."""

    name: str
    port: int
    mtls_port: int

    @property
    def package_dir(self) -> Path:
        """Where the service's code lies."""
        return REPOSITORY / "services" / self.name

    @property
    def exists(self) -> bool:
        """Whether the service has a process to start."""
        return (self.package_dir / "entrypoints" / "main.py").exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSettings:
    """The whole stack under one state folder."""

    state_dir: Path
    postgres: PostgresSettings
    kafka: KafkaSettings
    zipkin: ZipkinSettings
    services: tuple[ServiceSettings, ...]
    trace_share: float
    named_hosts: bool
    """Whether each component has a host of its own, named after it (containers), or all share this machine."""

    @property
    def logs_dir(self) -> Path:
        """One log file per process."""
        return self.state_dir / "logs"

    @property
    def tls_dir(self) -> Path:
        """The local authority, certificates and keys."""
        return self.state_dir / "tls"

    @property
    def client_env_file(self) -> Path:
        """What the `seikyu` command reads when the environment says nothing."""
        return self.state_dir / "client.env"

    @property
    def bootstrap(self) -> str:
        """The broker's address."""
        return f"{self.host('kafka')}:{self.kafka.port}"

    @property
    def listen_host(self) -> str:
        """What servers bind to: loopback, or in a container of their own every interface."""
        return "0.0.0.0" if self.named_hosts else HOST  # noqa: S104 - inside a container

    @property
    def zipkin_url(self) -> str:
        """The trace page's address."""
        return f"http://{HOST}:{self.zipkin.port}"

    def host(self, name: str) -> str:
        """Where the component is reached."""
        return name if self.named_hosts else HOST

    def service(self, name: str) -> ServiceSettings:
        """The service of that name; KeyError when stack.toml has none."""
        return {service.name: service for service in self.services}[name]


def default_state_dir() -> Path:
    """`.run` in the repository, or what SEIKYU_STATE_DIR names."""
    return Path(os.environ.get(STATE_DIR_VARIABLE) or REPOSITORY / ".run").resolve()


def load_settings(state_dir: Path | None = None) -> StackSettings:
    """The settings of `make up`, from stack.toml or the file that SEIKYU_STACK_FILE names.

    Raises KeyError, TypeError or TOMLDecodeError for a bad one.
    """
    file = Path(os.environ.get(STACK_FILE_VARIABLE) or STACK_FILE)
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return _settings(table, (state_dir or default_state_dir()).resolve())


def isolated_settings(state_dir: Path) -> StackSettings:
    """The same stack beside any other: free ports, its own state folder. For tests and benches."""
    table = tomllib.loads(STACK_FILE.read_text(encoding="utf-8"))
    listeners = [table["kafka"], table["zipkin"], *table["services"].values()]
    fields = [(table, key) for table in listeners for key in table if key.endswith("port")]
    for (section, key), port in zip(fields, free_ports(len(fields)), strict=True):
        section[key] = port
    return _settings(table, state_dir.resolve())


def free_ports(count: int) -> list[int]:
    """Ports that nothing listened on a moment ago, each given once.

    They lie below those that the system hands out to outgoing connections: on a busy machine one of these would be
    taken between this moment and the server's start.
    """
    ports: list[int] = []
    for port in random.SystemRandom().sample(PORTS_FOR_TESTS, len(PORTS_FOR_TESTS)):
        if len(ports) == count:
            break
        if _is_free(port):
            ports.append(port)
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _settings(table: dict[str, Any], state_dir: Path) -> StackSettings:
    services = tuple(ServiceSettings(name=name, **fields) for name, fields in table["services"].items())
    return StackSettings(
        state_dir=state_dir,
        postgres=PostgresSettings(**table["postgres"]),
        kafka=KafkaSettings(**table["kafka"]),
        zipkin=ZipkinSettings(**table["zipkin"]),
        services=services,
        trace_share=float(table["telemetry"]["trace_share"]),
        named_hosts=bool(table["network"]["named_hosts"]),
    )
