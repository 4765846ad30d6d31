"""What settlement's process is told, beyond what every service is."""

from typing import Annotated, ClassVar

from pydantic import Field, SecretStr

from services.shared.chassis.settings import ServiceSettings


class SettlementSettings(ServiceSettings):
    """The second principal at the broker, which makes payers' topics, users and rights at enrolment."""

    service_name: ClassVar[str] = "settlement"

    kafka_enroller_username: Annotated[str, Field(min_length=1)]
    kafka_enroller_password: Annotated[SecretStr, Field(min_length=1)]
