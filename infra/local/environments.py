"""What each process of the platform is told: one environment per service, and one file for clients."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.local.authority import Authority, KeyPair, ensure_token_keys
from infra.local.credentials import Credentials, ensure_platform_key, write_private
from infra.local.databases import ServiceDatabase
from infra.local.kafka_admin import KafkaAccount
from infra.local.settings import REPOSITORY, ServiceSettings, StackSettings
from infra.local.topology import HOUR_MS, load_topology
from services.shared.chassis.identity import Principal, PrincipalKind, Role, TokenIssuer

OPERATOR = "operator"
CHECKER = "checker"
"""A second operator: what one proposes, another has to approve, on one machine too."""
OPERATOR_TOKEN_LIFE = timedelta(days=30)
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV")
"""What a process keeps of our own environment; everything else could change what it does."""
SIGNERS = frozenset({"claims"})
"""claims owns identities, so it alone holds the key that signs tokens."""
PSEUDONYMISERS = frozenset({"claims", "eligibility"})
"""The services that compute member keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Keys and certificates of a stack, made once and kept."""

    authority: Authority
    client_authority: Authority
    token: KeyPair
    platform_key_file: Path
    operator_token_file: Path
    checker_token_file: Path


def ensure_keys(settings: StackSettings) -> Keys:
    """Make what is missing: authority, token keys, platform key, and a token for each of two operators."""
    keys = Keys(
        authority=Authority(settings.tls_dir),
        client_authority=Authority(settings.tls_dir / "clients", "Seikyu payers' certificates"),
        token=ensure_token_keys(settings.tls_dir),
        platform_key_file=settings.tls_dir / "platform.key",
        operator_token_file=settings.tls_dir / "operator.token",
        checker_token_file=settings.tls_dir / f"{CHECKER}.token",
    )
    ensure_platform_key(keys.platform_key_file)
    issuer = TokenIssuer.from_file(keys.token.key_file)
    for name, file in (("admin", keys.operator_token_file), (CHECKER, keys.checker_token_file)):
        operator = Principal(kind=PrincipalKind.OPERATOR, id=name, roles=frozenset({Role.ADMIN}))
        token = issuer.issue(operator, now=datetime.now(UTC), life=OPERATOR_TOKEN_LIFE)
        write_private(file, token.encode())
    return keys


def base_environment() -> dict[str, str]:
    """What every Python process of ours starts with."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    path = os.pathsep.join((str(REPOSITORY), str(REPOSITORY / "protos" / "gen")))
    return kept | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}


def service_environment(
    settings: StackSettings, service: ServiceSettings, *, database: ServiceDatabase, kafka: KafkaAccount, keys: Keys
) -> dict[str, str]:
    """The whole environment of one service's process."""
    pair = keys.authority.server(service.name)
    environment = base_environment() | {
        "SEIKYU_POSTGRES_DSN": database.dsn,
        **kafka_environment(kafka),
        "SEIKYU_GRPC_HOST": settings.listen_host,
        "SEIKYU_GRPC_PORT": str(service.port),
        "SEIKYU_GRPC_MTLS_PORT": str(service.mtls_port),
        "SEIKYU_TLS_CERT_FILE": str(pair.cert_file),
        "SEIKYU_TLS_KEY_FILE": str(pair.key_file),
        "SEIKYU_TLS_CA_FILE": str(keys.authority.ca_file),
        "SEIKYU_CLIENT_CA_FILE": str(keys.client_authority.ca_file),
        "SEIKYU_TOKEN_PUBLIC_KEY_FILE": str(keys.token.cert_file),
        "SEIKYU_TRACE_SHARE": str(settings.trace_share),
        **_addresses(settings, {other.name: other.mtls_port for other in settings.services}),
        **telemetry_environment(settings, service.name),
    }
    if service.name in SIGNERS:
        environment["SEIKYU_TOKEN_PRIVATE_KEY_FILE"] = str(keys.token.key_file)
        environment["SEIKYU_CLIENT_AUTHORITY_CERT_FILE"] = str(keys.client_authority.ca_file)
        environment["SEIKYU_CLIENT_AUTHORITY_KEY_FILE"] = str(keys.client_authority.ca_key_file)
    if service.name in PSEUDONYMISERS:
        environment["SEIKYU_PLATFORM_KEY_FILE"] = str(keys.platform_key_file)
    return environment


