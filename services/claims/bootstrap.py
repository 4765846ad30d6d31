"""Builds every object of the claims process but its RPC surface, which the entry point adds."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.claims.adapters import messages
from services.claims.adapters.client_certificates import ClientAuthority
from services.claims.adapters.consumed import CODING_TOPIC, ELIGIBILITY_TOPIC, ClaimEvents
from services.claims.adapters.control_totals import ControlTotals
from services.claims.adapters.enrolment import Enrolment
from services.claims.adapters.measures import ClaimMeasures
from services.claims.adapters.platform_key import read_platform_key
from services.claims.adapters.postgres_due import HouseholdSweep
from services.claims.adapters.postgres_masters import PostgresMasters
from services.claims.adapters.postgres_reads import ClaimReads
from services.claims.adapters.postgres_registrations import PostgresRegistrations
from services.claims.adapters.statement_streams import StatementStreams
from services.claims.adapters.sweeps import ClaimSweeps
from services.claims.adapters.traces import BatchTraces
from services.claims.adapters.unposted import UnpostedDecisions
from services.claims.application.deciding import Deciding
from services.claims.application.household_statements import HouseholdStatements
from services.claims.application.intake import Intake
from services.claims.application.master_keeper import MasterKeeper
from services.claims.application.model import Coded, Determined
from services.claims.application.programmes import ProgrammeKeeper
from services.claims.application.recent import RecentReceipts
from services.claims.application.registrations import RegistrationKeeper
from services.claims.application.release import Release
from services.claims.application.stating_due import StatingDue
from services.claims.application.turns import IntakeTurns
from services.claims.settings import ClaimsSettings
from services.shared.chassis.channel import ClientCertificate, open_channel
from services.shared.chassis.consumer import BatchConsumer
from services.shared.chassis.cursor_relay import CursorRelay
from services.shared.chassis.identity import TokenIssuer
from services.shared.chassis.kafka import Publisher
from services.shared.chassis.periodic import Periodic
from services.shared.chassis.postgres import TransientFault
from services.shared.chassis.refusals import RefusedCallers
from services.shared.chassis.service import Chassis

ELIGIBILITY_GROUP = "claims.eligibility-determined"
CODING_GROUP = "claims.coding-completed"
ROUNDS_VALID = 3
"""So many rounds without a new figure, and the last one is told no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the process runs and what its RPC surface needs."""

    eligibility: BatchConsumer[Determined]
    coding: BatchConsumer[Coded]
    periodics: Sequence[Periodic]
    statements: HouseholdStatements
    statement_relay: CursorRelay
    intake: Intake
    turns: IntakeTurns
    sweeps: ClaimSweeps
    reads: ClaimReads
    measures: ClaimMeasures
    enrolment: Enrolment
    refused: RefusedCallers
    client_authority: ClientAuthority | None
    masters: MasterKeeper
    registrations: RegistrationKeeper
    programmes: ProgrammeKeeper
    platform_key: bytes
    close: Sequence[Callable[[], Awaitable[None]]]


def build(chassis: Chassis[ClaimsSettings]) -> Parts:
    """The objects on an open chassis. Raises PlatformKeyTooShort."""
    settings = chassis.settings
    recent = RecentReceipts()
    intake = Intake(recent=recent, coding_wait=timedelta(seconds=settings.coding_wait_s))
    platform_key = read_platform_key(settings.platform_key_file)
    measures = ClaimMeasures(chassis.telemetry.metrics)
    masters = _masters(chassis)
    registrations = RegistrationKeeper(ledger=PostgresRegistrations(database=chassis.database))
    programmes = ProgrammeKeeper()
    deciding = Deciding(
        recent=recent,
        traces=BatchTraces(chassis.telemetry.claims, measures),
        schedules=masters,
        registrations=registrations,
        programmes=programmes,
    )
    reads = ClaimReads(chassis.database)
    turns = IntakeTurns(recent=recent, undecided=reads.undecided)
    sweeps = _sweeps(chassis, intake, measures, deciding, turns=turns, platform_key=platform_key)
    statements = HouseholdStatements(platform_key=platform_key, programmes=programmes)
    periodics = [*_own_periodics(settings, sweeps), _household_periodic(chassis, statements)]
    publisher = Publisher(chassis.kafka)
    close: list[Callable[[], Awaitable[None]]] = [masters.close, publisher.close]
    enrolment = _enrolment(chassis)
    if settings.settlement_address:
        periodics += _settlement_periodics(chassis, measures, close)
    return Parts(
        eligibility=_eligibility(chassis, sweeps.deciding, platform_key),
        coding=_coding(chassis, sweeps.deciding, platform_key),
        periodics=periodics,
        statements=statements,
        statement_relay=_statement_relay(chassis, publisher),
        intake=intake,
        turns=turns,
        sweeps=sweeps,
        reads=reads,
        measures=measures,
        enrolment=enrolment,
        refused=RefusedCallers(enrolment.refusals),
        client_authority=_client_authority(settings),
        masters=masters,
        registrations=registrations,
        programmes=programmes,
        platform_key=platform_key,
        close=close,
    )


def _masters(chassis: Chassis[ClaimsSettings]) -> MasterKeeper:
    shelf = PostgresMasters(database=chassis.database)
    return MasterKeeper(shelf=shelf, now=chassis.clock.now, transient=TransientFault)


def _enrolment(chassis: Chassis[ClaimsSettings]) -> Enrolment:
    return Enrolment(
        database=chassis.database,
        issuer=TokenIssuer.from_file(chassis.settings.token_private_key_file),
        token_life=timedelta(days=chassis.settings.token_life_days),
    )


def _client_authority(settings: ClaimsSettings) -> ClientAuthority | None:
    certificate, key = settings.client_authority_cert_file, settings.client_authority_key_file
    return ClientAuthority.from_files(certificate, key) if certificate is not None and key is not None else None


def _sweeps(
    chassis: Chassis[ClaimsSettings],
    intake: Intake,
    measures: ClaimMeasures,
    deciding: Deciding,
    *,
    turns: IntakeTurns,
    platform_key: bytes,
) -> ClaimSweeps:
    return ClaimSweeps(
        database=chassis.database,
        clock=chassis.clock,
        deciding=deciding,
        release=Release(intake=intake),
        turns=turns,
        traces=deciding.traces,
        measures=measures,
        platform_key=platform_key,
        unmoved_after=timedelta(seconds=chassis.settings.unmoved_after_s),
    )


def _own_periodics(settings: ClaimsSettings, sweeps: ClaimSweeps) -> list[Periodic]:
    dsn = settings.postgres_dsn.get_secret_value()
    return [
        Periodic("claims.coding-overdue", settings.coding_sweep_interval_s, sweeps.coding_overdue, dsn=dsn),
        Periodic("claims.unmoved", settings.sweep_interval_s, sweeps.unmoved, dsn=dsn),
        Periodic("claims.releases", settings.sweep_interval_s, sweeps.releases, dsn=dsn),
    ]


def _household_periodic(chassis: Chassis[ClaimsSettings], statements: HouseholdStatements) -> Periodic:
    settings = chassis.settings
    quiet = timedelta(seconds=settings.household_quiet_s)
    sweep = HouseholdSweep(
        database=chassis.database, clock=chassis.clock, stating=StatingDue(statements=statements, quiet=quiet)
    )
    dsn = settings.postgres_dsn.get_secret_value()
    return Periodic("claims.households", settings.sweep_interval_s, sweep.sweep, dsn=dsn)


def _statement_relay(chassis: Chassis[ClaimsSettings], publisher: Publisher) -> CursorRelay:
    """Publishes payers' statements from their cursors on."""
    return CursorRelay(
        chassis.settings.postgres_dsn.get_secret_value(),
        StatementStreams(chassis.database, publisher.topics),
        publisher,
        clock=chassis.clock,
        observer=chassis.relay_observer("statements"),
    )


