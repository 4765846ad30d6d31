"""Record coverage periods from a payer's extract."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.eligibility.application.ports import Coverage, CoverageEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How many rows came, and how many of them were news."""

    rows: int
    recorded: int

    @property
    def unchanged(self) -> int:
        """How many said what was known already."""
        return self.rows - self.recorded


async def import_coverage(entries: Sequence[CoverageEntry], coverage: Coverage, now: datetime) -> Imported:
    """Record what differs from what is known. A row for a known first day supersedes it from now on."""
    return Imported(rows=len(entries), recorded=await coverage.record(entries, now))
