-- name: highest_number
-- The highest ledger number that anybody took, committed or not.
SELECT last_value FROM ledger_number;

-- name: open_writers
-- The transactions that may still write under numbers they took: those that hold the lock of writers.
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = (hashtext('seikyu.ledger-number')::bigint & 4294967295)::oid AND objid = 0 AND objsubid = 2;

-- name: seal_transfers
-- Seal the next block of what was written about transfers, up to a number; how many rows.
SELECT seal_transfers($1, $2, $3);

-- name: seal_records
-- Seal the records of the next numbers, up to a number; how many.
SELECT seal_records($1, $2, $3);

-- name: seal_events
-- Seal the next block of events; how many.
SELECT seal_events($1, $2, $3);

-- name: replay_blocks
-- The blocks of a chain in order.
SELECT number, first_number, last_number, row_count, content_sha256, head_sha256,
    (extract(epoch FROM sealed_at) * 1000000)::bigint AS sealed_at_us
FROM sealed_block WHERE chain = $1 ORDER BY number;

-- name: replay_sealed_transfers
-- What was written about transfers under these numbers, in order, in the form that is sealed.
SELECT number, form FROM (
    SELECT t.number, array_send(ARRAY[
        'transfer', t.number::text, t.transfer_id, t.from_account, t.from_version::text, t.to_account,
        t.to_version::text, t.amount_yen::text, t.kind, t.claim_id, t.decision_id, t.cause_event_id, t.trace_id,
        encode(t.payload_sha256, 'hex'), t.claim_month, t.payer_number, t.points::text,
        (extract(epoch FROM t.posted_at) * 1000000)::bigint::text, t.reverses
    ]) AS form
    FROM transfer AS t WHERE t.number BETWEEN $1 AND $2
    UNION ALL
    SELECT p.number, array_send(ARRAY[
        'pending', p.number::text, p.transfer_id, p.from_account, p.to_account, p.amount_yen::text, p.kind,
        p.cause_event_id, p.trace_id, encode(p.payload_sha256, 'hex'), p.claim_month, p.payer_number,
        (extract(epoch FROM p.held_at) * 1000000)::bigint::text
    ])
    FROM pending_transfer AS p WHERE p.number BETWEEN $1 AND $2
    UNION ALL
    SELECT s.number, array_send(ARRAY[
        'resolution', s.number::text, s.transfer_id, s.outcome, s.cause_event_id,
        (extract(epoch FROM s.resolved_at) * 1000000)::bigint::text
    ])
    FROM pending_resolution AS s WHERE s.number BETWEEN $1 AND $2
) AS written
ORDER BY number;

