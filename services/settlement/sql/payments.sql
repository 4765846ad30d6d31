-- name: lock_payee
-- One change of a hospital's account at a time, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('seikyu.payee'), hashtext($1));

-- name: payee_versions
-- A hospital's accounts, the latest version first, with who confirmed them.
SELECT p.*, c.confirmed_by, c.confirmed_at
FROM payee AS p LEFT JOIN payee_confirmation AS c USING (hospital_code, version)
WHERE p.hospital_code = $1 ORDER BY p.version DESC LIMIT 100;

-- name: insert_payee
-- Keep a proposed version of a hospital's account.
INSERT INTO payee (
    hospital_code, version, bank, branch, account_type, account_number, account_name, banks_of, is_assigned,
    proposed_by, proposed_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: insert_payee_confirmation
-- Keep that another person confirmed a version.
INSERT INTO payee_confirmation (hospital_code, version, proposed_by, confirmed_by, confirmed_at)
VALUES ($1, $2, $3, $4, $5);

-- name: latest_payees
-- The version of each hospital's account that was confirmed last.
SELECT hospital_code, max(version) AS version FROM payee_confirmation
WHERE hospital_code = ANY ($1::text[]) GROUP BY hospital_code;

-- name: payee_accounts
-- The accounts of versions of hospitals.
SELECT p.hospital_code, p.bank, p.branch, p.account_type, p.account_number, p.account_name
FROM unnest($1::text[], $2::integer[]) AS n (hospital, version)
JOIN payee AS p ON p.hospital_code = n.hospital AND p.version = n.version;

-- name: lock_proposing
-- One who proposes payments at a time, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('seikyu.payments'), 0);

-- name: is_closed
-- Whether the close of a period is done.
SELECT EXISTS (SELECT FROM period_closed WHERE period = $1);

-- name: payables
-- What hospitals' statements of a period leave to pay, that no live payment pays and no later statement took up, with the
-- payment that came to nothing.
SELECT substr(s.account_id, 10) AS hospital_code, s.statement_id, s.payable_yen AS yen, s.pays_on,
    c.version AS payee_version, f.payment_id, f.attempt, f.number AS event_number, f.state
FROM statement AS s
LEFT JOIN LATERAL (
    SELECT max(version) AS version FROM payee_confirmation WHERE hospital_code = substr(s.account_id, 10)
) AS c ON true
LEFT JOIN LATERAL (
    SELECT p.payment_id, p.attempt, e.number, e.state
    FROM payment AS p JOIN payment_event AS e USING (payment_id)
    WHERE p.statement_id = s.statement_id ORDER BY p.attempt DESC, e.number DESC LIMIT 1
) AS f ON true
WHERE s.kind = 'hospital' AND s.period = $1 AND s.payable_yen > 0 AND substr(s.account_id, 10) <> ALL ($2::text[])
    AND coalesce(f.state, 'abandoned') = 'abandoned'
    AND NOT EXISTS (SELECT FROM period_taken_up AS t WHERE t.statement_id = s.statement_id)
ORDER BY s.account_id;

-- name: free_of_hospitals
-- What these hospitals' balances leave beside payments that are pending or proposed.
SELECT n.hospital_code, coalesce(a.balance_yen - a.pending_out_yen, 0) - coalesce(w.yen, 0) AS free_yen
FROM unnest($1::text[]) AS n (hospital_code)
LEFT JOIN account AS a ON a.account_id = 'hospital:' || n.hospital_code COLLATE "C"
LEFT JOIN (
    SELECT p.hospital_code, sum(p.yen)::bigint AS yen
    FROM payment_batch AS b
    JOIN payment AS p USING (batch_id)
    CROSS JOIN LATERAL (
        SELECT state FROM payment_event WHERE payment_id = p.payment_id ORDER BY number DESC LIMIT 1
    ) AS e
    WHERE e.state = 'proposed' AND NOT EXISTS (SELECT FROM bank_file_batch AS f WHERE f.batch_id = b.batch_id)
    GROUP BY p.hospital_code
) AS w ON w.hospital_code = n.hospital_code COLLATE "C";

-- name: next_batch_number
-- The number of a period's next batch.
SELECT coalesce(max(number), 0) + 1 FROM payment_batch WHERE period = $1;

-- name: next_references
-- So many references that no payment has had.
SELECT lpad(nextval('payment_reference')::text, 10, '0') AS reference FROM generate_series(1, $1::integer);

