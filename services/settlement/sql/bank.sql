-- name: lock_bank_accounts
-- One import or match at a time for each of these accounts, in the order given, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('seikyu.bank'), hashtext(a.account))
FROM unnest($1::text[]) WITH ORDINALITY AS a (account, place) ORDER BY a.place;

-- name: statement_file_known
-- Whether a file of this fingerprint was imported.
SELECT EXISTS (SELECT FROM statement_file WHERE sha256 = $1);

-- name: insert_statement_file
-- Keep a file with its bytes, its headers blanked.
INSERT INTO statement_file (file_id, sha256, source, content, imported_by, imported_at, kept_sha256)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: read_statement_file
-- What was kept of a file, without its bytes.
SELECT file_id, sha256, source FROM statement_file WHERE sha256 = $1;

-- name: statements_of_file
-- The accounts' parts of a file and what each brought, in the file's order.
SELECT s.account, s.since, s.until, s.opening_yen, s.in_yen, s.out_yen, s.closing_yen, s.lines, s.new_lines,
    s.matched_lines, s.queued_lines, s.days_not_told
FROM bank_statement AS s WHERE s.file_id = $1 ORDER BY s.number;

-- name: read_bank_account
-- Where an account stands, and the balance before its first line booked on or after a day.
SELECT a.begins_on, a.until, a.lines, a.balance_yen, coalesce(f.balance_before, a.balance_yen) AS before_yen,
    coalesce(f.position, a.lines + 1) AS first_position
FROM bank_account AS a
LEFT JOIN LATERAL (
    SELECT l.position, l.balance_before FROM bank_line AS l
    WHERE l.account = a.account AND l.booked >= $2::date ORDER BY l.position LIMIT 1
) AS f ON true
WHERE a.account = $1;

-- name: known_lines
-- An account's lines from a position on.
SELECT content_sha256, balance_after FROM bank_line WHERE account = $1 AND position >= $2 ORDER BY position;

-- name: count_bank_lines
-- How many lines an account has; none where nothing is known of it.
SELECT lines FROM bank_account WHERE account = $1;

-- name: open_bank_account
-- The account of a first statement, before its lines.
INSERT INTO bank_account (account, opening_yen, begins_on, until, lines, balance_yen)
VALUES ($1, $2, $3, $3, 0, $2) ON CONFLICT ON CONSTRAINT bank_account_pk DO NOTHING;

-- name: move_bank_account
-- Where an account stands behind new lines.
UPDATE bank_account SET until = greatest(until, $2::date), lines = lines + $3, balance_yen = $4 WHERE account = $1;

