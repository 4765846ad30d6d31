"""Builds every object of settlement's process."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

from services.settlement.adapters.bank.bank_codes import BankCodes
from services.settlement.adapters.bank.bank_watch import ROUND_S, BankWatch
from services.settlement.adapters.consumer import GROUP, Posting, SettlingConsumer
from services.settlement.adapters.ledger.sealer import SEAL_INTERVAL_S, Sealer
from services.settlement.adapters.payers.claims_desk import ClaimsDesk
from services.settlement.adapters.payers.enroller import Enroller
from services.settlement.adapters.payers.event_replay import EventReplay
from services.settlement.adapters.payers.payer_keeping import RETIRE_INTERVAL_S, Retirement, refusals
from services.settlement.adapters.payers.streams import PayerStreams
from services.settlement.application.proposing_payments import Terms
from services.settlement.domain.payments.batches import Limits, remitter_of
from services.settlement.domain.reconciliation.own_accounts import own_accounts
from services.settlement.settings import SettlementSettings
from services.shared.chassis.channel import ClientCertificate, open_channel
from services.shared.chassis.clock import Clock
from services.shared.chassis.cursor_relay import CursorRelay
from services.shared.chassis.grpc_server import RpcSurface
from services.shared.chassis.kafka import Publisher
from services.shared.chassis.periodic import Periodic
from services.shared.chassis.postgres import Database
from services.shared.chassis.refusals import RefusedCallers
from services.shared.chassis.service import Chassis, Components


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcParts:
    """What the RPC services need; `wake` tells the relay that a payer was enrolled."""

    database: Database
    enroller: Enroller
    claims: ClaimsDesk
    replays: EventReplay
    payment_terms: Terms | None
    own_accounts: frozenset[str]
    bank_codes: BankCodes
    clock: Clock
    wake: Callable[[], None]
    refused: RefusedCallers
    pressure: Callable[[], float | None]


async def assemble(chassis: Chassis[SettlementSettings], *, surface: Callable[[RpcParts], RpcSurface]) -> Components:
    """The consumer of decisions, the relay of payers' events, and the RPC surface that `surface` makes."""
    settings, enroller = chassis.settings, _enroller(chassis)
    publisher = Publisher(chassis.kafka)
    relay = CursorRelay(
        settings.postgres_dsn.get_secret_value(),
        PayerStreams(chassis.database, enroller),
        publisher,
        clock=chassis.clock,
        observer=chassis.relay_observer("payers"),
    )
    consumer = SettlingConsumer(
        access=chassis.kafka,
        database=chassis.database,
        posting=Posting(chassis.telemetry, chassis.clock),
        relay=relay,
        observer=chassis.observer(GROUP),
        clock=chassis.clock,
    )
    replays = Publisher(replace(chassis.kafka, client_id="settlement-replay"))
    close: list[Callable[[], Awaitable[None]]] = [publisher.close, replays.close]
    refused = RefusedCallers(partial(refusals, chassis.database))
    await refused.refresh()
    parts = RpcParts(
        database=chassis.database,
        enroller=enroller,
        claims=_claims_desk(chassis, close),
        replays=EventReplay(chassis.database, replays),
        payment_terms=_payment_terms(settings),
        own_accounts=own_accounts(settings.bank_accounts, settings.payment_account),
        bank_codes=BankCodes(frozenset(filter(None, settings.payment_test_banks.split(",")))),
        clock=chassis.clock,
        wake=relay.wake,
        refused=refused,
        pressure=chassis.pressure,
    )
    return Components(
        rpc=surface(parts),
        consumers=[consumer],
        periodics=_periodics(chassis, enroller),
        background=[relay, refused],
        close=close,
    )


def _enroller(chassis: Chassis[SettlementSettings]) -> Enroller:
    """Who makes payers' topics, users and rights: a principal of its own at the broker."""
    settings = chassis.settings
    access = replace(
        chassis.kafka,
        client_id="settlement-enroller",
        username=settings.kafka_enroller_username,
        password=settings.kafka_enroller_password.get_secret_value(),
    )
    return Enroller(access, retention_hours=settings.payer_topic_retention_hours)


def _periodics(chassis: Chassis[SettlementSettings], enroller: Enroller) -> list[Periodic]:
    """What one process at a time does again and again."""
    dsn = chassis.settings.postgres_dsn.get_secret_value()
    retirement = Retirement(chassis.database, enroller, chassis.clock)
    watch = BankWatch(chassis.database, chassis.clock, chassis.telemetry.metrics)
    sealer = Sealer(chassis.database, chassis.clock)
    return [
        Periodic("settlement.retirement", RETIRE_INTERVAL_S, retirement.sweep, dsn=dsn),
        Periodic("settlement.bank-watch", ROUND_S, watch.look, dsn=dsn),
        Periodic("settlement.sealer", SEAL_INTERVAL_S, sealer.round, dsn=dsn),
    ]


def _claims_desk(chassis: Chassis[SettlementSettings], close: list[Callable[[], Awaitable[None]]]) -> ClaimsDesk:
    """Where payers' questions about claims go; none are asked where no address is set."""
    settings = chassis.settings
    if not settings.claims_address:
        return ClaimsDesk(None)
    channel = open_channel(
        settings.claims_address,
        ca_file=settings.tls_ca_file,
        identity=ClientCertificate(cert_file=settings.tls_cert_file, key_file=settings.tls_key_file),
    )
    close.append(channel.close)
    return ClaimsDesk(channel)


def _payment_terms(settings: SettlementSettings) -> Terms | None:
    """From which account hospitals are paid, and how much; none where no account is set."""
    if not settings.payment_account:
        return None
    return Terms(
        remitter=remitter_of(
            settings.payment_account, code=settings.payment_remitter_code, name=settings.payment_remitter_name
        ),
        limits=Limits(payment_yen=settings.payment_limit_yen, batch_yen=settings.payment_batch_limit_yen),
    )
