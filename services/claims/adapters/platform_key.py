"""The platform key: the HMAC key under which members leave this service."""

from pathlib import Path

from services.shared.kernel.member import MIN_SECRET_BYTES


class PlatformKeyTooShort(Exception):
    """The key file holds fewer bytes than a key needs."""


def read_platform_key(file: Path) -> bytes:
    """The file's bytes, all of them, as eligibility reads them; raises PlatformKeyTooShort."""
    key = file.read_bytes()
    if len(key) < MIN_SECRET_BYTES:
        raise PlatformKeyTooShort
    return key