-- name: insert_bank_lines
-- Keep new lines.
INSERT INTO bank_line (
    line_id, account, position, file_id, record, booked, valued, direction, yen, balance_before, balance_after,
    dealing, inquiry_number, remitter_code, remitter, from_bank, from_branch, narrative, edi, content_sha256, verdict
)
SELECT n.* FROM unnest(
    $1::text[], $2::text[], $3::bigint[], $4::text[], $5::integer[], $6::date[], $7::date[], $8::text[], $9::bigint[],
    $10::bigint[], $11::bigint[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[],
    $18::text[], $19::text[], $20::bytea[], $21::text[]
) AS n;

-- name: insert_bank_statement
-- Keep one account's part of a file.
INSERT INTO bank_statement (
    file_id, number, account, made_on, since, until, opening_yen, in_yen, out_yen, closing_yen, lines, new_lines,
    matched_lines, queued_lines, days_not_told, first_new
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- name: insert_credit_notices
-- Keep announced money; the number of notices that are new.
WITH new AS (
    INSERT INTO credit_notice (
        notice_id, file_id, record, account, booked, yen, is_cancelled, remitter_code, remitter, edi
    )
    SELECT n.* FROM unnest(
        $1::text[], $2::text[], $3::integer[], $4::text[], $5::date[], $6::bigint[], $7::boolean[], $8::text[],
        $9::text[], $10::text[]
    ) AS n
    ON CONFLICT ON CONSTRAINT credit_notice_pk DO NOTHING RETURNING 1
)
SELECT count(*) FROM new;

-- name: insert_line_matches
-- Keep what lines were matched with.
INSERT INTO line_match (
    match_id, line_id, rule, purpose, target, statement_id, yen, transfer_id, matched_by, reason, matched_at
)
SELECT n.* FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[],
    $10::text[], $11::timestamptz[]
) AS n;

-- name: standing_matches
-- What a line is matched with, in the order of time.
SELECT match_id, rule, purpose, target, statement_id, yen, transfer_id, matched_by, reason, matched_at
FROM known_match WHERE line_id = $1 AND stands ORDER BY matched_at, match_id;

-- name: line_as_it_stands
-- A line, whether it waits or not. As the two that follow: with how often its money came into suspense and left it as a
-- payment come back, which was taken back.
SELECT l.*, (
        SELECT count(*) FROM line_match AS m JOIN undone_match AS u USING (match_id)
        WHERE m.line_id = l.line_id AND m.purpose = 'return' AND u.transfer_id <> ''
    ) AS former_arrivals
FROM bank_line AS l WHERE l.line_id = $1;

-- name: insert_undone_matches
-- Take matches back.
INSERT INTO undone_match (match_id, transfer_id, undone_by, reason, undone_at)
SELECT n.*, $3, $4, $5 FROM unnest($1::text[], $2::text[]) AS n;

-- name: waiting_lines
-- A page of lines of which yen are open, in the order of their accounts.
SELECT l.*, w.open_yen, (SELECT count(*) FROM line_match AS m WHERE m.line_id = l.line_id) AS matches, (
        SELECT count(*) FROM line_match AS m JOIN undone_match AS u USING (match_id)
        WHERE m.line_id = l.line_id AND m.purpose = 'return' AND u.transfer_id <> ''
    ) AS former_arrivals
FROM (
    SELECT line_id, open_yen FROM waiting_line
    WHERE (account, position) > ($1::text, $2::bigint) ORDER BY account, position LIMIT $3
) AS w
JOIN bank_line AS l USING (line_id)
ORDER BY l.account, l.position;

-- name: count_waiting_lines
-- How many lines have open yen.
SELECT count(*) FROM waiting_line;

-- name: line_as_it_waits
-- A line and what of it is open.
SELECT l.*, (l.yen - coalesce(m.yen, 0))::bigint AS open_yen, m.matches, (
        SELECT count(*) FROM line_match AS m JOIN undone_match AS u USING (match_id)
        WHERE m.line_id = l.line_id AND m.purpose = 'return' AND u.transfer_id <> ''
    ) AS former_arrivals
FROM bank_line AS l
CROSS JOIN LATERAL (
    SELECT sum(yen) FILTER (WHERE stands) AS yen, count(*) AS matches FROM known_match WHERE line_id = l.line_id
) AS m
WHERE l.line_id = $1;

-- name: account_of_line
-- The account that a line is of.
SELECT account FROM bank_line WHERE line_id = $1;

-- name: bank_accounts
-- All accounts that statements tell of.
SELECT account FROM bank_account ORDER BY account;

-- name: payers_owing
-- Payers' statements, with what came in for each: those that are open, and those of which just these amounts were asked.
SELECT substr(s.account_id, 7) AS payer_number, s.statement_id, s.payable_yen,
    (s.payable_yen - coalesce(o.open_yen, 0))::bigint AS received_yen, s.due_on
FROM (
    SELECT statement_id FROM owed_statement WHERE open_yen > 0
    UNION
    SELECT statement_id FROM statement WHERE kind = 'payer' AND payable_yen > 0 AND payable_yen = ANY ($1::bigint[])
) AS n
JOIN statement AS s USING (statement_id)
LEFT JOIN owed_statement AS o USING (statement_id)
ORDER BY s.due_on, s.statement_id;

-- name: known_payers
-- Every payer of the ledger.
SELECT substr(account_id, 7) AS payer_number FROM account WHERE kind = 'payer';

-- name: payments_under_way
-- Payments that the bank was told of and has not shown, and those of these amounts that it showed and that are not back.
SELECT p.payment_id, p.batch_id, t.account, p.hospital_code, p.reference, p.yen, t.pays_on, false AS is_settled,
    y.account_name AS payee_name
FROM payment_in_transit AS t
JOIN payment AS p USING (payment_id)
JOIN payee AS y ON (y.hospital_code, y.version) = (p.hospital_code, p.payee_version)
UNION ALL
SELECT p.payment_id, p.batch_id, substr(b.account_id, 6), p.hospital_code, p.reference, p.yen, b.pays_on, true,
    y.account_name
FROM payment AS p
JOIN payment_batch AS b USING (batch_id)
JOIN payee AS y ON (y.hospital_code, y.version) = (p.hospital_code, p.payee_version)
CROSS JOIN LATERAL (
    SELECT v.state FROM payment_event AS v WHERE v.payment_id = p.payment_id ORDER BY v.number DESC LIMIT 1
) AS e
WHERE p.yen = ANY ($1::bigint[]) AND e.state = 'settled';

-- name: remitters_by_people
-- Which payers people matched lines of these remitters with.
SELECT DISTINCT l.remitter_code, l.remitter, m.target AS payer_number
FROM bank_line AS l
JOIN known_match AS m USING (line_id)
WHERE m.stands AND (l.remitter_code, l.remitter) IN (SELECT * FROM unnest($1::text[], $2::text[]))
    AND m.purpose = 'payer' AND m.rule = 'person' AND l.remitter <> '';

-- name: latest_recalls
-- The latest state of the latest recall of each of these payments.
SELECT DISTINCT ON (payment_id) recall_id, number, payment_id, state, answer_by, reason
FROM payment_recall WHERE payment_id = ANY($1::text[]) ORDER BY payment_id, at DESC, number DESC;

-- name: recalls_before_match
-- The states in which a match that gave these payments back found their recalls, under the numbers that it gave them.
SELECT f.recall_id, r.number, f.payment_id, f.state, f.answer_by, f.reason
FROM payment_recall AS r JOIN payment_recall AS f ON f.recall_id = r.recall_id AND f.number = r.number - 1
WHERE r.payment_id = ANY($1::text[]) AND r.state = 'returned' AND r.reason = $2 ORDER BY f.recall_id;

-- name: insert_recalls
-- Keep next states of recalls.
INSERT INTO payment_recall (recall_id, number, payment_id, state, answer_by, reason, done_by, at)
SELECT n.*, $7, $8 FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::date[], $6::text[]) AS n;

