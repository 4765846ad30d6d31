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
    payment_account: Annotated[str, Field(pattern=r"^([0-9]{7}[129][0-9]{7})?$")] = ""
    """The platform's own bank account that hospitals are paid from: bank 4, branch 3, type 1, number 7 digits.

    Empty: nothing is paid from here.
    """
    bank_accounts: Annotated[str, Field(pattern=r"^([0-9]{15}(,[0-9]{15})*)?$")] = ""
    """Own accounts whose files are imported beside those of `payment_account`: 15 digits each, separated by commas.

    Where neither is set no bank's file is imported.
    """
    payment_remitter_code: Annotated[str, Field(pattern=r"^[0-9]{10}$")] = "0000000000"
    """振込依頼人コード: what the bank gave us."""
    payment_remitter_name: str = ""
    """In kana, as the bank has it."""
    payment_limit_yen: Annotated[int, Field(ge=1, le=9_999_999_999)] = 5_000_000_000
    payment_batch_limit_yen: Annotated[int, Field(ge=1, le=999_999_999_999)] = 999_999_999_999
    payment_test_banks: Annotated[str, Field(pattern=r"^([0-9]{4}(,[0-9]{4})*)?$")] = ""
    """Banks that payees may have though nobody has their code; for tests. Empty where money moves."""