-- name: insert_batch
-- Keep a proposed batch.
INSERT INTO payment_batch (
    batch_id, period, number, pays_on, account_id, remitter_code, remitter_name, payments, total_yen, content_sha256,
    proposed_by, traceparent, proposed_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: insert_payments
-- Keep the payments of a batch.
INSERT INTO payment (
    payment_id, batch_id, place, hospital_code, statement_id, attempt, yen, reference, payee_version, transfer_id,
    former_payment_id, former_event_number, former_state
)
SELECT n.id, $1, n.place, n.hospital, n.statement, n.attempt, n.yen, n.reference, n.payee, n.transfer, n.former,
    n.former_event, n.former_state
FROM unnest(
    $2::text[], $3::integer[], $4::text[], $5::text[], $6::integer[], $7::bigint[], $8::text[], $9::integer[],
    $10::text[], $11::text[], $12::integer[], $13::text[]
) AS n (id, place, hospital, statement, attempt, yen, reference, payee, transfer, former, former_event, former_state);

-- name: insert_payment_events
-- Keep the next events of payments.
INSERT INTO payment_event (payment_id, number, state, before_state, cause, reason, done_by, at)
SELECT n.id, n.number, n.state, n.before, n.cause, n.reason, n.done_by, $8
FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS n (id, number, state, before, cause, reason, done_by);

-- name: lock_batches
-- One who changes the payments of a batch at a time, in the order of their ids, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('seikyu.payment-batch'), hashtext(b.batch_id))
FROM (SELECT DISTINCT u.id AS batch_id FROM unnest($1::text[]) AS u (id) ORDER BY 1) AS b;

-- name: batches_of
-- The batches of payments.
SELECT DISTINCT batch_id FROM payment WHERE payment_id = ANY ($1::text[]);

-- name: batches
-- Batches with who approved them and the file that they stand in.
SELECT b.*, a.approved_by, a.approved_at, f.file_id
FROM payment_batch AS b
LEFT JOIN payment_approval AS a USING (batch_id)
LEFT JOIN bank_file_batch AS f USING (batch_id)
WHERE b.batch_id = ANY ($1::text[]);

-- name: insert_approval
-- Keep that another person approved a batch as it was proposed.
INSERT INTO payment_approval (batch_id, proposed_by, content_sha256, approved_by, approved_at)
VALUES ($1, $2, $3, $4, $5);

-- name: await_file
-- Let the transaction wait while a file is made: of a month's payments on a busy machine longer than a pause may be.
SET LOCAL idle_in_transaction_session_timeout = '300s';

-- name: due_of_batch
-- The payments of a batch in their order, with the accounts that they go to.
SELECT p.*, e.bank, e.branch, e.account_type, e.account_number, e.account_name
FROM payment AS p
JOIN payee AS e ON e.hospital_code = p.hospital_code AND e.version = p.payee_version
WHERE p.batch_id = $1 ORDER BY p.place;

-- name: claim_counts
-- The statements of a batch's payments with the number of claims that each holds; none where it was not counted.
SELECT p.statement_id, c.claims
FROM payment AS p LEFT JOIN statement_claims AS c USING (statement_id)
WHERE p.batch_id = $1 ORDER BY p.place;

-- name: statements_not_counted
-- The statements of a batch's payments that were issued before claims were counted.
SELECT p.statement_id FROM payment AS p
WHERE p.batch_id = $1 AND NOT EXISTS (SELECT FROM statement_claims AS c WHERE c.statement_id = p.statement_id)
ORDER BY p.place;

-- name: claims_of_statements
-- The payers and the claims of these statements, walked.
SELECT statement_id, payer_numbers, claim_ids FROM claims_of_statements($1::text[]);

-- name: count_payments
-- How many payments a batch has.
SELECT payments FROM payment_batch WHERE batch_id = $1;

-- name: standing_payments
-- Payments with their last events, the state before they came to that state other than by a return taken back, the transfer
-- that the ledger has them by, who released the file that they stand in and who took steps of them back, in the order of
-- their ids.
SELECT p.*, e.number AS event_number, e.state, f.before_state, k.released_by, m.transfer_id AS moved_by,
    array(SELECT u.undone_by FROM payment_unsettled AS u WHERE u.payment_id = p.payment_id) AS unsettled_by