-- name: sums_of_accounts
-- Each account: where it stands, what its lines come to, and what of them is matched, by purpose and direction.
SELECT a.account, a.until, a.balance_yen AS closing_yen, a.opening_yen,
    coalesce(m.in_yen, 0)::bigint AS in_yen, coalesce(m.out_yen, 0)::bigint AS out_yen,
    coalesce(m.payer_yen, 0)::bigint AS payer_yen, coalesce(m.return_yen, 0)::bigint AS return_yen,
    coalesce(m.payment_yen, 0)::bigint AS payment_yen, coalesce(m.refund_yen, 0)::bigint AS refund_yen,
    coalesce(m.own_in_yen, 0)::bigint AS own_in_yen, coalesce(m.own_out_yen, 0)::bigint AS own_out_yen,
    coalesce(p.yen, 0)::bigint AS in_transit_yen
FROM bank_account AS a
LEFT JOIN (
    SELECT account, sum(yen) FILTER (WHERE what = 'in') AS in_yen, sum(yen) FILTER (WHERE what = 'out') AS out_yen,
        sum(yen) FILTER (WHERE what = 'payer') AS payer_yen, sum(yen) FILTER (WHERE what = 'return') AS return_yen,
        sum(yen) FILTER (WHERE what = 'payment') AS payment_yen,
        sum(yen) FILTER (WHERE what = 'refund') AS refund_yen,
        sum(yen) FILTER (WHERE what = 'own_in') AS own_in_yen,
        sum(yen) FILTER (WHERE what = 'own_out') AS own_out_yen
    FROM bank_account_sum GROUP BY account
) AS m USING (account)
LEFT JOIN (SELECT account, sum(yen) AS yen FROM payment_in_transit GROUP BY account) AS p USING (account)
ORDER BY a.account;

-- name: own_in_suspense
-- Own money that an earlier release put into suspense, and that still counts as own: opening balances, interest, charges.
SELECT a.account, (coalesce(e.amount_yen, 0) + coalesce(m.yen, 0))::bigint AS yen
FROM bank_account AS a
LEFT JOIN (
    SELECT e.account_id, e.amount_yen
    FROM entry AS e JOIN transfer AS t USING (transfer_id) WHERE e.version = 1 AND t.kind = 'opening'
        AND e.account_id = ANY (array(SELECT 'suspense:' || b.account FROM bank_account AS b))
) AS e ON e.account_id = 'suspense:' || a.account
LEFT JOIN (
    SELECT l.account, sum(CASE l.direction WHEN 'in' THEN m.yen ELSE -m.yen END) AS yen
    FROM known_match AS m
    JOIN bank_line AS l USING (line_id)
    LEFT JOIN transfer AS t ON t.transfer_id = m.transfer_id
    WHERE m.purpose = 'own' AND m.stands AND (m.transfer_id = '' OR t.kind = 'refund') GROUP BY l.account
) AS m USING (account)
ORDER BY a.account;