-- name: replay_sealed_records
-- The records of these numbers, in order, in the form that is sealed.
SELECT number, form FROM (
    SELECT record_number AS number, array_send(ARRAY[
        'posted_decision', record_number::text, decision_id, claim_id, claim_month, encode(content_sha256, 'hex'),
        payer_numbers::text, points::text, yen::text, (extract(epoch FROM posted_at) * 1000000)::bigint::text,
        patient_yen::text, reduced_yen::text
    ]) AS form
    FROM posted_decision WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'later_decision', record_number::text, claim_id, number::text, decision_id, cause, cause_event_id,
        (extract(epoch FROM posted_at) * 1000000)::bigint::text
    ])
    FROM later_decision WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'payee', record_number::text, hospital_code, version::text, bank, branch, account_type, account_number,
        account_name, banks_of, is_assigned::text, proposed_by,
        (extract(epoch FROM proposed_at) * 1000000)::bigint::text
    ])
    FROM payee WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'payee_confirmation', record_number::text, hospital_code, version::text, proposed_by, confirmed_by,
        (extract(epoch FROM confirmed_at) * 1000000)::bigint::text
    ])
    FROM payee_confirmation WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'payment_batch', record_number::text, batch_id, period, number::text, to_char(pays_on, 'YYYYMMDD'),
        account_id, remitter_code, remitter_name, payments::text, total_yen::text, encode(content_sha256, 'hex'),
        proposed_by, traceparent, (extract(epoch FROM proposed_at) * 1000000)::bigint::text
    ])
    FROM payment_batch WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'payment_approval', record_number::text, batch_id, proposed_by, encode(content_sha256, 'hex'), approved_by,
        (extract(epoch FROM approved_at) * 1000000)::bigint::text
    ])
    FROM payment_approval WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'payment', record_number::text, payment_id, batch_id, place::text, hospital_code, statement_id, attempt::text,
        yen::text, reference, payee_version::text, transfer_id, former_payment_id, former_event_number::text,
        former_state, former_attempt::text, reinstructs, account_id
    ])
    FROM payment WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'payment_event', record_number::text, payment_id, number::text, state, before_number::text, before_state,
        cause, reason, done_by, (extract(epoch FROM at) * 1000000)::bigint::text
    ])
    FROM payment_event WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'bank_file', record_number::text, file_id, form, encode(sha256, 'hex'), payments::text, total_yen::text,
        released_by, (extract(epoch FROM released_at) * 1000000)::bigint::text
    ])
    FROM bank_file WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'bank_file_batch', record_number::text, batch_id, file_id, place::text
    ])
    FROM bank_file_batch WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'payment_calendar', record_number::text, payer_number, period, version::text, to_char(closes_on, 'YYYYMMDD'),
        to_char(due_on, 'YYYYMMDD'), to_char(pays_on, 'YYYYMMDD'), mark, source, loaded_by,
        (extract(epoch FROM loaded_at) * 1000000)::bigint::text
    ])
    FROM payment_calendar WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'review_fee', record_number::text, authority, since, version::text, price_sen::text, rounding, mark, source,
        loaded_by, (extract(epoch FROM loaded_at) * 1000000)::bigint::text
    ])
    FROM review_fee WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'period_close', record_number::text, period, is_early::text, opened_by, traceparent,
        (extract(epoch FROM opened_at) * 1000000)::bigint::text
    ])
    FROM period_close WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'period_cut', record_number::text, period, account_id, kind, cut_version::text, cut_sequence::text,
        receipts::text, price_sen::text, fee_yen::text, to_char(closes_on, 'YYYYMMDD'), to_char(due_on, 'YYYYMMDD'),
        to_char(pays_on, 'YYYYMMDD'), (extract(epoch FROM cut_at) * 1000000)::bigint::text
    ])
    FROM period_cut WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'period_head', record_number::text, period, transfers_block::text, transfers_sha256, events_block::text,
        events_sha256, files_block::text, files_sha256, (extract(epoch FROM taken_at) * 1000000)::bigint::text
    ])
    FROM period_head WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'period_closed', record_number::text, period, payers::text, hospitals::text, payable_by_payers_yen::text,
        payable_to_hospitals_yen::text, (extract(epoch FROM closed_at) * 1000000)::bigint::text
    ])
    FROM period_closed WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'receipt_read', record_number::text, place::text, read_id, payer_number, read_by, reader, claim_id, reason,
        given::text, (extract(epoch FROM read_at) * 1000000)::bigint::text, trace_id
    ])
    FROM receipt_read WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'statement_file', record_number::text, file_id, encode(sha256, 'hex'), source, imported_by,
        (extract(epoch FROM imported_at) * 1000000)::bigint::text
    ] || CASE WHEN kept_sha256 IS NOT NULL THEN ARRAY[encode(kept_sha256, 'hex')] END)
    FROM statement_file WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'bank_statement', record_number::text, file_id, number::text, account, to_char(made_on, 'YYYYMMDD'),
        to_char(since, 'YYYYMMDD'), to_char(until, 'YYYYMMDD'), opening_yen::text, in_yen::text, out_yen::text,
        closing_yen::text, lines::text, new_lines::text, matched_lines::text, queued_lines::text, days_not_told::text,
        first_new::text
    ])
    FROM bank_statement WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'bank_line', record_number::text, line_id, account, position::text, file_id, record::text,
        to_char(booked, 'YYYYMMDD'), to_char(valued, 'YYYYMMDD'), direction, yen::text, balance_before::text,
        balance_after::text, dealing, inquiry_number, remitter_code, remitter, from_bank, from_branch, narrative, edi,
        encode(content_sha256, 'hex'), verdict
    ])
    FROM bank_line WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'line_match', record_number::text, match_id, line_id, rule, purpose, target, statement_id, yen::text,
        transfer_id, matched_by, reason, (extract(epoch FROM matched_at) * 1000000)::bigint::text
    ])
    FROM line_match WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'undone_match', record_number::text, match_id, transfer_id, undone_by, reason,
        (extract(epoch FROM undone_at) * 1000000)::bigint::text
    ])
    FROM undone_match WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'credit_notice', record_number::text, notice_id, file_id, record::text, account, to_char(booked, 'YYYYMMDD'),
        yen::text, is_cancelled::text, remitter_code, remitter, edi
    ])
    FROM credit_notice WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'payment_recall', record_number::text, recall_id, number::text, payment_id, state,
        to_char(answer_by, 'YYYYMMDD'), reason, done_by, (extract(epoch FROM at) * 1000000)::bigint::text
    ])
    FROM payment_recall WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'payment_unsettled', record_number::text, payment_id, number::text, state, match_id, matched_by, undone_by,
        former_transfer_id, transfer_id
    ])
    FROM payment_unsettled WHERE record_number BETWEEN $1 AND $2
    UNION ALL
    SELECT record_number, array_send(ARRAY[
        'payment_result', record_number::text, event_id, encode(sha256, 'hex'), encode(kept_sha256, 'hex'), file_id,
        taken_by, (extract(epoch FROM taken_at) * 1000000)::bigint::text
    ])
    FROM payment_result WHERE record_number BETWEEN $1 AND $2
) AS written
ORDER BY number, form;

