-- name: insert_calendar_rows
-- Take the rows of a calendar that say something else than those in force; how many there were.
WITH told AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::date[], $5::date[], $6::text[], $7::text[])
        AS n (payer_number, period, closes_on, due_on, pays_on, mark, source)
), latest AS (
    SELECT DISTINCT ON (payer_number, period) * FROM payment_calendar ORDER BY payer_number, period, version DESC
)
INSERT INTO payment_calendar (
    payer_number, period, version, closes_on, due_on, pays_on, mark, source, loaded_by, loaded_at
)
SELECT t.payer_number, t.period, coalesce(l.version, 0) + 1, t.closes_on, t.due_on, t.pays_on, t.mark, t.source, $8, $9
FROM told AS t LEFT JOIN latest AS l ON l.payer_number = t.payer_number AND l.period = t.period
WHERE (t.closes_on, t.due_on, t.pays_on, t.mark, t.source)
    IS DISTINCT FROM (l.closes_on, l.due_on, l.pays_on, l.mark, l.source);

-- name: insert_fee_rows
-- Take the rows of a tariff that say something else than those in force; how many there were.
WITH told AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[])
        AS n (authority, since, price_sen, rounding, mark, source)
), latest AS (
    SELECT DISTINCT ON (authority, since) * FROM review_fee ORDER BY authority, since, version DESC
)
INSERT INTO review_fee (authority, since, version, price_sen, rounding, mark, source, loaded_by, loaded_at)
SELECT t.authority, t.since, coalesce(l.version, 0) + 1, t.price_sen, t.rounding, t.mark, t.source, $7, $8
FROM told AS t LEFT JOIN latest AS l ON l.authority = t.authority AND l.since = t.since
WHERE (t.price_sen, t.rounding, t.mark, t.source) IS DISTINCT FROM (l.price_sen, l.rounding, l.mark, l.source);

-- name: lock_loading
-- One load of calendars and tariffs at a time, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('seikyu.calendars'), 0);

-- name: calendar_rows
-- The rows in force of a claim month, or of all months after the empty one, by month and payer.
SELECT DISTINCT ON (period, payer_number) payer_number, period, closes_on, due_on, pays_on, mark, source, version
FROM payment_calendar WHERE $1 = '' OR period = $1
ORDER BY period, payer_number, version DESC;

-- name: fee_rows
-- The prices in force, by authority and the month from which they hold.
SELECT DISTINCT ON (authority, since) authority, since, price_sen, rounding, mark, source, version
FROM review_fee ORDER BY authority, since, version DESC;

-- name: lock_period
-- One step of a month's close at a time, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('seikyu.period'), hashtext($1));

-- name: insert_period
-- Begin to close a month.
INSERT INTO period_close (period, is_early, opened_by, traceparent, opened_at) VALUES ($1, $2, $3, $4, $5);

-- name: periods
-- All months that were begun, the latest first, with how far each is; of one month only where it is given.
SELECT o.period, o.is_early, o.opened_by, o.traceparent, o.opened_at, c.closed_at, c.payers, c.hospitals,
    c.payable_by_payers_yen, c.payable_to_hospitals_yen,
    (SELECT count(*) FROM period_cut AS k WHERE k.period = o.period) AS cuts,
    (SELECT count(*) FROM statement AS s WHERE s.period = o.period) AS statements
FROM period_close AS o LEFT JOIN period_closed AS c USING (period)
WHERE $1 = '' OR o.period = $1
ORDER BY o.period DESC LIMIT 1000;

-- name: neighbours
-- The latest month that was begun, and the earliest that was begun and is not closed.
SELECT (SELECT max(period) FROM period_close) AS latest,
    (SELECT min(o.period) FROM period_close AS o LEFT JOIN period_closed AS c USING (period) WHERE c.period IS NULL)
        AS unfinished;

-- name: payers_to_cut
-- Payers with something in ledger or stream that a month has not cut yet, in order.
SELECT p.payer_number FROM (
    SELECT payer_number FROM payer_stream WHERE next_sequence > 1
    UNION
    SELECT substr(account_id, 7) FROM account WHERE kind = 'payer' AND version > 0
) AS p
WHERE NOT EXISTS (SELECT FROM period_cut AS c WHERE c.period = $1 AND c.account_id = 'payer:' || p.payer_number)
ORDER BY p.payer_number LIMIT $2;

