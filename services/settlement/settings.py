"""What settlement's process is told, beyond what every service is."""

from typing import Annotated, ClassVar

from pydantic import Field, SecretStr

from services.shared.chassis.settings import ServiceSettings


class SettlementSettings(ServiceSettings):
    """The second principal at the broker, which makes payers' topics, users and rights at enrolment.

    `payer_topic_retention_hours` comes from the template in infra/kafka/topics.yaml.
    """

    service_name: ClassVar[str] = "settlement"

    kafka_enroller_username: Annotated[str, Field(min_length=1)]
    kafka_enroller_password: Annotated[SecretStr, Field(min_length=1)]
    payer_topic_retention_hours: Annotated[int, Field(ge=1)]
    claims_address: str = ""
    """Empty: claims is not asked, so that no payer reads a receipt or asks for a review here."""
