"""PostgreSQL and Kafka for tests: one interface, three places they may come from.

In this order: what the environment names (SEIKYU_POSTGRES_DSN, a superuser's; SEIKYU_KAFKA_BOOTSTRAP with
SEIKYU_KAFKA_USERNAME, _PASSWORD and _CA_FILE, a super user's), containers where a Docker engine answers, the local
stack of infra/local. Tests ask for the fixtures `postgres_cluster` and `kafka_broker` (tests/conftest.py) and cannot
tell the difference:

    async def test_...(postgres_cluster: PostgresCluster) -> None:
        database = postgres_cluster.create_database("claims")        # fresh, empty; roles <name> and <name>_owner
        database = postgres_cluster.create_migrated_database("claims")   # the same with services/claims/sql applied

    def test_...(kafka_broker: KafkaBroker) -> None:
        topic = kafka_broker.create_topic("orders", partitions=4)     # a name nobody else has
        account = kafka_broker.account("settlement")                  # rights of infra/kafka/topics.yaml
        Producer(account.config())

A database's roles are named after it (current_database()), as the migrations expect.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex, token_urlsafe

import asyncpg
import pytest

from infra.local.databases import Account, ServiceDatabase, blocking, drop, provision
from infra.local.kafka_admin import KafkaAccount, KafkaAdmin
from infra.local.settings import isolated_settings
from infra.local.stack import Stack
from infra.local.topology import HOUR_MS, Right, Topic, load_topology
from services.shared.chassis.migrate import migrate
from tests.support.containers import docker_answers, kafka_in_container, postgres_in_container
from tests.support.providers import BrokerControl, kafka_on_this_machine, postgres_on_this_machine

REPOSITORY = Path(__file__).resolve().parents[2]
TEST_RETENTION_MS = HOUR_MS
MOST_AHEAD = "100 years"


@dataclass(slots=True, kw_only=True)
class PostgresCluster:
    """A PostgreSQL server on which tests make databases of their own."""

    admin_dsn: str
    _made: list[str] = field(default_factory=list)

    def create_database(self, service: str) -> ServiceDatabase:
        """A fresh database with the roles and rights that a service's has; dropped when the session ends."""
        name = f"{service}_{token_hex(4)}"
        account = Account(database=name, password=token_urlsafe(12), owner_password=token_urlsafe(12))
        self._made.append(name)
        made = blocking(provision(self.admin_dsn, [account]))[0]
        blocking(_live_at_any_time(self.admin_dsn, name))
        return made

    def create_migrated_database(self, service: str) -> ServiceDatabase:
        """The same with the chassis' and the service's migrations applied."""
        database = self.create_database(service)
        blocking(migrate(database.owner_dsn, REPOSITORY / "services" / service / "sql"))
        return database

    def drop_all(self) -> None:
        """Remove what was made here."""
        for name in self._made:
            blocking(drop(self.admin_dsn, name))


async def _live_at_any_time(admin_dsn: str, name: str) -> None:
    """Let tests post at days of their own, whatever the machine's is."""
    connection = await asyncpg.connect(admin_dsn)
    try:
        await connection.execute(f"ALTER DATABASE \"{name}\" SET seikyu.most_ahead = '{MOST_AHEAD}'")
    finally:
        await connection.close()


