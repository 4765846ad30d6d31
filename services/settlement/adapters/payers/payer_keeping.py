"""Payers' principals over time, at the broker and in the database: enrolled, rotated, retired, unenrolled.

The broker is told first, then the database; each step may be repeated, and a payer is locked while one is made. A
former principal is withdrawn at the broker before it is forgotten here, so none is left over.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import asyncpg

from services.settlement.adapters.payers.enroller import Enroller, principal_after, principal_of, principals_of
from services.settlement.adapters.queries import PAYERS, QUERIES
from services.shared.chassis.clock import Clock
from services.shared.chassis.postgres import Database, Transaction
from services.shared.chassis.refusals import Refusal

RETIRE_INTERVAL_S: Final = 10.0
"""How often it is looked for former principals whose grace is over."""


async def lock(tx: Transaction, payer_number: str) -> asyncpg.Record | None:
    """Lock the payer until the transaction ends; its row, None of one that has none yet."""
    await tx.execute(QUERIES["lock_enrolment"], payer_number)
    return await tx.fetchrow(PAYERS["payer_state"], payer_number)


async def enrol(tx: Transaction, enroller: Enroller, payer_number: str, request_id: str) -> None:
    """Topics, the first principal and its rights; the other principal ends at once. Raises TransientFault."""
    first, second = principals_of(payer_number)
    before = await tx.fetchrow(PAYERS["payer_state"], payer_number)
    await enroller(payer_number, request_id, first)
    if before is not None and second in {before["kafka_username"], before["former_username"]}:
        await enroller.withdraw([second])
    cluster_id = await enroller.cluster_id()
    await tx.fetchval(QUERIES["enrol_payer"], payer_number, request_id, cluster_id)


async def rotate(tx: Transaction, enroller: Enroller, payer_number: str, *, request_id: str, ends_at: datetime) -> None:
    """The other principal beside the present one, which holds until `ends_at`. Raises TransientFault.

    The payer must be locked, enrolled, and without a former principal.
    """
    state = await tx.fetchrow(PAYERS["payer_state"], payer_number)
    present = state["kafka_username"] if state is not None else principal_of(payer_number)
    following = principal_after(payer_number, present)
    await enroller(payer_number, request_id, following)
    await tx.fetchval(PAYERS["rotate_payer"], payer_number, following, request_id, ends_at)


async def unenrol(tx: Transaction, enroller: Enroller, payer_number: str, at: datetime) -> None:
    """Both principals and their rights end; nothing more is published. Raises TransientFault."""
    await enroller.withdraw(principals_of(payer_number))
    await tx.fetchval(PAYERS["unenrol_payer"], payer_number, at)


async def refusals(database: Database) -> Mapping[str, Refusal]:
    """Payers that were unenrolled, by subject. Raises TransientFault."""
    return {
        f"payer:{row['payer_number']}": Refusal(issued_before=row["refused_before"], is_gone=not row["enrolled"])
        for row in await database.fetch(PAYERS["refused_payers"])
    }


class Retirement:
    """Withdraws former principals whose grace is over."""

    def __init__(self, database: Database, enroller: Enroller, clock: Clock) -> None:
        """Run it every RETIRE_INTERVAL_S."""
        self._database = database
        self._enroller = enroller
        self._clock = clock

    async def sweep(self) -> None:
        """One round. Raises TransientFault; what is left is found at the next one."""
        for row in await self._database.fetch(PAYERS["formers_due"], self._clock.now()):
            async with self._database.transaction(label="settlement.retire") as tx:
                state = await lock(tx, row["payer_number"])
                if state is not None and state["former_username"] == row["former_username"]:
                    await self._enroller.withdraw([row["former_username"]])
                    await tx.fetchval(PAYERS["retire_former"], row["payer_number"])
