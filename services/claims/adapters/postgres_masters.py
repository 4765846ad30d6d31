"""The master files in Postgres: their bytes once, everything else derived from them."""

from collections.abc import Collection
from dataclasses import dataclass

import asyncpg

from services.claims.adapters.postgres_ledger import QUERIES
from services.claims.application.master_shelf import Shelved, ShelvedFile
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.publication import Publication
from services.shared.chassis.postgres import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresMasters:
    """Implements application.master_shelf.MasterShelf; each call is a transaction of its own. Raises TransientFault."""

    database: Database

    async def put(self, shelved: Shelved) -> ShelvedFile:
        """Insert the file unless the same publication is there."""
        file = shelved.file
        async with self.database.transaction(label="claims.load-master") as tx:
            await tx.execute(
                QUERIES["insert_master_file"],
                file.sha256,
                file.name,
                file.kind.value,
                file.full,
                file.published_on,
                file.rows,
                shelved.packed,
                file.loaded_at,
            )
            row = await tx.fetchrow(QUERIES["master_file"], *file.publication)
        if row is None:
            message = "a row that was inserted is there"
            raise AssertionError(message)
        return _file_of(row)

    async def missing(self, known: Collection[Publication]) -> list[Shelved]:
        """The files not known, with their bytes."""
        columns = [each.sha256 for each in known], [each.published_on for each in known], [each.full for each in known]
        rows = await self.database.fetch(QUERIES["missing_master_files"], *columns)
        return [Shelved(_file_of(row), row["csv"]) for row in rows]

    async def files(self) -> list[ShelvedFile]:
        """All files without their bytes."""
        return [_file_of(row) for row in await self.database.fetch(QUERIES["master_files"])]


def _file_of(row: asyncpg.Record) -> ShelvedFile:
    return ShelvedFile(
        sha256=row["sha256"],
        name=row["name"],
        kind=MasterKind(row["kind"]),
        full=row["full_file"],
        published_on=row["published_on"],
        rows=row["row_count"],
        loaded_at=row["loaded_at"],
    )