-- name: due_positions
-- Everything that must move by a day: waiting payments, payers' open statements, open recalls, lines in the queue.
SELECT 'payment' AS kind, payment_id AS id, yen, pays_on AS due_on FROM payment_in_transit
UNION ALL
SELECT 'statement', statement_id, open_yen, due_on FROM owed_statement WHERE open_yen > 0
UNION ALL
SELECT 'recall', r.recall_id, p.yen, r.answer_by
FROM (SELECT DISTINCT ON (recall_id) * FROM payment_recall ORDER BY recall_id, number DESC) AS r
JOIN payment AS p USING (payment_id) WHERE r.state IN ('requested', 'sent')
UNION ALL
SELECT 'queue', line_id, open_yen, booked + $1::integer FROM waiting_line
ORDER BY due_on, kind, id;

-- name: notices_not_shown
-- Money that banks announced, less what they took back, and that no line of the day shows; due at once where a statement
-- tells of the day, else some days later.
SELECT n.account, n.booked, n.yen, (n.told - l.shown)::integer AS missing,
    CASE WHEN a.until >= n.booked THEN n.booked ELSE n.booked + $1::integer END AS due_on
FROM (
    SELECT account, booked, yen, sum(CASE WHEN is_cancelled THEN -1 ELSE 1 END) AS told
    FROM credit_notice GROUP BY account, booked, yen
) AS n
LEFT JOIN bank_account AS a USING (account)
CROSS JOIN LATERAL (
    SELECT count(*) AS shown FROM bank_line AS l
    WHERE l.account = n.account AND l.booked = n.booked AND l.yen = n.yen AND l.direction = 'in'
) AS l
WHERE n.told > l.shown
ORDER BY due_on, n.account, n.yen;

-- name: returned_payments
-- A page of payments that came back, or are called back, and what became of them; found by what came back, not by all.
WITH found AS (
    (
        SELECT v.payment_id FROM payment_event AS v WHERE v.state = 'returned' AND v.payment_id > $1
            AND NOT EXISTS (
                SELECT FROM payment_unsettled AS u WHERE u.payment_id = v.payment_id AND u.number > v.number
            )
        ORDER BY v.payment_id LIMIT $2
    )
    UNION
    (
        SELECT DISTINCT v.payment_id FROM payment_recall AS v WHERE v.payment_id > $1 ORDER BY v.payment_id LIMIT $2
    )
    ORDER BY payment_id LIMIT $2
)
SELECT p.payment_id, p.hospital_code, p.yen, coalesce(e.state, r.state) AS state,
    coalesce(m.booked, e.on_day, r.answer_by) AS on_day, coalesce(m.line_id, '') AS line_id,
    coalesce(n.payment_id, '') AS reinstructed_by, e.state IS NULL AND r.state IN ('requested', 'sent') AS is_open
FROM found JOIN payment AS p USING (payment_id)
LEFT JOIN LATERAL (
    SELECT last.state, (back.at AT TIME ZONE 'Asia/Tokyo')::date AS on_day
    FROM payment_event AS back
    CROSS JOIN LATERAL (
        SELECT v.state FROM payment_event AS v WHERE v.payment_id = p.payment_id ORDER BY v.number DESC LIMIT 1
    ) AS last
    WHERE back.payment_id = p.payment_id AND back.state = 'returned' AND NOT EXISTS (
        SELECT FROM payment_unsettled AS u WHERE u.payment_id = back.payment_id AND u.number > back.number
    )
    LIMIT 1
) AS e ON true
LEFT JOIN LATERAL (
    SELECT v.state, v.answer_by FROM payment_recall AS v WHERE v.payment_id = p.payment_id
    ORDER BY v.at DESC, v.number DESC LIMIT 1
) AS r ON true
LEFT JOIN LATERAL (
    SELECT v.line_id, line.booked FROM known_match AS v JOIN bank_line AS line USING (line_id)
    WHERE v.target = p.payment_id AND v.purpose = 'return' AND v.stands LIMIT 1
) AS m ON true
LEFT JOIN LATERAL (
    SELECT v.payment_id FROM payment AS v WHERE v.statement_id = p.statement_id AND v.reinstructs = p.payment_id LIMIT 1
) AS n ON true
ORDER BY p.payment_id;

