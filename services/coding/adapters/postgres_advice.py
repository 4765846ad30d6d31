"""What a model said of lines, in PostgreSQL: insert-only, beside the lines that it was said of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from services.coding.application.advised import Confirmed, LineAdvice
from services.coding.application.code_batch import LineKey, RequestKey
from services.shared.chassis.postgres import Transaction
from services.shared.chassis.queries import load_queries

_QUERIES: Final = load_queries(Path(__file__).parent.parent / "sql" / "advice.sql")


class PostgresAdvice:
    """The advice as one transaction sees it."""

    def __init__(self, tx: Transaction) -> None:
        """Lives as long as the transaction."""
        self._tx = tx

    async def confirmed(self, keys: Sequence[RequestKey]) -> Mapping[LineKey, Confirmed]:
        """What was confirmed of the requests' lines."""
        rows = await self._tx.fetch(
            _QUERIES["confirmed_before"], [claim for claim, _ in keys], [cause for _, cause in keys]
        )
        return {
            (row["claim_id"], row["cause_event_id"], row["line"]): Confirmed(
                code=row["pick"], model=row["model"], prompt_version=row["prompt_version"]
            )
            for row in rows
        }

    async def keep(self, told: Sequence[LineAdvice], now: datetime) -> None:
        """Keep what was said of lines that are answered in this transaction."""
        if not told:
            return
        await self._tx.execute(
            _QUERIES["insert_advice"],
            [each.claim_id for each in told],
            [each.cause_event_id for each in told],
            [each.line for each in told],
            [each.pick for each in told],
            [each.standing.value for each in told],
            [each.model for each in told],
            [each.prompt_version for each in told],
            [each.logprob for each in told],
            [each.p for each in told],
            [each.weighed_p for each in told],
            now,
        )