-- name: replay_sealed_streams
-- The streams of a block of events, by payer.
SELECT payer_number, first_sequence, last_sequence FROM sealed_stream WHERE number = $1 ORDER BY payer_number;

-- name: replay_sealed_events
-- The events of a block, by payer and sequence, in the form that is sealed.
SELECT array_send(ARRAY[
    'event', a.payer_number, a.sequence::text, a.event_id, a.type, a.claim_id, a.decision_id,
    encode(sha256(a.value), 'hex'), encode(a.sha256, 'hex'), a.traceparent, a.points::text, a.yen::text,
    a.claim_month, (extract(epoch FROM a.created_at) * 1000000)::bigint::text, a.reverses
]) AS form
FROM sealed_stream AS k
JOIN announced_event AS a
    ON a.payer_number = k.payer_number AND a.sequence BETWEEN k.first_sequence AND k.last_sequence
WHERE k.number = $1 ORDER BY a.payer_number, a.sequence;

-- name: replay_sealed_files
-- The files that a block seals; one, or the chain is not what was sealed.
SELECT array_send(ARRAY['file', file_id, kind, encode(sha256, 'hex'), size_bytes::text]) AS form
FROM sealed_file WHERE number = $1;

-- name: unsealed
-- How many rows about transfers, how many records and how many events stand in no block yet.
SELECT
    (SELECT count(*) FROM transfer WHERE number > $1) + (SELECT count(*) FROM pending_transfer WHERE number > $1)
        + (SELECT count(*) FROM pending_resolution WHERE number > $1) AS transfers,
    (SELECT count(*) FROM written_record WHERE number > $2) AS records,
    (
        SELECT coalesce(sum(s.next_sequence - 1 - coalesce(k.last, 0)), 0)::bigint
        FROM payer_stream AS s
        LEFT JOIN (
            SELECT payer_number, max(last_sequence) AS last FROM sealed_stream GROUP BY payer_number
        ) AS k USING (payer_number)
    ) AS events;