def enroller_environment(account: KafkaAccount) -> dict[str, str]:
    """Settlement's second principal, with which it makes a payer's topics, user and rights, as declared."""
    return {
        "SEIKYU_KAFKA_ENROLLER_USERNAME": account.username,
        "SEIKYU_KAFKA_ENROLLER_PASSWORD": account.password,
        "SEIKYU_PAYER_TOPIC_RETENTION_HOURS": str(load_topology().payer_retention_ms // HOUR_MS),
    }


def payment_environment() -> dict[str, str]:
    """The account that hospitals are paid from, at a bank that nobody has the code of: no such file is payable.

    It is also the one account whose statements are imported: no SEIKYU_BANK_ACCOUNTS stands beside it.
    """
    return {
        "SEIKYU_PAYMENT_ACCOUNT": "999999920000001",
        "SEIKYU_PAYMENT_REMITTER_CODE": "0000009999",
        "SEIKYU_PAYMENT_REMITTER_NAME": "ｾｲｷﾕｳ ﾃｽﾄ",
        "SEIKYU_PAYMENT_TEST_BANKS": "9999",
    }


def telemetry_environment(settings: StackSettings, service_name: str) -> dict[str, str]:
    """Spans to the local trace store, through the exporter that the standard variable names; no metrics exporter."""
    return {
        "OTEL_SERVICE_NAME": service_name,
        "OTEL_TRACES_EXPORTER": "zipkin_json",
        "OTEL_EXPORTER_ZIPKIN_ENDPOINT": f"{settings.zipkin_url}/api/v2/spans",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
    }


def kafka_environment(account: KafkaAccount) -> dict[str, str]:
    """How one principal reaches the broker."""
    return {
        "SEIKYU_KAFKA_BOOTSTRAP": account.bootstrap,
        "SEIKYU_KAFKA_USERNAME": account.username,
        "SEIKYU_KAFKA_PASSWORD": account.password,
        "SEIKYU_KAFKA_CA_FILE": str(account.ca_file),
    }


def client_environment(settings: StackSettings, *, operator: KafkaAccount, keys: Keys) -> dict[str, str]:
    """What the `seikyu` command needs to act as this machine's operator."""
    return {
        **_addresses(settings, {service.name: service.port for service in settings.services}),
        "SEIKYU_TLS_CA_FILE": str(keys.authority.ca_file),
        "SEIKYU_TOKEN_FILE": str(keys.operator_token_file),
        "SEIKYU_CHECKER_TOKEN_FILE": str(keys.checker_token_file),
        **kafka_environment(operator),
        "SEIKYU_ZIPKIN_URL": settings.zipkin_url,
    }


def write_client_environment(path: Path, environment: Mapping[str, str]) -> None:
    """One `NAME=value` per line; holds a password, so only its owner may read it."""
    write_private(path, "".join(f"{name}={value}\n" for name, value in environment.items()).encode())


def operator_account(credentials: Credentials, settings: StackSettings, keys: Keys) -> KafkaAccount:
    """The broker's principal for people: reads every topic, writes for replay."""
    return KafkaAccount(
        bootstrap=settings.bootstrap,
        username=OPERATOR,
        password=credentials.password(f"kafka:{OPERATOR}"),
        ca_file=keys.authority.ca_file,
    )


def _addresses(settings: StackSettings, ports: Mapping[str, int]) -> dict[str, str]:
    return {f"SEIKYU_{name.upper()}_ADDRESS": f"{settings.host(name)}:{port}" for name, port in ports.items()}
