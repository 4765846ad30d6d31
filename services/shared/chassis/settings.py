"""What a process is told by its environment. Owns reading and judging it; refuses to start on a bad value and names it.

A service subclasses `ServiceSettings` (one variable per field, prefix SEIKYU_) and starts with `load_settings`.
Secrets are `SecretStr` or paths, so that neither an error nor a log line can print one.
"""

import sys
from pathlib import Path
from typing import Annotated, ClassVar, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "SEIKYU_"
EXIT_BAD_SETTINGS = 78
"""EX_CONFIG of sysexits.h: the process must not be restarted before somebody has changed its settings."""


def _readable(path: Path) -> Path:
    if not path.is_file():
        raise ValueError("must name a readable file")
    return path


def _dsn(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise ValueError("must be a postgresql:// address")
    return secret


ReadableFile = Annotated[Path, AfterValidator(_readable)]
PostgresDsn = Annotated[SecretStr, AfterValidator(_dsn)]
Port = Annotated[int, Field(ge=0, le=65_535)]
"""0 asks the system for a free port (tests)."""
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class ProcessSettings(BaseSettings):
    """What every process has: tracing share, crash points, log level."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, hide_input_in_errors=True)

    log_level: Annotated[str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"
    trace_share: Share = 0.01
    crashpoint: Annotated[str, Field(pattern=r"^$|^[a-z0-9.-]+(:[1-9][0-9]*)?$")] = ""
    crashpoint_file: Path | None = None


class PostgresSettings(ProcessSettings):
    """The service's own database, under the role that runs it."""

    postgres_dsn: PostgresDsn
    postgres_pool_size: Annotated[int, Field(ge=2, le=64)] = 8


class KafkaSettings(ProcessSettings):
    """The broker and the principal of this service there (SASL_SSL, SCRAM-SHA-512)."""

    kafka_bootstrap: Annotated[str, Field(pattern=r"^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$")]
    kafka_username: Annotated[str, Field(min_length=1)]
    kafka_password: Annotated[SecretStr, Field(min_length=1)]
    kafka_ca_file: ReadableFile


class GrpcSettings(ProcessSettings):
    """Two ports: TLS with bearer token, and TLS with a client certificate. Both under one certificate.

    Client certificates are of the authority in `tls_ca_file`, or of that in `client_ca_file`, which signs nothing else.
    """

    grpc_host: str = "127.0.0.1"
    grpc_port: Port
    grpc_mtls_port: Port
    grpc_max_calls: Annotated[int, Field(ge=1, le=10_000)] = 200
    tls_cert_file: ReadableFile
    tls_key_file: ReadableFile
    tls_ca_file: ReadableFile
    client_ca_file: ReadableFile | None = None
    token_public_key_file: ReadableFile


class ServiceSettings(PostgresSettings, KafkaSettings, GrpcSettings):
    """Everything a service with a database, a broker and an RPC surface needs; a service adds its own fields."""

    service_name: ClassVar[str] = "unnamed"


SettingsT = TypeVar("SettingsT", bound=ProcessSettings)


def load_settings(kind: type[SettingsT]) -> SettingsT:
    """Read the environment; on a bad value print one line per variable to stderr and exit with EXIT_BAD_SETTINGS."""
    try:
        return kind()
    except ValidationError as refused:
        for line in explain(refused):
            sys.stderr.write(line + "\n")
        raise SystemExit(EXIT_BAD_SETTINGS) from None


def explain(refused: ValidationError) -> list[str]:
    """One sentence per bad variable: its name and the rule, never its value."""
    return [
        _sentence(problem["loc"], problem["type"], problem["msg"]) for problem in refused.errors(include_input=False)
    ]


def _sentence(place: tuple[int | str, ...], kind: str, rule: str) -> str:
    variable = PREFIX + "_".join(str(part) for part in place).upper()
    if kind == "missing":
        return f"setting {variable} is missing"
    return f"setting {variable} is refused: {rule.removeprefix('Value error, ')}"