FROM payment AS p
JOIN payment_transfer AS m USING (payment_id)
LEFT JOIN bank_file_batch AS b USING (batch_id)
LEFT JOIN bank_file AS k USING (file_id)
CROSS JOIN LATERAL (
    SELECT number, state FROM payment_event WHERE payment_id = p.payment_id ORDER BY number DESC LIMIT 1
) AS e
LEFT JOIN LATERAL (
    SELECT v.before_state FROM payment_event AS v
    WHERE v.payment_id = p.payment_id AND v.state = e.state
        AND (v.before_state || ' ' || v.state) IS DISTINCT FROM 'returned settled'
    ORDER BY v.number DESC LIMIT 1
) AS f ON true
WHERE p.payment_id = ANY ($1::text[]) ORDER BY p.payment_id;

-- name: insert_result
-- Keep what a bank said of a file; the same again is left.
INSERT INTO payment_result (event_id, sha256, content, kept_sha256, file_id, taken_by, taken_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT ON CONSTRAINT payment_result_pk DO NOTHING;

-- name: put_by
-- The payments that a cause put into a state: the one that is named, or those of the batch that is.
SELECT p.payment_id
FROM payment AS p JOIN payment_event AS e USING (payment_id)
WHERE (p.payment_id = $2 OR p.batch_id = $2) AND e.state = $3 AND e.cause = $1 ORDER BY p.payment_id;

-- name: insert_unsettled
-- Keep steps back with the matches and the transfers that they are about.
INSERT INTO payment_unsettled (
    payment_id, number, state, match_id, matched_by, undone_by, former_transfer_id, transfer_id
)
SELECT n.* FROM unnest(
    $1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]
) AS n;

-- name: caused
-- Which of these payments a cause put into a state.
SELECT payment_id FROM payment_event WHERE payment_id = ANY ($1::text[]) AND state = $2 AND cause = $3;

-- name: successors
-- The batches of the payments that took the place of these.
SELECT DISTINCT batch_id FROM payment WHERE reinstructs = ANY ($1::text[]) ORDER BY batch_id;

