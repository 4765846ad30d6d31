"""Whose claims the statements of a batch hold, and which: what a release tells payers, and its file the hospitals.

Counts and payers were kept when each statement was issued. Claims are read only where they are told, a bounded number
at a time, and statements that an earlier release issued are walked, a few at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from services.settlement.adapters.payments.payment_queries import QUERIES
from services.settlement.domain.payments.files import Claims, claims_told
from services.shared.chassis.postgres import Transaction

PAYMENTS_AT_ONCE: Final = 20_000
"""Payments of which one statement reads the payers."""
CLAIMS_AT_ONCE: Final = 50_000
"""Claims that one statement reads."""
WALKED_AT_ONCE: Final = 200
"""Statements of an earlier release that one statement walks."""


async def payers_of_batch(tx: Transaction, batch_id: str) -> list[str]:
    """The payers whose claims the batch's statements hold, in order; none of a batch that there is not."""
    payments = await tx.fetchval(QUERIES["count_payments"], batch_id) or 0
    found: set[str] = set()
    for first in range(0, payments, PAYMENTS_AT_ONCE):
        rows = await tx.fetch(QUERIES["payers_of_statements"], batch_id, first, first + PAYMENTS_AT_ONCE)
        found |= {row["payer_number"] for row in rows}
    unkept = [row["statement_id"] for row in await tx.fetch(QUERIES["statements_not_counted"], batch_id)]
    for some in _sliced(unkept):
        for row in await tx.fetch(QUERIES["claims_of_statements"], some):
            found |= set(row["payer_numbers"])
    return sorted(found)


async def claims_of_batch(tx: Transaction, batch_id: str) -> Mapping[str, Claims]:
    """By statement: how many claims it holds, and which where the file tells them."""
    rows = await tx.fetch(QUERIES["claim_counts"], batch_id)
    counts: dict[str, int] = {row["statement_id"]: row["claims"] or 0 for row in rows}
    for some in _sliced([row["statement_id"] for row in rows if row["claims"] is None]):
        for row in await tx.fetch(QUERIES["claims_of_statements"], some):
            counts[row["statement_id"]] = len(row["claim_ids"])
    ids: dict[str, Sequence[str]] = {}
    for some in _of_so_many_claims(counts, claims_told(counts)):
        for row in await tx.fetch(QUERIES["claims_of_statements"], some):
            ids[row["statement_id"]] = row["claim_ids"]
    return {each: Claims(count=count, ids=ids.get(each, ())) for each, count in counts.items()}


def _sliced(statement_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (statement_ids[at : at + WALKED_AT_ONCE] for at in range(0, len(statement_ids), WALKED_AT_ONCE))


def _of_so_many_claims(counts: Mapping[str, int], statement_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """The statements in stretches of CLAIMS_AT_ONCE claims, or of one statement that has more."""
    some: list[str] = []
    claims = 0
    for each in statement_ids:
        if some and claims + counts[each] > CLAIMS_AT_ONCE:
            yield some
            some, claims = [], 0
        some.append(each)
        claims += counts[each]
    if some:
        yield some