@dataclass(slots=True, kw_only=True)
class KafkaBroker:
    """A real broker with SASL_SSL, SCRAM and ACLs, provisioned from infra/kafka/topics.yaml."""

    super_user: KafkaAccount
    passwords: dict[str, str]
    _control: BrokerControl | None

    @property
    def bootstrap(self) -> str:
        """Its address."""
        return self.super_user.bootstrap

    @property
    def ca_file(self) -> Path:
        """The authority that its certificate comes from."""
        return self.super_user.ca_file

    def account(self, name: str) -> KafkaAccount:
        """A principal: with its rights if topics.yaml knows it, otherwise made here without any right."""
        if name not in self.passwords:
            self.passwords[name] = token_urlsafe(12)
            self.admin().set_users({name: self.passwords[name]})
        return KafkaAccount(
            bootstrap=self.bootstrap, username=name, password=self.passwords[name], ca_file=self.ca_file
        )

    def create_topic(self, prefix: str, partitions: int = 1) -> str:
        """A topic with a name nobody else has; returns the name."""
        name = f"{prefix}.{token_hex(4)}"
        self.admin().create_topics([Topic(name=name, partitions=partitions, retention_ms=TEST_RETENTION_MS)])
        return name

    def grant(self, *rights: Right) -> None:
        """Allow something beyond topics.yaml."""
        self.admin().grant(rights)

    def admin(self) -> KafkaAdmin:
        """The broker's super user."""
        return KafkaAdmin(self.super_user)

    def provision(self) -> None:
        """Users, rights and topics of topics.yaml and every account made here; needed again after `wipe`."""
        self.admin().apply(load_topology(), self.passwords)

    def kill(self) -> None:
        """Kill -9."""
        self._controlled().kill()

    def start(self) -> None:
        """Start again on the same port with the same data; returns once it answers."""
        self._controlled().start()

    def wipe(self) -> None:
        """Delete the data of a broker that is down: the next start is another cluster, without topics or users."""
        self._controlled().wipe()

    def _controlled(self) -> BrokerControl:
        if self._control is None:
            pytest.skip("the broker that the environment names is not ours to stop")
        return self._control


@contextmanager
def running_postgres() -> Iterator[PostgresCluster]:
    """A cluster from wherever one can be had; stopped at the end if it was started here."""
    with ExitStack() as stack:
        dsn = os.environ.get("SEIKYU_POSTGRES_DSN")
        if not dsn:
            provider = postgres_in_container if docker_answers() else postgres_on_this_machine
            dsn = stack.enter_context(provider(_state_dir(stack)))
        cluster = PostgresCluster(admin_dsn=dsn)
        yield cluster
        if os.environ.get("SEIKYU_POSTGRES_DSN"):
            cluster.drop_all()


@contextmanager
def running_kafka() -> Iterator[KafkaBroker]:
    """A broker from wherever one can be had, provisioned; stopped at the end if it was started here."""
    with ExitStack() as stack:
        broker = _named_broker() or _started_broker(stack)
        broker.provision()
        yield broker


@contextmanager
def running_platform(only: Sequence[str] = ()) -> Iterator[Stack]:
    """The whole platform (or the named components) as `make up` starts it, on free ports with a state of its own.

    `stack.start_service("claims", {"SEIKYU_CRASHPOINT": "x"})` starts one anew, `stack.kill_component("claims")` kills
    with -9, `stack.restart_broker()` brings Kafka back; addresses are in `stack.settings.client_env_file`.
    """
    with ExitStack() as cleanup:
        stack = Stack(isolated_settings(_state_dir(cleanup) / "state"))
        cleanup.callback(stack.down)
        stack.up(only)
        yield stack


def _named_broker() -> KafkaBroker | None:
    bootstrap = os.environ.get("SEIKYU_KAFKA_BOOTSTRAP")
    if not bootstrap:
        return None
    account = KafkaAccount(
        bootstrap=bootstrap,
        username=os.environ["SEIKYU_KAFKA_USERNAME"],
        password=os.environ["SEIKYU_KAFKA_PASSWORD"],
        ca_file=Path(os.environ["SEIKYU_KAFKA_CA_FILE"]),
    )
    return KafkaBroker(super_user=account, passwords=_passwords(), _control=None)


def _started_broker(stack: ExitStack) -> KafkaBroker:
    provider = kafka_in_container if docker_answers() else kafka_on_this_machine
    control = stack.enter_context(provider(_state_dir(stack)))
    return KafkaBroker(super_user=control.super_user, passwords=_passwords(), _control=control)


def _passwords() -> dict[str, str]:
    return {name: token_urlsafe(12) for name in load_topology().principals}


def _state_dir(stack: ExitStack) -> Path:
    directory = Path(tempfile.mkdtemp(prefix="seikyu-test-"))
    stack.callback(shutil.rmtree, directory, ignore_errors=True)
    return directory
