"""A ranking that says what a test wants, over the diseases of tests/unit/coding/builders.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.coding.domain.candidates import Candidate
from services.shared.kernel.months import Month
from tests.unit.coding.builders import ROWS

BY_CODE = {row.code: row for row in ROWS}


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedRanking:
    """Answers each mention with what the test says, and remembers what it was asked."""

    listed: Mapping[str, tuple[tuple[str, float], ...]]
    threshold: float = 0.9
    version: str = "ranked-test"
    asked: list[tuple[Month, tuple[str, ...]]] = field(default_factory=list)

    def rank(self, mentions: Sequence[str], month: Month) -> list[list[Candidate]]:
        self.asked.append((month, tuple(mentions)))
        return [
            [Candidate(disease=BY_CODE[code], p=p, found_by="近い") for code, p in self.listed.get(mention, ())]
            for mention in mentions
        ]
