"""What coding is told by its environment."""

from typing import Annotated, ClassVar

from pydantic import Field

from services.shared.chassis.settings import ReadableFile, ServiceSettings


class CodingSettings(ServiceSettings):
    """`disease_master`, `modifier_master`: official b_*.zip and z_*.zip, or their CSV, instead of the own extracts.

    `coding_instance`: this process's static membership id; each replica needs its own, and keeps it over restarts.
    """

    service_name: ClassVar[str] = "coding"

    disease_master: ReadableFile | None = None
    modifier_master: ReadableFile | None = None
    coding_instance: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,64}$")] = "coding-0"
    coding_stall_limit_s: Annotated[float, Field(ge=1.0, le=600.0)] = 60.0
