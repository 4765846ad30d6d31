"""The process that releases a batch is killed around its commit: file, instruction and held yen stand together."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from infra.local.databases import ServiceDatabase
from services.settlement.application.releasing import Released
from services.shared.chassis.postgres import Database
from tests.support.payments import approved, payments_of, ready, released
from tests.support.stack import REPOSITORY

RELEASER = """
import asyncio, sys
from services.settlement.adapters.payments.payments import PostgresPayments
from services.shared.chassis.postgres import Database, open_pool
from tests.support.payments import released

async def main(dsn, batch_id):
    pool = await open_pool(dsn, application_name="killed")
    database = Database(pool)
    async with database.transaction(label="read") as tx:
        [found] = await PostgresPayments(tx).approvals([batch_id])
    await released(database, found.batch)

asyncio.run(main(*sys.argv[1:]))
"""


def release_and_die(dsn: str, batch_id: str, point: str) -> int:
    environment = os.environ | {"SEIKYU_CRASHPOINT": point, "PYTHONPATH": ".:protos/gen"}
    command = [sys.executable, "-c", RELEASER, dsn, batch_id]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, check=False).returncode


@pytest.mark.parametrize(
    ("point", "stands"), [("test.release.before-commit", False), ("test.release.after-commit", True)]
)
async def test_file_instruction_and_held_yen_stand_together_or_not_at_all(
    database: Database, fresh: ServiceDatabase, point: str, stands: bool
) -> None:
    await ready(database)
    batch = await approved(database)

    assert await asyncio.to_thread(release_and_die, fresh.dsn, batch.batch_id, point) == -signal.SIGKILL

    states = {state for _, _, state, _ in await payments_of(database)}
    files = await database.pool.fetch("SELECT sha256 FROM bank_file")
    held = await database.pool.fetch("SELECT FROM pending_transfer")
    sealed = await database.pool.fetch("SELECT FROM sealed_file")
    assert states == ({"instructed"} if stands else {"proposed"})
    assert (len(files), len(held), len(sealed)) == ((1, 3, 1) if stands else (0, 0, 0))
    done = await released(database, batch)
    assert isinstance(done, Released)
    assert done.is_new == (not stands)
    assert {each["sha256"] for each in files} <= {done.file.sha256}
    assert len(await database.pool.fetch("SELECT FROM pending_transfer")) == 3