-- name: hospitals_to_cut
-- Hospitals with something in the ledger that a month has not cut yet, in order.
SELECT a.account_id FROM account AS a
WHERE a.kind = 'hospital' AND a.version > 0
    AND NOT EXISTS (SELECT FROM period_cut AS c WHERE c.period = $1 AND c.account_id = a.account_id)
ORDER BY a.account_id LIMIT $2;

-- name: former_statements
-- The last statement of each of these accounts before a month, and the statements that the month's cut takes up.
SELECT l.*, t.taken_up_ids, t.taken_up_periods, t.taken_up_yen
FROM (
    SELECT DISTINCT ON (account_id) account_id, period, cut_version, cut_sequence, open_version, open_sequence,
        closing_yen, carried_yen
    FROM statement WHERE account_id = ANY($1::text[]) AND period < $2 ORDER BY account_id, period DESC
) AS l
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(u.statement_id ORDER BY s.period), '{}') AS taken_up_ids,
        coalesce(array_agg(s.period ORDER BY s.period), '{}') AS taken_up_periods,
        coalesce(array_agg(u.yen ORDER BY s.period), '{}') AS taken_up_yen
    FROM period_taken_up AS u JOIN statement AS s USING (statement_id)
    WHERE u.period = $2 AND u.account_id = l.account_id
) AS t;

-- name: unsettled_statements
-- Hospitals' statements before a month that are neither settled nor taken up, their accounts' balances, and whether a
-- payment of each is under way.
SELECT s.account_id, a.balance_yen, s.statement_id, s.period, s.payable_yen AS yen,
    coalesce(f.state, 'abandoned') <> 'abandoned' AS is_under_way
FROM statement AS s
JOIN account AS a USING (account_id)
LEFT JOIN LATERAL (
    SELECT e.state FROM payment AS p JOIN payment_event AS e USING (payment_id)
    WHERE p.statement_id = s.statement_id ORDER BY p.attempt DESC, e.number DESC LIMIT 1
) AS f ON true
WHERE s.account_id = ANY($1::text[]) AND s.kind = 'hospital' AND s.period < $2 AND s.payable_yen > 0
    AND coalesce(f.state, 'abandoned') <> 'settled'
    AND NOT EXISTS (SELECT FROM period_taken_up AS t WHERE t.statement_id = s.statement_id)
ORDER BY s.account_id, s.period;

-- name: insert_taken_up
-- Take statements up with the cuts of a month.
INSERT INTO period_taken_up (statement_id, period, account_id, yen)
SELECT n.statement_id, $1, n.account_id, n.yen
FROM unnest($2::text[], $3::text[], $4::bigint[]) AS n (account_id, statement_id, yen);

-- name: taken_up_by
-- The accounts and months whose statements took these up, or will once they are issued.
SELECT statement_id, account_id, period FROM period_taken_up WHERE statement_id = ANY($1::text[]);

-- name: taken_up_with
-- The statements that these months' statements of accounts take up: account, month, then the one taken up.
SELECT t.account_id, t.period, t.statement_id, s.period AS of_period, t.yen
FROM unnest($1::text[], $2::text[]) AS n (account_id, period)
JOIN period_taken_up AS t ON t.account_id = n.account_id COLLATE "C" AND t.period = n.period COLLATE "C"
JOIN statement AS s ON s.statement_id = t.statement_id
ORDER BY t.account_id, t.period, s.period;

-- name: taken_up_in_disorder
-- Statements that were taken up and are paid all the same, by an earlier one, of another account, or to another yen.
SELECT t.statement_id
FROM period_taken_up AS t
LEFT JOIN statement AS s
    ON s.statement_id = t.statement_id AND s.account_id = t.account_id AND s.payable_yen = t.yen
    AND s.kind = 'hospital' AND s.period < t.period
LEFT JOIN period_cut AS c ON c.period = t.period AND c.account_id = t.account_id
LEFT JOIN LATERAL (
    SELECT coalesce(e.state, 'proposed') AS state FROM payment AS p LEFT JOIN payment_event AS e USING (payment_id)
    WHERE p.statement_id = t.statement_id ORDER BY p.attempt DESC, e.number DESC NULLS LAST LIMIT 1
) AS f ON true
WHERE s.statement_id IS NULL OR c.account_id IS NULL OR coalesce(f.state, 'abandoned') <> 'abandoned'
LIMIT 100;