-- name: files_out_of_chain
-- Sealed files whose block does not stand.
SELECT f.file_id FROM sealed_file AS f
LEFT JOIN sealed_block AS b ON b.chain = 'files' AND b.number = f.number
WHERE b.number IS NULL LIMIT 100;

-- name: streams_out_of_chain
-- Streams that were sealed in a block that does not stand.
SELECT k.payer_number FROM sealed_stream AS k
LEFT JOIN sealed_block AS b ON b.chain = 'events' AND b.number = k.number
WHERE b.number IS NULL LIMIT 100;

-- name: accounts_with_other_pendings
-- Accounts whose pending sums are not those of their open pending transfers.
SELECT coalesce(a.account_id, p.account_id) AS account_id
FROM account AS a
FULL JOIN (
    SELECT l.account_id, sum(l.coming) AS coming, sum(l.going) AS going
    FROM pending_transfer AS t
    LEFT JOIN pending_resolution AS r USING (transfer_id)
    CROSS JOIN LATERAL (VALUES (t.from_account, 0, t.amount_yen), (t.to_account, t.amount_yen, 0))
        AS l (account_id, coming, going)
    WHERE r.transfer_id IS NULL
    GROUP BY l.account_id
) AS p USING (account_id)
WHERE a.account_id IS NULL OR (a.pending_in_yen, a.pending_out_yen) <> (coalesce(p.coming, 0), coalesce(p.going, 0))
LIMIT 100;

-- name: pendings_in_disorder
-- Pending transfers that were posted otherwise than they were held, or whose resolution says something else.
SELECT p.transfer_id FROM pending_transfer AS p
LEFT JOIN pending_resolution AS r USING (transfer_id)
LEFT JOIN transfer AS t USING (transfer_id)
WHERE CASE WHEN coalesce(r.outcome, 'open') = 'posted'
    THEN (t.from_account, t.to_account, t.amount_yen, t.kind, t.cause_event_id, t.trace_id, t.payload_sha256,
          t.claim_month, t.payer_number, t.posted_at)
        IS DISTINCT FROM (p.from_account, p.to_account, p.amount_yen, p.kind, p.cause_event_id, p.trace_id,
          p.payload_sha256, p.claim_month, p.payer_number, r.resolved_at)
    ELSE t.transfer_id IS NOT NULL END
LIMIT 100;

-- name: resolutions_of_nothing
-- Resolutions of pending transfers that do not stand.
SELECT r.transfer_id FROM pending_resolution AS r
LEFT JOIN pending_transfer AS p USING (transfer_id)
WHERE p.transfer_id IS NULL LIMIT 100;

-- name: heads_rewritten
-- Statements on which another head of a chain stands than the chain has.
SELECT DISTINCT s.statement_id FROM statement AS s
CROSS JOIN LATERAL (VALUES
    ('transfers', s.transfers_block, s.transfers_sha256), ('events', s.events_block, s.events_sha256),
    ('files', s.files_block, s.files_sha256)
) AS n (chain, number, head)
LEFT JOIN sealed_block AS b ON b.chain = n.chain AND b.number = n.number
WHERE n.number > 0 AND encode(b.head_sha256, 'hex') IS DISTINCT FROM n.head
LIMIT 100;

-- name: accounts_of_other_kind
-- Accounts that are not of the kind that their id names, or that stand beyond their limit.
SELECT account_id FROM account
WHERE kind <> split_part(account_id, ':', 1) OR CASE kind
    WHEN 'bank' THEN balance_yen + pending_in_yen > 0
    WHEN 'suspense' THEN balance_yen - pending_out_yen < 0
    WHEN 'fee' THEN balance_yen - pending_out_yen < 0
    ELSE false END
LIMIT 100;

-- name: blocks_of_no_chain
-- Blocks of chains that nobody knows.
SELECT number FROM sealed_block WHERE chain NOT IN ('transfers', 'events', 'files', 'statements', 'records') LIMIT 100;

