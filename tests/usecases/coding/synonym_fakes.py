"""Synonyms in memory; passes the suite that the real ones pass (tests/contracts/coding)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.coding.application.learning_synonyms import KeptSynonym
from services.coding.domain.synonyms import Judged, SynonymState


@dataclass(slots=True)
class MemorySynonyms:
    kept: dict[str, KeptSynonym] = field(default_factory=dict)
    judged: list[Judged] = field(default_factory=list)

    async def lock(self, spelling: str) -> Sequence[KeptSynonym]:
        found = [each for each in self.kept.values() if each.synonym.spelling == spelling]
        return sorted(found, key=lambda each: (each.proposed_at, each.synonym_id))

    async def find(self, synonym_id: str) -> KeptSynonym | None:
        return self.kept.get(synonym_id)

    async def counting(self) -> Sequence[KeptSynonym]:
        found = [each for each in self.kept.values() if each.synonym.state is SynonymState.IN_FORCE]
        return sorted(found, key=lambda each: each.synonym.spelling)

    async def decided(self, spelling: str) -> Sequence[Judged]:
        return [each for each in self.judged if spelling in each.spelling]

    async def propose(self, kept: KeptSynonym) -> None:
        self.kept[kept.synonym_id] = kept

    async def approve(self, kept: KeptSynonym, approver: str, *, now: datetime) -> None:
        self.kept[kept.synonym_id] = kept

    async def withdraw(self, kept: KeptSynonym, why: str, *, now: datetime) -> None:
        self.kept[kept.synonym_id] = kept
