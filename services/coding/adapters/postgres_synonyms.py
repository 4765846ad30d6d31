"""Synonyms in PostgreSQL: insert-only tables of what people did, read through one view of how each stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg

from services.coding.application.learning_synonyms import KeptSynonym
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.synonyms import Judged, Synonym, SynonymState, Trial
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.queries import load_queries

_QUERIES: Final = load_queries(Path(__file__).parent.parent / "sql" / "synonyms.sql")
MOST_DECIDED: Final = 5_000
"""Decisions that one trial looks at, the youngest."""


class PostgresSynonyms:
    """The synonyms as one transaction sees them."""

    def __init__(self, tx: Transaction, master: DiseaseMaster) -> None:
        """`master` tells the ICD-10 codes of what people decided; its version stands on trials."""
        self._tx = tx
        self._master = master

    async def lock(self, spelling: str) -> Sequence[KeptSynonym]:
        """All of this spelling, the oldest first; nobody else changes them before the transaction is over."""
        await self._tx.execute(_QUERIES["lock_spelling"], spelling)
        return [_kept(row) for row in await self._tx.fetch(_QUERIES["synonyms_of_spelling"], spelling)]

    async def find(self, synonym_id: str) -> KeptSynonym | None:
        """One of them, not locked."""
        row = await self._tx.fetchrow(_QUERIES["find_synonym"], synonym_id)
        return _kept(row) if row is not None else None

    async def counting(self) -> Sequence[KeptSynonym]:
        """Those in force, by spelling."""
        return [_kept(row) for row in await self._tx.fetch(_QUERIES["counting_synonyms"])]

    async def page(self, state: SynonymState | None, after: tuple[datetime, str], count: int) -> Sequence[KeptSynonym]:
        """The next synonyms after a position (proposal's time, id), the oldest first; `state` None: of all."""
        wanted = state.value if state is not None else ""
        return [_kept(row) for row in await self._tx.fetch(_QUERIES["list_synonyms"], *after, wanted, count)]

    async def decided(self, spelling: str) -> Sequence[Judged]:
        """What people decided last of each item whose spelling holds this one, at most MOST_DECIDED."""
        rows = await self._tx.fetch(_QUERIES["decided_spellings"], spelling, MOST_DECIDED)
        return [Judged(spelling=row["spelling"], icd10=self._icd10(row["disease_code"])) for row in rows]

    async def propose(self, kept: KeptSynonym) -> None:
        """Keep a new proposal."""
        synonym = kept.synonym
        await self._tx.execute(
            _QUERIES["insert_synonym"],
            kept.synonym_id,
            synonym.spelling,
            synonym.disease_code,
            synonym.number,
            synonym.proposer,
            synonym.why,
            kept.source_item,
            kept.proposed_at,
        )

    async def approve(self, kept: KeptSynonym, approver: str, *, now: datetime) -> None:
        """Keep an approval, and the trial where there was one."""
        await self._tx.execute(_QUERIES["insert_approval"], kept.synonym_id, approver, now)
        trial = kept.synonym.trial
        if trial is not None:
            await self._tx.execute(
                _QUERIES["insert_trial"],
                kept.synonym_id,
                trial.asked,
                trial.support,
                trial.better,
                trial.worse,
                trial.is_passed,
                self._master.version,
                now,
            )

    async def withdraw(self, kept: KeptSynonym, why: str, *, now: datetime) -> None:
        """Keep a withdrawal."""
        await self._tx.execute(_QUERIES["insert_withdrawal"], kept.synonym_id, kept.synonym.withdrawn_by, why, now)

    def _icd10(self, code: str) -> str:
        rows = self._master.diseases_by_code.get(code, ())
        return rows[-1].icd10 if rows else ""


class SynonymReader:
    """What is in force, for the process that codes by it."""

    def __init__(self, database: Database) -> None:
        """Reads outside of any transaction."""
        self._database = database

    async def generation(self) -> int:
        """A number that rises whenever what is in force may have changed."""
        async with self._database.transaction(label="coding.synonyms") as tx:
            return int(await tx.fetchval(_QUERIES["generation_of_synonyms"]))

    async def learned(self) -> Mapping[str, str]:
        """Spelling to code of all that are in force."""
        async with self._database.transaction(label="coding.synonyms") as tx:
            rows = await tx.fetch(_QUERIES["counting_synonyms"])
        return {row["spelling"]: row["disease_code"] for row in rows}


def _kept(row: asyncpg.Record) -> KeptSynonym:
    trial = None
    if row["asked"] is not None:
        trial = Trial(asked=row["asked"], support=row["support"], better=row["better"], worse=row["worse"])
    return KeptSynonym(
        synonym_id=row["synonym_id"],
        synonym=Synonym(
            spelling=row["spelling"],
            disease_code=row["disease_code"],
            proposer=row["proposer"],
            why=row["why"],
            number=row["number"],
            approvers=tuple(row["approvers"]),
            trial=trial,
            withdrawn_by=row["withdrawn_by"],
        ),
        proposed_at=row["proposed_at"],
        source_item=row["source_item"],
    )