-- name: insert_file
-- Keep a file for the bank.
INSERT INTO bank_file (file_id, form, sha256, content, payments, total_yen, released_by, released_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: insert_file_batches
-- Keep which batches stand in a file, in their order.
INSERT INTO bank_file_batch (batch_id, file_id, place)
SELECT u.id, $1, u.place - 1 FROM unnest($2::text[]) WITH ORDINALITY AS u (id, place);

-- name: read_file
-- A file with its batches in their order.
SELECT f.*, array(SELECT batch_id FROM bank_file_batch WHERE file_id = f.file_id ORDER BY place) AS batch_ids
FROM bank_file AS f WHERE f.file_id = $1;

-- name: payers_of_statements
-- The payers whose claims the statements of a batch's payments from one place to before another hold.
SELECT DISTINCT u.payer_number
FROM payment AS p
JOIN statement_claims AS c USING (statement_id)
CROSS JOIN LATERAL unnest(c.payer_numbers) AS u (payer_number)
WHERE p.batch_id = $1 AND p.place >= $2 AND p.place < $3;

-- name: batch_page
-- A page of batches, the latest first: those named, or those of a period, or all.
SELECT b.*, a.approved_by, a.approved_at, f.file_id, encode(k.sha256, 'hex') AS file_sha256,
    array(
        SELECT o.payment_id
        FROM payment AS p
        JOIN payment AS o ON o.statement_id = p.statement_id AND o.attempt < p.attempt
        JOIN bank_file_batch AS s ON s.batch_id = o.batch_id
        WHERE p.batch_id = b.batch_id AND p.attempt > 1 ORDER BY o.payment_id LIMIT 100
    ) AS formers_in_file
FROM payment_batch AS b
LEFT JOIN payment_approval AS a USING (batch_id)
LEFT JOIN bank_file_batch AS f USING (batch_id)
LEFT JOIN bank_file AS k USING (file_id)
WHERE ($1::text = '' OR b.batch_id = $1) AND ($2::text = '' OR b.period = $2)
    AND (b.period, b.number) < ($3::text, $4::integer)
ORDER BY b.period DESC, b.number DESC LIMIT $5;

-- name: state_counts
-- How many payments of batches are in which state, and their yen.
SELECT p.batch_id, e.state, count(*) AS payments, sum(p.yen)::bigint AS yen
FROM payment AS p
CROSS JOIN LATERAL (
    SELECT state FROM payment_event WHERE payment_id = p.payment_id ORDER BY number DESC LIMIT 1
) AS e
WHERE p.batch_id = ANY ($1::text[]) GROUP BY p.batch_id, e.state;

-- name: payments_of_batch
-- A page of a batch's payments after a place.
SELECT * FROM payment WHERE batch_id = $1 AND place > $2 ORDER BY place LIMIT $3;

-- name: payments_of_hospital
-- A page of a hospital's payments after an id.
SELECT * FROM payment WHERE hospital_code = $1 AND payment_id > $2 ORDER BY payment_id LIMIT $3;

-- name: one_payment
-- A payment, of one hospital only where it is given.
SELECT * FROM payment WHERE payment_id = $1 AND ($2::text = '' OR hospital_code = $2);

-- name: payment_steps
-- The events of payments in their order.
SELECT * FROM payment_event WHERE payment_id = ANY ($1::text[]) ORDER BY payment_id, number;

-- name: formers_in_file
-- Of these payments those whose statement had a payment before that stood in a file, with the latest such.
SELECT DISTINCT ON (p.payment_id) p.payment_id, o.payment_id AS former_in_file
FROM payment AS p
JOIN payment AS o ON o.statement_id = p.statement_id AND o.attempt < p.attempt
JOIN bank_file_batch AS s ON s.batch_id = o.batch_id
WHERE p.payment_id = ANY ($1::text[]) ORDER BY p.payment_id, o.attempt DESC;

-- name: payments_in_state
-- The payments of a batch that are in one of these states.
SELECT p.payment_id
FROM payment AS p
CROSS JOIN LATERAL (
    SELECT state FROM payment_event WHERE payment_id = p.payment_id ORDER BY number DESC LIMIT 1
) AS e
WHERE p.batch_id = $1 AND e.state = ANY ($2::text[]) ORDER BY p.place;

-- name: sent_in_file
-- The payments that stand in a file.
SELECT p.payment_id, p.batch_id, p.reference
FROM bank_file_batch AS f JOIN payment AS p USING (batch_id)
WHERE f.file_id = $1 ORDER BY f.place, p.place;

-- name: file_row
-- What is known of a file beside its bytes, with its place in the chain of files.
SELECT f.file_id, f.form, encode(f.sha256, 'hex') AS sha256, octet_length(f.content) AS size_bytes, f.payments,
    f.total_yen, f.released_by, f.released_at,
    array(SELECT batch_id FROM bank_file_batch WHERE file_id = f.file_id ORDER BY place) AS batch_ids,
    s.number AS chain_block, encode(b.head_sha256, 'hex') AS chain_sha256
FROM bank_file AS f
JOIN sealed_file AS s USING (file_id)
JOIN sealed_block AS b ON b.chain = 'files' AND b.number = s.number
WHERE f.file_id = $1;

-- name: file_part
-- A part of a file's bytes from a place, counted from 1.
SELECT substring(content FROM $2::integer FOR $3::integer) AS part FROM bank_file WHERE file_id = $1;

-- name: payments_named
-- These payments, in the order of their ids.
SELECT * FROM payment WHERE payment_id = ANY ($1::text[]) ORDER BY payment_id;

-- name: batches_without_file
-- Batches that stand in no file, with who approved them.
SELECT b.*, a.approved_by, a.approved_at, NULL AS file_id
FROM payment_batch AS b LEFT JOIN payment_approval AS a USING (batch_id)
WHERE NOT EXISTS (SELECT FROM bank_file_batch AS f WHERE f.batch_id = b.batch_id) ORDER BY b.batch_id;

-- name: next_bank_file
-- The next file after one, with its bytes and its batches in their order.
SELECT f.file_id, f.form, f.content, f.payments, f.total_yen, f.released_at,
    array(SELECT batch_id FROM bank_file_batch WHERE file_id = f.file_id ORDER BY place) AS batch_ids
FROM bank_file AS f WHERE f.file_id > $1 ORDER BY f.file_id LIMIT 1;

-- name: next_batch_in_order
-- The next batch after one, and whether it comes to its payments, was approved as it is by another than its maker, and
-- was filed approved.
SELECT b.batch_id,
    (b.payments, b.total_yen) IS NOT DISTINCT FROM (p.payments, p.yen)
    AND (a.batch_id IS NULL OR (
        (a.proposed_by, a.content_sha256) = (b.proposed_by, b.content_sha256) AND a.approved_by <> b.proposed_by
    ))
    AND (f.batch_id IS NULL OR a.batch_id IS NOT NULL) AS is_in_order
FROM (SELECT * FROM payment_batch WHERE batch_id > $1 ORDER BY batch_id LIMIT 1) AS b
CROSS JOIN LATERAL (
    SELECT count(*) AS payments, sum(yen) AS yen FROM payment WHERE batch_id = b.batch_id
) AS p
LEFT JOIN payment_approval AS a USING (batch_id)
LEFT JOIN bank_file_batch AS f USING (batch_id);

-- name: payment_after
-- The last of the next so many payments after one; none where fewer are left.
SELECT payment_id FROM payment WHERE payment_id > $1 ORDER BY payment_id LIMIT 1 OFFSET $2::bigint - 1;

-- name: payments_without_ground
-- Payments that do not pay a hospital's statement to the yen, or go to an account that no second person confirmed. As
-- all that follow: of the payments after one up to another.
SELECT p.payment_id
FROM payment AS p
LEFT JOIN statement AS s
    ON s.statement_id = p.statement_id AND s.account_id = p.account_id AND s.payable_yen = p.yen
LEFT JOIN payee AS y ON y.hospital_code = p.hospital_code AND y.version = p.payee_version
LEFT JOIN payee_confirmation AS c ON c.hospital_code = p.hospital_code AND c.version = p.payee_version
WHERE p.payment_id > $1 AND ($2::text IS NULL OR p.payment_id <= $2)
    AND (
        s.statement_id IS NULL OR y.proposed_by IS DISTINCT FROM c.proposed_by OR c.confirmed_by = c.proposed_by
        OR c.hospital_code IS NULL
    )
LIMIT 100;

-- name: payments_unlike_the_ledger
-- Payments whose state is another than that of their transfer, or whose transfer is another than theirs.
SELECT p.payment_id
FROM payment AS p
JOIN payment_batch AS b USING (batch_id)
JOIN payment_transfer AS m USING (payment_id)
LEFT JOIN LATERAL (
    SELECT v.state FROM payment_event AS v WHERE v.payment_id = p.payment_id ORDER BY v.number DESC LIMIT 1
) AS e ON true
LEFT JOIN pending_transfer AS h ON h.transfer_id = m.transfer_id
LEFT JOIN pending_resolution AS r ON r.transfer_id = m.transfer_id
LEFT JOIN transfer AS back ON back.reverses = m.transfer_id
WHERE p.payment_id > $1 AND ($2::text IS NULL OR p.payment_id <= $2) AND (coalesce(e.state, '') || ' ' || CASE
        WHEN h.transfer_id IS NULL THEN 'not held'
        WHEN r.transfer_id IS NULL THEN 'held'
        WHEN r.outcome = 'voided' THEN 'released'
        WHEN back.transfer_id IS NULL THEN 'posted'
        ELSE 'reversed'
    END NOT IN (
        'proposed not held', 'instructed held', 'accepted held', 'refused released', 'settled posted',
        'returned reversed', 'reinstructed released', 'reinstructed reversed', 'abandoned not held',
        'abandoned released', 'abandoned reversed'
    )
    OR (h.transfer_id IS NOT NULL AND (h.kind, h.from_account, h.to_account, h.amount_yen)
        IS DISTINCT FROM ('payment', p.account_id, b.account_id, p.yen)))
LIMIT 100;

-- name: payments_taken_back_in_disorder
-- Payments of which a step back is none that another person took with the match that settled them, or gave them back,
-- leads to another state than that match found, or leaves a former transfer that was not reversed or was not theirs.
SELECT v.payment_id
FROM payment_event AS v
CROSS JOIN LATERAL (
    SELECT o.before_state, o.cause FROM payment_event AS o
    WHERE o.payment_id = v.payment_id AND o.number < v.number AND o.state = v.before_state
        AND o.before_state <> 'returned'
    ORDER BY o.number DESC LIMIT 1
) AS s
LEFT JOIN payment_unsettled AS u ON u.payment_id = v.payment_id AND u.number = v.number
LEFT JOIN line_match AS m USING (match_id)
LEFT JOIN undone_match AS d USING (match_id)
WHERE v.payment_id > $1 AND ($2::text IS NULL OR v.payment_id <= $2)
    AND (v.before_state || ' ' || v.state) IN ('settled instructed', 'settled accepted', 'returned settled')
    AND ((v.state, v.done_by, u.undone_by, u.matched_by, s.cause, m.purpose) IS DISTINCT FROM (
            s.before_state, u.undone_by, d.undone_by, m.matched_by, u.match_id,
            CASE v.before_state WHEN 'settled' THEN 'payment' ELSE 'return' END
        )
        OR u.undone_by = u.matched_by)
UNION ALL
SELECT u.payment_id
FROM payment_unsettled AS u
JOIN payment AS p USING (payment_id)
LEFT JOIN payment_event AS v ON v.payment_id = u.payment_id AND v.number = u.number
LEFT JOIN transfer AS back ON back.reverses = u.former_transfer_id
LEFT JOIN LATERAL (
    SELECT o.transfer_id FROM payment_unsettled AS o
    WHERE o.payment_id = u.payment_id AND o.number < u.number ORDER BY o.number DESC LIMIT 1
) AS o ON true
WHERE u.payment_id > $1 AND ($2::text IS NULL OR u.payment_id <= $2) AND (
        coalesce(v.before_state || ' ' || v.state, '')
            NOT IN ('settled instructed', 'settled accepted', 'returned settled')
        OR back.transfer_id IS NULL
        OR u.former_transfer_id IS DISTINCT FROM coalesce(o.transfer_id, p.transfer_id)
    )
LIMIT 100;

-- name: payments_out_of_step
-- Payments of which a step does not follow on the one before it.
SELECT DISTINCT n.payment_id
FROM (
    SELECT p.payment_id, p.number, p.before_state, lag(p.number) OVER w AS former, lag(p.state) OVER w AS former_state
    FROM payment_event AS p WHERE p.payment_id > $1 AND ($2::text IS NULL OR p.payment_id <= $2)
    WINDOW w AS (PARTITION BY p.payment_id ORDER BY p.number)
) AS n
WHERE n.number <> coalesce(n.former, 0) + 1 OR n.before_state IS DISTINCT FROM n.former_state
LIMIT 100;

-- name: statements_paid_twice
-- Statements that a payment pays and one before it too.
SELECT DISTINCT p.statement_id
FROM payment AS p
JOIN payment AS o ON o.statement_id = p.statement_id AND o.attempt < p.attempt
CROSS JOIN LATERAL (
    SELECT v.state FROM payment_event AS v WHERE v.payment_id = p.payment_id ORDER BY v.number DESC LIMIT 1
) AS e
CROSS JOIN LATERAL (
    SELECT v.state FROM payment_event AS v WHERE v.payment_id = o.payment_id ORDER BY v.number DESC LIMIT 1
) AS f
WHERE p.payment_id > $1 AND ($2::text IS NULL OR p.payment_id <= $2)
    AND e.state NOT IN ('reinstructed', 'abandoned') AND f.state NOT IN ('reinstructed', 'abandoned')
LIMIT 100;

-- name: transits_in_disorder
-- Payments kept as in transit that are not, or are otherwise, and those that are and are not kept so.
SELECT payment_id
FROM (
    SELECT p.payment_id, substr(b.account_id, 6) AS account, p.yen, b.pays_on
    FROM payment AS p
    JOIN payment_batch AS b USING (batch_id)
    CROSS JOIN LATERAL (
        SELECT v.state FROM payment_event AS v WHERE v.payment_id = p.payment_id ORDER BY v.number DESC LIMIT 1
    ) AS e
    WHERE p.payment_id > $1 AND ($2::text IS NULL OR p.payment_id <= $2) AND e.state IN ('instructed', 'accepted')
) AS w
FULL JOIN (
    SELECT * FROM payment_in_transit WHERE payment_id > $1 AND ($2::text IS NULL OR payment_id <= $2)
) AS t USING (payment_id)
WHERE (w.account, w.yen, w.pays_on) IS DISTINCT FROM (t.account, t.yen, t.pays_on)
LIMIT 100;

-- name: next_claims_counted
-- The next so many statements after one whose claims were counted, and whether a walk gives the same.
SELECT c.statement_id,
    (c.payer_numbers, c.claims) IS NOT DISTINCT FROM (w.payer_numbers, cardinality(w.claim_ids)::bigint) AS is_in_order
FROM (SELECT * FROM statement_claims WHERE statement_id > $1 ORDER BY statement_id LIMIT $2) AS c
LEFT JOIN claims_of_statements(
    array(SELECT statement_id FROM statement_claims WHERE statement_id > $1 ORDER BY statement_id LIMIT $2)
) AS w ON w.statement_id = c.statement_id
ORDER BY c.statement_id;
