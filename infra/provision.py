"""Prepares a deployment in containers, before and after its servers start. docker-compose.yml runs both steps.

    python -m infra.provision files      keys, passwords, the broker's files, one environment file per service
    python -m infra.provision servers    databases, roles, migrations; Kafka's users, rights and topics

Both may be repeated. The state folder (SEIKYU_STATE_DIR) is a volume that every container mounts under the same path.
"""

import asyncio
import shlex
import sys
from pathlib import Path

from infra.local.broker_files import BROKER, BrokerFiles
from infra.local.credentials import Credentials, write_private
from infra.local.databases import Account, ServiceDatabase, provision, service_database
from infra.local.environments import (
    Keys,
    client_environment,
    enroller_environment,
    ensure_keys,
    payment_environment,
    service_environment,
    write_client_environment,
)
from infra.local.kafka_admin import KafkaAccount, KafkaAdmin
from infra.local.settings import StackSettings, load_settings
from infra.local.topology import load_topology
from services.shared.chassis.migrate import migrate

KAFKA_BINARIES = Path("/opt/kafka/bin")
POSTGRES = "postgres"
TRACES = {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://jaeger:4317"}


class Deployment:
    """One deployment's state folder."""

    def __init__(self, settings: StackSettings) -> None:
        """Makes keys and passwords that are not there yet."""
        self.settings = settings
        self.credentials = Credentials(settings.state_dir / "credentials.json")
        self.keys: Keys = ensure_keys(settings)

    @property
    def admin_dsn(self) -> str:
        """PostgreSQL's superuser."""
        return (
            f"postgresql://{POSTGRES}:{self.credentials.password(POSTGRES)}@{self.settings.host(POSTGRES)}/{POSTGRES}"
        )

    def write_files(self) -> None:
        """Everything that servers and services read when they start."""
        state = self.settings.state_dir
        write_private(state / "postgres-password", self.credentials.password(POSTGRES).encode())
        script = BrokerFiles(self.settings, self.credentials, self.keys.authority).container_script(KAFKA_BINARIES)
        write_private(state / "kafka" / "start.sh", script.encode())
        for service in self.settings.services:
            database = self._database(service.name)
            account = self._kafka(service.name)
            environment = service_environment(self.settings, service, database=database, kafka=account, keys=self.keys)
            if service.name == "settlement":
                environment |= enroller_environment(self._kafka("enroller")) | payment_environment()
            environment.pop("OTEL_EXPORTER_ZIPKIN_ENDPOINT")
            _write_shell(state / "env" / f"{service.name}.env", environment | TRACES)
        client = client_environment(self.settings, operator=self._kafka("operator"), keys=self.keys)
        write_client_environment(self.settings.client_env_file, client)

    async def prepare_servers(self) -> None:
        """Databases, roles, migrations, users, rights, topics."""
        accounts = [self._account(service.name) for service in self.settings.services]
        for database in await provision(self.admin_dsn, accounts):
            await migrate(database.owner_dsn, self.settings.service(database.name).package_dir / "sql")
        topology = load_topology()
        passwords = {name: self.credentials.password(f"kafka:{name}") for name in topology.principals}
        KafkaAdmin(self._kafka(BROKER)).apply(topology, passwords)

    def _account(self, name: str) -> Account:
        return Account(
            database=name,
            password=self.credentials.password(f"postgres:{name}"),
            owner_password=self.credentials.password(f"postgres:{name}_owner"),
        )

    def _database(self, name: str) -> ServiceDatabase:
        return service_database(self.admin_dsn, self._account(name))

    def _kafka(self, name: str) -> KafkaAccount:
        return KafkaAccount(
            bootstrap=self.settings.bootstrap,
            username=name,
            password=self.credentials.password(f"kafka:{name}"),
            ca_file=self.keys.authority.ca_file,
        )


def _write_shell(path: Path, environment: dict[str, str]) -> None:
    own = {name: value for name, value in environment.items() if name.startswith(("SEIKYU_", "OTEL_"))}
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in own.items()]
    write_private(path, "".join(lines).encode())


def main(arguments: list[str]) -> int:
    """Run one step; returns the exit code."""
    deployment = Deployment(load_settings())
    if arguments == ["files"]:
        deployment.write_files()
    elif arguments == ["servers"]:
        asyncio.run(deployment.prepare_servers())
    else:
        sys.stderr.write("usage: python -m infra.provision files|servers\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