def _settlement_periodics(
    chassis: Chassis[ClaimsSettings], measures: ClaimMeasures, close: list[Callable[[], Awaitable[None]]]
) -> list[Periodic]:
    settings = chassis.settings
    channel = open_channel(
        settings.settlement_address,
        ca_file=settings.tls_ca_file,
        identity=ClientCertificate(cert_file=settings.tls_cert_file, key_file=settings.tls_key_file),
    )
    close.append(channel.close)
    settled_after = timedelta(seconds=settings.unmoved_after_s)
    unposted = UnpostedDecisions(
        database=chassis.database,
        clock=chassis.clock,
        channel=channel,
        measures=measures,
        metrics=chassis.telemetry.metrics,
        settled_after=settled_after,
        valid_for_s=ROUNDS_VALID * settings.control_totals_interval_s,
    )
    totals = ControlTotals(
        database=chassis.database,
        clock=chassis.clock,
        channel=channel,
        metrics=chassis.telemetry.metrics,
        posted_within=settled_after,
        valid_for_s=ROUNDS_VALID * settings.control_totals_interval_s,
    )
    dsn = settings.postgres_dsn.get_secret_value()
    return [
        Periodic("claims.unposted", settings.sweep_interval_s, unposted.sweep, dsn=dsn),
        Periodic("claims.control-totals", settings.control_totals_interval_s, totals.compare, dsn=dsn),
    ]


def _eligibility(
    chassis: Chassis[ClaimsSettings], deciding: Deciding, platform_key: bytes
) -> BatchConsumer[Determined]:
    return BatchConsumer(
        access=chassis.kafka,
        database=chassis.database,
        group=ELIGIBILITY_GROUP,
        topics=[ELIGIBILITY_TOPIC],
        parse=messages.determined_of,
        handle=ClaimEvents(deciding=deciding, clock=chassis.clock, platform_key=platform_key).determined,
        observer=chassis.observer(ELIGIBILITY_GROUP),
        clock=chassis.clock,
    )


def _coding(chassis: Chassis[ClaimsSettings], deciding: Deciding, platform_key: bytes) -> BatchConsumer[Coded]:
    return BatchConsumer(
        access=chassis.kafka,
        database=chassis.database,
        group=CODING_GROUP,
        topics=[CODING_TOPIC],
        parse=messages.coded_of,
        handle=ClaimEvents(deciding=deciding, clock=chassis.clock, platform_key=platform_key).coded,
        observer=chassis.observer(CODING_GROUP),
        clock=chassis.clock,
    )
