"""What claims is told by its environment beside what every service is told."""

from typing import Annotated, ClassVar

from pydantic import Field

from services.shared.chassis.settings import ReadableFile, ServiceSettings

Seconds = Annotated[float, Field(gt=0.0, le=86_400.0)]


class ClaimsSettings(ServiceSettings):
    """claims owns identities and alone holds the key that signs tokens; it shares the platform key with eligibility."""

    service_name: ClassVar[str] = "claims"

    token_private_key_file: ReadableFile
    platform_key_file: ReadableFile
    client_authority_cert_file: ReadableFile | None = None
    client_authority_key_file: ReadableFile | None = None
    """Certificate and key of the authority that signs payers' client certificates; without both none is signed."""
    settlement_address: str = ""
    """Empty: settlement is not asked (no sweep of decisions, no comparison of totals)."""
    coding_wait_s: Seconds = 2.0
    coding_sweep_interval_s: Seconds = 0.5
    unmoved_after_s: Seconds = 60.0
    sweep_interval_s: Seconds = 10.0
    control_totals_interval_s: Seconds = 60.0
    household_quiet_s: Seconds = 600.0
    """So long after a decision its household is looked at: after a rush, and not once for each of its claims."""
    token_life_days: Annotated[int, Field(ge=1, le=400)] = 365