-- name: state_of_payment
-- Where a payment stands; none where there is no such payment.
SELECT e.state FROM payment AS p
CROSS JOIN LATERAL (
    SELECT v.state FROM payment_event AS v WHERE v.payment_id = p.payment_id ORDER BY v.number DESC LIMIT 1
) AS e
WHERE p.payment_id = $1;

-- name: next_statement_file
-- The next file after one, with its bytes.
SELECT f.file_id, coalesce(f.kept_sha256, f.sha256) AS sha256, f.sha256 AS sent_sha256, f.content, f.imported_at,
    octet_length(f.content) AS size, f.source,
    k.sha256 AS sealed_sha256, k.size_bytes AS sealed_size
FROM statement_file AS f LEFT JOIN sealed_file AS k USING (file_id)
WHERE f.file_id > $1 ORDER BY f.file_id LIMIT 1;

-- name: statements_as_kept
-- The accounts' parts of a file, in its order.
SELECT account, made_on, since, until, opening_yen, in_yen, out_yen, closing_yen, lines
FROM bank_statement WHERE file_id = $1 ORDER BY number;

-- name: lines_of_file
-- The lines that a file brought.
SELECT * FROM bank_line WHERE file_id = $1 ORDER BY account, position;

-- name: notices_of_file
-- The notices that a file brought.
SELECT notice_id, record, account, booked, yen, is_cancelled, remitter_code, remitter, edi
FROM credit_notice WHERE file_id = $1 ORDER BY notice_id;

-- name: accounts_in_disorder
-- Accounts that do not stand where their lines and statements end, or of which a line does not begin where the one
-- before it ended.
SELECT a.account
FROM bank_account AS a
LEFT JOIN LATERAL (
    SELECT l.position, l.balance_after FROM bank_line AS l WHERE l.account = a.account ORDER BY l.position DESC LIMIT 1
) AS last ON true
LEFT JOIN (
    SELECT account, min(since) AS since, max(until) AS until FROM bank_statement
    WHERE opening_yen IS NOT NULL GROUP BY account
) AS told USING (account)
WHERE (a.lines, a.balance_yen) IS DISTINCT FROM (coalesce(last.position, 0), coalesce(last.balance_after, a.opening_yen))
    OR (a.begins_on, a.until) IS DISTINCT FROM (told.since, told.until)
UNION
SELECT n.account FROM (
    SELECT l.account, l.balance_before, l.position,
        lag(l.balance_after) OVER w AS before, lag(l.position) OVER w AS former
    FROM bank_line AS l WINDOW w AS (PARTITION BY l.account ORDER BY l.position)
) AS n
JOIN bank_account AS a USING (account)
WHERE n.balance_before IS DISTINCT FROM coalesce(n.before, a.opening_yen) OR n.position <> coalesce(n.former, 0) + 1
ORDER BY 1;

-- name: matches_in_disorder
-- Matches of which the ledger does not have the transfer, or has one of other yen; the same of what took them back: a
-- reversal, or for a return, which was one, the line's money once more in suspense.
SELECT m.match_id
FROM line_match AS m LEFT JOIN transfer AS t ON t.transfer_id = m.transfer_id
WHERE m.transfer_id <> '' AND t.amount_yen IS DISTINCT FROM
    CASE m.purpose WHEN 'return' THEN (SELECT l.yen FROM bank_line AS l WHERE l.line_id = m.line_id) ELSE m.yen END
UNION
SELECT u.match_id
FROM undone_match AS u
LEFT JOIN line_match AS m USING (match_id)
LEFT JOIN transfer AS t ON t.transfer_id = u.transfer_id
WHERE (t.reverses, t.amount_yen, t.kind = 'incoming') IS DISTINCT FROM (
    CASE m.purpose WHEN 'return' THEN NULL ELSE NULLIF(m.transfer_id, '') END,
    CASE m.transfer_id WHEN '' THEN NULL ELSE m.yen END, CASE m.transfer_id WHEN '' THEN NULL ELSE m.purpose = 'return' END
)
ORDER BY 1;

-- name: all_matches
-- Every match, with how many its line has.
SELECT m.*, count(*) OVER w AS of_line FROM line_match AS m WINDOW w AS (PARTITION BY m.line_id) ORDER BY m.line_id;

-- name: lines_taken_for_nothing
-- Lines that a rule is said to have matched at their import, and that have no match of that rule.
SELECT l.line_id FROM bank_line AS l
WHERE l.verdict = ANY($1::text[])
    AND NOT EXISTS (SELECT FROM line_match AS m WHERE m.line_id = l.line_id AND m.rule = l.verdict)
