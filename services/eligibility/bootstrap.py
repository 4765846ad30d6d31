"""Builds every object of the eligibility process but its RPC surface, which the entry point adds."""

from dataclasses import dataclass

from services.eligibility.adapters.claims_received import ClaimsReceived
from services.eligibility.adapters.events import RECEIVED_TOPIC, asked_claim
from services.eligibility.adapters.members import Pseudonymiser, read_platform_key
from services.eligibility.application.ports import AskedClaim
from services.eligibility.settings import EligibilitySettings
from services.shared.chassis.consumer import BatchConsumer
from services.shared.chassis.service import Chassis

GROUP = "eligibility.claims-received"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the process runs and what its RPC surface needs."""

    consumer: BatchConsumer[AskedClaim]
    pseudonymiser: Pseudonymiser


def build(chassis: Chassis[EligibilitySettings]) -> Parts:
    """The objects on an open chassis. Raises PlatformKeyTooShort."""
    return Parts(
        consumer=BatchConsumer(
            access=chassis.kafka,
            database=chassis.database,
            group=GROUP,
            topics=[RECEIVED_TOPIC],
            parse=asked_claim,
            handle=ClaimsReceived(chassis.telemetry, chassis.clock),
            observer=chassis.observer(GROUP),
            clock=chassis.clock,
        ),
        pseudonymiser=Pseudonymiser(read_platform_key(chassis.settings.platform_key_file)),
    )
