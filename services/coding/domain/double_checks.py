"""Which automatic codes a person looks at once more: a fixed share, the same lines whenever it is asked. Pure."""

import hashlib
from typing import Final

_STEPS: Final = 1_000_000


def is_double_checked(claim_id: str, cause_event_id: str, line: int, share: float) -> bool:
    """Whether the line is of the share (0 to 1). A larger share holds every line of a smaller one."""
    digest = hashlib.sha256(f"double-check:{claim_id}:{cause_event_id}:{line}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _STEPS < share * _STEPS
