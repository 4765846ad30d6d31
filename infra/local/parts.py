"""The parts of one stack, built from its settings: servers, credentials, keys, each service's environment."""

import signal
from functools import cached_property

from infra.local import kafka, postgres, zipkin
from infra.local.credentials import Credentials
from infra.local.databases import ServiceDatabase
from infra.local.environments import (
    Keys,
    enroller_environment,
    ensure_keys,
    payment_environment,
    service_environment,
)
from infra.local.processes import ProcessRecord, find, stop
from infra.local.settings import StackSettings
from infra.local.warm import WRITING_S, cache_in_the_making, keep_cache

SERVICE_DRAIN_S = 25.0
"""A service drains in at most 20 s; then it is killed."""
INFRASTRUCTURE = {
    postgres.NAME: (postgres.STOP_SIGNAL, postgres.STOP_GRACE_S),
    kafka.NAME: (kafka.STOP_SIGNAL, kafka.STOP_GRACE_S),
    zipkin.NAME: (zipkin.STOP_SIGNAL, zipkin.STOP_GRACE_S),
}
"""How each server that is not ours is asked to stop, and how long it may take."""
ENROLLING = "settlement"


class Parts:
    """Builds each part once. Nothing is written before a part is asked for."""

    def __init__(self, settings: StackSettings) -> None:
        """Starts nothing."""
        self.settings = settings

    @cached_property
    def credentials(self) -> Credentials:
        """Passwords of this stack."""
        return Credentials(self.settings.state_dir / "credentials.json")

    @cached_property
    def keys(self) -> Keys:
        """Keys and certificates of this stack."""
        return ensure_keys(self.settings)

    @cached_property
    def postgres(self) -> postgres.LocalPostgres:
        """The PostgreSQL cluster."""
        return postgres.LocalPostgres(self.settings, self.credentials)

    @cached_property
    def kafka(self) -> kafka.LocalKafka:
        """The broker."""
        return kafka.LocalKafka(self.settings, self.credentials, self.keys.authority)

    @cached_property
    def zipkin(self) -> zipkin.LocalZipkin:
        """The trace store."""
        return zipkin.LocalZipkin(self.settings)

    def build(self) -> None:
        """Build everything here and now: afterwards several threads may use the parts."""
        _ = self.postgres, self.kafka, self.zipkin

    def environment(self, name: str, database: ServiceDatabase) -> dict[str, str]:
        """The whole environment of a service's process."""
        service = self.settings.service(name)
        account = self.kafka.account(name)
        environment = service_environment(self.settings, service, database=database, kafka=account, keys=self.keys)
        if name == ENROLLING:
            environment |= enroller_environment(self.kafka.account("enroller")) | payment_environment()
        return environment

    def ports(self, name: str) -> list[int]:
        """The loopback ports that a component listens on."""
        if name == postgres.NAME:
            return []
        if name == kafka.NAME:
            return [self.settings.kafka.port, self.settings.kafka.controller_port]
        if name == zipkin.NAME:
            return [self.settings.zipkin.port]
        service = self.settings.service(name)
        return [service.port, service.mtls_port]


def end(record: ProcessRecord) -> None:
    """Stop a component in good order, and kill it when that takes too long."""
    with_signal, grace_s = INFRASTRUCTURE.get(record.name, (signal.SIGTERM, SERVICE_DRAIN_S))
    cache = cache_in_the_making(find(record))
    in_order = stop(record, with_signal=with_signal, grace_s=grace_s + (WRITING_S if cache else 0.0))
    if cache and in_order:
        keep_cache(cache)