-- name: count_receipts
-- Receipts that payers were told of first within their cuts: payer, first open event, former cut, former month, cut.
SELECT p.payer_number, (
    SELECT count(*) FROM announced_event AS a
    LEFT JOIN later_decision AS l ON l.claim_id = a.claim_id AND l.decision_id = a.decision_id
    WHERE a.payer_number = p.payer_number AND a.sequence BETWEEN p.first AND p.cut
        AND a.decision_id <> '' AND a.reverses IS NULL AND a.claim_month <= $6
        AND (a.sequence > p.former_cut OR a.claim_month > p.former_period)
        AND (l.cause IS NULL OR l.cause = ANY($7::text[]))
) AS receipts
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[])
    AS p (payer_number, first, former_cut, former_period, cut);

-- name: places
-- How far accounts are in the ledger; those without an entry are missing.
SELECT account_id, version FROM account WHERE account_id = ANY($1::text[]);

-- name: insert_cuts
-- Cut accounts.
INSERT INTO period_cut (
    period, account_id, kind, cut_version, cut_sequence, receipts, price_sen, fee_yen, closes_on, due_on, pays_on, cut_at
)
SELECT $1, n.account_id, split_part(n.account_id, ':', 1), n.version, n.sequence, n.receipts, n.price_sen, n.fee_yen,
    n.closes_on, n.due_on, n.pays_on, $11
FROM unnest(
    $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::date[], $9::date[],
    $10::date[]
) AS n (account_id, version, sequence, receipts, price_sen, fee_yen, closes_on, due_on, pays_on);

-- name: cuts
-- How many accounts a month has cut.
SELECT count(*) FROM period_cut WHERE period = $1;

-- name: statements
-- How many statements a month has.
SELECT count(*) FROM statement WHERE period = $1;

-- name: latest_days
-- The latest days of a month's payers.
SELECT max(closes_on) AS closes_on, max(due_on) AS due_on, max(pays_on) AS pays_on
FROM period_cut WHERE period = $1 AND kind = 'payer';

-- name: latest_pay_day
-- The latest pay day of some of a month's accounts.
SELECT max(pays_on) FROM period_cut WHERE period = $1 AND account_id = ANY($2::text[]);

