"""What the eligibility process is told by its environment."""

from typing import ClassVar

from services.shared.chassis.settings import ReadableFile, ServiceSettings


class EligibilitySettings(ServiceSettings):
    """The common settings and the key that members' digests are made under."""

    service_name: ClassVar[str] = "eligibility"

    platform_key_file: ReadableFile
    """At least 32 bytes, shared with claims alone."""
