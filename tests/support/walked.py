"""What is open, found by walking all that there ever was: the oracle of what the database keeps.

Written as it was asked before it was kept; what the service asks is compared with it.
"""

from typing import Final

from services.settlement.adapters.bank.bank_queries import BANK
from services.shared.chassis.postgres import Database

UNDER_WAY: Final = """
SELECT p.payment_id, p.batch_id, substr(b.account_id, 6) AS account, p.hospital_code, p.reference, p.yen, b.pays_on,
    e.state = 'settled' AS is_settled, y.account_name AS payee_name
FROM payment AS p
JOIN payment_batch AS b USING (batch_id)
JOIN payee AS y ON (y.hospital_code, y.version) = (p.hospital_code, p.payee_version)
CROSS JOIN LATERAL (
    SELECT v.state FROM payment_event AS v WHERE v.payment_id = p.payment_id ORDER BY v.number DESC LIMIT 1
) AS e
WHERE e.state IN ('instructed', 'accepted') OR (e.state = 'settled' AND p.yen = ANY($1::bigint[]))
"""
OWING: Final = """
SELECT substr(s.account_id, 7) AS payer_number, s.statement_id, s.payable_yen,
    coalesce(m.yen, 0)::bigint AS received_yen, s.due_on
FROM statement AS s
LEFT JOIN LATERAL (
    SELECT sum(yen) FILTER (WHERE purpose = 'payer' AND stands) AS yen FROM known_match
    WHERE statement_id = s.statement_id
) AS m ON true
WHERE s.kind = 'payer' AND s.payable_yen > 0
    AND (s.payable_yen > coalesce(m.yen, 0) OR s.payable_yen = ANY($1::bigint[]))
"""
WAITING: Final = """
SELECT l.*, l.yen - coalesce(m.yen, 0) AS open_yen, coalesce(m.matches, 0) AS matches,
    coalesce(m.former_arrivals, 0) AS former_arrivals
FROM bank_line AS l
LEFT JOIN (
    SELECT k.line_id, sum(k.yen) FILTER (WHERE k.stands)::bigint AS yen, count(*) AS matches,
        count(*) FILTER (WHERE k.purpose = 'return' AND u.transfer_id <> '') AS former_arrivals
    FROM known_match AS k LEFT JOIN undone_match AS u USING (match_id) GROUP BY k.line_id
) AS m USING (line_id)
WHERE l.yen > coalesce(m.yen, 0)
"""
DUE: Final = """
SELECT 'payment' AS kind, p.payment_id AS id, p.yen, b.pays_on AS due_on
FROM payment AS p
JOIN payment_batch AS b USING (batch_id)
CROSS JOIN LATERAL (
    SELECT v.state FROM payment_event AS v WHERE v.payment_id = p.payment_id ORDER BY v.number DESC LIMIT 1
) AS e
WHERE e.state IN ('instructed', 'accepted')
UNION ALL
SELECT 'statement', s.statement_id, s.payable_yen - coalesce(m.yen, 0)::bigint, s.due_on
FROM statement AS s
LEFT JOIN LATERAL (
    SELECT sum(yen) FILTER (WHERE purpose = 'payer' AND stands) AS yen FROM known_match
    WHERE statement_id = s.statement_id
) AS m ON true
WHERE s.kind = 'payer' AND s.payable_yen > coalesce(m.yen, 0)
UNION ALL
SELECT 'queue', l.line_id, l.yen - coalesce(m.yen, 0)::bigint, l.booked + $1::integer
FROM bank_line AS l
LEFT JOIN (SELECT line_id, sum(yen) AS yen FROM known_match WHERE stands GROUP BY line_id) AS m USING (line_id)
WHERE l.yen > coalesce(m.yen, 0)
"""
QUEUE_DAYS: Final = 3
MANY: Final = 1_000


async def differing(database: Database, amounts: list[int]) -> list[str]:
    """What the database keeps otherwise than the walk finds it, by name; `amounts` as of a file's lines."""
    asked: dict[str, tuple[str, tuple[object, ...], tuple[object, ...]]] = {
        "payments_under_way": (UNDER_WAY, (amounts,), (amounts,)),
        "payers_owing": (OWING, (amounts,), (amounts,)),
        "waiting_lines": (WAITING, ("", 0, MANY), ()),
        "due_positions": (DUE, (QUEUE_DAYS,), (QUEUE_DAYS,)),
        "sums_of_accounts": (BANK["walked_sums"].sql, (), ()),
    }
    found: list[str] = []
    for name, (walk, of_kept, of_walk) in asked.items():
        kept = {tuple(row.items()) for row in await database.pool.fetch(BANK[name].sql, *of_kept)}
        walked = {tuple(row.items()) for row in await database.pool.fetch(walk, *of_walk)}
        found += [f"{name}: {sorted(kept ^ walked, key=repr)}"] if kept != walked else []
    return found