-- name: replay_sealed_statements
-- The statements of a block by id, in the form that is sealed: those that a statement takes up follow on it.
SELECT array_send(ARRAY[
    'statement', s.statement_id, s.account_id, s.kind, s.period, s.cut_version::text, s.cut_sequence::text,
    s.open_version::text, s.open_sequence::text, s.opening_yen::text, s.claims_yen::text, s.adjustments_yen::text,
    s.fees_yen::text, s.paid_yen::text, s.closing_yen::text, s.ahead_yen::text, s.brought_yen::text,
    s.payable_yen::text, s.carried_yen::text, to_char(s.due_on, 'YYYYMMDD'), to_char(s.pays_on, 'YYYYMMDD'),
    s.lines::text, s.csv_sha256, s.pdf_sha256, s.transfers_block::text, s.transfers_sha256, s.events_block::text,
    s.events_sha256, s.files_block::text, s.files_sha256, (extract(epoch FROM s.issued_at) * 1000000)::bigint::text
] || CASE WHEN s.layout > 1 THEN ARRAY[
    s.layout::text, s.patient_yen::text, s.reduced_yen::text, s.patient_unknown_lines::text
] END || (
    SELECT array_agg(u.value ORDER BY t.statement_id, u.place)
    FROM period_taken_up AS t
    CROSS JOIN LATERAL unnest(ARRAY['taken up', t.statement_id, t.yen::text]) WITH ORDINALITY AS u (value, place)
    WHERE t.period = s.period AND t.account_id = s.account_id
)) AS form
FROM sealed_statement AS k JOIN statement AS s USING (statement_id)
WHERE k.number = $1 ORDER BY s.statement_id;

-- name: statements_out_of_chain
-- Statements that stand in no block, and blocks' statements that do not stand.
SELECT coalesce(s.statement_id, k.statement_id) FROM statement AS s
FULL JOIN sealed_statement AS k USING (statement_id)
LEFT JOIN sealed_block AS b ON b.chain = 'statements' AND b.number = k.number
WHERE s.statement_id IS NULL OR b.number IS NULL
LIMIT 100;

-- name: statements_unlike_the_ledger
-- Statements that do not end at their account's balance, or do not begin with what was left before them and taken up.
SELECT s.statement_id
FROM (
    SELECT statement_id, account_id, period, cut_version, opening_yen, closing_yen, ahead_yen, brought_yen,
        lag(closing_yen) OVER w AS former_closing_yen, lag(carried_yen) OVER w AS former_carried_yen
    FROM statement WINDOW w AS (PARTITION BY account_id ORDER BY period)
) AS s
LEFT JOIN (SELECT account_id, period, sum(yen) AS yen FROM period_taken_up GROUP BY account_id, period) AS t
    USING (account_id, period)
LEFT JOIN entry AS e ON e.account_id = s.account_id AND e.version = s.cut_version
WHERE coalesce(e.balance_after, 0) <> s.closing_yen + s.ahead_yen
    OR (s.opening_yen, s.brought_yen)
        <> (coalesce(s.former_closing_yen, 0), coalesce(s.former_carried_yen, 0) + coalesce(t.yen, 0))
LIMIT 100;

-- name: files_unlike_their_seal
-- Files that are not those that were sealed under their ids, byte for byte, and sealed files that are gone.
SELECT coalesce(k.file_id, f.file_id) FROM sealed_file AS k
FULL JOIN (
    SELECT file_id, form AS kind, sha256, sha256(content) AS content_sha256, octet_length(content) AS size_bytes
    FROM bank_file
    UNION ALL
    SELECT file_id, source, coalesce(kept_sha256, sha256), sha256(content), octet_length(content) FROM statement_file
    UNION ALL
    SELECT file_id || '.sent', source, sha256, sha256, octet_length(content) FROM statement_file
    WHERE kept_sha256 IS NOT NULL
    UNION ALL
    SELECT event_id, 'pain.002', kept_sha256, sha256(content), octet_length(content) FROM payment_result
    UNION ALL
    SELECT event_id || '.sent', 'pain.002', sha256, sha256, octet_length(content) FROM payment_result
) AS f USING (file_id)
WHERE (k.kind, k.sha256, k.sha256, k.size_bytes) IS DISTINCT FROM (f.kind, f.sha256, f.content_sha256, f.size_bytes)
LIMIT 100;

