"""The log of determinations in Postgres, and their announcement through the outbox of the same transaction."""

from collections.abc import Mapping, Sequence

from services.eligibility.adapters.events import announcement, decode, encode
from services.eligibility.adapters.store import QUERIES
from services.eligibility.application.ports import Determination
from services.shared.chassis.postgres import Transaction


class PostgresDeterminations:
    """The log within one transaction. Keeps the bytes it made, so that each answer is encoded once."""

    def __init__(self, tx: Transaction) -> None:
        """Valid until the transaction ends."""
        self._tx = tx
        self._bytes: dict[str, bytes] = {}

    async def keep(self, determinations: Sequence[Determination]) -> Mapping[str, Determination]:
        """See application.ports.Determinations."""
        if not determinations:
            return {}
        self._bytes = {each.cause_event_id: encode(each) for each in determinations}
        inserted = await self._tx.fetch(
            QUERIES["insert_determinations"],
            [each.cause_event_id for each in determinations],
            [each.claim_id for each in determinations],
            [str(each.treatment_month) for each in determinations],
            list(self._bytes.values()),
            [each.determined_at for each in determinations],
        )
        if len(inserted) == len(determinations):
            return {}
        return await self._first_answers(set(self._bytes) - {row[0] for row in inserted})

    def announce(self, determination: Determination, traceparent: str) -> None:
        """See application.ports.Determinations."""
        value = self._bytes[determination.cause_event_id]
        self._tx.announce([announcement(determination, value, traceparent)])

    async def _first_answers(self, causes: set[str]) -> Mapping[str, Determination]:
        rows = await self._tx.fetch(QUERIES["first_answers"], sorted(causes))
        first = {decoded.cause_event_id: (decoded, row[0]) for row in rows for decoded in (decode(row[0]),)}
        self._bytes |= {cause: answer for cause, (_, answer) in first.items()}
        return {cause: decoded for cause, (decoded, _) in first.items()}