ORDER BY l.line_id;

-- name: lines_taken_for_anything
-- Lines of which the reason or the rule is none that there is.
SELECT l.line_id FROM bank_line AS l WHERE l.verdict <> ALL($1::text[]) ORDER BY l.line_id;

-- name: walked_sums
-- The same read line by line, match by match and payment by payment: what the kept sums are held against.
SELECT a.account, a.until, a.balance_yen AS closing_yen, a.opening_yen,
    coalesce(l.in_yen, 0)::bigint AS in_yen, coalesce(l.out_yen, 0)::bigint AS out_yen,
    coalesce(m.payer_yen, 0)::bigint AS payer_yen, coalesce(m.return_yen, 0)::bigint AS return_yen,
    coalesce(m.payment_yen, 0)::bigint AS payment_yen, coalesce(m.refund_yen, 0)::bigint AS refund_yen,
    coalesce(m.own_in_yen, 0)::bigint AS own_in_yen, coalesce(m.own_out_yen, 0)::bigint AS own_out_yen,
    coalesce(p.yen, 0)::bigint AS in_transit_yen
FROM bank_account AS a
LEFT JOIN (
    SELECT account, sum(yen) FILTER (WHERE direction = 'in') AS in_yen,
        sum(yen) FILTER (WHERE direction = 'out') AS out_yen
    FROM bank_line GROUP BY account
) AS l USING (account)
LEFT JOIN (
    SELECT b.account, sum(m.yen) FILTER (WHERE purpose = 'payer') AS payer_yen,
        sum(m.yen) FILTER (WHERE purpose = 'return') AS return_yen,
        sum(m.yen) FILTER (WHERE purpose = 'payment') AS payment_yen,
        sum(m.yen) FILTER (WHERE purpose = 'refund') AS refund_yen,
        sum(m.yen) FILTER (WHERE purpose = 'own' AND b.direction = 'in') AS own_in_yen,
        sum(m.yen) FILTER (WHERE purpose = 'own' AND b.direction = 'out') AS own_out_yen
    FROM known_match AS m JOIN bank_line AS b USING (line_id) WHERE m.stands GROUP BY b.account
) AS m USING (account)
LEFT JOIN (
    SELECT substr(b.account_id, 6) AS account, sum(p.yen) AS yen
    FROM payment AS p
    JOIN payment_batch AS b USING (batch_id)
    CROSS JOIN LATERAL (
        SELECT v.state FROM payment_event AS v WHERE v.payment_id = p.payment_id ORDER BY v.number DESC LIMIT 1
    ) AS e
    WHERE e.state IN ('instructed', 'accepted') GROUP BY 1
) AS p USING (account)
ORDER BY a.account;

-- name: waiting_in_disorder
-- Lines that wait and should not, or with other yen, and those that should wait and do not.
SELECT line_id
FROM (
    SELECT l.line_id, l.account, l.position, l.booked, l.yen - coalesce(m.yen, 0) AS open_yen
    FROM bank_line AS l
    LEFT JOIN (SELECT line_id, sum(yen) AS yen FROM known_match WHERE stands GROUP BY line_id) AS m USING (line_id)
    WHERE l.yen <> coalesce(m.yen, 0)
) AS l
FULL JOIN waiting_line AS w USING (line_id)
WHERE (l.account, l.position, l.booked, l.open_yen) IS DISTINCT FROM (w.account, w.position, w.booked, w.open_yen)
LIMIT 100;

-- name: owed_in_disorder
-- Payers' statements of which other yen are kept as open than asked and come in.
SELECT statement_id
FROM (
    SELECT s.statement_id, substr(s.account_id, 7) AS payer_number, s.due_on,
        s.payable_yen - coalesce(m.yen, 0) AS open_yen
    FROM statement AS s
    LEFT JOIN (
        SELECT statement_id, sum(yen) AS yen FROM known_match WHERE purpose = 'payer' AND stands GROUP BY statement_id
    ) AS m USING (statement_id)
    WHERE s.kind = 'payer' AND s.payable_yen > 0 AND s.payable_yen <> coalesce(m.yen, 0)
) AS s
FULL JOIN owed_statement AS o USING (statement_id)
WHERE (s.payer_number, s.due_on, s.open_yen) IS DISTINCT FROM (o.payer_number, o.due_on, o.open_yen)
LIMIT 100;