-- name: decisions_unlike_their_events
-- Posted decisions whose parts are not what was announced of them, and shares that no posted decision has.
SELECT coalesce(d.decision_id, e.decision_id)
FROM (
    SELECT p.decision_id, p.claim_id, p.claim_month, part.payer_number, part.points, part.yen
    FROM posted_decision AS p
    CROSS JOIN unnest(p.payer_numbers, p.points, p.yen) AS part (payer_number, points, yen)
) AS d
FULL JOIN (
    SELECT decision_id, claim_id, claim_month, payer_number, points, yen FROM announced_event
    WHERE type = 'jp.seikyu.settlement.claim_settled.v1' AND reverses IS NULL
) AS e ON e.decision_id = d.decision_id AND e.payer_number = d.payer_number COLLATE "C"
WHERE (d.claim_id, d.claim_month, d.points, d.yen) IS DISTINCT FROM (e.claim_id, e.claim_month, e.points, e.yen)
LIMIT 100;

-- name: later_decisions_of_nothing
-- Later decisions that were not posted, or under another claim.
SELECT l.decision_id FROM later_decision AS l
LEFT JOIN posted_decision AS p USING (decision_id)
WHERE p.claim_id IS DISTINCT FROM l.claim_id
LIMIT 100;

-- name: prices_as_loaded
-- Every version of every price per receipt.
SELECT authority, since, version, price_sen, rounding, mark, source, loaded_at FROM review_fee
ORDER BY authority, since, version;

-- name: cuts_of_payers
-- Each payer's cut, with the receipts that the payer was told of first within it, counted as when it was cut, and with
-- the fee that was moved. Fees are looked for once, among all transfers.
WITH fee AS MATERIALIZED (SELECT * FROM transfer WHERE kind = 'fee')
SELECT c.period, c.account_id, c.cut_version, c.receipts, c.price_sen, c.fee_yen, c.cut_at, r.receipts AS told_receipts,
    t.transfer_id, t.to_account, t.from_version, t.amount_yen AS moved_yen
FROM period_cut AS c
LEFT JOIN LATERAL (
    SELECT s.period, s.cut_sequence, s.open_sequence FROM statement AS s
    WHERE s.account_id = c.account_id AND s.period < c.period ORDER BY s.period DESC LIMIT 1
) AS f ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS receipts FROM announced_event AS a
    LEFT JOIN later_decision AS l ON l.claim_id = a.claim_id AND l.decision_id = a.decision_id
    WHERE a.payer_number = substr(c.account_id, 7)
        AND a.sequence BETWEEN coalesce(f.open_sequence, 1) AND c.cut_sequence
        AND a.decision_id <> '' AND a.reverses IS NULL AND a.claim_month <= c.period
        AND (a.sequence > coalesce(f.cut_sequence, 0) OR a.claim_month > f.period)
        AND (l.cause IS NULL OR l.cause = ANY($1::text[]))
) AS r
LEFT JOIN fee AS t ON t.from_account = c.account_id AND t.claim_month = c.period
WHERE c.kind = 'payer'
ORDER BY c.period, c.account_id;

-- name: fees_of_no_cut
-- Fees that were charged where no payer was cut.
SELECT t.transfer_id FROM transfer AS t
LEFT JOIN period_cut AS c ON c.period = t.claim_month AND c.account_id = t.from_account
WHERE t.kind = 'fee' AND c.account_id IS NULL
LIMIT 100;

-- name: accounts_ahead
-- Accounts with an entry that is posted later than the database's clock allows.
SELECT account_id FROM account WHERE last_posted_at > clock_timestamp() + most_ahead()
ORDER BY account_id LIMIT 100;