-- name: insert_heads
-- Keep the heads of the chains that a month's statements carry.
INSERT INTO period_head (
    period, transfers_block, transfers_sha256, events_block, events_sha256, files_block, files_sha256, taken_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: heads
-- The heads of the chains that a month's statements carry.
SELECT * FROM period_head WHERE period = $1;

-- name: cuts_to_issue
-- Cuts of a month without a statement yet, payers before hospitals, in order.
SELECT c.* FROM period_cut AS c
WHERE c.period = $1 AND NOT EXISTS (SELECT FROM statement AS s WHERE s.period = c.period AND s.account_id = c.account_id)
ORDER BY c.kind DESC, c.account_id LIMIT $2;

-- name: cut_of
-- One account's cut.
SELECT * FROM period_cut WHERE period = $1 AND account_id = $2;

-- name: balance_at
-- An account's balance after an entry.
SELECT balance_after FROM entry WHERE account_id = $1 AND version = $2;

-- name: entries_up_to
-- A page of an account's entries after a version, up to a version.
SELECT version, amount_yen, transfer_id FROM entry
WHERE account_id = $1 AND version > $2 AND version <= $3 ORDER BY version LIMIT $4;

-- name: transfers_among
-- These transfers. Nothing is joined: the database looks each up by its key, however little it knows of the tables.
SELECT transfer_id, from_account, to_account, kind, claim_id, decision_id, claim_month, payer_number, reverses, posted_at
FROM transfer WHERE transfer_id = ANY($1::text[]);

-- name: kinds_among
-- The kinds of these transfers.
SELECT transfer_id, kind FROM transfer WHERE transfer_id = ANY($1::text[]);

-- name: later_among
-- Why decisions on these claims were made that are not their first.
SELECT decision_id, cause FROM later_decision WHERE claim_id = ANY($1::text[]);

-- name: event_sums
-- A stretch of a payer's events of claims that no earlier statement holds, in sums; is_ahead: those of later months.
SELECT a.claim_month > $5 AS is_ahead, count(*) AS events, sum(a.yen)::bigint AS yen,
    count(*) FILTER (WHERE a.yen = 0) AS zero_events, min(a.sequence) AS first
FROM announced_event AS a
WHERE a.payer_number = $1 AND a.sequence BETWEEN $2 AND $3 AND a.decision_id <> ''
    AND (a.sequence > $4 OR a.claim_month > $6)
GROUP BY 1;

-- name: receipt_sums
-- The same stretch's receipts: what their patients pay and what was cut, and how many lines were posted without it.
SELECT coalesce(sum(CASE WHEN a.reverses IS NULL THEN d.patient_yen ELSE -d.patient_yen END), 0)::bigint AS patient_yen,
    coalesce(sum(CASE WHEN a.reverses IS NULL THEN d.reduced_yen ELSE -d.reduced_yen END), 0)::bigint AS reduced_yen,
    count(*) FILTER (WHERE d.patient_yen IS NULL) AS unknown_lines
FROM announced_event AS a
LEFT JOIN LATERAL (
    SELECT p.patient_yen, p.reduced_yen FROM posted_decision AS p WHERE p.decision_id = a.decision_id OFFSET 0
) AS d ON true
WHERE a.payer_number = $1 AND a.sequence BETWEEN $2 AND $3 AND a.decision_id <> ''
    AND a.claim_month <= $5 AND (a.sequence > $4 OR a.claim_month > $6);

-- name: receipts_among
-- Of these decisions what the patient pays and what was cut, and the first payer with yen, on whose line they stand.
SELECT p.decision_id, p.patient_yen, p.reduced_yen, (
    SELECT u.payer FROM unnest(p.payer_numbers, p.yen) WITH ORDINALITY AS u (payer, yen, place)
    WHERE u.yen > 0 ORDER BY u.place LIMIT 1
) AS leading_payer
FROM posted_decision AS p WHERE p.decision_id = ANY($1::text[]);

-- name: held_events
-- A page of a payer's events of claims that a statement holds, after a sequence; what the patient pays, as posted.
SELECT a.sequence, a.value, a.created_at,
    CASE WHEN a.reverses IS NULL THEN d.patient_yen ELSE -d.patient_yen END AS patient_yen
FROM announced_event AS a
LEFT JOIN LATERAL (
    SELECT p.patient_yen FROM posted_decision AS p WHERE p.decision_id = a.decision_id OFFSET 0
) AS d ON true
WHERE a.payer_number = $1 AND a.sequence > $2 AND a.sequence <= $3 AND a.decision_id <> ''
    AND a.claim_month <= $5 AND (a.sequence > $4 OR a.claim_month > $6)
ORDER BY a.sequence LIMIT $7;

-- name: told_events
-- What payers were told under these ids.
SELECT event_id, value FROM announced_event WHERE event_id = ANY($1::text[]);

-- name: insert_statement
-- Issue a statement.
INSERT INTO statement (
    statement_id, account_id, kind, period, cut_version, cut_sequence, open_version, open_sequence, opening_yen,
    claims_yen, adjustments_yen, fees_yen, paid_yen, closing_yen, ahead_yen, brought_yen, payable_yen, carried_yen,
    due_on, pays_on, lines, csv_sha256, pdf_sha256, transfers_block, transfers_sha256, events_block, events_sha256,
    files_block, files_sha256, issued_at, layout, patient_yen, reduced_yen, patient_unknown_lines
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
    $26, $27, $28, $29, $30, $31, $32, $33, $34
);

-- name: is_issued
-- Whether a statement is issued.
SELECT count(*) FROM statement WHERE statement_id = $1;

-- name: sum_up_period
-- What a month's statements come to.
SELECT count(*) FILTER (WHERE kind = 'payer') AS payers, count(*) FILTER (WHERE kind = 'hospital') AS hospitals,
    coalesce(sum(payable_yen) FILTER (WHERE kind = 'payer'), 0)::bigint AS payable_by_payers_yen,
    coalesce(sum(payable_yen) FILTER (WHERE kind = 'hospital'), 0)::bigint AS payable_to_hospitals_yen
FROM statement WHERE period = $1;

-- name: insert_closed
-- A month is closed.
INSERT INTO period_closed (
    period, payers, hospitals, payable_by_payers_yen, payable_to_hospitals_yen, closed_at
) VALUES ($1, $2, $3, $4, $5, $6);

-- name: payers_statements
-- The payers' statements of a month.
SELECT substr(account_id, 7) AS payer_number, statement_id FROM statement
WHERE period = $1 AND kind = 'payer' ORDER BY account_id;

-- name: list_statements
-- A page of statements after a month and account, the latest month first; of one account or month where it is given.
SELECT * FROM statement
WHERE ($1 = '' OR account_id = $1) AND ($2 = '' OR period = $2)
    AND ($3 = '' OR period < $3 OR (period = $3 AND account_id > $4))
ORDER BY period DESC, account_id LIMIT $5;

-- name: read_statement
-- One statement.
SELECT * FROM statement WHERE statement_id = $1;
